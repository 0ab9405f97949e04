"""Clusters against networkx, and against the rule that different things never meet."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.clustering import Clusters, Link, cluster

NODES = [f"n{number}" for number in range(9)]
PAIRS = st.lists(st.sampled_from(list(combinations(NODES, 2))), max_size=14, unique=True)
LINKS = st.lists(
    st.builds(
        lambda pair, score: Link(pair[0], pair[1], score),
        st.sampled_from(list(combinations(NODES, 2))),
        st.floats(0, 1),
    ),
    max_size=20,
)


@given(links=LINKS)
def test_without_constraints_they_are_the_connected_components(links: list[Link]) -> None:
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(NODES)
    graph.add_edges_from((link.left, link.right) for link in links)
    assert cluster(NODES, links) == sorted(sorted(part) for part in nx.connected_components(graph))


@given(links=LINKS, different=PAIRS, judged=PAIRS, data=st.data())
def test_different_things_never_meet_in_whatever_order(
    links: list[Link], different: list[tuple[str, str]], judged: list[tuple[str, str]], data: st.DataObject
) -> None:
    apart = set(judged)

    def differ(left: str, right: str) -> bool:
        return (min(left, right), max(left, right)) in apart

    found = cluster(NODES, links, different, differ)
    assert sorted(node for part in found for node in part) == NODES
    for part in found:
        for pair in combinations(part, 2):
            assert pair not in apart
            assert pair not in set(different)
    shuffled = data.draw(st.permutations(links))
    turned = [Link(link.right, link.left, link.score, link.rule) for link in shuffled]
    again = cluster(data.draw(st.permutations(NODES)), turned, data.draw(st.permutations(different)), differ)
    assert again == found


@given(links=LINKS, judged=PAIRS)
def test_a_refused_link_had_a_reason(links: list[Link], judged: list[tuple[str, str]]) -> None:
    apart = set(judged)
    found = cluster(NODES, links, differ=lambda a, b: (min(a, b), max(a, b)) in apart)
    home = {node: part for part in found for node in part}
    for link in links:
        if home[link.left] != home[link.right]:
            assert any((min(a, b), max(a, b)) in apart for a in home[link.left] for b in home[link.right])


def test_the_better_link_wins() -> None:
    links = [Link("j", "jane", 0.9), Link("j", "john", 0.8)]
    assert cluster(["j", "jane", "john"], links, [("jane", "john")]) == [["j", "jane"], ["john"]]


def test_a_binding_join_outranks_a_judgement_but_not_a_decision() -> None:
    clusters = Clusters("abc", [("a", "c")], lambda _left, _right: True)
    assert not clusters.join("a", "b")
    assert clusters.join("a", "b", binding=True)
    assert not clusters.join("b", "c", binding=True)


def test_an_excused_pair_may_meet_and_others_may_not() -> None:
    clusters = Clusters("abc", differ=lambda _left, _right: True)
    clusters.excuse("b", "a")
    assert clusters.join("a", "b")
    assert not clusters.join("b", "c")


def test_what_is_together_cannot_be_separated() -> None:
    clusters = Clusters("ab")
    clusters.join("a", "b")
    assert not clusters.separate("a", "b")
    assert clusters.together("a", "b")
