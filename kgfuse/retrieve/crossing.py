"""From passages over the things that they mention to other passages: what that is worth, and where it may be worth most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

HEADED = 2.0
"""What a bridge is worth more to a passage whose heading is the entity's name: it is about it."""

ADDED = 1.0
"""What a bridge is worth more to a passage that holds all words of the question, none of which its source has."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a passage was reached: from which one, over which entity, and what that was worth."""

    source: str
    entity: str
    score: float


Crossing = dict[str, list[Bridge]]
"""Passage -> the best bridge to it over each entity, in order of entity."""


def cross(
    scores: Mapping[str, float],
    mentions: Sequence[tuple[str, str]],
    places: Sequence[tuple[str, str]],
    weight: float,
) -> Crossing:
    """Return the bridges to each passage, one an entity.

    `scores` are those of the passages that are started from, `mentions` their ``(passage, entity)`` and `places` the
    ``(entity, passage)`` one can get to. A bridge is worth ``weight x score / sqrt(passages that mention the entity)``: what
    is mentioned everywhere says little. Ties are broken by id.
    """
    reach: dict[str, list[str]] = defaultdict(list)
    for entity, passage in places:
        reach[entity].append(passage)
    sources: dict[str, list[str]] = defaultdict(list)
    for source, entity in mentions:
        sources[entity].append(source)
    found: Crossing = defaultdict(list)
    for entity in sorted(sources.keys() & reach.keys()):
        targets = reach[entity]
        share = weight / len(targets) ** 0.5
        best, *others = [
            Bridge(source, entity, share * scores[source])
            for source in sorted(sources[entity], key=lambda one: (-scores[one], one))[:2]
        ]
        for target in targets:
            if target != best.source:
                found[target].append(best)
            elif others:  # the best passage is reached from the next
                found[target].append(others[0])
    return dict(found)


def hopeful(
    first: Mapping[str, float],
    bonus: Mapping[str, float],
    crossing: Crossing,
    floor: float,
    lacking: Mapping[str, float],
    many: int,
) -> list[tuple[str, float]]:
    """Return the passages reached that may be among the `many` best once it is known what they hold, likeliest first.

    With each comes the most it may score. `first` are the scores without bridges, `floor` that of what is not among them,
    `bonus` what some may score more once they are read, `lacking` the share of the question's words that each source lacks.
    """
    sure, most = [first[id] for id in first.keys() - crossing.keys()], {}
    gains = {source: 1 + ADDED * share for source, share in lacking.items()}
    for id, bridges in crossing.items():
        base, over, hoped = first.get(id, floor), 0.0, 0.0
        for bridge in bridges:
            score = bridge.score
            over = score if score > over else over
            score *= gains[bridge.source]
            hoped = score if score > hoped else hoped
        sure.append(base + over)
        most[id] = base + bonus.get(id, 0.0) + HEADED * hoped
    least = nth_best(sure, many)
    likely = [(id, score) for id, score in most.items() if score >= least]
    return sorted(likely, key=lambda item: (-item[1], item[0]))


def nth_best(scores: Collection[float], many: int) -> float:
    """Return the score of the last of the `many` best, 0 where there are not so many."""
    return sorted(scores, reverse=True)[many - 1] if many <= len(scores) else 0.0
