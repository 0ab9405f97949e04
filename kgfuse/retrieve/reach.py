"""How far back a fact reaches whose beginning nobody states: not before what it is about was born or founded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kgfuse.model import Datatype, Fact, FactStatus, Moment
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.parts import ends_of_facts

WORKING_LIFE = timedelta(days=60 * 365)
"""How long before its end an office or a state may have begun. Set by judgement: people work for sixty years at most.

What joins two places ('part of Sweden until 1905') may have lasted for longer and is not bounded.
"""

TENURE = timedelta(days=15 * 365)
"""How long before its end somebody may have taken up an office that one holds at a time. Set by judgement: few hold one for
longer, and who held it before is rarely told with everything else."""

_BEGINNINGS = ("born_on", "founded_on")


def out_of_reach(
    facts: Sequence[Fact], until: datetime, store: GraphReader, ontology: Ontology, filter: FactFilter
) -> frozenset[str]:
    """Return the ids of the facts without a beginning that cannot have begun before `until`."""
    unbegun = [fact for fact in facts if fact.validity.valid_from is None]
    if not unbegun:
        return frozenset()
    ends = list(ends_of_facts(unbegun))
    begun = _begun(ends, store, filter)
    places = {one.id for one in store.entities(ends) if one.type is not None and ontology.is_a(one.type, "Place")}
    return frozenset(
        fact.id
        for fact in unbegun
        if any(until <= begun[end] for end in (fact.subject, fact.object) if isinstance(end, str) and end in begun)
        or (not {fact.subject, fact.object} <= places and _long_before_its_end(fact, until, _reach(fact, ontology)))
    )


def date_of(fact: Fact) -> Moment | None:
    """Return the date that is a fact's value, if it is one."""
    if isinstance(fact.object, str) or fact.object.datatype is not Datatype.DATE:
        return None
    try:
        return Moment.parse(fact.object.value)
    except ValueError:
        return None


def _begun(ids: Sequence[str], store: GraphReader, filter: FactFilter) -> dict[str, datetime]:
    """When these things came to be; the earliest of several dates."""
    found: dict[str, datetime] = {}
    for relation in _BEGINNINGS:
        for fact in _believed(store.facts_of(ids, replace(filter, relation=relation, as_of=None, valid_during=None))):
            if date := date_of(fact):
                found[fact.subject] = min(date.at, found.get(fact.subject, date.at))
    return found


def _believed(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.status is not FactStatus.DISPUTED]


def _reach(fact: Fact, ontology: Ontology) -> timedelta:
    relation = ontology.relation(fact.relation)
    office = relation.cardinality is Cardinality.ONE_AT_A_TIME and relation.per == "object"
    return TENURE if office else WORKING_LIFE


def _long_before_its_end(fact: Fact, until: datetime, reach: timedelta) -> bool:
    end = fact.validity.valid_to
    return end is not None and until <= max(end.at, datetime.min.replace(tzinfo=UTC) + reach) - reach
