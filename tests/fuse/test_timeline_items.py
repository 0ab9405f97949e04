"""Timelines beyond one value at a time, of random evidence, and what a reader is told."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.model import FactStatus
from kgfuse.ontology import parse_ontology
from tests.fuse.ledgers import fused, ledger, resolve_by_name, words

_TWO = parse_ontology("{relations: {president_of: {cardinality: one_at_a_time, per: object, capacity: 2}}}")


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def president(name: str, **more: Any) -> dict[str, Any]:
    return {"says": [name, "president of", "Union"], **more}


def told(*rows: dict[str, Any]) -> list[str]:
    graph = fused(ledger(rows), _TWO)
    names = {entity.id: entity.name for entity in graph.entities}
    return sorted(words(fact, names).replace(" | president_of | Union", "") for fact in graph.facts)


def test_two_presidents_hold_at_once_and_a_third_takes_the_place_of_one() -> None:
    assert told(
        president("Ann", **{"from": "2010", "to": "2014"}),
        president("Bob", **{"from": "2012"}),
        president("Cid", **{"from": "2014"}),
    ) == ["Ann | 2010 | 2014 | superseded", "Bob | 2012 | … | accepted", "Cid | 2014 | … | accepted"]


def test_of_three_undated_presidents_two_hold() -> None:
    rows = [president("Ann"), president("Ann"), president("Bob"), president("Bob"), president("Cid")]
    assert told(*rows) == ["Ann | … | … | accepted", "Bob | … | … | accepted", "Cid | … | … | disputed"]


def test_a_reason_names_what_decided() -> None:
    rows = [{"says": [name, "ceo of", "Acme"], "when": when} for name, when in (("Ann", "2019"), ("Bob", "2021"))]
    reasons = {fact.subject: fact.reason for fact in fused(ledger(rows)).facts}
    assert reasons["entity:Ann"] == "stated by 1 source; first seen in 2019; superseded by Bob, end inferred as 2021"
    assert reasons["entity:Bob"] == "stated by 1 source; first seen in 2021"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["Ann", "Bob", "Cid", "Dan"]), st.lists(st.integers(1, 5), min_size=4, max_size=4), st.data())
def test_a_true_history_is_found_from_honest_sources(names: list[str], years: list[int], data: st.DataObject) -> None:
    """Stated starts of each office, and reports at any time in it: the history comes out as it was."""
    rows, start, spells = [], 2000, []
    for name, length in zip(names, years, strict=True):
        spells.append((name, start))
        rows.append({"says": [name, "ceo of", "Acme"], "from": f"{start}-02-01", "when": f"{start}-02-02"})
        for month in data.draw(st.lists(st.integers(3, 12), max_size=3)):
            year = data.draw(st.integers(start, start + length - 1))
            rows.append({"says": [name, "ceo of", "Acme"], "when": f"{year}-{month:02d}-15"})
        start += length
    graph = fused(ledger(data.draw(st.permutations(rows))))
    ends = [f"{at}-02-01" for _, at in spells[1:]] + ["None"]
    expected = [(f"entity:{name}", f"{at}-02-01", end) for (name, at), end in zip(spells, ends, strict=True)]
    found = [(f.subject, str(f.validity.valid_from), str(f.validity.valid_to)) for f in graph.facts]
    assert sorted(found) == sorted(expected)
    assert [f.subject for f in graph.facts if f.status is FactStatus.ACCEPTED] == [f"entity:{names[-1]}"]
