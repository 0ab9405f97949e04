"""When facts hold, as a question that asks about a time sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from kgfuse.model import Fact, FactStatus
from kgfuse.ontology import Relation
from kgfuse.retrieve.asked_turn import Turn
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.reach import date_of
from kgfuse.retrieve.selected import Interval
from kgfuse.retrieve.sentences import is_event


def turn_of(question: Question, relation: Relation, interval: Interval) -> Turn | None:
    """The turn that a question asks for in its own time; something done has none, nor has a time that the caller sets."""
    return None if is_event(relation) or interval != question.time.interval else question.turn


def dated_in(fact: Fact, interval: Interval) -> bool:
    """Whether a fact whose value is a date has it in an interval; any other fact passes."""
    date = date_of(fact)
    return date is None or (date.at < interval[1] and interval[0] < date.end)


def over(fact: Fact) -> bool:
    """Whether a fact holds no more."""
    return fact.status is FactStatus.SUPERSEDED or fact.validity.valid_to is not None


def age(fact: Fact) -> tuple[datetime, datetime, float, str]:
    """What orders facts by when they ended, then by when they began; the latest is the greatest."""
    early, late = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    start, end = fact.validity.valid_from, fact.validity.valid_to
    return end.at if end else late, start.at if start else early, fact.confidence, fact.id


def timeline(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts in order of when they began, then of when they ended."""
    early = datetime.min.replace(tzinfo=UTC)
    return sorted(
        facts, key=lambda f: (f.validity.valid_from.at if f.validity.valid_from else early, *age(f)[:1], f.id)
    )


def holds(fact: Fact, relation: Relation, interval: Interval | None) -> bool:
    """Whether a fact holds in an interval; something done holds when it was done, if that is known."""
    if interval is None:
        return True
    start, end = fact.validity.valid_from, fact.validity.valid_to
    if start is not None and is_event(relation):
        return start.at < interval[1] and interval[0] < start.end
    return (start is None or start.at < interval[1]) and (end is None or interval[0] < end.at)
