"""A fusion that is kept equals one from scratch, byte for byte, whatever came, went and was decided in between."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse import fit, fit_and_fuse, fuse
from kgfuse.fuse.kept import Kept
from kgfuse.model import FusedGraph, Judgement, MatchDecision
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import LedgerContent
from tests.fuse.ledgers import SETTINGS, ledger

ONTOLOGY = builtin_ontology()

_PEOPLE = ["Jane Roe", "Roe", "J. Roe", "Jane Q. Roe", "Tom Poe", "Tom Poe Jr.", "Poe", "Dr. Tom Poe"]
_FIRMS = [
    "Halden Energy AS",
    "Halden Energy",
    "Halden",
    "Northern Nordic Energy",
    "NNE",
    "Vestfjord",
    "Vestfjord Energy Storage",
]
_PLACES = ["Oslo", "Oslo, Norway", "Norway", "Oslo, Minnesota", "Minnesota", "Oslo, MN", "Bergen", "Halden"]
_SAYINGS = [
    ("chief executive of", _PEOPLE, _FIRMS),
    ("chief financial officer of", _PEOPLE, _FIRMS),
    ("work for", _PEOPLE, _FIRMS),
    ("lead", _PEOPLE, _FIRMS),
    ("marry", _PEOPLE, _PEOPLE),
    ("born on", _PEOPLE, ["=1950-01-02", "=1980", "=1980-03-04"]),
    ("born in", _PEOPLE, _PLACES),
    ("work as", _PEOPLE, ["geologist", "singer", "banker"]),
    ("headquartered in", _FIRMS, _PLACES),
    ("located in", _PLACES, _PLACES),
    ("part of", _FIRMS, _FIRMS),
    ("subsidiary of", _FIRMS, _FIRMS),
    ("support", _PEOPLE, _FIRMS),
    ("oppose", _PEOPLE, _FIRMS),
    ("also known as", _FIRMS, _FIRMS),
    ("revenue", _FIRMS, ["=12000000 EUR", "=12400000 EUR"]),
    ("audit", _FIRMS, _FIRMS),
    ("be audited by", _FIRMS, _FIRMS),
]
_TYPES = {
    **dict.fromkeys(_PEOPLE, "Person"),
    **dict.fromkeys(_FIRMS, "Organization"),
    **dict.fromkeys(_PLACES, "Place"),
}
_DATES = ["2018", "2019-03-01", "2020-06", "2021-02-03"]


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(2, 16))):
        predicate, subjects, objects = draw(st.sampled_from(_SAYINGS))
        who, what = draw(st.sampled_from(subjects)), draw(st.sampled_from(objects))
        typed = draw(st.integers(0, 4))
        document = draw(st.integers(0, 5))
        made.append(
            {
                "says": [who, predicate, what],
                "in": f"d{document}",
                "by": f"s{document % 3}",
                "when": _DATES[document % 4] if document else None,
                "from": draw(st.sampled_from([None, None, "2017", "2019-03"])),
                "to": draw(st.sampled_from([None, None, None, "2021"])),
                "sure": draw(st.sampled_from([0.2, 0.6, 0.85, 0.95])),
                "denied": draw(st.integers(0, 7)) == 0,
                "quoted": draw(st.integers(0, 9)) == 0,
                "sentence": draw(st.sampled_from([f"{who} {predicate} {what}", f"x {len(made)}"])),
                "subject_type": _TYPES.get(who) if typed else draw(st.sampled_from([None, "Organization", "Place"])),
                "object_type": _TYPES.get(what) if typed else draw(st.sampled_from([None, "Person", "Company"])),
            }
        )
    return made


def only(content: LedgerContent, documents: set[str]) -> LedgerContent:
    """What the ledger holds of some documents, and all decisions."""
    return replace(
        content,
        documents=tuple(document for document in content.documents if document.id in documents),
        triples=tuple(triple for triple in content.triples if triple.evidence.document_id in documents),
    )


def partly(content: LedgerContent, told: Mapping[str, frozenset[str]]) -> LedgerContent:
    """What the ledger holds of some documents where only some triples were read of each."""
    held = only(content, {*told})
    return replace(held, triples=tuple(one for one in held.triples if one.id in told[one.evidence.document_id]))


def decisions(graph: FusedGraph, dice: random.Random) -> tuple[MatchDecision, ...]:
    """A few judgements on pairs of mention groups, one of them withdrawn."""
    groups = sorted({group for _, group in graph.groups})
    made = []
    for number in range(dice.randrange(4) if len(groups) > 1 else 0):
        left, right = sorted(dice.sample(groups, 2))
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number)
        judgement = dice.choice([Judgement.SAME, Judgement.DIFFERENT])
        made.append(MatchDecision(left, right, judgement, 1.0, "a person", at, at if dice.random() < 0.2 else None))
    return tuple(made)


def compare(kept: Kept, content: LedgerContent, parameters: Parameters, settings: FuseSettings) -> None:
    kept_graph, whole = kept.graph(), fuse(content, ONTOLOGY, settings, parameters)
    assert kept_graph.entities == whole.entities
    assert kept_graph.groups == whole.groups
    assert kept_graph.claims == whole.claims
    assert kept_graph.facts == whole.facts


def live(content: LedgerContent, seed: int, settings: FuseSettings = SETTINGS) -> Parameters:
    """Let documents come, change and go in random batches, decisions likewise, and compare after each."""
    dice = random.Random(seed)
    parameters = fit(content, ONTOLOGY, settings)
    assert Kept.applies(content)
    whole = fuse(content, ONTOLOGY, settings, parameters)
    judged = decisions(whole, dice)
    kept = Kept(ONTOLOGY, settings, parameters)
    says: defaultdict[str, list[str]] = defaultdict(list)
    for triple in content.triples:
        says[triple.evidence.document_id].append(triple.id)
    told: dict[str, frozenset[str]] = {}
    for _ in range(5):
        content = replace(content, decisions=dice.choice([(), judged, judged, judged[1:], decisions(whole, dice)]))
        more: dict[str, frozenset[str]] = {}
        for id in sorted(document.id for document in content.documents):
            if dice.random() < 0.4:
                share = dice.choice([1.0, 1.0, 0.6])
                more[id] = frozenset(one for one in says[id] if dice.random() < share)
        gone = {id for id in sorted(told) if dice.random() < 0.3}
        told = {id: told[id] for id in told.keys() - gone} | more
        kept.update(gone - more.keys(), partly(content, more))
        compare(kept, partly(content, told), parameters, settings)
    return parameters


@settings(max_examples=150, deadline=None)
@given(rows(), st.integers(0, 1 << 30))
def test_kept_is_fused(said: list[dict[str, Any]], seed: int) -> None:
    live(ledger(said), seed)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=4000, deadline=None)
@given(rows(), st.integers(0, 1 << 30))
def test_kept_is_fused_thousands_of_times(said: list[dict[str, Any]], seed: int) -> None:
    live(ledger(said), seed)


_NAMES = [
    "Jane Roe",
    "Roe, Jane",
    "Jane Rhoe",
    "Tom Poe",
    "T. Poe",
    "Tom Poo",
    "Ann Moe",
    "Anne Moe",
    "Una Doe",
    "Eli Foe",
]


@st.composite
def cards(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The cards of two registers, many of them of one name, and what texts say of people of these names."""
    made: list[dict[str, Any]] = []
    for number in range(draw(st.integers(40, 60))):
        name, person = draw(st.sampled_from(_NAMES)), draw(st.integers(0, 5))
        card = {"in": f"card {number}", "by": f"register {number % 2}", "when": None, "subject_type": "Person"}
        for field, value in (("birth date", f"19{50 + person}-01-02"), ("street", f"road {person}"), ("town", "Oslo")):
            if draw(st.integers(0, 9)):
                made.append({**card, "says": [name, field, f"={value}"]})
    for number in range(draw(st.integers(0, 8))):
        firm = draw(st.sampled_from(_FIRMS))
        says = [draw(st.sampled_from([*_NAMES, "Poe"])), draw(st.sampled_from(["lead", "work for", "marry"])), firm]
        made.append({"says": says, "in": f"text {number % 5}", "by": "paper", "when": "2020", "subject_type": "Person"})
    return made


