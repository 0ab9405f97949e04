"""What a caller asks, checked: the text, how many, and what it is narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TypedDict, Unpack

from kgfuse.errors import NotFound, UsageError
from kgfuse.model import FactStatus, Moment
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter

When = datetime | date | Moment | str
"""A point in time: a datetime (UTC when naive), a date, or ISO 8601 text; a period means its first instant."""

Statuses = Sequence[FactStatus | str]


class Narrowing(TypedDict, total=False):
    """What an answer may be narrowed to, as callers say it; see `KnowledgeView.search`."""

    as_of: When | None
    known_at: When | None
    minimum_confidence: float
    statuses: Statuses
    relation: str | None
    sources: Sequence[str]
    types: Sequence[str]


def text_asked(text: object, what: str) -> str:
    """Return a question or a query as it is. Raises UsageError when it is no text, or empty; `what` it is to be called."""
    if not isinstance(text, str):
        raise UsageError(f"the {what} is no text but {type(text).__name__}")
    if not text.strip():
        raise UsageError(f"the {what} is empty")
    return text


def how_many(limit: int | None, usual: int) -> int:
    """Return how many are asked for. Raises UsageError for fewer than one."""
    if limit is None:
        return usual
    if limit < 1:
        raise UsageError(f"a limit is 1 or more, not {limit}", hint="Leave it out for the usual number.")
    return limit


def narrowed(ontology: Ontology, **asked: Unpack[Narrowing]) -> FactFilter:
    """Return what a caller narrows an answer to as a filter, subtypes of the types included.

    Raises UsageError (a time, a confidence or a status that is none) and NotFound (a type that the ontology lacks).
    """
    if unknown := asked.keys() - Narrowing.__annotations__.keys():
        raise TypeError(f"nothing is narrowed by {', '.join(sorted(unknown))}")
    confidence = asked.get("minimum_confidence", 0.0)
    if not 0.0 <= confidence <= 1.0:
        raise UsageError(f"a confidence lies between 0 and 1, not {confidence}")
    return FactFilter(
        as_of=instant(asked.get("as_of")),
        known_at=instant(asked.get("known_at")),
        statuses=tuple(_status(one) for one in asked.get("statuses", ())),
        minimum_confidence=confidence,
        relation=asked.get("relation"),
        sources=tuple(asked.get("sources", ())),
        types=_with_subtypes(asked.get("types", ()), ontology),
    )


def _status(name: FactStatus | str) -> FactStatus:
    try:
        return FactStatus(name)
    except ValueError as error:
        known = ", ".join(status.value for status in FactStatus)
        raise UsageError(f"no status is called {name!r}", hint=f"A fact is one of {known}.") from error


def _with_subtypes(types: Sequence[str], ontology: Ontology) -> tuple[str, ...]:
    known = ontology.types
    for name in types:
        if name not in known:
            raise NotFound(f"the ontology has no type {name!r}", hint=f"Its types: {', '.join(sorted(known))}.")
    return tuple(sorted(one for one in known if any(ontology.is_a(one, name) for name in types)))


def instant(when: When | None) -> datetime | None:
    """Return a point in time as a UTC instant. Raises UsageError."""
    if when is None or isinstance(when, datetime):
        return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day, tzinfo=UTC)
    if isinstance(when, Moment):
        return when.at
    try:
        return Moment.parse(when).at
    except (ValueError, OverflowError) as error:
        raise UsageError(str(error), hint="Write a date as 2021, 2021-06 or 2021-06-03.") from error
