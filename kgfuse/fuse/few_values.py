"""The search of `kgfuse.fuse.sequence` for a handful of values of which one holds at a time, in plain numbers.

Nine of ten data items have one to three values and a few points. To make arrays of three numbers takes longer than to add
them up, so here are the same recurrences without arrays. States: 0, nothing held yet; 1, nothing holds any more; 2 + v,
value v holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kgfuse.fuse.sequence import Evidence, Prices

NEVER = -(1 << 60)
"""The score of what cannot be."""

FEW = 16
"""Up to so many values this is the faster way."""

Asked = Iterable[tuple[int, int]]
Answers = dict[tuple[int, int], int]


class _Change(NamedTuple):
    """What a change at one point is worth, by value (see `sequence._Point`)."""

    enter: list[int]
    leave: list[int]
    startled: list[int]
    stated: list[bool]


def best_of_few(
    evidence: Evidence, prices: Prices, asked: Asked
) -> tuple[tuple[frozenset[int], ...], int, Answers, Answers]:
    """Return what `Sequence` holds: the values by segment, their score, and the best with and without those `asked` for."""
    again, changes, gains = prices.entry - prices.exit, _changes(evidence, prices), _gains(evidence)
    alphas = [[0, NEVER, *(gain - 2 for gain in gains[0])]]
    traces = []
    for change, gained in zip(changes, gains[1:], strict=True):
        after, sources = _forward(change, alphas[-1], again)
        for value, gain in enumerate(gained, 2):
            after[value] += gain
        alphas.append(after)
        traces.append(sources)
    total = max(alphas[-1])
    state = alphas[-1].index(total)
    held = [_held(state)]
    for sources in reversed(traces):
        state = sources[state]
        held.append(_held(state))
    held.reverse()
    wanted = sorted(asked, reverse=True)
    return tuple(held), total, *_marginals(alphas, gains, changes, again, wanted)


_NOTHING: frozenset[int] = frozenset()
_ALONE = tuple(frozenset({value}) for value in range(FEW))


def _held(state: int) -> frozenset[int]:
    return _ALONE[state - 2] if state > 1 else _NOTHING


def _gains(evidence: Evidence) -> list[list[int]]:
    """Return what each value earns in each segment."""
    gains = [[0] * evidence.values for _ in range(evidence.points + 1)]
    for (segment, value), gain in evidence.holds.items():
        gains[segment][value] = gain
    return gains


def _changes(evidence: Evidence, prices: Prices) -> list[_Change]:
    first, settled, surprise = evidence.first, evidence.settled, prices.surprise
    begun = [first.get(value, 1 << 40) - 1 for value in range(evidence.values)]
    told = [settled.get(value, 1 << 40) for value in range(evidence.values)]
    holds, starts, ends, welcome = evidence.holds, evidence.starts, evidence.ends, evidence.welcome
    made = []
    for point in range(evidence.points):
        enter, leave, startled, stated = [], [], [], []
        for value in range(evidence.values):
            at = (point, value)
            dated = at in starts
            gain = starts[at] if dated else 0 if holds.get((point + 1, value), 0) > 0 else -2
            enter.append(gain - surprise if point > begun[value] and not dated and at not in welcome else gain)
            leave.append(ends.get(at, 0) - prices.exit)
            startled.append(-surprise if point > told[value] and at not in evidence.released else 0)
            stated.append(dated)
        made.append(_Change(enter, leave, startled, stated))
    return made


def _forward(change: _Change, before: list[int], again: int) -> tuple[list[int], list[int]]:
    """Return, for each state after the point, the best score and the state before it; on a tie it is the change."""
    after, sources = before.copy(), list(range(len(before)))
    calm = [score + leave for score, leave in zip(before[2:], change.leave, strict=True)]
    upset = [score + startled for score, startled in zip(calm, change.startled, strict=True)]
    if not calm:
        return after, sources
    gone = max(upset)
    if gone - 1 >= before[1]:
        after[1], sources[1] = gone - 1, upset.index(gone) + 2
    best, over = (_two_best(calm), _two_best(upset))
    vacant, unused = before[1] - again, before[0]
    for value, (enter, stated) in enumerate(zip(change.enter, change.stated, strict=True)):
        state = value + 2
        score, source, second, other = best if stated else over
        if source == value:
            score, source = second, other
        if score - again + enter >= after[state]:
            after[state], sources[state] = score - again + enter, source + 2
        if vacant + enter >= after[state]:
            after[state], sources[state] = vacant + enter, 1
        if unused + enter >= after[state]:
            after[state], sources[state] = unused + enter, 0
    return after, sources


def _backward(change: _Change, after: list[int], again: int) -> list[int]:
    """Return, for each state before the point, the best score that can still be earned."""
    entered = [score + enter for score, enter in zip(after[2:], change.enter, strict=True)]
    if not entered:
        return after
    most = max(entered)
    dated = [score if stated else NEVER for score, stated in zip(entered, change.stated, strict=True)]
    best, successor = _two_best(entered), _two_best(dated)
    before = [max(after[0], most), max(after[1], most - again)]
    for value, (leave, startled) in enumerate(zip(change.leave, change.startled, strict=True)):
        other = best[2] if best[1] == value else best[0]
        follower = successor[2] if successor[1] == value else successor[0]
        upset = max(other - again, after[1] - 1) + startled
        before.append(max(after[value + 2], max(upset, follower - again) + leave))
    return before


def _two_best(scores: list[int]) -> tuple[int, int, int, int]:
    """Return the highest score and its place, and those of the next (the lowest of all where there is none)."""
    best = max(scores)
    at = scores.index(best)
    if len(scores) == 1:
        return best, at, 2 * NEVER, at
    rest = scores.copy()
    rest[at] = 2 * NEVER
    second = max(rest)
    return best, at, second, rest.index(second)


def _marginals(
    alphas: list[list[int]], gains: list[list[int]], changes: list[_Change], again: int, wanted: list[tuple[int, int]]
) -> tuple[Answers, Answers]:
    best_with: Answers = {}
    best_without: Answers = {}
    segment, beta = len(alphas) - 1, [0] * len(alphas[0])
    for asked, value in wanted:  # the last segment first
        while segment > asked:
            for state, gain in enumerate(gains[segment], 2):
                beta[state] += gain
            segment -= 1
            beta = _backward(changes[segment], beta, again)
        through = [alpha + rest for alpha, rest in zip(alphas[segment], beta, strict=True)]
        best_with[asked, value] = through[value + 2]
        through[value + 2] = 2 * NEVER
        best_without[asked, value] = max(through)
    return best_with, best_without
