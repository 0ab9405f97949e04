"""Decisions on pairs, as fusion obeys them: unrevoked, the latest on a pair, whoever took it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kgfuse.fuse.clustering import Clusters
from kgfuse.model import Judgement, MatchDecision


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Pairs of mention groups (least first) that are the same or different by decision; `same` latest first."""

    same: tuple[tuple[str, str], ...]
    different: frozenset[tuple[str, str]]

    def part(self, left: str, right: str) -> bool:
        """Whether the pair is different by decision."""
        return ordered_pair(left, right) in self.different


def ordered_pair(left: str, right: str) -> tuple[str, str]:
    """Return the pair, least first."""
    return (left, right) if left < right else (right, left)


def read_verdicts(decisions: Iterable[MatchDecision], known: Iterable[str]) -> Verdicts:
    """Return what the decisions come to for the mention groups in `known`; `unsure` withdraws an earlier one.

    Of two decisions of the same instant on one pair, 'different' wins. Where decisions on several pairs contradict each
    other (a is b, b is c, a is not c), the latest ones hold.
    """
    groups = frozenset(known)
    latest: dict[tuple[str, str], MatchDecision] = {}
    for decision in sorted(decisions, key=_when):
        if decision.revoked_at is None and decision.left != decision.right:
            latest[ordered_pair(decision.left, decision.right)] = decision
    standing = sorted(
        ((_when(d), pair, d) for pair, d in latest.items() if pair[0] in groups and pair[1] in groups),
        key=lambda row: row[:2],
        reverse=True,
    )
    return _consistent([(pair, decision.judgement) for _, pair, decision in standing])


def _when(decision: MatchDecision) -> tuple[str, bool, str, str]:
    at = decision.decided_at.isoformat()
    return (at, decision.judgement is Judgement.DIFFERENT, decision.decided_by, decision.judgement.value)


def _consistent(standing: list[tuple[tuple[str, str], Judgement]]) -> Verdicts:
    clusters = Clusters({group for pair, _ in standing for group in pair})
    same, different = [], set()
    for pair, judgement in standing:
        if judgement is Judgement.SAME and clusters.join(*pair, binding=True):
            same.append(pair)
        elif judgement is Judgement.DIFFERENT and clusters.separate(*pair):
            different.add(pair)
    return Verdicts(tuple(same), frozenset(different))
