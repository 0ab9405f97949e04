"""Decisions on pairs as fusion obeys them: unrevoked, a person's before an LLM's, the latest on a pair; how to write one.

A decision is about two sets of mention groups; it becomes rows on pairs of them, chosen so that it holds as long as anything
of either side is left, whatever documents are forgotten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgfuse.fuse.clustering import Clusters
from kgfuse.model import Judgement, MatchDecision

ADVISER = "llm:"
"""What `decided_by` begins with where an LLM advised."""

Pair = tuple[str, str]
Row = tuple[str, str, Judgement]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Pairs of mention groups (least first) that are the same or different by decision; `same` latest first."""

    same: tuple[Pair, ...]
    different: frozenset[Pair]

    def part(self, left: str, right: str) -> bool:
        """Whether the pair is different by decision."""
        return ordered_pair(left, right) in self.different


def ordered_pair(left: str, right: str) -> Pair:
    """Return the pair, least first."""
    return (left, right) if left < right else (right, left)


def is_advice(decided_by: str) -> bool:
    """Whether an LLM took the decision."""
    return decided_by.startswith(ADVISER)


def read_verdicts(decisions: Iterable[MatchDecision], known: Iterable[str]) -> Verdicts:
    """Return what the decisions come to for the mention groups in `known`; `unsure` withdraws an earlier one.

    An LLM's counts where no person's does on the pair, and only while all that it was taken on is known: its rows name the
    groups whose sentences the model was shown. Of two decisions of the same instant on one pair, 'different' wins. Where
    decisions on several pairs contradict each other (a is b, b is c, a is not c), persons' come first, then the latest.
    """
    groups = frozenset(known)
    decisions = [decision for decision in decisions if decision.revoked_at is None and decision.left != decision.right]
    void = {
        (decision.decided_by, decision.decided_at)
        for decision in decisions
        if is_advice(decision.decided_by) and not (decision.left in groups and decision.right in groups)
    }
    latest: dict[Pair, MatchDecision] = {}
    for decision in sorted(decisions, key=_rank):
        if (decision.decided_by, decision.decided_at) not in void:
            latest[ordered_pair(decision.left, decision.right)] = decision
    standing = sorted(
        ((_rank(d), pair, d) for pair, d in latest.items() if pair[0] in groups and pair[1] in groups),
        key=lambda row: row[:2],
        reverse=True,
    )
    return _consistent([(pair, decision.judgement) for _, pair, decision in standing])


def _rank(decision: MatchDecision) -> tuple[bool, str, bool, str, str]:
    at = decision.decided_at.isoformat(timespec="microseconds")
    by, judgement = decision.decided_by, decision.judgement
    return (not is_advice(by), at, judgement is Judgement.DIFFERENT, by, judgement.value)


def _consistent(standing: list[tuple[Pair, Judgement]]) -> Verdicts:
    clusters = Clusters({group for pair, _ in standing for group in pair})
    same, different = [], set()
    for pair, judgement in standing:
        if judgement is Judgement.SAME and clusters.join(*pair, binding=True):
            same.append(pair)
        elif judgement is Judgement.DIFFERENT and clusters.separate(*pair):
            different.add(pair)
    return Verdicts(tuple(same), frozenset(different))


# -------------------------------------------------------------------------------------------------------- taking decisions

_REPRESENTED = 5
"""On how many pairs of groups two things are said to be one: as many documents can go before that is forgotten."""


def merging(left: Sequence[str], right: Sequence[str], standing: Verdicts) -> tuple[Row, ...]:
    """Return the rows by which two disjoint sets of mention groups are one thing, against what `standing` says of them."""
    ones, others = sorted(left), sorted(right)
    count = min(_REPRESENTED, max(len(ones), len(others)))
    pairs = {ordered_pair(ones[at % len(ones)], others[at % len(others)]) for at in range(count)}
    pairs.update(_across(standing.different, ones, others))
    return tuple((*pair, Judgement.SAME) for pair in sorted(pairs))


def keeping_apart(left: Sequence[str], right: Sequence[str], standing: Verdicts) -> tuple[Row, ...]:
    """Return the rows by which two disjoint sets of mention groups are two things."""
    pairs = {*_spread(sorted(left), sorted(right)), *_spread(sorted(right), sorted(left))}
    pairs.update(_across(standing.same, left, right))
    return tuple((*pair, Judgement.DIFFERENT) for pair in sorted(pairs))


def taking_out(part: Sequence[str], rest: Sequence[str], standing: Verdicts) -> tuple[Row, ...]:
    """Return the rows by which the groups in `part` are one thing, and another one than the `rest` of their entity.

    Linear in the number of groups: each is told apart from two of the other side.
    """
    inside = sorted(part)
    ring = {ordered_pair(one, inside[(at + step) % len(inside)]) for at, one in enumerate(inside) for step in (1, 2)}
    same = tuple((*pair, Judgement.SAME) for pair in sorted(ring) if pair[0] != pair[1])
    return (*keeping_apart(part, rest, standing), *same)


def _spread(ones: Sequence[str], others: Sequence[str]) -> Iterator[Pair]:
    for at, one in enumerate(ones):
        for step in (0, 1):
            yield ordered_pair(one, others[(at + step) % len(others)])


def _across(pairs: Iterable[Pair], left: Iterable[str], right: Iterable[str]) -> Iterator[Pair]:
    ones, others = frozenset(left), frozenset(right)
    for one, other in pairs:
        if (one in ones and other in others) or (one in others and other in ones):
            yield (one, other)


# ------------------------------------------------------------------------------------------------------- looking at them


def taken(decisions: Iterable[MatchDecision]) -> list[tuple[MatchDecision, ...]]:
    """Return the rows of each decision together, the latest first; rows are of one where they share who and when."""
    rows: defaultdict[tuple[str, str], list[MatchDecision]] = defaultdict(list)
    for row in decisions:
        rows[row.decided_at.isoformat(timespec="microseconds"), row.decided_by].append(row)
    return [tuple(sorted(rows[key], key=lambda row: (row.left, row.right))) for key in sorted(rows, reverse=True)]
