"""What follows by the ontology's rules, kept up to date: conclusions that a changed fact may touch are drawn again, with the
outcome of `inference.infer`.

    fact             -> its inverse                       where it, or the name of an end, changed
    thing, relation  -> what its chains lead to           where a link ahead of it, or a name there, changed
    conclusion       -> the surest of the ways to it      where one of these, or what is stated, changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kgfuse.fuse.inference import (
    LONGEST_CHAIN,
    Chain,
    Said,
    best_of,
    closure_of,
    concluded_relations,
    inverse_of,
    is_believed,
    link_of,
    said,
    surest,
)
from kgfuse.model import Fact
from kgfuse.ontology import Ontology

_Way = tuple[str, str]
"""Where a conclusion comes from: a fact's id and nothing, or a thing and a transitive relation."""

_Thing = tuple[str, str]
"""A relation and a thing."""


class KeptInference:
    """The conclusions from facts that change."""

    def __init__(self, ontology: Ontology, least: float) -> None:
        self._ontology, self._least = ontology, least
        self._concluded = concluded_relations(ontology)
        self._believed: dict[str, Fact] = {}
        self._about: defaultdict[str, set[str]] = defaultdict(set)  # thing -> facts
        self._links: defaultdict[_Thing, dict[str, Chain]] = defaultdict(dict)  # by the fact's id
        self._surest: defaultdict[str, dict[str, list[Chain]]] = defaultdict(
            dict
        )  # relation -> thing -> links followed
        self._before: defaultdict[_Thing, set[str]] = defaultdict(set)  # thing -> the links' beginnings that end there
        self._stated: defaultdict[Said, set[str]] = defaultdict(set)
        self._drawn: dict[_Way, tuple[Fact, ...]] = {}
        self._ways: dict[str, tuple[_Way, ...]] = {}  # by the id of the conclusion
        self._to: defaultdict[Said, set[str]] = defaultdict(set)  # conclusions of what may be stated
        self._found: dict[str, Fact] = {}

    def update(self, changed: Mapping[str, Fact | None], renamed: Iterable[str], names: Mapping[str, str]) -> None:
        """Take in facts by id (`None`: gone); `renamed` are things with another name than before."""
        was = [self._believed[id] for id in changed if id in self._believed]
        now = [fact for fact in changed.values() if fact is not None and is_believed(fact)]
        ways = self._ways_over(was)
        for fact in was:
            self._take_out(fact)
        for fact in now:
            self._put_in(fact)
        self._sort({(fact.relation, fact.subject) for fact in (*was, *now)})
        ways |= self._ways_over(now)
        for thing in renamed:
            for id in self._about.get(thing, ()):
                ways |= {(id, ""), *self._ahead_of(self._believed[id].relation, thing)}
        touched = {id for fact in (*was, *now) for id in self._to.get(said(fact), ())}
        for way in ways:
            touched |= self._draw(way, names)
        for id in touched:
            self._choose(id)

    def facts(self) -> list[Fact]:
        """Return what follows, in order of id."""
        return [self._found[id] for id in sorted(self._found)]

    def __iter__(self) -> Iterator[Fact]:
        """Iterate over what follows, in any order."""
        return iter(self._found.values())

    def _take_out(self, fact: Fact) -> None:
        del self._believed[fact.id]
        for end in {fact.subject, str(fact.object)}:
            self._about[end].discard(fact.id)
            if not self._about[end]:
                del self._about[end]
        if fact.relation in self._concluded:
            self._stated[said(fact)].discard(fact.id)
            if not self._stated[said(fact)]:
                del self._stated[said(fact)]
        link = link_of(fact, self._ontology)
        if link is not None:
            links = self._links[fact.relation, link.start]
            del links[fact.id]
            if not any(one.end == link.end for one in links.values()):
                self._before[fact.relation, link.end].discard(link.start)

    def _put_in(self, fact: Fact) -> None:
        self._believed[fact.id] = fact
        for end in {fact.subject, str(fact.object)}:
            self._about[end].add(fact.id)
        if fact.relation in self._concluded:
            self._stated[said(fact)].add(fact.id)
        link = link_of(fact, self._ontology)
        if link is not None:
            self._links[fact.relation, link.start][fact.id] = link
            self._before[fact.relation, link.end].add(link.start)

    def _sort(self, things: Iterable[_Thing]) -> None:
        for relation, thing in things:
            links = self._links.get((relation, thing))
            if links:
                self._surest[relation][thing] = surest(links.values())
            else:
                self._links.pop((relation, thing), None)
                self._surest[relation].pop(thing, None)

    def _ways_over(self, facts: Iterable[Fact]) -> set[_Way]:
        """The ways that may lead over these facts, as the links are."""
        found: set[_Way] = set()
        for fact in facts:
            found |= {(fact.id, ""), *self._ahead_of(fact.relation, fact.subject)}
        return found

    def _ahead_of(self, relation: str, thing: str) -> Iterator[_Way]:
        """The chains that may lead to a thing, or begin there."""
        if not self._ontology.relation(relation).transitive:
            return
        ahead = seen = {thing}
        for _ in range(LONGEST_CHAIN):
            ahead = {one for end in ahead for one in self._before.get((relation, end), ())} - seen
            seen = seen | ahead
        yield from ((one, relation) for one in seen)

    def _draw(self, way: _Way, names: Mapping[str, str]) -> set[str]:
        """Draw the conclusions of a way again; return the ids of those before and now."""
        thing, relation = way
        before = self._drawn.pop(way, ())
        now: tuple[Fact, ...] = ()
        if relation:
            out = self._surest[relation]
            now = tuple(closure_of(thing, relation, out, names)) if thing in out else ()
        elif thing in self._believed:
            inverse = inverse_of(self._believed[thing], self._ontology, names)
            now = () if inverse is None else (inverse,)
        if now:
            self._drawn[way] = now
        here = {fact.id for fact in now}
        for fact in before:
            if fact.id not in here:
                self._ways[fact.id] = tuple(one for one in self._ways.get(fact.id, ()) if one != way)
                if not self._ways[fact.id]:
                    del self._ways[fact.id]
                    self._to[said(fact)].discard(fact.id)
                    if not self._to[said(fact)]:
                        del self._to[said(fact)]
                here.add(fact.id)
        for fact in now:
            ways = self._ways.get(fact.id, ())
            if way not in ways:
                self._ways[fact.id] = (*ways, way)
                self._to[said(fact)].add(fact.id)
        return here

    def _choose(self, id: str) -> None:
        drawn = [fact for way in self._ways.get(id, ()) for fact in self._drawn[way] if fact.id == id]
        stated = self._stated.get(said(drawn[0]), ()) if drawn else ()
        best = best_of(drawn, (self._believed[one].validity for one in stated), self._least)
        if best is None:
            self._found.pop(id, None)
        else:
            self._found[id] = best
