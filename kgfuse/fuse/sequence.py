"""The sequence of values over time that explains the evidence best: exact, by dynamic programming.

Time is cut at the *points* 0 … K-1 into K+1 segments; segment k lies before point k, the last one after all points. In each
segment at most `capacity` values hold. A sequence earns

* for each segment, what the evidence gives for the values that hold there (`Evidence.holds`, negative where denied);
* at each point, what the evidence gives for a value that starts or ends exactly there (`starts`, `ends`);

and pays (`Prices`)

* `entry` for a value that starts, save the first `capacity` ones, and `exit` for one that ends;
* `surprise` for a value that comes back after its first evidence without a stated start (a return that nobody dates), and
  for one with a stated start that goes without a stated end, a denial, or a stated start of its successor;
* two micro-units for a start where nothing is said about the value, one for an end without successor: so boundaries lie
  where evidence lies, and gaps open only where evidence opens them.

A value that holds in segment 0 has started there.

This is a hidden Markov model's most probable path (Viterbi 1967) with log-likelihood ratios as emissions. Scores are whole
micro-units, so ties are exact and fall towards the later boundary and then the first state. Cost for capacity 1:
O(K x values); else O(K x states^2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from kgfuse.fuse.few_values import FEW, NEVER, best_of_few

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Scores = NDArray[np.int64]

MOST_STATES = 600
"""With `capacity` above 1, only so many sets of values are weighed: the values with most evidence make them up."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about `values` values at `points` points, in micro-log-odds.

    `holds` is keyed by ``(segment, value)``, `starts` and `ends` by ``(point, value)``. `settled` maps a value to the
    point of its first stated start, `released` holds the ``(point, value)`` at which its going is explained, `welcome`
    those at which its return is no surprise (the spell of a stand-in has just ended).
    `first` maps a value to the first segment with evidence that it holds.
    """

    points: int
    values: int
    holds: Mapping[tuple[int, int], int]
    starts: Mapping[tuple[int, int], int] = field(default_factory=dict)
    ends: Mapping[tuple[int, int], int] = field(default_factory=dict)
    settled: Mapping[int, int] = field(default_factory=dict)
    released: frozenset[tuple[int, int]] = frozenset()
    welcome: frozenset[tuple[int, int]] = frozenset()

    @property
    def first(self) -> dict[int, int]:
        """Map each value to the first segment in which evidence says that it holds."""
        found: dict[int, int] = {}
        for (segment, value), gain in self.holds.items():
            if gain > 0:
                found[value] = min(segment, found.get(value, segment))
        return found


@dataclass(frozen=True, slots=True)
class Prices:
    """What changes cost, in micro-log-odds (see the module)."""

    entry: int
    exit: int
    surprise: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """The best sequence: for each segment the set of values that hold; `score` is what it earns.

    `best_with` is keyed by ``(segment, value)`` for the pairs that were asked for: the score of the best sequence in which
    the value holds there; `best_without` likewise: in which it does not.
    """

    held: tuple[frozenset[int], ...]
    score: int
    best_with: Mapping[tuple[int, int], int]
    best_without: Mapping[tuple[int, int], int]


State = tuple[frozenset[int], int]
"""The values that hold, and how many of the free first starts are used up."""


def states_of(evidence: Evidence, capacity: int) -> list[State]:
    """Return the states, the empty ones first."""
    kept = list(range(evidence.values))
    if capacity > 1:
        gains: dict[int, int] = dict.fromkeys(kept, 0)
        for (_, value), gain in sorted(evidence.holds.items()):
            gains[value] += max(gain, 0)
        kept.sort(key=lambda value: (-gains[value], value))
        while len(kept) > capacity and _count(len(kept), capacity) > MOST_STATES:
            kept.pop()
        kept.sort()
    return [
        (frozenset(chosen), used)
        for size in range(min(capacity, len(kept)) + 1)
        for used in range(size, capacity + 1)
        for chosen in combinations(kept, size)
    ]


def _count(values: int, capacity: int) -> int:
    total, ways = 1, 1
    for size in range(1, capacity + 1):
        ways = ways * (values - size + 1) // size
        total += ways
    return total * (capacity + 1)


@dataclass(frozen=True, slots=True)
class _Point:
    """The parts of the price of a change at one point, by value."""

    enter: Scores  # what a start there is worth, without `entry`
    leave: Scores  # what an end there is worth, `exit` paid
    startled: Scores  # what an end costs more unless a stated start explains it
    stated: NDArray[np.bool_]  # where a start is stated


def _points(evidence: Evidence, prices: Prices) -> list[_Point]:
    first, n = evidence.first, evidence.values
    by_point: list[tuple[dict[int, int], dict[int, int]]] = [({}, {}) for _ in range(evidence.points)]
    for (point, value), gain in evidence.starts.items():
        by_point[point][0][value] = gain
    for (point, value), gain in evidence.ends.items():
        by_point[point][1][value] = gain
    said: list[list[int]] = [[] for _ in range(evidence.points + 1)]
    for (segment, value), gain in evidence.holds.items():
        if gain > 0:
            said[segment].append(value)
    gone: list[list[int]] = [[] for _ in range(evidence.points)]
    for point, value in evidence.released:
        gone[point].append(value)
    awaited: list[list[int]] = [[] for _ in range(evidence.points)]
    for point, value in evidence.welcome:
        awaited[point].append(value)
    first_point = np.array([first.get(value, 1 << 40) - 1 for value in range(n)], np.int64)
    settled = np.array([evidence.settled.get(value, 1 << 40) for value in range(n)], np.int64)
    made = []
    for point, (starts, ends) in enumerate(by_point):
        stated = np.zeros(n, bool)
        stated[list(starts)] = True
        silent = np.ones(n, bool)
        silent[said[point + 1]] = False
        expected = stated.copy()
        expected[awaited[point]] = True
        enter = np.where((point > first_point) & ~expected, -prices.surprise, 0) - 2 * (silent & ~stated)
        leave = np.full(n, -prices.exit, np.int64)
        startled = np.where(point > settled, -prices.surprise, 0)
        for value, gain in starts.items():
            enter[value] += gain
        for value, gain in ends.items():
            leave[value] += gain
        startled[gone[point]] = 0
        made.append(_Point(enter, leave, startled, stated))
    return made


def _members(states: list[State]) -> dict[int, list[int]]:
    """Map each value to the states in which it holds."""
    members: dict[int, list[int]] = {}
    for index, (chosen, _) in enumerate(states):
        for value in chosen:
            members.setdefault(value, []).append(index)
    return members


def _gains(evidence: Evidence, states: list[State]) -> list[Scores]:
    """Return what each state earns in each segment."""
    members = _members(states)
    gains = [np.zeros(len(states), np.int64) for _ in range(evidence.points + 1)]
    for (segment, value), gain in evidence.holds.items():
        gains[segment][members.get(value, [])] += gain
    return gains


class _OneAtATime:
    """Changes between the states of capacity 1: nothing yet, nothing any more, one value. Linear in the values."""

    def __init__(self, points: list[_Point], prices: Prices) -> None:
        self.points, self.prices = points, prices

    def forward(self, point: int, before: Scores) -> tuple[Scores, NDArray[np.int64]]:
        """Return, for each state after `point`, the best score and the state before it; `before` scores the states."""
        p, again = self.points[point], self.prices.entry - self.prices.exit
        calm = before[2:] + p.leave
        upset = calm + p.startled
        after, sources = before.copy(), np.arange(len(before), dtype=np.int64)
        if not len(calm):
            return after, sources
        gone = int(upset.argmax())
        if int(upset[gone]) - 1 >= before[1]:
            after[1], sources[1] = upset[gone] - 1, gone + 2
        (best_calm, from_calm), (best_upset, from_upset) = _best_other(calm), _best_other(upset)
        changed = np.where(p.stated, best_calm, best_upset) - again
        origin = np.where(p.stated, from_calm, from_upset) + 2
        for score, source in ((changed, origin), (before[1] - again, 1), (before[0], 0)):
            total = score + p.enter
            better = total >= after[2:]
            after[2:] = np.where(better, total, after[2:])
            sources[2:] = np.where(better, source, sources[2:])
        return after, sources

    def backward(self, point: int, after: Scores) -> Scores:
        """Return, for each state before `point`, the best score that can still be earned."""
        p, again = self.points[point], self.prices.entry - self.prices.exit
        entered = after[2:] + p.enter
        before = after.copy()
        if not len(entered):
            return before
        before[0] = max(int(after[0]), int(entered.max()))
        before[1] = max(int(after[1]), int(entered.max()) - again)
        other, _ = _best_other(entered)
        successor, _ = _best_other(np.where(p.stated, entered, NEVER))
        upset = np.maximum(other - again, after[1] - 1) + p.startled
        before[2:] = np.maximum(after[2:], np.maximum(upset, successor - again) + p.leave)
        return before


def _best_other(scores: Scores) -> tuple[Scores, NDArray[np.int64]]:
    """Return, for each place, the best score at any other place and where that is."""
    top = int(scores.argmax())
    best, where = np.full(len(scores), scores[top], np.int64), np.full(len(scores), top, np.int64)
    rest = scores.copy()
    rest[top] = 2 * NEVER
    second = int(rest.argmax())
    best[top], where[top] = rest[second], second
    return best, where


class _Several:
    """Changes between sets of values, by a table per point."""

    def __init__(self, points: list[_Point], prices: Prices, states: list[State], capacity: int) -> None:
        self.points, self.prices = points, prices
        self.moves = [
            (i, j, tuple(sorted(left - right)), tuple(sorted(right - left)), used)
            for i, (left, used) in enumerate(states)
            for j, (right, then) in enumerate(states)
            if then == min(capacity, used + len(right - left))
        ]
        self.capacity, self.size = capacity, len(states)

    def table(self, point: int) -> Scores:
        p, again = self.points[point], self.prices.entry - self.prices.exit
        table = np.full((self.size, self.size), NEVER, np.int64)
        for i, j, exits, entries, used in self.moves:
            explained = any(p.stated[value] for value in entries)
            price = -again * max(0, len(entries) - (self.capacity - used)) - max(0, len(exits) - len(entries))
            price += sum(int(p.leave[value]) + (0 if explained else int(p.startled[value])) for value in exits)
            table[i, j] = price + sum(int(p.enter[value]) for value in entries)
        return table

    def forward(self, point: int, before: Scores) -> tuple[Scores, NDArray[np.int64]]:
        scores = before[:, None] + self.table(point)
        stay = np.arange(self.size)
        preference = 2 * scores
        preference[stay, stay] -= 1  # on a tie the change wins, so that boundaries lie late
        sources = preference.argmax(axis=0)
        return np.take_along_axis(scores, sources[None, :], 0)[0], sources

    def backward(self, point: int, after: Scores) -> Scores:
        best: Scores = (self.table(point) + after[None, :]).max(axis=1)
        return best


def best_sequence(
    evidence: Evidence, prices: Prices, capacity: int = 1, asked: frozenset[tuple[int, int]] = frozenset()
) -> Sequence:
    """Return the sequence that earns most, and how well it could go with and without the `asked` (segment, value) pairs."""
    if capacity == 1 and evidence.values <= FEW:
        return Sequence(*best_of_few(evidence, prices, asked))
    return best_in_arrays(evidence, prices, capacity, asked)


def best_in_arrays(
    evidence: Evidence, prices: Prices, capacity: int = 1, asked: frozenset[tuple[int, int]] = frozenset()
) -> Sequence:
    """Return what `best_sequence` does, whatever there is."""
    states = states_of(evidence, capacity)
    points = _points(evidence, prices)
    gains = _gains(evidence, states)
    changes = _OneAtATime(points, prices) if capacity == 1 else _Several(points, prices, states, capacity)
    score = np.array([0 if not chosen and not used else NEVER for chosen, used in states], np.int64)
    for index, (chosen, used) in enumerate(states):
        if chosen and used == len(chosen):
            score[index] = -2 * used
    alphas, traces = [score + gains[0]], []
    for point in range(evidence.points):
        after, sources = changes.forward(point, alphas[-1])
        alphas.append(after + gains[point + 1])
        traces.append(sources)
    index = int(alphas[-1].argmax())
    total = int(alphas[-1][index])
    held = [states[index][0]]
    for sources in reversed(traces):
        index = int(sources[index])
        held.append(states[index][0])
    held.reverse()
    best_with, best_without = _marginals(alphas, gains, changes, states, asked)
    return Sequence(tuple(held), total, best_with, best_without)


def _marginals(
    alphas: list[Scores],
    gains: list[Scores],
    changes: _OneAtATime | _Several,
    states: list[State],
    asked: frozenset[tuple[int, int]],
) -> tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    wanted: dict[int, list[int]] = {}
    for segment, value in asked:
        wanted.setdefault(segment, []).append(value)
    members = _members(states)
    best_with: dict[tuple[int, int], int] = {}
    best_without: dict[tuple[int, int], int] = {}
    beta = np.zeros(len(states), np.int64)
    for segment in range(len(alphas) - 1, -1, -1):
        if not wanted:
            break
        if segment in wanted:
            through = alphas[segment] + beta
            for value in wanted.pop(segment):
                inside = members.get(value, [])
                best_with[segment, value] = int(through[inside].max()) if inside else NEVER
                outside = through.copy()
                outside[inside] = 2 * NEVER
                best_without[segment, value] = int(outside.max())
        if segment:
            beta = changes.backward(segment - 1, beta + gains[segment])
    return best_with, best_without
