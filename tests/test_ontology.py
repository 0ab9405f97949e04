"""Types and relations: reading, writing, looking up, refusing what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgfuse.errors import OntologyError
from kgfuse.ontology import (
    Cardinality,
    builtin_ontology,
    dump_ontology,
    load_ontology,
    normalise_phrase,
    parse_ontology,
)


def test_the_built_in_ontology_survives_writing_and_reading() -> None:
    ontology = builtin_ontology()
    again = parse_ontology(dump_ontology(ontology))
    assert again.relations == ontology.relations
    assert again.types == ontology.types


@pytest.mark.parametrize(
    ("phrase", "relation", "inverted"),
    [
        ("is the CEO of", "chief_executive_of", False),
        ("chief executive officer of", "chief_executive_of", False),
        ("CHIEF_EXECUTIVE_OF", "chief_executive_of", False),
        ("was acquired by", "acquired", True),
        ("be headquartered in", "headquartered_in", False),
        ("has been owned by", "owns", True),
        ("also known as", "also_known_as", False),
        ("revenue", "revenue", False),
    ],
)
def test_usual_phrasings_land_on_their_relation(phrase: str, relation: str, inverted: bool) -> None:
    assert (relation, inverted) in builtin_ontology().lookup(phrase)


def test_an_unknown_phrase_lands_nowhere() -> None:
    assert builtin_ontology().lookup("sing under the shower with") == ()


def test_an_office_has_one_holder_at_a_time_per_organisation() -> None:
    relation = builtin_ontology().relation("chief_executive_of")
    assert (relation.cardinality, relation.per) == (Cardinality.ONE_AT_A_TIME, "object")


def test_every_inverse_points_back() -> None:
    relations = builtin_ontology().relations
    for name, relation in relations.items():
        for other in (relation.inverse, relation.opposite):
            if other is not None:
                assert name in (relations[other].inverse, relations[other].opposite)


def test_types_fit_when_they_are_subtypes_or_unknown() -> None:
    ontology = builtin_ontology()
    assert ontology.admits("chief_executive_of", "Person", "Company")
    assert ontology.admits("chief_executive_of", None, None)
    assert not ontology.admits("chief_executive_of", "Organization", "Person")
    assert ontology.admits("never_heard_of", "Person", "Person")


def test_a_file_extends_the_built_in_one(tmp_path: Path) -> None:
    file = tmp_path / "ontology.yaml"
    file.write_text(
        "extends: builtin\ntypes: {Turbine: Product}\nrelations:\n  feeds: {range: [Place], aliases: [feed into]}\n",
        encoding="utf-8",
    )
    ontology = load_ontology(file)
    assert ontology.lookup("feeds into") == ()
    assert ontology.lookup("feed into") == (("feeds", False),)
    assert ontology.is_a("Turbine", "Product")
    assert "chief_executive_of" in ontology.relations


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("relations: [", "not YAML"),
        ("relations: {Bad Name: {}}", "relations"),
        ("relations: {owns: {inverse: owned}}", "owned"),
        ("relations: {owns: {domain: [Nobody]}}", "Nobody"),
        ("relations: {owns: {colour: red}}", "colour"),
        ("relations: {owns: {cardinality: few}}", "cardinality"),
        ("types: {A: B}", "no type is called 'B'"),
        ("types: {A: B, B: A}", "circle"),
    ],
)
def test_a_wrong_file_is_refused_with_the_field_that_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(OntologyError, match=complaint):
        parse_ontology(text)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match="cannot be read"):
        load_ontology(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("phrase", "normal"),
    [
        ("is the CEO of", "ceo of"),
        ("has been  Owned_by", "owned by"),
        ("be", "be"),
        ("", ""),
        ("have staff of", "have staff of"),
    ],
)
def test_phrases_are_normalised(phrase: str, normal: str) -> None:
    assert normalise_phrase(phrase) == normal
    assert normalise_phrase(normal) == normal
