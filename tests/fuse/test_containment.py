"""What lies in what, by the claims; against networkx, and what it means for a birthplace."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.containment import Containment
from kgfuse.fuse.values import Value, finer_values, refine
from kgfuse.model import FactStatus
from tests.fuse.ledgers import fused, ledger, resolve_by_name


@given(st.sets(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")), max_size=14))
def test_what_lies_around_is_what_can_be_reached(edges: set[tuple[str, str]]) -> None:
    graph = nx.DiGraph([edge for edge in edges if edge[0] != edge[1]])
    graph.add_nodes_from("abcdefg")
    containment = Containment({a: frozenset(graph.successors(a)) for a in graph})
    for a in graph:
        assert containment.all_around(a) == nx.descendants(graph, a)
        for b in graph:
            assert containment.contains(b, a) == (a != b and nx.has_path(graph, a, b) and not nx.has_path(graph, b, a))


@pytest.mark.parametrize("length", [3, 13, 26, 60])
def test_a_circle_of_any_length_contains_nothing(length: int) -> None:
    around = {f"p{at}": frozenset({f"p{(at + 1) % length}"}) for at in range(length)}
    ring = Containment({**around, "town": frozenset({"p0"})})
    assert not any(ring.contains(a, b) for a in around for b in around)
    assert ring.contains("p0", "town")
    assert not ring.contains("town", "p0")
    values: list[Value] = [("", name) for name in sorted(around)]
    weights = {value: at for at, value in enumerate(values)}
    assert refine(weights, finer_values(values, ring)) == {value: value for value in values}


def born(place: str, by: str) -> dict[str, Any]:
    return {"says": ["Ada", "born in", place], "by": by, "subject_type": "Person", "object_type": "Place"}


@pytest.mark.parametrize(("denied", "expected"), [(False, "Oslo"), (True, "Bergen")])
def test_a_country_speaks_for_the_town_in_it(monkeypatch: pytest.MonkeyPatch, denied: bool, expected: str) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)
    where = {
        "says": ["Oslo", "located in", "Norway"],
        "subject_type": "Place",
        "object_type": "Place",
        "denied": denied,
    }
    rows = [born("Oslo", "a"), born("Norway", "b"), born("Norway", "c"), born("Bergen", "d"), born("Bergen", "e")]
    if denied:  # nothing contains anything: Bergen's two stand against Norway's two and Oslo's one
        rows.append(born("Bergen", "f"))
    graph = fused(ledger([*rows, {**where, "by": "map"}]))
    held = [f.object for f in graph.facts if f.relation == "born_in" and f.status is FactStatus.ACCEPTED]
    assert held == [f"entity:{expected}"]
