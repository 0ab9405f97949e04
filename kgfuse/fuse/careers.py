"""Whoever takes up an office that fills the day has left the one before, though nobody writes so.

'Jane Roe, finance director of Acme since 2015, becomes chief executive of Beta on 1 May': no source need say when she left
Acme. The end is inferred, never against evidence: a claim that she held the first office later keeps it open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kgfuse.model import Claim, Fact, FactStatus, Moment, Validity, fact_id
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.wording import relation_words

_INTERIM = ("manner", "interim")


def leave(
    facts: Iterable[Fact], claims: Mapping[str, Claim], ontology: Ontology, names: Mapping[str, str]
) -> list[Fact]:
    """Close the open offices (`full_time`) of people who took up another one since; linear in the number of facts.

    `claims` are those of such offices by triple. The other office must be one that a single person holds, its start stated
    or seen to the day, the month or the year; one held for the time being ends nothing and is ended by nothing.
    """
    facts = list(facts)
    full_time = {name for name, relation in ontology.relations.items() if relation.full_time}
    careers: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.relation not in full_time or _INTERIM in fact.qualifiers:
            continue
        if fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED):
            careers[fact.subject].append(fact)
    closed: dict[str, Fact] = {}
    for held in careers.values():
        starts = sorted(
            ((start, fact) for fact in held if (start := _taken_up(fact, ontology)) is not None),
            key=lambda pair: (pair[0].at, pair[1].id),
        )
        for fact in held:
            if fact.status is FactStatus.ACCEPTED and fact.validity.valid_to is None:
                after = next((pair for pair in starts if _follows(*pair, fact, claims)), None)
                if after is not None:
                    closed[fact.id] = _left(fact, *after, names)
    return [closed.get(fact.id, fact) for fact in facts] if closed else facts


def _taken_up(fact: Fact, ontology: Ontology) -> Moment | None:
    """Return when an office that one person holds began, as far as known."""
    office = ontology.relation(fact.relation).cardinality is Cardinality.ONE_AT_A_TIME
    return fact.validity.valid_from if office else None


def _follows(start: Moment, other: Fact, fact: Fact, claims: Mapping[str, Claim]) -> bool:
    """Whether an office was taken up after all that is known of this one, and cannot be held beside it."""
    if (other.relation, other.object) == (fact.relation, fact.object):
        return False
    if fact.relation == "works_for" and other.object == fact.object:
        return False  # an office there is work there
    first = fact.validity.valid_from
    if first is not None and first.end > start.at:
        return False
    return not any(_is_seen_from(start, claims[id]) for id in fact.supported_by if id in claims)


def _is_seen_from(start: Moment, claim: Claim) -> bool:
    """Whether a claim was made, or begins, at that time or later."""
    return any(moment.at >= start.at for moment in (claim.observed_at, claim.validity.valid_from) if moment is not None)


def _left(fact: Fact, start: Moment, other: Fact, names: Mapping[str, str]) -> Fact:
    when = Validity(fact.validity.valid_from, start)
    where = names.get(str(other.object), "?")
    return replace(
        fact,
        id=fact_id(fact.subject, fact.relation, fact.object, when),
        validity=when,
        status=FactStatus.SUPERSEDED,
        reason=f"{fact.reason}; left when {relation_words(other.relation)} {where}, end inferred as {start}",
    )
