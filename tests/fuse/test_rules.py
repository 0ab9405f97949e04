"""Learned rules: counted as brute force counts them, applied with their premises, never against what is known."""

from __future__ import annotations

import random
from itertools import product
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse import fit, fuse
from kgfuse.fuse.conclusions import conclude, rule_words
from kgfuse.fuse.paths import Edges
from kgfuse.fuse.rules import lower_bound, mine
from kgfuse.model import ALWAYS, Fact, FactStatus, Validity, fact_id
from kgfuse.ontology import Ontology, parse_ontology
from kgfuse.parameters import HornRule
from tests.fuse.ledgers import ledger
from tests.support.made import validity

OPEN = parse_ontology("name: open\n")
LAX = FuseSettings(rule_support=2, rule_coverage=0.0, rule_confidence=0.0)
THINGS = "abcdefg"
NAMES = {thing: thing.upper() for thing in THINGS}


def fact(
    subject: str,
    relation: str,
    object: str,
    when: Validity = ALWAYS,
    status: FactStatus = FactStatus.ACCEPTED,
    sure: float = 0.9,
) -> Fact:
    return Fact(fact_id(subject, relation, object, when), subject, relation, object, when, sure, status, ("triple:1",))


def drawn(rules: list[HornRule], *facts: Fact, ontology: Ontology = OPEN) -> list[Fact]:
    return conclude(facts, ontology, NAMES, lambda _: None, rules, FuseSettings(accept_threshold=0.1))


ends = st.tuples(st.sampled_from(THINGS), st.sampled_from(THINGS)).filter(lambda pair: pair[0] != pair[1])
graphs = st.fixed_dictionaries({name: st.frozensets(ends, max_size=14) for name in ("p", "q", "r")})


def walked(edges: Edges, body: tuple[tuple[str, bool], ...]) -> set[tuple[str, str]]:
    """All pairs that a path joins, by the definition."""

    def holds(step: tuple[str, bool], left: str, right: str) -> bool:
        return ((right, left) if step[1] else (left, right)) in edges[step[0]]

    if len(body) == 1:
        return {(x, y) for x, y in product(THINGS, THINGS) if x != y and holds(body[0], x, y)}
    return {
        (x, y)
        for x, z, y in product(THINGS, THINGS, THINGS)
        if len({x, z, y}) == 3 and holds(body[0], x, z) and holds(body[1], z, y)
    }


@settings(max_examples=60, deadline=None)
@given(graphs)
def test_counts_are_those_of_brute_force(edges: Edges) -> None:
    for rule in mine(edges, OPEN, LAX):
        pairs, head = walked(edges, rule.body), edges[rule.head]
        subjects, objects = {x for x, _ in head}, {y for _, y in head}
        of_known = [p for p in pairs if (p[0] in subjects if len(subjects) >= len(objects) else p[1] in objects)]
        assert (rule.support, rule.pairs) == (len(pairs & head), len(pairs))
        assert rule.cases == len({*of_known, *(pairs & head)})
        assert rule.head_coverage == round(rule.support / len(head), 6)


@settings(max_examples=40, deadline=None)
@given(graphs)
def test_no_rule_with_support_is_missed(edges: Edges) -> None:
    with mock.patch("kgfuse.fuse.rules.MOST_BODIES", 100):
        found = {(rule.head, rule.body) for rule in mine(edges, OPEN, LAX)}
    steps = [(name, backwards) for name in "pqr" for backwards in (False, True) if len(edges[name]) >= 2]
    for head in (name for name in "pqr" if len(edges[name]) >= 2):
        for body in [(step,) for step in steps if step != (head, False)]:
            if len(walked(edges, body) & edges[head]) >= 2:
                assert (head, body) in found


