"""Pairs of entities that a fact may be missing between: near to each other in text and graph, and nothing said of them.

The score adds what shared neighbours and shared passages tell, each the less the more it joins: Adamic and Adar, 'Friends
and neighbors on the web', Social Networks 2003. It stands for the third step of Graphusion (Yang et al. 2024), which asks a
model about pairs of concepts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

from kgfuse.model import Entity, Fact, FactStatus

MOST_BESIDE = 25
"""A passage or a neighbour that joins more things than this tells nothing about any two of them."""

FEWEST_MENTIONS = 2
"""A thing that is named less often is not salient enough to ask about."""

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class PromisingPair:
    """Two entities, `left` < `right`; the passages that name both, and the things that both have facts with, best first."""

    left: str
    right: str
    score: float
    chunks: tuple[str, ...]
    neighbours: tuple[str, ...]


def promising_pairs(
    facts: Iterable[Fact], entities: Iterable[Entity], chunks_of: Sequence[tuple[str, str]], limit: int
) -> list[PromisingPair]:
    """Return at most `limit` pairs without any fact between them, the most promising first.

    `chunks_of` holds ``(entity, chunk)`` for every passage that names one. A pair must share a passage, for an answer has to
    quote. Independent of the order of what is given; bounded by `MOST_BESIDE` squared per passage and neighbour.
    """
    salient = {entity.id for entity in entities if entity.mention_count >= FEWEST_MENTIONS and entity.type is not None}
    linked: set[tuple[str, str]] = set()
    beside: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if isinstance(fact.object, str):
            linked.add(_ordered(fact.subject, fact.object))
            if fact.status in _BELIEVED:
                beside[fact.subject].add(fact.object)
                beside[fact.object].add(fact.subject)
    named: dict[str, set[str]] = defaultdict(set)
    for entity, chunk in chunks_of:
        if entity in salient:
            named[chunk].add(entity)
    together, tied = _joined(named), _joined({hub: things & salient for hub, things in beside.items()})
    found = [
        PromisingPair(
            *pair,
            round(sum(weight for _, weight in together[pair]) + sum(weight for _, weight in tied.get(pair, ())), 6),
            _names(together[pair]),
            _names(tied.get(pair, ())),
        )
        for pair in sorted(together)
        if pair not in linked
    ]
    return sorted(found, key=lambda pair: (-pair.score, pair.left, pair.right))[:limit]


def _ordered(left: str, right: str) -> tuple[str, str]:
    return (left, right) if left < right else (right, left)


def _joined(groups: Mapping[str, set[str]]) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """Map each pair to what joins it, with the weight of that."""
    found: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for joint in sorted(groups):
        things = groups[joint]
        if 1 < len(things) <= MOST_BESIDE:
            weight = 1.0 / log(1 + len(things))
            for pair in combinations(sorted(things), 2):
                found[pair].append((joint, weight))
    return found


def _names(joints: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    return tuple(name for name, _ in sorted(joints, key=lambda joint: (-joint[1], joint[0])))
