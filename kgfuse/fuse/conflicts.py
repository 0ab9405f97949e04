"""Conflict between relations that the ontology calls opposite: nobody supports and opposes the same thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.support import Testimony, posterior, rounded, total_weight
from kgfuse.model import Fact, FactStatus
from kgfuse.ontology import Ontology
from kgfuse.wording import relation_words

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)


def oppose(
    facts: Iterable[Fact], ontology: Ontology, testimonies: Mapping[str, Testimony], settings: FuseSettings
) -> list[Fact]:
    """Settle every pair of believed facts of opposite relations between the same things at overlapping times.

    The relations compete as two values would: the posterior over the weights of their independent sources decides, and a
    tie leaves both disputed.
    """
    known = {fact.id: fact for fact in facts}
    opposable = {name for name, relation in ontology.relations.items() if relation.opposite is not None}
    sides: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
    for fact in known.values():
        if fact.relation in opposable and fact.status in _BELIEVED:
            sides[fact.relation, *_pair(fact)].append(fact)
    for key in sorted(sides, key=str):
        relation, *pair = key
        opposite = ontology.relation(str(relation)).opposite
        if opposite is None or opposite < str(relation):
            continue
        for left in sides[key]:
            for right in sides.get((opposite, *pair), ()):
                if left.validity.overlaps(right.validity):
                    known[left.id], known[right.id] = _settle(known[left.id], known[right.id], testimonies, settings)
    return [known[id] for id in sorted(known)]


def _pair(fact: Fact) -> tuple[object, ...]:
    return (fact.subject, fact.object if isinstance(fact.object, str) else fact.object.key)


def _settle(left: Fact, right: Fact, testimonies: Mapping[str, Testimony], settings: FuseSettings) -> tuple[Fact, Fact]:
    first, second = posterior(
        [total_weight(testimonies[id] for id in fact.supported_by if id in testimonies) for fact in (left, right)]
    )
    tied = abs(first - second) < settings.tie_margin
    return (
        _judged(left, right, first, second, tied, settings),
        _judged(right, left, second, first, tied, settings),
    )


def _judged(fact: Fact, other: Fact, share: float, against: float, tied: bool, settings: FuseSettings) -> Fact:
    confidence = rounded(fact.confidence * share)
    lost = share < against or confidence < settings.accept_threshold
    verb = "tied with" if tied else "lost to" if lost else "preferred to"
    reason = (
        f"{fact.reason}; {verb} the opposite, {relation_words(other.relation)} (posterior {share:.2f} : {against:.2f})"
    )
    opposed = tuple(sorted({*fact.opposed_by, *other.supported_by} - {*fact.supported_by}))
    status = FactStatus.DISPUTED if tied or lost else fact.status
    return replace(fact, confidence=confidence, status=status, reason=reason, opposed_by=opposed)