@settings(max_examples=25, deadline=None)
@given(cards(), st.integers(0, 1 << 30), st.sampled_from([SETTINGS, FuseSettings(clean_sources=("register 0",))]))
def test_kept_is_fused_where_registers_are_matched(said: list[dict[str, Any]], seed: int, how: FuseSettings) -> None:
    parameters = live(ledger(said), seed, how)
    event(f"{len(parameters.matching)} kinds of records")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=600, deadline=None)
@given(cards(), st.integers(0, 1 << 30), st.sampled_from([SETTINGS, FuseSettings(clean_sources=("register 0",))]))
def test_kept_is_fused_where_registers_are_matched_hundreds_of_times(
    said: list[dict[str, Any]], seed: int, how: FuseSettings
) -> None:
    live(ledger(said), seed, how)


def test_one_card_more_judges_its_kind_anew_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    content = ledger(
        {"says": [name, "birth date", f"=19{50 + number}-01-02"], "in": f"{name} {number}", "by": "register"}
        | {"subject_type": "Person"}
        for number in range(30)
        for name in ("Jane Roe", "Tom Poe", f"Ann Moe{number}")
    )
    parameters = fit(content, ONTOLOGY, SETTINGS)
    assert parameters.matching
    kept = Kept(ONTOLOGY, SETTINGS, parameters)
    kept.update((), content)
    more = ledger([{"says": ["Tom Poe", "work for", "Halden"], "in": "text", "by": "paper"}])
    monkeypatch.setattr("kgfuse.fuse.kept_records.judge_kind", None)  # would raise if it were called
    kept.update((), more)
    monkeypatch.undo()
    both = replace(content, documents=content.documents + more.documents, triples=content.triples + more.triples)
    compare(kept, both, parameters, SETTINGS)


