"""Personalised PageRank against networkx."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.retrieve.pagerank import personalised_pagerank

NODE = st.integers(0, 11)
EDGES = st.lists(st.tuples(NODE, NODE, st.floats(0.1, 5.0)), max_size=40)
SEEDS = st.dictionaries(NODE, st.floats(0.01, 3.0), min_size=1, max_size=5)


@settings(deadline=None)
@given(EDGES, SEEDS, st.sampled_from((0.3, 0.5, 0.85)))
def test_the_shares_are_those_of_networkx(
    edges: list[tuple[int, int, float]], seeds: dict[int, float], damping: float
) -> None:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(seeds)
    for one, other, weight in edges:
        if one == other:
            graph.add_nodes_from((one,))
        else:
            graph.add_edge(one, other, weight=graph.get_edge_data(one, other, {"weight": 0.0})["weight"] + weight)
    expected = nx.pagerank(graph, alpha=damping, personalization=seeds, dangling=seeds, max_iter=500, tol=1e-12)
    found = personalised_pagerank(edges, seeds, damping)
    assert found == {node: pytest.approx(share, abs=1e-5) for node, share in expected.items()}


def test_without_seeds_there_is_no_walk() -> None:
    assert personalised_pagerank([(1, 2, 1.0)], {}) == {}
    assert personalised_pagerank([(1, 2, 1.0)], {1: 0.0}) == {}


def test_what_is_near_the_seed_is_where_the_walk_is_most() -> None:
    shares = personalised_pagerank([("a", "b", 1.0), ("b", "c", 1.0), ("x", "y", 1.0)], {"a": 1.0})
    assert shares["a"] > shares["b"] > shares["c"] > shares["x"] == 0.0
