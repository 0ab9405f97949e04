"""Facts in words: for full-text search, for embedding and for people."""

from __future__ import annotations

from collections.abc import Mapping

from kgfuse.model import Fact, Literal, Validity


def relation_words(relation: str) -> str:
    """Return a relation's name as words (``chief_executive_of`` -> ``chief executive of``)."""
    return relation.replace("_", " ")


def value_words(value: str | Literal, names: Mapping[str, str]) -> str:
    """Return an object as words: an entity's name (its id when `names` lacks it) or the literal."""
    return names.get(value, value) if isinstance(value, str) else str(value)


def validity_words(validity: Validity) -> str:
    """Return an interval as people write it: ``since 2019-03``, ``until 2021``, ``2019-03 to 2021``, or nothing."""
    start, end = validity.valid_from, validity.valid_to
    return period_words(str(start) if start else None, str(end) if end else None)


def period_words(start: str | None, end: str | None) -> str:
    """Return what `validity_words` does, from dates as they are written."""
    if start and end:
        return f"{start} to {end}"
    if start:
        return f"since {start}"
    return f"until {end}" if end else ""


def asked_words(period: Validity) -> str:
    """Return a half-open period that a question asks about: ``2021-06``, ``from 2019 and before 2021``, ``before 2021``."""
    start, end = period.valid_from, period.valid_to
    if start and end and start.end == end.at:
        return str(start)
    return " and ".join([*([f"from {start}"] if start else []), *([f"before {end}"] if end else [])])


def fact_words(fact: Fact, names: Mapping[str, str]) -> str:
    """Return a fact as a plain clause: ``Jane Roe chief executive of Acme (2019-03 to 2021)``."""
    when = validity_words(fact.validity)
    clause = (
        f"{names.get(fact.subject, fact.subject)} {relation_words(fact.relation)} {value_words(fact.object, names)}"
    )
    return f"{clause} ({when})" if when else clause
