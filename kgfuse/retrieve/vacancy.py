"""Offices that nobody held for a while: 'before Jane Roe' means who held it before her, however short the gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from kgfuse.model import Fact, FactStatus, Moment, Precision, Validity
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader


def over_vacancy(
    period: Validity, how: str, fact: Fact, store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Validity:
    """Return a period before or after somebody held an office, reaching over a time in which nobody did.

    `fact` says who held it. The period is widened to the last day of whoever held it last before, or to the first day of
    whoever held it first after; where anybody held it in the period, or nobody on that side, it is returned as it is.
    """
    start, end = period.valid_from, period.valid_to
    if ontology.relation(fact.relation).per != "object" or start is None or end is None:
        return period
    held = _holders(fact, store, filter)
    if any(one.overlaps(period) for one in held):
        return period
    if how in ("before", "prior to"):
        ends = [one.valid_to.at for one in held if one.valid_to and one.valid_to.at <= start.at]
        return Validity(Moment.of(max(ends) - timedelta(days=1), Precision.DAY), end) if ends else period
    if how in ("after", "following"):
        starts = [one.valid_from.at for one in held if one.valid_from and one.valid_from.at >= end.at]
        return Validity(start, Moment.of(min(starts) + timedelta(days=1), Precision.DAY)) if starts else period
    return period


def _holders(fact: Fact, store: GraphReader, filter: FactFilter) -> list[Validity]:
    """When the office of a fact was held, as far as that is believed and dated."""
    if not isinstance(fact.object, str):
        return []
    facts = store.facts_of([fact.object], replace(filter, as_of=None, valid_during=None, relation=fact.relation))
    return [
        one.validity
        for one in facts
        if one.object == fact.object
        and one.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
        and not one.validity.unbounded
    ]
