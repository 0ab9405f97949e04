"""Conflict between relations that the ontology calls opposite: nobody supports and opposes the same thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.facts import merge
from kgfuse.fuse.support import Testimony, posterior, rounded, total_weight
from kgfuse.model import Fact, FactStatus, Moment, Precision, Validity, fact_id
from kgfuse.ontology import Ontology
from kgfuse.wording import relation_words

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)


def oppose(
    facts: Iterable[Fact], ontology: Ontology, testimonies: Mapping[str, Testimony], settings: FuseSettings
) -> list[Fact]:
    """Settle every pair of believed facts of opposite relations between the same things at overlapping times.

    What nobody spoke of any more when the opposite was first stated had ended by then: a change of mind is no conflict.
    Else the relations compete as two values would: the posterior over the weights of their independent sources decides, and
    a tie leaves both disputed. A fact that ends so has another id.
    """
    known = {fact.id: fact for fact in facts}
    opposable = {name for name, relation in ontology.relations.items() if relation.opposite is not None}
    sides: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for fact in known.values():
        if fact.relation in opposable and fact.status in _BELIEVED:
            sides[fact.relation, *_pair(fact)].append(fact.id)
    for key in sorted(sides, key=str):
        relation, *pair = key
        opposite = ontology.relation(str(relation)).opposite
        if opposite is None or opposite < str(relation):
            continue
        left, right = sides[key], sides.get((opposite, *pair), [])
        ended = {id: _ended(known[id], [known[other] for other in right], testimonies) for id in left}
        ended |= {id: _ended(known[id], [known[other] for other in left], testimonies) for id in right}
        known |= ended
        for one in left:
            for other in right:
                if _known_time(known[one], testimonies).overlaps(_known_time(known[other], testimonies)):
                    known[one], known[other] = _settle(known[one], known[other], testimonies, settings)
    return merge(known.values())


def _ended(fact: Fact, opposites: Iterable[Fact], testimonies: Mapping[str, Testimony]) -> Fact:
    """Close an open fact where one of its opposites began after all that was said for it, as far as that is dated."""
    said = _spoken(fact, testimonies)
    if fact.validity.valid_to is not None or not said:
        return fact
    last = max(
        [*said, *([fact.validity.valid_from] if fact.validity.valid_from else [])], key=lambda moment: moment.end
    )
    begun = []
    for other in opposites:
        start = _known_time(other, testimonies).valid_from
        if start is not None and last.end <= start.at:
            begun.append((start, other.relation))
    if not begun:
        return fact
    end, relation = min(begun)
    validity = replace(fact.validity, valid_to=end)
    reason = f"{fact.reason}; had ended by {end}, superseded by the opposite, {relation_words(relation)}"
    id = fact_id(fact.subject, fact.relation, fact.object, validity)
    return replace(fact, id=id, validity=validity, status=FactStatus.SUPERSEDED, reason=reason)


def _known_time(fact: Fact, testimonies: Mapping[str, Testimony]) -> Validity:
    """Return when a fact held; of one whose start nobody states, since its sources first spoke."""
    start, end = fact.validity.valid_from, fact.validity.valid_to
    first = min(_spoken(fact, testimonies), default=None) if start is None else start
    return Validity(first, end) if first is not None and (end is None or first.at < end.at) else fact.validity


def _spoken(fact: Fact, testimonies: Mapping[str, Testimony]) -> list[Moment]:
    """Return when the sources of a fact spoke, as far as that is known; a day or more long."""
    dates = [testimonies[id].claim.observed_at for id in fact.supported_by if id in testimonies]
    return [
        Moment.of(date.at, Precision.DAY) if date.precision is Precision.SECOND else date
        for date in dates
        if date is not None
    ]


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
