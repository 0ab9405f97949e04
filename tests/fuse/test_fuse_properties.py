"""What must hold of every fusion, on random ledgers."""

from __future__ import annotations

import random
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.model import Document, Fact, FactStatus, FusedGraph
from kgfuse.protocols import LedgerContent
from tests.fuse.ledgers import fused, ledger, resolve_by_name

_PREDICATES = [
    ("chief executive of", False),
    ("headquartered in", False),
    ("acquire", False),
    ("support", False),
    ("oppose", False),
    ("part of", False),
    ("married to", False),
    ("audit", False),
    ("be acquired by", False),
    ("revenue", True),
    ("founded on", True),
    ("number of employees", True),
]
_DATES = ["2018", "2019", "2019-03", "2019-03-01", "2020-06", "2020-06-15", "2021", "2022-01-10"]
_LITERALS = ["=12000000 EUR", "=12400000 EUR", "=450 employee", "=2019", "=2019-03-01"]


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    names, date = st.sampled_from(["Ada", "Bo", "Cy"]), st.sampled_from(_DATES)
    made = []
    for _ in range(draw(st.integers(1, 9))):
        predicate, literal = draw(st.sampled_from(_PREDICATES))
        row: dict[str, Any] = {
            "says": [draw(names), predicate, draw(st.sampled_from(_LITERALS) if literal else names)],
            "when": draw(date | st.none()),
            "by": draw(st.sampled_from(["s1", "s2", "s3", "s4"])),
            "from": draw(date | st.none()),
            "to": draw(date | st.none()),
            "sure": draw(st.sampled_from([0.1, 0.3, 0.5, 0.85, 0.95])),
            "denied": draw(st.integers(0, 5)) == 0,
            "quoted": draw(st.integers(0, 5)) == 0,
        }
        if draw(st.integers(0, 4)) == 0:
            row["sentence"] = "the same sentence"
        made.append(row)
    return made


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shuffled(content: LedgerContent, seed: int) -> LedgerContent:
    dice = random.Random(seed)
    documents, triples = list(content.documents), list(content.triples)
    dice.shuffle(documents)
    dice.shuffle(triples)
    return replace(content, documents=tuple(documents), triples=tuple(triples))


@quick
@given(rows(), st.integers(0, 1 << 30))
def test_order_does_not_matter(said: list[dict[str, Any]], seed: int) -> None:
    content = ledger(said)
    assert fused(shuffled(content, seed)) == fused(content)


@quick
@given(rows())
def test_every_claim_stands_for_or_against_a_fact(said: list[dict[str, Any]]) -> None:
    graph = fused(ledger(said))
    used = {triple for fact in graph.facts for triple in (*fact.supported_by, *fact.opposed_by)}
    assert used == {claim.triple_id for claim in graph.claims}


@quick
@given(rows())
def test_facts_are_well_formed(said: list[dict[str, Any]]) -> None:
    graph = fused(ledger(said))
    assert [fact.id for fact in graph.facts] == sorted({fact.id for fact in graph.facts})
    for fact in graph.facts:
        start, end = fact.validity.valid_from, fact.validity.valid_to
        assert start is None or end is None or start.at < end.at
        assert 0.0 <= fact.confidence <= 0.995
        assert fact.reason
        assert "entity:" not in fact.reason
        assert not set(fact.supported_by) & set(fact.opposed_by)
        assert bool(fact.premises) == (fact.status is FactStatus.INFERRED)


@quick
@given(rows())
def test_one_at_a_time_means_one_at_a_time(said: list[dict[str, Any]]) -> None:
    graph = fused(ledger(said))
    for fact in held(graph, "chief_executive_of"):
        for other in held(graph, "chief_executive_of"):
            if fact.object == other.object and fact.id < other.id and fact.validity.valid_from:
                assert not fact.validity.overlaps(other.validity) or other.validity.valid_from is None


def held(graph: FusedGraph, relation: str) -> list[Fact]:
    believed = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
    return [fact for fact in graph.facts if fact.relation == relation and fact.status in believed]


def _document(content: LedgerContent, id: str) -> Document:
    return next(document for document in content.documents if document.id == id)


@quick
@given(rows())
def test_copies_add_nothing_but_evidence(said: list[dict[str, Any]]) -> None:
    content = ledger(said)
    copied = []
    for triple in content.triples:
        original = _document(content, triple.evidence.document_id)
        copy = replace(original, id=original.id + "c", source="zz copier", published_at=None)
        evidence = replace(triple.evidence, document_id=copy.id)
        copied.append((copy, replace(triple, id=triple.id + "c", evidence=evidence)))
    more = replace(
        content,
        documents=(*content.documents, *{copy.id: copy for copy, _ in copied}.values()),
        triples=(*content.triples, *(triple for _, triple in copied)),
    )
    assert [essence(fact) for fact in fused(more).facts] == [essence(fact) for fact in fused(content).facts]


def essence(fact: Fact) -> tuple[object, ...]:
    return (fact.id, fact.confidence, fact.status, fact.validity, fact.premises)


@quick
@given(rows())
def test_forgetting_is_never_having_known(said: list[dict[str, Any]]) -> None:
    content = ledger(said)
    before = fused(content)
    gone = content.documents[0].id
    rest = replace(
        content,
        documents=tuple(d for d in content.documents if d.id != gone),
        triples=tuple(t for t in content.triples if t.evidence.document_id != gone),
    )
    never = ledger([])
    never = replace(never, documents=rest.documents, triples=rest.triples, quoted_chunks=rest.quoted_chunks)
    assert fused(rest) == fused(never)
    assert fused(content) == before  # no state stays behind


@quick
@given(rows())
def test_rumours_never_unseat_good_evidence(said: list[dict[str, Any]]) -> None:
    good = [{**row, "sure": 0.85} for row in said]
    hints = [
        {"says": ["Dee", "chief executive of", name], "when": on, "by": f"h{i}", "sure": 0.3}
        for i, (name, on) in enumerate((n, d) for n in ("Ada", "Bo", "Cy") for d in _DATES)
    ]
    kept = [
        row
        for row in good
        if row["says"][1] == "chief executive of" and not row["denied"] and row["says"][0] != row["says"][2]
    ]
    graph = fused(ledger([*good, *hints]))
    dee = [fact for fact in held(graph, "chief_executive_of") if fact.subject == "entity:Dee"]
    assert not {fact.object for fact in dee} & {f"entity:{row['says'][2]}" for row in kept}