@settings(max_examples=60, deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_rules_do_not_hang_on_order(edges: Edges, dice: random.Random) -> None:
    names = list(edges)
    dice.shuffle(names)
    assert mine({name: edges[name] for name in names}, OPEN, LAX) == mine(edges, OPEN, LAX)


def test_what_the_ontology_says_is_not_learned() -> None:
    known = parse_ontology("relations: {p: {transitive: true, inverse: q}, q: {inverse: p}, r: {symmetric: true}}")
    chain = frozenset((a, b) for i, a in enumerate(THINGS) for b in THINGS[i + 1 :])
    edges = {"p": chain, "q": frozenset((b, a) for a, b in chain), "r": chain}
    bodies = {(rule.head, rule.body) for rule in mine(edges, known, LAX)}
    assert ("p", (("q", True),)) not in bodies
    assert ("p", (("p", False), ("p", False))) not in bodies
    assert ("r", (("r", True),)) not in bodies


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_bound_is_below_the_share_and_rises_with_evidence(right: int, wrong: int) -> None:
    bound = lower_bound(right, right + wrong)
    assert 0.0 <= bound <= (right / (right + wrong) if right + wrong else 0.0)
    assert bound <= lower_bound(2 * right, 2 * (right + wrong)) + 1e-9


def test_nothing_is_learned_from_a_handful() -> None:
    edges = {"p": frozenset((f"a{i}", f"b{i}") for i in range(9)), "q": frozenset((f"a{i}", f"b{i}") for i in range(9))}
    assert mine(edges, OPEN, FuseSettings()) == ()


TWO = HornRule("lives_in", (("works_for", False), ("seated_in", False)), 40, 44, 50, 0.5, 0.8)


def test_a_conclusion_names_its_premises_and_holds_while_they_do() -> None:
    first = fact("a", "works_for", "b", validity("2000", "2010"))
    second = fact("b", "seated_in", "c", validity("2005", None))
    (found,) = drawn([TWO], first, second)
    assert (found.subject, found.relation, found.object, found.status) == ("a", "lives_in", "c", FactStatus.INFERRED)
    assert found.validity == validity("2005", "2010")
    assert found.premises == tuple(sorted((first.id, second.id)))
    assert found.supported_by == ()
    assert found.confidence == round(0.8 * 0.9 * 0.9, 6)
    assert "A works for B and B seated in C" in found.reason
    assert rule_words(TWO) in found.reason
    assert rule_words(TWO) == "x works for z and z seated in y => x lives in y"
    assert drawn([TWO], first) == []
    assert drawn([TWO], first, fact("b", "seated_in", "c", validity("2012", None))) == []


def test_a_step_can_be_walked_backwards() -> None:
    rule = HornRule("knows", (("p", True), ("q", False)), 40, 44, 50, 0.5, 0.8)
    (found,) = drawn([rule], fact("b", "p", "a"), fact("b", "q", "c"))
    assert (found.subject, found.object) == ("a", "c")
    assert rule_words(rule) == "z p x and z q y => x knows y"


@pytest.mark.parametrize("status", [FactStatus.DISPUTED, FactStatus.ACCEPTED, FactStatus.INFERRED])
def test_what_is_spoken_of_is_not_concluded(status: FactStatus) -> None:
    said = fact("a", "lives_in", "c", status=status)
    assert drawn([TWO], fact("a", "works_for", "b"), fact("b", "seated_in", "c"), said) == []


def test_nothing_is_concluded_against_the_one_value_that_there_can_be() -> None:
    one = parse_ontology(
        "relations: {lives_in: {cardinality: one_at_a_time}, hates: {opposite: loves}, loves: {opposite: hates}}"
    )
    premises = (fact("a", "works_for", "b"), fact("b", "seated_in", "c"))
    assert len(drawn([TWO], *premises, ontology=one)) == 1
    assert drawn([TWO], *premises, fact("a", "lives_in", "d"), ontology=one) == []
    other_time = (fact("a", "works_for", "b", validity("2000", "2005")), premises[1])
    assert len(drawn([TWO], *other_time, fact("a", "lives_in", "d", validity("2005", None)), ontology=one)) == 1
    loves = HornRule("loves", TWO.body, 40, 44, 50, 0.5, 0.8)
    assert drawn([loves], *premises, fact("a", "hates", "c"), ontology=one) == []


def test_nothing_follows_from_what_is_not_believed() -> None:
    weak = fact("a", "works_for", "b", status=FactStatus.DISPUTED)
    assert drawn([TWO], weak, fact("b", "seated_in", "c")) == []


def test_rules_are_fitted_frozen_and_withdrawn_with_their_premises() -> None:
    rows = []
    for number in range(30):
        firm, town = f"Firm{number} Works", f"Town{number} Vale"
        rows.append({"says": [firm, "pays tribute to", town], "by": f"s{number}", "sentence": f"a {number}"})
        if number < 28:
            rows.append({"says": [firm, "answers to", town], "by": f"s{number}", "sentence": f"b {number}"})
    content = ledger(rows)
    parameters = fit(content, OPEN, FuseSettings())
    heads = {rule.head for rule in parameters.rules}
    assert "answers_to" in heads
    graph = fuse(content, OPEN, FuseSettings(), parameters)
    inferred = [fact for fact in graph.facts if fact.status is FactStatus.INFERRED]
    assert len(inferred) == 2
    known = {fact.id for fact in graph.facts if fact.status is FactStatus.ACCEPTED}
    assert all(set(fact.premises) <= known and fact.premises for fact in inferred)
    fewer = fuse(ledger(rows[:-1]), OPEN, FuseSettings(), parameters)
    assert len([fact for fact in fewer.facts if fact.status is FactStatus.INFERRED]) == 1
