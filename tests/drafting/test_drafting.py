"""An ontology drafted from facts, and one compared with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.config import LanguageModelSettings
from kgfuse.drafting import ambiguous_phrases, coverage, draft, to_yaml
from kgfuse.drafting.advice import advise
from kgfuse.drafting.written import _word
from kgfuse.errors import ReplyUnusable
from kgfuse.llm.client import OpenAIModel
from kgfuse.model import Datatype, Entity, Fact, FactStatus, Literal, Validity, fact_id
from kgfuse.ontology import Ontology, builtin_ontology, parse_ontology
from tests.support.llm_server import LanguageModelServer

SHIPS = [Entity(f"entity:s{n}", f"MS Tern {n}", "Product", (), 3) for n in range(4)]
PORTS = [Entity(f"entity:p{n}", f"Port {n}", "Place", (), 3) for n in range(4)]
KIND = Entity("entity:k", "ferry", None, (), 3)
BY_ID = {entity.id: entity for entity in (*SHIPS, *PORTS, KIND)}


def fact(subject: str, relation: str, object: str | Literal, status: FactStatus = FactStatus.ACCEPTED) -> Fact:
    return Fact(
        fact_id(subject, relation, object, Validity()), subject, relation, object, Validity(), 0.8, status, ("t:1",)
    )


def sails(count: int, relation: str = "sail_to") -> list[Fact]:
    return [fact(ship.id, relation, port.id) for ship, port in zip(SHIPS[:count], PORTS, strict=False)]


def test_a_phrase_that_joins_several_pairs_becomes_a_relation_between_their_types() -> None:
    found = draft(sails(3), BY_ID, builtin_ontology())
    (one,) = found.relations
    assert (one.relation.name, one.relation.domain, one.relation.range, one.pairs) == (
        "sail_to",
        ("Product",),
        ("Place",),
        3,
    )
    assert (found.open_facts, found.covered) == (3, 3)
    assert one.example == "MS Tern 0 sail to Port 0"
    read = parse_ontology(to_yaml(found))
    assert read.relation("sail_to").domain == ("Product",)
    assert "chief_executive_of" in read.relations  # it extends what it was drafted with


@pytest.mark.parametrize(
    "facts",
    [
        sails(2),  # too few
        sails(3, "be"),  # says nothing
        sails(3, "ceo_of"),  # the ontology has it
        [fact(SHIPS[0].id, "sail_to", PORTS[0].id)] * 5,  # one pair, told five times
        [fact(f.subject, f.relation, f.object, FactStatus.RETRACTED) for f in sails(4)],
    ],
)
def test_what_becomes_no_relation(facts: Sequence[Fact]) -> None:
    assert draft(facts, BY_ID, builtin_ontology()).relations == ()


def test_a_kind_that_things_are_said_to_be_becomes_a_type_under_theirs() -> None:
    found = draft([fact(ship.id, "instance_of", KIND.id) for ship in SHIPS], BY_ID, builtin_ontology())
    assert [(one.name, one.parent, one.things) for one in found.types] == [("Ferry", "Product", 4)]
    assert parse_ontology(to_yaml(found)).is_a("Ferry", "Product")


def test_literals_give_a_datatype() -> None:
    tonnes = [Literal(f"{n} t", Datatype.QUANTITY, str(n), "t") for n in range(3)]
    (one,) = draft(
        [fact(ship.id, "displace", weight) for ship, weight in zip(SHIPS, tonnes, strict=False)],
        BY_ID,
        builtin_ontology(),
    ).relations
    assert (one.relation.literal, one.relation.range) == ("quantity", ())


@given(st.lists(st.text(max_size=30), min_size=4, max_size=4), st.text(min_size=1, max_size=30))
def test_any_words_of_documents_make_a_file_that_can_be_read(names: list[str], phrase: str) -> None:
    ships = {ship.id: Entity(ship.id, name, "Product", (), 1) for ship, name in zip(SHIPS, names, strict=True)}
    found = draft(sails(4, phrase), {**BY_ID, **ships}, builtin_ontology())
    text = to_yaml(found)
    assert yaml.safe_load(text)["name"] == "draft"
    assert set(parse_ontology(text).relations) == {
        *builtin_ontology().relations,
        *(r.relation.name for r in found.relations),
    }


def test_the_same_facts_in_any_order_give_the_same_draft() -> None:
    facts = [*sails(4), *sails(3, "moor_at"), *[fact(ship.id, "instance_of", KIND.id) for ship in SHIPS]]
    assert draft(facts, BY_ID, builtin_ontology()) == draft(facts[::-1], BY_ID, builtin_ontology())


# ---------------------------------------------------------------------------------------------------------------- check

OWN = """
name: own
types: {Ship: null, Port: null, Person: null}
relations:
  sails_to: {domain: [Ship], range: [Port], aliases: [sail to]}
  calls_at: {domain: [Ship], range: [Port], aliases: [sail to, call at]}
  captains: {domain: [Person], range: [Ship], aliases: [call at]}
