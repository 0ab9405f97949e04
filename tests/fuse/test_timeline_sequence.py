"""The dynamic programme against brute force over every sequence."""

from __future__ import annotations

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.fuse.sequence import Evidence, Prices, best_in_arrays, best_sequence

PRICES = Prices(entry=1500, exit=750, surprise=3000)


def worth(held: tuple[frozenset[int], ...], evidence: Evidence, prices: Prices, capacity: int) -> int:
    """What a sequence earns, written from the definition in kgfuse/fuse/sequence.py."""
    first = evidence.first
    total = sum(gain for (segment, value), gain in evidence.holds.items() if value in held[segment])
    used = len(held[0])
    total -= 2 * used
    for point in range(evidence.points):
        exits, entries = held[point] - held[point + 1], held[point + 1] - held[point]
        dated = {value for value in entries if (point, value) in evidence.starts}
        for value in entries:
            total += evidence.starts.get((point, value), 0)
            if value not in dated:
                if point > first.get(value, 1 << 40) - 1 and (point, value) not in evidence.welcome:
                    total -= prices.surprise
                if evidence.holds.get((point + 1, value), 0) <= 0:
                    total -= 2
        for value in exits:
            total += evidence.ends.get((point, value), 0) - prices.exit
            unexplained = not dated and (point, value) not in evidence.released
            if unexplained and point > evidence.settled.get(value, 1 << 40):
                total -= prices.surprise
        total -= (prices.entry - prices.exit) * max(0, len(entries) - (capacity - used))
        total -= max(0, len(exits) - len(entries))
        used = min(capacity, used + len(entries))
    return total


def every_sequence(evidence: Evidence, capacity: int) -> list[tuple[frozenset[int], ...]]:
    sets = [frozenset(c) for size in range(capacity + 1) for c in combinations(range(evidence.values), size)]
    return list(product(sets, repeat=evidence.points + 1))


@st.composite
def problems(draw: st.DrawFn, values: int, points: int) -> Evidence:
    n, k = draw(st.integers(1, values)), draw(st.integers(0, points))
    segment, point, value = st.integers(0, k), st.integers(0, max(k - 1, 0)), st.integers(0, n - 1)
    gain = st.sampled_from([500, 1400, 2400, 2400, 3300])
    holds = draw(st.dictionaries(st.tuples(segment, value), gain | st.just(-2400), max_size=7))
    at = st.tuples(point, value)
    starts = draw(st.dictionaries(at, gain, max_size=3)) if k else {}
    ends = draw(st.dictionaries(at, gain, max_size=3)) if k else {}
    settled = draw(st.dictionaries(value, point, max_size=2)) if k else {}
    released = draw(st.frozensets(at, max_size=2)) if k else frozenset()
    welcome = draw(st.frozensets(at, max_size=1)) if k else frozenset()
    return Evidence(k, n, holds, starts, ends, settled, released, welcome)


def check(evidence: Evidence, capacity: int) -> None:
    asked = frozenset(product(range(evidence.points + 1), range(evidence.values)))
    found = best_sequence(evidence, PRICES, capacity, asked)
    scores = {held: worth(held, evidence, PRICES, capacity) for held in every_sequence(evidence, capacity)}
    assert found.score == max(scores.values())
    assert scores[found.held] == found.score
    for segment, value in asked:
        inside = [score for held, score in scores.items() if value in held[segment]]
        outside = [score for held, score in scores.items() if value not in held[segment]]
        assert found.best_with[segment, value] == max(inside)
        assert found.best_without[segment, value] == max(outside)


@settings(max_examples=150, deadline=None)
@given(problems(values=3, points=4))
def test_one_at_a_time_is_exact(evidence: Evidence) -> None:
    check(evidence, 1)


@settings(max_examples=300, deadline=None)
@given(problems(values=4, points=6))
def test_few_values_go_the_way_that_many_go(evidence: Evidence) -> None:
    asked = frozenset(product(range(evidence.points + 1), range(evidence.values)))
    assert best_sequence(evidence, PRICES, 1, asked) == best_in_arrays(evidence, PRICES, 1, asked)


@settings(max_examples=60, deadline=None)
@given(problems(values=3, points=3))
def test_several_at_a_time_is_exact(evidence: Evidence) -> None:
    check(evidence, 2)


def test_a_boundary_lies_where_evidence_lies_and_no_gap_opens_unasked() -> None:
    evidence = Evidence(4, 2, {(1, 0): 2400, (4, 1): 2400})
    assert [sorted(held) for held in best_sequence(evidence, PRICES).held] == [[], [0], [0], [0], [1]]


def test_a_stated_end_opens_a_gap() -> None:
    evidence = Evidence(3, 2, {(1, 0): 2400, (3, 1): 2400}, ends={(1, 0): 2400})
    assert [sorted(held) for held in best_sequence(evidence, PRICES).held] == [[], [0], [], [1]]


def test_too_many_values_for_all_their_sets_keep_those_with_most_evidence() -> None:
    evidence = Evidence(1, 60, {(1, value): 1000 + value for value in range(60)})
    assert best_sequence(evidence, PRICES, capacity=2).held[1] == {58, 59}
