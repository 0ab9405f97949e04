"""Which places lie in which: 'Ghent, Belgium' in Belgium by its name, Lyon in France by a fact or by the list of regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kgfuse.fuse.normalise import fold, read_name
from kgfuse.model import Entity, Fact, FactStatus
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.regions import are_apart, country_of, lies_in, regions_of

_LIES_IN = "located_in"
_STEPS = 3
"""From a place to what it lies in, to what that lies in: a district, its city, its region, its country."""


@dataclass(frozen=True, slots=True)
class Places:
    """What a graph, and the names themselves, tell of places."""

    store: GraphReader
    ontology: Ontology
    filter: FactFilter

    def way_into(self, inner: Entity, outer: Entity) -> tuple[Fact, ...] | None:
        """Return the facts by which one place lies in another, none where its name says so; `None` if it is not known to."""
        return self._way(inner, lambda place: place.id == outer.id or _named_within(place, outer))

    def way_to_country(self, place: Entity) -> tuple[Fact, ...] | None:
        """Return the facts by which a place lies in a country, none where it is one; `None` if none is known."""
        return self._way(place, self._is_country)

    def may_lie_in(self, inner: Entity, outer: Entity) -> bool:
        """Whether one place may well lie in another though nothing says so: the other is wide, or a part of the first."""
        if _named_within(outer, inner) or self.way_into(outer, inner) is not None:
            return True
        wide = self._is_country(outer) or bool(regions_of(outer.name)) or bool(self._within(outer, inside=True))
        return wide and not are_apart(self._regions(inner), regions_of(outer.name))

    def _way(self, place: Entity, there: Callable[[Entity], bool]) -> tuple[Fact, ...] | None:
        ways: list[tuple[Entity, tuple[Fact, ...]]] = [(place, ())]
        seen = {place.id}
        for _ in range(_STEPS + 1):
            for reached, way in ways:
                if there(reached):
                    return way
            steps = [(fact, way) for reached, way in ways for fact in self._within(reached)]
            around = {e.id: e for e in self.store.entities(sorted({str(fact.object) for fact, _ in steps} - seen))}
            ways = [(around[str(fact.object)], (*way, fact)) for fact, way in steps if fact.object in around]
            seen |= set(around)
        return None

    def _within(self, place: Entity, *, inside: bool = False) -> list[Fact]:
        """The believed facts that say where a place lies, or what lies `inside` it."""
        narrowed = replace(self.filter, relation=_LIES_IN, as_of=None, valid_during=None)
        facts = [f for f in self.store.facts_of([place.id], narrowed) if f.status is not FactStatus.DISPUTED]
        return [f for f in facts if isinstance(f.object, str) and (f.object if inside else f.subject) == place.id]

    def _is_country(self, place: Entity) -> bool:
        typed = place.type is not None and self.ontology.is_a(place.type, "Country")
        return typed or country_of(place.name) is not None

    def _regions(self, place: Entity) -> frozenset[str]:
        """The regions that a place is, or lies in by its name or by facts."""
        way = self._way(place, lambda reached: bool(_regions_named(reached)))
        if way is None:
            return frozenset()
        last = self.store.entity(str(way[-1].object)) if way else place
        return _regions_named(last) if last else frozenset()


def _named_within(inner: Entity, outer: Entity) -> bool:
    """Whether the name of one place says that it lies in, or is, another: 'Ghent, Belgium' in Belgium, and is Ghent."""
    inner_name, outer_name = read_name(inner.name).qualifier, read_name(outer.name).qualifier
    called = {fold(outer_name[0])} if outer_name else {fold(name) for name in (outer.name, *outer.aliases)}
    if inner_name is not None and (inner_name[1] in called or (outer_name is None and inner_name[0] in called)):
        return True
    own, around = _regions_named(inner), regions_of(outer.name)
    within = lies_in(own, around) or (inner_name is not None and own == around)
    return len(own) == 1 and len(around) == 1 and within


def _regions_named(place: Entity) -> frozenset[str]:
    """The regions that a place is called as, or that its name puts it in: those of 'Texas' for 'Paris, Texas'."""
    qualifier = read_name(place.name).qualifier
    return regions_of(qualifier[1]) if qualifier else regions_of(place.name)