"""


def test_coverage_tells_what_is_open_unused_ambiguous_and_of_the_wrong_type() -> None:
    own = parse_ontology(OWN)
    typed = {entity.id: Entity(entity.id, entity.name, "Ship", (), 1) for entity in BY_ID.values()}
    fit = coverage([*sails(3, "sail_to"), *sails(2, "moor_at")], typed, own)
    assert (fit.facts, fit.open, fit.open_facts) == (5, (("moor at", 2),), 2)
    assert fit.unused == ("captains",)
    assert fit.misfits == (("calls_at", 3),)  # ships at both ends
    assert ambiguous_phrases(own) == (("sail to", ("calls_at", "sails_to")),)  # 'call at' is told apart by types


# -------------------------------------------------------------------------------------------------- a model's suggestions


def test_a_model_names_and_groups_but_cannot_invent() -> None:
    facts = [*sails(4), *sails(3, "head_for"), *sails(3, "moor_at")]

    def suggests(body: dict[str, Any]) -> dict[str, Any]:
        assert "MS Tern 0 sail to Port 0" in body["messages"][-1]["content"]
        return {
            "relations": [
                {"phrase": "sail_to", "name": "sails_to", "description": "Goes to\na port.", "same_as": None},
                {"phrase": "head_for", "name": "x", "description": "", "same_as": "sail_to"},
                {"phrase": "moor_at", "name": "chief_executive_of", "description": "Lies at.", "same_as": "no such"},
                {"phrase": "never_asked", "name": "invented", "description": "", "same_as": None},
            ]
        }

    with LanguageModelServer(suggests) as server:
        settings = LanguageModelSettings(model="m", base_url=server.base_url, max_retries=0)
        with OpenAIModel(settings) as model:
            found = advise(draft(facts, BY_ID, builtin_ontology()), builtin_ontology(), model)
    assert [(one.relation.name, one.pairs) for one in found.relations] == [("sails_to", 7), ("moor_at", 3)]
    read: Ontology = parse_ontology(to_yaml(found))
    assert read.lookup("head for") == read.lookup("sail to") == (("sails_to", False),)
    assert read.relation("sails_to").description == "Goes to a port."


def test_a_reply_that_is_no_suggestion_is_told() -> None:
    with LanguageModelServer(lambda _: {"answer": 42}) as server:
        settings = LanguageModelSettings(model="m", base_url=server.base_url, max_retries=0)
        with OpenAIModel(settings) as model, pytest.raises(ReplyUnusable):
            advise(draft(sails(3), BY_ID, builtin_ontology()), builtin_ontology(), model)


@pytest.mark.parametrize("name", ["true", "no", "on", "null", "12", "works_for", "~", "1e3"])
def test_a_name_is_read_back_as_it_is(name: str) -> None:
    assert yaml.safe_load(f"{_word(name)}: {{}}") == {name: {}}
