"""Open phrases: what becomes one relation, and what is kept apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse import fit, fuse
from kgfuse.fuse.relating import learn_phrases
from kgfuse.fuse.renaming import PhraseBook, rename
from kgfuse.fuse.vectors import ontology_phrases
from kgfuse.model import ALWAYS, Claim, Datatype, Evidence, Literal
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import PhraseMapping
from tests.fuse.ledgers import ledger

Row = tuple[str, str, str | Literal]
ONTOLOGY = builtin_ontology()
TYPES = {
    "ada": "Person",
    "bo": "Person",
    "cy": "Person",
    "acme": "Organization",
    "best": "Organization",
    "oslo": "City",
}


def type_of(entity: str) -> str | None:
    return TYPES.get(entity.removeprefix("entity:"))


def claims_of(rows: Sequence[Row]) -> tuple[tuple[Claim, ...], dict[str, str]]:
    """Claims as `link` makes them of phrases that the ontology lacks."""
    from kgfuse.fuse.relations import open_name

    claims = []
    for number, (subject, phrase, object) in enumerate(rows):
        thing = object if isinstance(object, Literal) else f"entity:{object}"
        evidence = Evidence("document:1", "chunk:1", number, number + 1, "x")
        name = open_name(phrase)
        claims.append(Claim(f"t{number:03}", f"entity:{subject}", name, thing, ALWAYS, None, 0.9, "s", evidence, "f"))
    return tuple(claims), {f"t{number:03}": row[1] for number, row in enumerate(rows)}


def learned(rows: Sequence[Row], **vectors: Sequence[float]) -> dict[str, tuple[str, bool]]:
    claims, predicates = claims_of(rows)
    known = {phrase.replace("_", " "): vector for phrase, vector in vectors.items()}
    found = learn_phrases(claims, predicates, ONTOLOGY, type_of, known, FuseSettings())
    return {mapping.phrase: (mapping.relation, mapping.inverted) for mapping in found}


PAIRS = [("ada", "acme"), ("bo", "acme"), ("cy", "best"), ("ada", "best")]


def both_say(one: str, other: str) -> list[Row]:
    return [(left, phrase, right) for left, right in PAIRS for phrase in (one, other)]


def test_forms_of_a_phrase_are_one_relation_named_by_the_commonest() -> None:
    rows: list[Row] = [("acme", "audits", "best"), ("best", "was audited by", "acme"), ("acme", "audits", "oslo")]
    assert learned(rows) == {"audits": ("audits", False), "was audited by": ("audits", True)}
    claims, predicates = claims_of(rows)
    found = learn_phrases(claims, predicates, ONTOLOGY, type_of, {}, FuseSettings())
    said = {(c.subject, c.relation, c.object) for c in rename(claims, predicates, found, ONTOLOGY, type_of)}
    assert said == {("entity:acme", "audits", "entity:best"), ("entity:acme", "audits", "entity:oslo")}


def test_a_value_is_never_turned() -> None:
    claims, predicates = claims_of([("acme", "lost by", Literal("3", Datatype.NUMBER, "3"))])
    mappings = [PhraseMapping("lost by", "loses", True, "")]
    assert rename(claims, predicates, mappings, ONTOLOGY, type_of) == claims


def test_near_phrases_that_are_said_of_the_same_pairs_are_one() -> None:
    found = learned(both_say("consults", "counsels"), consults=[1.0, 0.1], counsels=[1.0, 0.2])
    assert found["consults"][0] == found["counsels"][0]


def test_neither_vectors_nor_pairs_suffice_alone() -> None:
    assert learned(both_say("consults", "counsels")) == {}
    assert learned(both_say("consults", "counsels"), consults=[1.0, 0.0], counsels=[0.0, 1.0]) == {}
    rows: list[Row] = [("ada", "consults", "acme"), ("bo", "counsels", "acme"), ("ada", "counsels", "best")]
    assert learned(rows, consults=[1.0, 0.1], counsels=[1.0, 0.1]) == {}


def test_opposites_stay_apart_whatever_pairs_and_vectors_say() -> None:
    for one, other in (("rented", "leased"), ("praised", "blamed"), ("attacked", "defended"), ("rejoined", "left")):
        found = learned(both_say(one, other), **{one: [1.0, 0.0], other: [1.0, 0.0]})
        assert found == {}, (one, other)
    for one, other in (("employs_not", "employs"), ("consults", "no_longer_consults"), ("attacks", "was_attacked_by")):
        found = learned(
            both_say(one.replace("_", " "), other.replace("_", " ")), **{one: [1.0, 0.0], other: [1.0, 0.0]}
        )
        names = set(found.values())
        assert len(names) == len(found)


def test_other_types_are_another_relation() -> None:
    rows: list[Row] = [("ada", "consults", right) for right in ("acme", "best")]
    rows += [("ada", "counsels", right) for right in ("acme", "best")]
    rows += [("oslo", "counsels", right) for right in ("acme", "best", "bo", "cy", "ada")]
    assert learned(rows, consults=[1.0, 0.1], counsels=[1.0, 0.1]) == {}


def like(phrase: str) -> tuple[float, ...]:
    """A unit vector of the ontology's phrases: those that share words with it are near."""
    words = phrase.split()
    dice = [random.Random(word) for word in words]
    whole = [sum(column) for column in zip(*([d.gauss(0, 1) for _ in range(64)] for d in dice), strict=True)]
    length = sqrt(sum(x * x for x in whole)) or 1.0
    return tuple(round(x / length, 2) for x in whole)


