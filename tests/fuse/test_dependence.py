"""Copiers share a vote, by their common errors; contests as arrays give what the rules give value by value."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse import fit, support
from kgfuse.fuse.dependence import Copying
from kgfuse.fuse.support import Trust, by_source, noisy_or, share_of_vote, total_weight
from kgfuse.fuse.values import Value, refine, value_of
from kgfuse.fuse.votes import Contest, Votes, targets, votes_of
from kgfuse.model import Claim, Datatype, Evidence, Literal, Validity
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import Parameters
from tests.fuse.ledgers import SETTINGS, ledger, resolve_by_name


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def claim(number: int, source: str, value: str, confidence: float = 0.9, negated: bool = False) -> Claim:
    literal = Literal(value, Datatype.NUMBER, value)
    evidence = Evidence("d", "c", 0, 0, "")
    id = f"{number:04d}"
    return Claim(id, "entity:x", "size", literal, Validity(), None, confidence, source, evidence, id, (), negated)


def births(errors: int, copiers: int) -> list[dict[str, Any]]:
    """Thirty births by four honest sources with errors of their own, of which `copiers` others repeat the first's."""
    rows: list[dict[str, Any]] = []
    for day in range(30):
        for source in range(4):
            wrong = errors and day % 5 == source
            year = 1900 + source if wrong else 1970
            names = [f"s{source}"] + ([f"copier{n}" for n in range(copiers)] if source == 0 else [])
            rows += [{"says": [f"P{day}", "born on", f"={year}-03-01"], "by": name} for name in names]
    return rows


def test_sources_that_share_errors_are_found_to_copy_and_others_are_not() -> None:
    pairs = {(a, b) for a, b, p in fit(ledger(births(1, 2)), builtin_ontology(), SETTINGS).dependence if p > 0.9}
    assert pairs == {("copier0", "copier1"), ("copier0", "s0"), ("copier1", "s0")}


def test_a_crowd_of_copiers_does_not_outvote_sources_that_have_it_from_elsewhere() -> None:
    content = ledger(births(1, 5))
    trust = Trust.of(fit(content, builtin_ontology(), SETTINGS))
    crowd = [claim(n, name, "1") for n, name in enumerate(["s0", *(f"copier{n}" for n in range(5))])]
    others = [claim(n, name, "2") for n, name in enumerate(["s1", "s2"], 10)]
    values = {c.triple_id: value_of(c.object) for c in (*crowd, *others)}
    weights = [total_weight(support.testify(side, trust, values, {}, SETTINGS)) for side in (crowd, others)]
    alone = support.testify(crowd[:1], trust, values, {}, SETTINGS)
    assert total_weight(alone) < weights[0] < weights[1]
    assert noisy_or(support.testify(crowd, trust, values, {}, SETTINGS), SETTINGS) < 0.97


def test_a_source_can_be_right_in_one_relation_and_wrong_in_another() -> None:
    rows: list[dict[str, Any]] = []
    for day in range(10, 40):
        for source in ("a", "b", "c", "odd"):
            born = f"=1970-03-{day % 28 + 1:02d}"
            died = f"=20{day}-03-01" if source == "odd" else f"=20{day}-05-02"
            rows.append({"says": [f"P{day}", "born on", born], "by": source})
            rows.append({"says": [f"P{day}", "died on", died], "by": source})
    parameters = fit(ledger(rows), builtin_ontology(), SETTINGS)
    by_relation = {(source, relation): p for source, relation, p in parameters.by_relation}
    assert by_relation["odd", "born_on"] > dict(parameters.reliability)["odd"] > by_relation["odd", "died_on"]
    assert Trust.of(parameters).in_relation("odd", "died_on") == by_relation["odd", "died_on"]
    assert Trust.of(parameters).in_relation("odd", "founded_on") == dict(parameters.reliability)["odd"]


