"""Questions with a time named by an event: which fact gives it, what is left to ask, and how the answer tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Answer, Validity
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.asked_event import (
    Clause,
    Event,
    asked_period,
    event_clause,
    find_events,
    is_bare,
    is_understood,
)
from kgfuse.retrieve.asked_time import read_time
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.parts import Cite, citations_of
from kgfuse.retrieve.sentences import fact_sentence, is_event, names_of
from kgfuse.retrieve.time_amount import read_amount
from kgfuse.retrieve.understanding import read_with, things_named
from kgfuse.retrieve.vacancy import over_vacancy

_THEN = {"before": "Before that", "prior to": "Before that", "until": "Until then", "till": "Until then"}
_THEN |= {"after": "After that", "following": "After that", "since": "Since then"}
_NEIGHBOUR = {"before": "predecessor", "prior to": "predecessor", "after": "successor", "following": "successor"}


@dataclass(frozen=True, slots=True)
class EventTime:
    """A question with a time named by an event.

    `asking` is what is left to ask of the facts; `None`: the time is not known, and no fact may be guessed. `events` are
    what may be meant: one only is certain, and `period` is the time that it makes.
    """

    clause: Clause
    asking: str | None
    events: tuple[Event, ...] = ()
    period: Validity | None = None

    @property
    def event(self) -> Event | None:
        """The event, when there is one only."""
        return self.events[0] if len(self.events) == 1 else None


def event_time(question: str, store: GraphReader, ontology: Ontology, filter: FactFilter) -> EventTime | None:
    """Return the time that a question names by an event, `None` where it names none ('after hours').

    Dates that are no one period are a time that is not known either.
    """
    dated = read_time(question)
    if dated.unclear:
        return EventTime(Clause("", question[dated.spans[0][0] : dated.spans[-1][1]], question), None)
    clause = event_clause(question)
    if clause is None:
        return None
    inside = things_named(clause.event, store, ontology, filter)
    outside = things_named(clause.rest, store, ontology, filter)
    asking = clause.rest
    if not outside and len(inside) == 1 and not _is_person(inside[0]):
        asking = f"{asking} of {clause.event[inside[0].start : inside[0].end]}"
    asked = tuple(one.relation for one in read_with(asking, ontology, outside, store, filter).relations)
    events = find_events(clause, inside, outside, asked, store, ontology, filter)
    if len(events) == 1:
        period = _period(clause, events[0], asked, ontology)
        if period and not clause.amount and events[0].fact.relation in asked:
            period = over_vacancy(period, clause.how, events[0].fact, store, ontology, filter)
        return EventTime(clause, asking, events, period) if period else EventTime(clause, None)
    if not events and len(inside) == 1 and _is_person(inside[0]) and is_bare(clause, inside) and not clause.amount:
        neighbour = _NEIGHBOUR.get(clause.how)  # no dated fact, but one that says who came next may be known
        if neighbour:
            return EventTime(clause, f"{asking.rstrip('?. ')}, the {neighbour} of {clause.event}?")
    return EventTime(clause, None, events) if events or is_understood(clause, inside, ontology) else None


def _period(clause: Clause, event: Event, asked: Sequence[str], ontology: Ontology) -> Validity | None:
    """The time that a clause makes of its event, `None` where its words do not say how long before or after it was."""
    if clause.amount:
        return read_amount(clause.amount).from_period(event.period, back=clause.how in ("before", "prior to"))
    lasting = not any(is_event(ontology.relation(name)) for name in asked[:1])
    return asked_period(clause.how, event.period, lasting=lasting)


def with_event(found: Answer, time: EventTime, store: GraphReader, ontology: Ontology, cite: Cite) -> Answer:
    """Return an answer with the event that gives its time told before it, or told to be unknown."""
    if not time.clause.how:
        text = f"“{time.clause.event}” is no single period, so no time is assumed."
        return replace(found, text=text, citations=(), confidence=0.0, abstained=True)
    if time.event is None:
        return _without_event(found, time, store, ontology, cite) if found.abstained else found
    fact = time.event.fact
    (told,) = _sentences(time.events, store, ontology)
    then = _THEN.get(time.clause.how, "At that time")
    if time.clause.amount:
        then = f"{time.clause.amount[:1].upper()}{time.clause.amount[1:]} {time.clause.how} that"
    citations = tuple(dict.fromkeys((*found.citations, *citations_of([fact], cite))))
    confidence = min(found.confidence, fact.confidence)
    text = found.text[:1].lower() + found.text[1:] if found.abstained else found.text
    return replace(found, text=f"{told} {then}: {text}", citations=citations, confidence=confidence)


def _without_event(found: Answer, time: EventTime, store: GraphReader, ontology: Ontology, cite: Cite) -> Answer:
    when = f"{time.clause.amount} {time.clause.how} {time.clause.event}".strip()
    if not time.events:
        return replace(found, text=f"The documents do not say when that was: “{when}”.")
    told = " ".join(_sentences(time.events, store, ontology))
    text = f"“{when}” may mean several times, so none is assumed: {told}"
    return replace(found, text=text, citations=citations_of([one.fact for one in time.events], cite))


def _sentences(events: Sequence[Event], store: GraphReader, ontology: Ontology) -> list[str]:
    names = names_of([one.fact for one in events], store)
    return [fact_sentence(one.fact, ontology.relation(one.fact.relation), names) for one in events]


def _is_person(named: Link) -> bool:
    return any(entity.type == "Person" for entity in named.entities)
