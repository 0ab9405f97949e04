"""Two holders at a time: what is believed never exceeds the capacity, and an honest history of two lanes is found."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.model import Fact, FactStatus
from kgfuse.ontology import parse_ontology
from tests.fuse.ledgers import fused, ledger, resolve_by_name

_TWO = parse_ontology("{relations: {president_of: {cardinality: one_at_a_time, per: object, capacity: 2}}}")
_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def president(name: str, **more: Any) -> dict[str, Any]:
    return {"says": [name, "president of", "Union"], **more}


def believed(rows: list[dict[str, Any]]) -> list[Fact]:
    return [fact for fact in fused(ledger(rows), _TWO).facts if fact.status in _BELIEVED]


@quick
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=3), st.lists(st.integers(1, 4), min_size=2, max_size=3), st.data()
)
def test_two_lanes_of_stated_spells_are_found(left: list[int], right: list[int], data: st.DataObject) -> None:
    rows, spells = [], set()
    for lane, lengths in enumerate((left, right)):
        year = 2000 + lane
        for number, length in enumerate(lengths):
            name, end = f"{'AB'[lane]}{number}", year + length
            rows += [president(name, **{"from": f"{year}-03", "when": f"{year}-04", "by": f"{name} first"})]
            rows += [president(name, to=f"{end}-03", when=f"{end}-05", by=f"{name} last")]
            spells.add((f"entity:{name}", f"{year}-03", f"{end}-03"))
            year = end
    found = believed(data.draw(st.permutations(rows)))
    assert {(f.subject, str(f.validity.valid_from), str(f.validity.valid_to)) for f in found} == spells


@quick
@given(
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(2000, 2008), st.integers(0, 2)), min_size=1, max_size=10)
)
def test_no_day_has_three_presidents(said: list[tuple[str, int, int]]) -> None:
    rows = []
    for number, (name, year, kind) in enumerate(said):
        dates: dict[str, Any] = [{}, {"from": f"{year}"}, {"from": f"{year}", "to": f"{year + 2}"}][kind]
        rows.append(president(name, when=f"{year}-07-0{1 + number % 9}", by=f"s{number}", **dates))
    spans = [fact.validity for fact in believed(rows)]
    for day in sorted({v.valid_from.at for v in spans if v.valid_from is not None}):
        assert sum(validity.contains(day) for validity in spans) <= 2