def test_a_share_of_a_vote_in_claims_is_that_in_arrays() -> None:
    dependence = (("a", "b", 0.9), ("b", "c", 0.5))
    trust = Trust.of(Parameters("v", (("a", 0.8), ("b", 0.8), ("c", 0.8)), 0.8, dependence=dependence))
    said = [claim(n, source, "1") for n, source in enumerate("abc")]
    whole = support.testify([said[0]], trust, {said[0].triple_id: ("q",)}, {}, SETTINGS)[0].weight
    values: dict[str, Value] = {c.triple_id: value_of(c.object) for c in said}
    weights = [t.weight for t in by_source(support.testify(said, trust, values, {}, SETTINGS))]
    assert weights == [round(whole * share_of_vote(shared, SETTINGS)) for shared in (0.9, 1.4, 0.5)]


# ----------------------------------------------------------------------------------------------------- against an oracle

sources = st.sampled_from(["s0", "s1", "s2", "s3", "s4", "s5"])
numbers = st.sampled_from(["100", "110", "112", "112.5", "90", "200"])


@st.composite
def contests(draw: st.DrawFn) -> list[Contest]:
    made = []
    for item in range(draw(st.integers(1, 8))):
        said = sorted(draw(st.sets(st.tuples(sources, numbers), min_size=1, max_size=10)))
        voices = [(claim(100 * item + n, s, v), ("quantity", v, "")) for n, (s, v) in enumerate(said)]
        values: list[Value] = sorted({value for _, value in voices})
        finer: dict[Value, tuple[Value, ...]] = {
            v: fine
            for v in values
            if (fine := tuple(other for other in values if other != v and refine({v: 0, other: 1})[v] == other))
        }
        made.append(Contest("size", tuple(voices), finer, {}))
    return made


def shared_with(votes: Votes, pairs: dict[tuple[int, int], float]) -> list[float]:
    """The oracle: for every vote, who else says the same, one by one."""
    return [
        sum(
            pairs.get((int(votes.source[a]), int(votes.source[b])), 0.0)
            for b in range(len(votes.value))
            if votes.value[a] == votes.value[b] and a != b
        )
        for a in range(len(votes.value))
    ]


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(contests(), st.integers(0, 1 << 30))
def test_shares_are_those_of_counting_one_by_one(made: list[Contest], seed: int) -> None:
    votes = votes_of(made)
    copying = Copying(votes, SETTINGS)
    size = len(copying.sources)
    dice = np.random.default_rng(seed)
    drawn = np.triu(dice.random((size, size)) * (dice.random((size, size)) < 0.5), 1)
    pairs = drawn + drawn.T
    named = {
        (int(a), int(b)): float(pairs[i, j])
        for i, a in enumerate(copying.sources)
        for j, b in enumerate(copying.sources)
    }
    expected = [share_of_vote(shared, SETTINGS) for shared in shared_with(votes, named)]
    assert np.allclose(copying.shares(pairs, len(votes.value)), expected)


@quick
@given(contests(), st.integers(0, 1 << 30))
def test_arrays_refine_values_as_the_rule_does(made: list[Contest], seed: int) -> None:
    votes = votes_of(made)
    weights = np.random.default_rng(seed).integers(0, 4, len(votes.contest)).astype(float)
    target = targets(votes, weights)
    place = 0
    for contest in made:
        values = sorted({value for _, value in contest.voices})
        numbered = {value: place + offset for offset, value in enumerate(values)}
        by_rule = refine({value: int(weights[number]) for value, number in numbered.items()}, contest.finer)
        assert {v: int(target[n]) for v, n in numbered.items()} == {v: numbered[by_rule[v]] for v in values}
        place += len(values)


@quick
@given(contests(), st.floats(0.0, 1.0), st.floats(0.05, 0.95))
def test_copying_is_a_probability_and_mutual(made: list[Contest], right: float, p: float) -> None:
    votes = votes_of(made)
    copying = Copying(votes, FuseSettings())
    found = copying.probabilities(np.full(len(votes.contest), right), np.full(len(votes.sources), p))
    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert np.allclose(found, found.T)
    assert not found.diagonal().any()
