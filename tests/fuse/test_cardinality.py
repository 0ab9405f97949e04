"""Cardinalities as data show them: proposed with their evidence, as an ontology file that can be read."""

from __future__ import annotations

import pytest

from kgfuse.fuse.cardinality import as_yaml, propose_cardinalities, upper_bound
from kgfuse.model import Claim, Evidence, Moment, Validity
from kgfuse.ontology import Cardinality, builtin_ontology, parse_ontology

ONTOLOGY = builtin_ontology()


def claim(number: int, subject: str, relation: str, object: str, year: int, end: int | None = None) -> Claim:
    evidence = Evidence(f"document:{number}", f"chunk:{number}", 0, 1, "x")
    when = Validity(None, Moment.parse(str(end)) if end else None)
    observed = Moment.parse(str(year))
    return Claim(f"t{number}", subject, relation, object, when, observed, 0.9, f"s{number}", evidence, f"f{number}")


def said(relation: str, *values: tuple[str, int], subjects: int = 40) -> list[Claim]:
    """Every subject has these values, seen in these years."""
    return [
        claim(10 * at + place, f"x{at}", relation, f"{value}{at}", year)
        for at in range(subjects)
        for place, (value, year) in enumerate(values)
    ]


def test_one_value_in_all_documents_is_one() -> None:
    (found,) = propose_cardinalities(said("flag_colour", ("red", 2001), ("red", 2009)), ONTOLOGY)
    assert (found.relation, found.cardinality, found.items, found.several) == ("flag_colour", Cardinality.ONE, 40, 0)


def test_values_that_follow_each_other_are_one_at_a_time() -> None:
    shared = [claim(n, f"x{n % 40}", "coached_by", f"v{n % 3}", 2000 + n // 40) for n in range(120)]
    assert [one.cardinality for one in propose_cardinalities(shared, ONTOLOGY)] == [Cardinality.ONE_AT_A_TIME]


def test_values_held_together_propose_nothing() -> None:
    claims = [
        claim(100 * at + 10 * place + turn, f"x{at}", "sells_to", f"v{(at + 3 * place) % 11}", 2000 + 2 * turn + place)
        for at in range(40)
        for place in (0, 1)
        for turn in (0, 1, 2)
    ]
    assert propose_cardinalities(claims, ONTOLOGY) == []


@pytest.mark.parametrize("subjects", [1, 19])
def test_few_items_propose_nothing(subjects: int) -> None:
    assert propose_cardinalities(said("flag_colour", ("red", 2001), ("red", 2009), subjects=subjects), ONTOLOGY) == []


def test_what_is_said_once_says_nothing() -> None:
    assert propose_cardinalities(said("flag_colour", ("red", 2001), subjects=200), ONTOLOGY) == []


def test_what_the_ontology_has_decided_is_left_alone() -> None:
    assert propose_cardinalities(said("born_in", ("oslo", 2001), ("oslo", 2009)), ONTOLOGY) == []


def test_the_yaml_is_an_ontology_that_says_so() -> None:
    claims = said("flag_colour", ("red", 2001), ("red", 2009)) + said("member_of", ("club", 2001), ("club", 2002))
    found = propose_cardinalities(claims, ONTOLOGY)
    text = as_yaml(found, ONTOLOGY, {"flag_colour": ["flag colour", "Colour of the flag"]})
    read = parse_ontology(text)
    assert read.relations["flag_colour"].cardinality is Cardinality.ONE
    assert "colour of flag" in read.relations["flag_colour"].aliases
    assert read.relations["member_of"].range == ONTOLOGY.relations["member_of"].range
    assert "# 0 of 40 subjects" in text
    assert as_yaml([], ONTOLOGY, {}) == ""


def test_the_bound_shrinks_with_evidence() -> None:
    assert upper_bound(0, 5) > upper_bound(0, 50) > 0.0
    assert upper_bound(0, 0) == 1.0