def test_a_phrase_near_one_relation_is_that_relation_where_types_fit() -> None:
    vectors = {phrase: like(phrase) for phrase in ontology_phrases(ONTOLOGY)}
    vectors["principal seat in"] = like("head office in")
    rows: list[Row] = [(firm, "principal seat in", "oslo") for firm in ("acme", "best", "acme")]
    claims, predicates = claims_of(rows)
    (found,) = learn_phrases(claims, predicates, ONTOLOGY, type_of, vectors, FuseSettings())
    assert (found.phrase, found.relation) == ("principal seat in", "headquartered_in")
    assert all(c.relation == found.relation for c in rename(claims, predicates, [found], ONTOLOGY, type_of))
    wrong, said = claims_of([(person, "principal seat in", "acme") for person in ("ada", "bo", "cy")])
    assert learn_phrases(wrong, said, ONTOLOGY, type_of, vectors, FuseSettings()) == ()
    assert rename(wrong, said, [found], ONTOLOGY, type_of) == wrong


def test_without_a_margin_nothing_is_mapped() -> None:
    vectors = {phrase: like(phrase) for phrase in ontology_phrases(ONTOLOGY)}
    between = zip(like("head office in"), like("operate in"), strict=True)
    vectors["principal seat in"] = tuple(x + y for x, y in between)
    claims, predicates = claims_of([("acme", "principal seat in", "oslo")] * 3)
    assert learn_phrases(claims, predicates, ONTOLOGY, type_of, vectors, FuseSettings(relation_similarity=0.5)) == ()


def test_a_new_phrase_of_a_known_family_is_read_like_it() -> None:
    book = PhraseBook.of(
        [PhraseMapping("audits", "audits", False, ""), PhraseMapping("be audited by", "audits", True, "")]
    )
    assert book.look_up("Has  Audited") == ("audits", False)
    assert book.look_up("been audited by") == ("audits", True)
    assert book.look_up("inspects") is None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(TYPES)),
            st.sampled_from(["audits", "was audited by", "consults", "counsels", "rented", "leased"]),
            st.sampled_from(sorted(TYPES)),
        ),
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_mappings_do_not_hang_on_order(rows: list[Row], dice: random.Random) -> None:
    claims, predicates = claims_of(rows)
    vectors = {"consults": (1.0, 0.1), "counsels": (1.0, 0.0), "rented": (0.1, 1.0), "leased": (0.0, 1.0)}
    mixed = list(claims)
    dice.shuffle(mixed)
    expected = learn_phrases(claims, predicates, ONTOLOGY, type_of, vectors, FuseSettings())
    assert learn_phrases(mixed, predicates, ONTOLOGY, type_of, vectors, FuseSettings()) == expected


def test_the_whole_way_through_fit_and_fuse() -> None:
    said = [["Acme", "audits", "Best"], ["Best", "was audited by", "Acme"], ["Acme", "has audited", "Best"]]
    content = ledger([{"says": row, "by": f"s{n}", "sentence": f"s {n}"} for n, row in enumerate(said)])
    parameters = fit(content, ONTOLOGY, FuseSettings())
    assert {mapping.relation for mapping in parameters.phrases} == {"audits"}
    graph = fuse(content, ONTOLOGY, FuseSettings(), parameters)
    (fact,) = graph.facts
    assert len(fact.supported_by) == 3
    without = fuse(content, ONTOLOGY, FuseSettings(), replace(parameters, phrases=()))
    assert len(without.facts) == 3
