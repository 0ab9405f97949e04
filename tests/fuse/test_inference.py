"""What follows from believed facts, and what does not."""

from __future__ import annotations

from itertools import pairwise

import networkx
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.inference import LONGEST_CHAIN, STEP_DISCOUNT, infer
from kgfuse.model import ALWAYS, Fact, FactStatus, Validity, fact_id
from kgfuse.ontology import builtin_ontology
from tests.support.made import validity

NAMES = {name: name.upper() for name in "abcdefgh"}


def fact(
    subject: str, relation: str, object: str, when: Validity = ALWAYS, status: FactStatus = FactStatus.ACCEPTED
) -> Fact:
    return Fact(fact_id(subject, relation, object, when), subject, relation, object, when, 0.9, status, ("triple:1",))


def drawn(*facts: Fact, least: float = 0.0) -> list[tuple[str, str, str]]:
    return sorted((f.subject, f.relation, str(f.object)) for f in infer(facts, builtin_ontology(), NAMES, least))


def test_an_inverse_names_its_premise_and_is_no_evidence() -> None:
    premise = fact("a", "parent_of", "b", validity("2001", "2003"))
    (conclusion,) = infer([premise], builtin_ontology(), NAMES, 0.0)
    assert (conclusion.subject, conclusion.relation, conclusion.object) == ("b", "child_of", "a")
    assert conclusion.status is FactStatus.INFERRED
    assert conclusion.premises == (premise.id,)
    assert conclusion.supported_by == ()
    assert conclusion.validity == premise.validity
    assert conclusion.confidence == round(0.9 * STEP_DISCOUNT, 6)
    assert conclusion.reason == "the inverse of: A parent of B"


def test_what_is_stated_already_is_not_inferred() -> None:
    assert drawn(fact("a", "parent_of", "b"), fact("b", "child_of", "a")) == []


def test_nothing_follows_from_what_is_not_believed() -> None:
    assert drawn(fact("a", "parent_of", "b", status=FactStatus.DISPUTED)) == []


def test_chains_hold_while_all_their_links_hold() -> None:
    links = [
        fact("a", "located_in", "b", validity("2000", "2010")),
        fact("b", "located_in", "c", validity("2005", "2020")),
        fact("c", "located_in", "d", validity("2015", None)),
    ]
    found = {(f.subject, f.object): f for f in infer(links, builtin_ontology(), NAMES, 0.0)}
    assert found["a", "c"].validity == validity("2005", "2010")
    assert found["a", "c"].reason == "follows from: A located in B and B located in C"
    assert found["b", "d"].validity == validity("2015", "2020")
    assert ("a", "d") not in found


def test_a_conclusion_too_weak_to_believe_is_not_drawn() -> None:
    assert drawn(fact("a", "located_in", "b"), fact("b", "located_in", "c"), least=0.9) == []


pairs = st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")).filter(lambda pair: pair[0] != pair[1])


@given(st.sets(pairs, max_size=12))
def test_chains_are_the_short_simple_paths(edges: set[tuple[str, str]]) -> None:
    graph = networkx.DiGraph(sorted(edges))
    expected = {
        (start, end)
        for start in graph
        for end in graph
        if start != end and (start, end) not in edges
        if any(True for _ in networkx.all_simple_paths(graph, start, end, cutoff=LONGEST_CHAIN))
    }
    facts = [fact(left, "located_in", right) for left, right in sorted(edges)]
    conclusions = infer(facts, builtin_ontology(), NAMES, 0.0)
    assert {(f.subject, f.object) for f in conclusions} == expected
    by_id = {f.id: f for f in facts}
    for conclusion in conclusions:
        chain = {(by_id[p].subject, str(by_id[p].object)) for p in conclusion.premises}
        way = networkx.shortest_path(networkx.DiGraph(sorted(chain)), conclusion.subject, str(conclusion.object))
        assert set(pairwise(way)) == chain


def test_a_hub_does_not_explode() -> None:
    many = [fact(f"x{i}", "located_in", "hub") for i in range(200)] + [
        fact("hub", "located_in", f"y{i}") for i in range(200)
    ]
    assert len(infer(many, builtin_ontology(), {}, 0.0)) <= 200 * 50
