"""Facts as sentences: what no source states is not told as if one did."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgfuse.model import Datatype, Entity, Literal
from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve.sentences import fact_sentence, is_wordable, reads_as_sentence
from tests.support.made import entity, fact, validity

ROE, ACME, BETA = entity("Jane Roe", "Person"), entity("Acme", "Company"), entity("Beta", "Company")
RUNS, BUYS = "chief_executive_of", "acquired"


@pytest.mark.parametrize(
    ("relation", "start", "end", "reason", "told"),
    [
        (RUNS, "2019-04-03", None, "stated by 1 source", "has been chief executive of Acme since 3 April 2019."),
        (RUNS, "2019-04", None, "stated by 1 source; first seen in 2019-04", "since at least April 2019."),
        (RUNS, "2019-04", None, "stated by 1 source; start inferred as 2019-04", "since about April 2019."),
        (
            RUNS,
            "2019",
            "2022-07",
            "stated by 1 source; left when ceo of Beta, end inferred as 2022-07",
            "to about July 2022.",
        ),
        (RUNS, None, "2022-07", "superseded by Tom Poe, end inferred as 2022-07", "until about July 2022."),
        (RUNS, "2019", "2022-07", "stated by 1 source; had ended by 2022-07", "from 2019 to July 2022 at the latest."),
        (
            RUNS,
            "2019",
            "2022",
            "first seen in 2019; superseded by X, end stated as 2022",
            "from at least 2019 to 2022.",
        ),
        (RUNS, "2019", "2022", "superseded by X, end stated as 2022", "from 2019 to 2022."),
        (BUYS, "2020-02-01", None, "stated by 1 source; first seen in 2020-02-01", "acquired Beta by 1 February 2020."),
        (BUYS, "2020-02", None, "stated by 1 source", "acquired Beta in February 2020."),
    ],
)
def test_rows(relation: str, start: str | None, end: str | None, reason: str, told: str) -> None:
    ends = (ROE, ACME) if relation == RUNS else (ACME, BETA)
    said = replace(fact(ends[0], relation, ends[1], validity(start, end)), reason=reason)
    names = {one.id: one.name for one in (ROE, ACME, BETA)}
    assert fact_sentence(said, builtin_ontology().relation(relation), names).endswith(told)


@pytest.mark.parametrize(
    ("relation", "object", "reads"),
    [
        (RUNS, ACME, True),
        ("move_to", ACME, True),
        ("before", ACME, False),
        ("grew_to", Literal("45 million euros", Datatype.QUANTITY, "45000000", "EUR"), True),
        ("revenue", Literal("45 million euros", Datatype.QUANTITY, "45000000", "EUR"), True),
    ],
)
def test_what_makes_a_sentence(relation: str, object: Entity | Literal, reads: bool) -> None:
    assert reads_as_sentence(fact(ROE, relation, object), builtin_ontology()) is reads


@pytest.mark.parametrize(
    ("relation", "object", "told"),
    [
        ("awarded", BETA, "Jane Roe was awarded Beta in 2007."),
        ("funded_by_grant", BETA, "Jane Roe was funded by a grant of Beta in 2007."),
        ("founded_in", BETA, "Jane Roe was founded in Beta in 2007."),
        ("located_in", BETA, "Jane Roe has been located in Beta since 2007."),
        ("child_of", BETA, "Jane Roe has been a child of Beta since 2007."),
        ("president_of", BETA, "Jane Roe has been president of Beta since 2007."),
        ("has_part", BETA, "Jane Roe has included Beta since 2007."),
        ("age", Literal("52", Datatype.QUANTITY, "52", "year"), "Jane Roe's age has been 52 years since 2007."),
        ("age", Literal("1", Datatype.QUANTITY, "1", "year"), "Jane Roe's age has been 1 year since 2007."),
        (
            "founded_with_capital",
            Literal("5 euros", Datatype.QUANTITY, "5", "EUR"),
            "Jane Roe was founded with a capital of 5 EUR in 2007.",
        ),
    ],
)
def test_what_a_relation_is_said_with(relation: str, object: Entity | Literal, told: str) -> None:
    names = {one.id: one.name for one in (ROE, BETA)}
    said = fact(ROE, relation, object, validity("2007", None))
    assert fact_sentence(said, builtin_ontology().relation(relation), names) == told


@pytest.mark.parametrize(
    ("relation", "wordable"),
    [
        ("awarded", True),
        ("buyer_of", True),
        ("assembled_in", True),
        ("grew_to", True),
        ("speak_to", False),
        ("found_with", False),
        ("assembled_with", False),
        ("sold_under", False),
    ],
)
def test_of_which_relations_a_sentence_can_be_made(relation: str, wordable: bool) -> None:
    assert is_wordable(fact(ROE, relation, BETA), builtin_ontology()) is wordable