@settings(max_examples=60, deadline=None)
@given(rows())
def test_fitting_and_fusing_at_once_is_doing_so_one_after_the_other(said: list[dict[str, Any]]) -> None:
    content = ledger(said)
    parameters = fit(content, ONTOLOGY, SETTINGS)
    assert fit_and_fuse(content, ONTOLOGY, SETTINGS) == (parameters, fuse(content, ONTOLOGY, SETTINGS, parameters))


@settings(max_examples=40, deadline=None)
@given(rows(), st.integers(0, 1 << 30))
def test_the_way_there_does_not_matter(said: list[dict[str, Any]], seed: int) -> None:
    content, dice = ledger(said), random.Random(seed)
    parameters = fit(content, ONTOLOGY, SETTINGS)
    ids = [document.id for document in content.documents]
    dice.shuffle(ids)
    one_by_one, at_once = Kept(ONTOLOGY, SETTINGS, parameters), Kept(ONTOLOGY, SETTINGS, parameters)
    for id in ids:
        one_by_one.update((), only(content, {id}))
    at_once.update((), content)
    assert one_by_one.graph() == at_once.graph()


def test_kept_is_fused_where_opposites_end_one_another() -> None:
    """A fact that its opposite ends has another id: it comes and goes with the document that states the opposite."""
    dates = [("support", "2018"), ("oppose", "2020-06"), ("support", "2019-03-01"), ("oppose", "2021-02-03")]
    said = [
        {"says": ["Jane Roe", predicate, "Vestfjord"], "in": f"d{number}", "by": f"s{number}", "when": when}
        for number, (predicate, when) in enumerate(dates)
    ]
    for seed in range(10):
        live(ledger(said), seed)


def test_kept_is_fused_where_what_won_over_a_hint_is_renamed() -> None:
    """Where an open relation has losers, too, their reasons name a thing, and it may get another name."""
    told: list[dict[str, Any]] = [
        {"when": None, "from": "2019-03", "sure": 0.6, "subject_type": "Place", "object_type": "Company"},
        {"when": "2018", "from": "2019-03", "to": "2021", "sure": 0.2, "subject_type": "Person"},
        {"when": "2020-06", "from": "2017", "sure": 0.2, "subject_type": "Place"},
    ]
    said = [
        {"says": ["J. Roe", "chief executive of", "Vestfjord"], "in": f"d{number}", "by": f"s{number}", **rest}
        for number, rest in enumerate(told)
    ]
    for seed in range(40):
        live(ledger(said), seed)
