"""Questions for all that is known of a thing over time: 'What happened to Acme in 2020?', 'Timeline of Acme'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from kgfuse.model import Datatype, Fact, FactStatus, Moment
from kgfuse.retrieve.question import Question

_STORY = re.compile(r"\b(?:timeline|chronology|history|happen(?:s|ed|ing)?|chang(?:e|es|ed|ing))\b", re.IGNORECASE)
_OVERVIEW = re.compile(r"\b(?:overview|summary|summari[sz]e|profile|describe)\b", re.IGNORECASE)


def asks_for_story(question: Question) -> bool:
    """Whether a question asks what happened to what it names, and for nothing in particular."""
    return not question.telling and question.wh in ("", "what", "how") and bool(_STORY.search(question.text))


def asks_for_overview(question: Question) -> bool:
    """Whether a question asks what is known of what it names, and for nothing in particular ('Who is Jane Roe?')."""
    if question.wh not in ("", "who", "what"):
        return False
    return question.bare or (not question.telling and bool(_OVERVIEW.search(question.text)))


def in_order(facts: Iterable[Fact], interval: tuple[datetime, datetime] | None) -> tuple[Fact, ...]:
    """Return the believed facts that begin or end in an interval (`None`: at any known time), in order of time."""
    told: list[tuple[datetime, str, Fact]] = []
    for fact in facts:
        inside = [m.at for m in _changes(fact) if interval is None or (m.at < interval[1] and interval[0] < m.end)]
        if inside and fact.status is not FactStatus.DISPUTED:
            told.append((min(inside), fact.id, fact))
    return tuple(fact for _, _, fact in sorted(told, key=lambda one: one[:2]))


def _changes(fact: Fact) -> list[Moment]:
    """When a fact began and when it was over; of one that says a date, that date."""
    if not isinstance(fact.object, str) and fact.object.datatype is Datatype.DATE:
        try:
            return [Moment.parse(fact.object.value)]
        except ValueError:
            return []
    start, end = fact.validity.valid_from, fact.validity.valid_to
    if start is not None and not isinstance(fact.object, str):
        return [start]  # the end of a year that a sum is of is no change
    return [moment for moment in (start, end) if moment is not None]
