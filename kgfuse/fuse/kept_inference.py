"""What follows by the ontology's rules, kept up to date: conclusions that a changed fact may touch are drawn again, with the
outcome of `inference.infer`.

    fact             -> its inverse                       where it, or the name of an end, changed
    thing, relation  -> what its chains lead to           where a link that they might follow, or a name on them, changed
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
        self._over: defaultdict[_Thing, dict[str, bool]] = defaultdict(
            dict
        )  # thing -> where chains begin that reach it -> whether they may go on from there
        self._reached: dict[_Way, dict[str, bool]] = {}  # the same the other way round
        self._stated: defaultdict[Said, set[str]] = defaultdict(set)
        self._drawn: dict[_Way, dict[str, list[Fact]]] = {}  # by id
        self._ways: dict[str, tuple[_Way, ...]] = {}  # by the id of the conclusion
        self._to: defaultdict[Said, set[str]] = defaultdict(set)  # conclusions of what may be stated
        self._found: dict[str, Fact] = {}

    def update(self, changed: Mapping[str, Fact | None], renamed: Iterable[str], names: Mapping[str, str]) -> None:
        """Take in facts by id (`None`: gone); `renamed` are things with another name than before."""
        was = [self._believed[id] for id in changed if id in self._believed]
        now = [fact for fact in changed.values() if fact is not None and is_believed(fact)]
        ways: set[_Way] = {(fact.id, "") for fact in (*was, *now)}
        for fact in was:
            self._take_out(fact)
        for fact in now:
            self._put_in(fact)
        for relation, thing in {(fact.relation, fact.subject) for fact in (*was, *now)}:
            if self._sort(relation, thing):
                over = self._over.get((relation, thing), {})
                ways |= {(thing, relation), *((start, relation) for start, goes_on in over.items() if goes_on)}
        for thing in renamed:
            for id in self._about.get(thing, ()):
                relation = self._believed[id].relation
                ways |= {
                    (id, ""),
                    (thing, relation),
                    *((one, relation) for one in self._over.get((relation, thing), ())),
                }
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

    def _put_in(self, fact: Fact) -> None:
        self._believed[fact.id] = fact
        for end in {fact.subject, str(fact.object)}:
            self._about[end].add(fact.id)
        if fact.relation in self._concluded:
            self._stated[said(fact)].add(fact.id)
        link = link_of(fact, self._ontology)
        if link is not None:
            self._links[fact.relation, link.start][fact.id] = link

    def _sort(self, relation: str, thing: str) -> bool:
        """Find the links of a thing that chains follow; say whether they are others now."""
        links = self._links.get((relation, thing))
        before = self._surest[relation].pop(thing, None)
        if links:
            self._surest[relation][thing] = surest(links.values())
        else:
            self._links.pop((relation, thing), None)
        return before != self._surest[relation].get(thing)

    def _draw(self, way: _Way, names: Mapping[str, str]) -> set[str]:
        """Draw the conclusions of a way again; return the ids of those that are others now."""
        thing, relation = way
        before = self._drawn.pop(way, {})
        now: defaultdict[str, list[Fact]] = defaultdict(list)
        if relation:
            out = self._surest[relation]
            for fact in closure_of(thing, relation, out, names) if thing in out else ():
                now[fact.id].append(fact)
            self._reach(way, _reached(out.get(thing, ()), (fact for found in now.values() for fact in found)))
        elif thing in self._believed:
            inverse = inverse_of(self._believed[thing], self._ontology, names)
            if inverse is not None:
                now[inverse.id].append(inverse)
        if now:
            self._drawn[way] = dict(now)
        for id in before.keys() - now.keys():
            self._ways[id] = tuple(one for one in self._ways[id] if one != way)
            if not self._ways[id]:
                del self._ways[id]
                self._to[said(before[id][0])].discard(id)
                if not self._to[said(before[id][0])]:
                    del self._to[said(before[id][0])]
        for id in now.keys() - before.keys():
            self._ways[id] = (*self._ways.get(id, ()), way)
            self._to[said(now[id][0])].add(id)
        return {id for id in before.keys() | now.keys() if before.get(id) != now.get(id)}

    def _reach(self, way: _Way, things: dict[str, bool]) -> None:
        """Note which things the chains of a way reach: they hang on the names of these, and on links, and nothing else."""
        thing, relation = way
        for one in self._reached.pop(way, ()):
            over = self._over[relation, one]
            del over[thing]
            if not over:
                del self._over[relation, one]
        for one, goes_on in things.items():
            self._over[relation, one][thing] = goes_on
        if things:
            self._reached[way] = things

    def _choose(self, id: str) -> None:
        drawn = [fact for way in self._ways.get(id, ()) for fact in self._drawn[way][id]]
        stated = self._stated.get(said(drawn[0]), ()) if drawn else ()
        best = best_of(drawn, (self._believed[one].validity for one in stated), self._least)
        if best is None:
            self._found.pop(id, None)
        else:
            self._found[id] = best


def _reached(links: Iterable[Chain], found: Iterable[Fact]) -> dict[str, bool]:
    """Return the things that chains reach, each with whether one may go on from there."""
    reached: dict[str, bool] = {}
    for fact in found:
        end = str(fact.object)
        reached[end] = reached.get(end, False) or len(fact.premises) < LONGEST_CHAIN
    reached.update((link.end, True) for link in links)
    return reached
