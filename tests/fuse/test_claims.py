"""Triples to claims: when they were said, what repeats what, who took what back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kgfuse.fuse.claims import copies, corrections, link
from kgfuse.model import Claim, Literal, Moment
from kgfuse.ontology import builtin_ontology
from tests.fuse.ledgers import SETTINGS, ledger, resolve_by_name


def claims(*rows: dict[str, Any]) -> dict[str, Claim]:
    """The claims of rows, by source."""
    content, ontology = ledger(rows), builtin_ontology()
    resolution = resolve_by_name(content, ontology, SETTINGS)
    return {
        claim.source: claim
        for claim in link(content, ontology, resolution, lambda entity: entity.removeprefix("entity:"))
    }


def row(source: str, object: str = "=1970", predicate: str = "born on", **more: Any) -> dict[str, Any]:
    return {"says": ["Ann", predicate, object], "by": source, "sentence": source, **more}


def test_the_time_of_speaking_is_known_of_dated_documents_only() -> None:
    found = claims(
        row("plain", when="2020"),
        row("mail", when="2020", quoted=True),
        row("file", when="2020", filed=True),
        row("none"),
    )
    assert found["plain"].observed_at == Moment.parse("2020")
    assert [found[name].observed_at for name in ("mail", "file", "none")] == [None, None, None]


def test_a_phrase_the_other_way_round_turns_the_claim() -> None:
    found = claims({"says": ["Beta", "be acquired by", "Acme"], "by": "x"})["x"]
    assert (found.subject, found.relation, found.object) == ("entity:Acme", "acquired", "entity:Beta")


def test_a_symmetric_pair_is_stored_in_order() -> None:
    found = claims(
        {"says": ["Beta", "partner with", "Acme"], "by": "x"}, {"says": ["Acme", "work with", "Beta"], "by": "y"}
    )
    assert (
        (found["x"].subject, found["x"].object)
        == (found["y"].subject, found["y"].object)
        == ("entity:Acme", "entity:Beta")
    )


def test_a_name_of_a_thing_that_was_merged_becomes_a_literal() -> None:
    content, ontology = ledger([{"says": ["Acme", "also known as", "ACM"], "by": "x"}]), builtin_ontology()

    class Merged:
        def entity_id(self, document_id: str, mention: object) -> str:
            return "entity:one"

        def type_of(self, entity_id: str) -> str | None:
            return None

    (claim,) = link(content, ontology, Merged(), lambda _: "Acme")
    assert isinstance(claim.object, Literal)
    assert claim.object.value == "ACM"


def test_an_interval_that_ends_before_it_starts_ends_with_the_period_it_names() -> None:
    found = claims(row("coarse", **{"from": "2019-03", "to": "2019"}), row("wrong", **{"from": "2019", "to": "2017"}))
    assert str(found["coarse"].validity) == "2019-03 – 2020"
    assert str(found["wrong"].validity) == "2019 – …"


def test_the_earliest_is_the_original() -> None:
    same = "Ann was born in 1970."
    found = claims(
        row("late", when="2021", sentence=same),
        row("early", when="2019", sentence="ann  was born in 1970"),
        row("undated", sentence=same),
        row("other", when="2018", sentence="Born in 1970, Ann …"),
    )
    repeats = copies(found.values())
    assert repeats == {found[name].triple_id: found["early"].triple_id for name in ("late", "undated")}


def test_a_source_takes_back_only_its_own_and_only_for_the_same_time() -> None:
    period = {"from": "2020", "to": "2021"}
    rows = {
        "first": row("a", "=10 EUR", "revenue", when="2021-03", **period),
        "second": row("a", "=12 EUR", "revenue", when="2021-09", **period),
        "third": row("b", "=14 EUR", "revenue", when="2021-01", **period),
        "next": row("a", "=16 EUR", "revenue", when="2022", **{"from": "2021", "to": "2022"}),
        "hint": row("a", "=18 EUR", "revenue", when="2023", sure=0.2, **period),
    }
    found = {name: claims(one)[one["by"]] for name, one in rows.items()}
    taken_back = corrections(found.values(), whole_life=False, rumour=0.35)
    assert taken_back == {found["first"].triple_id: found["second"].triple_id}


def test_a_broad_claim_is_read_as_the_office_that_the_pair_is_known_for() -> None:
    found = claims(
        {"says": ["Ann", "run", "Acme"], "by": "x", "from": "2014"},
        {"says": ["Ann", "managing director of", "Acme"], "by": "y"},
        {"says": ["Bob", "run", "Acme"], "by": "z"},
    )
    assert {source: claim.relation for source, claim in found.items()} == {
        "x": "chief_executive_of",
        "y": "chief_executive_of",
        "z": "head_of",
    }
    assert found["x"].validity.valid_from == Moment.parse("2014")


def test_a_broad_claim_stays_broad_where_two_offices_are_meant_or_none_is_sure() -> None:
    two = claims(
        {"says": ["Ann", "lead", "Acme"], "by": "x"},
        {"says": ["Ann", "chief executive of", "Acme"], "by": "y"},
        {"says": ["Ann", "president of", "Acme"], "by": "z"},
    )
    weak = claims(
        {"says": ["Ann", "lead", "Acme"], "by": "x"},
        {"says": ["Ann", "chief executive of", "Acme"], "by": "y", "sure": 0.3},
    )
    assert two["x"].relation == weak["x"].relation == "head_of"


def test_of_two_readings_of_one_sentence_the_one_with_a_time_is_the_original_wherever_the_file_lies() -> None:
    for ids in (("triple:1", "triple:2"), ("triple:2", "triple:1")):
        dated, bare = (
            replace(next(iter(claims(row("a", when="2020", **more)).values())), triple_id=id)
            for id, more in zip(ids, ({"from": "2019"}, {}), strict=True)
        )
        assert copies([dated, bare]) == copies([bare, dated]) == {bare.triple_id: dated.triple_id}
