"""How an ontology fits a graph: what it leaves open, what it never uses, where it contradicts itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgfuse.model import Entity, Fact, FactStatus, Literal
from kgfuse.ontology import Ontology, Relation, normalise_phrase


@dataclass(frozen=True, slots=True)
class Coverage:
    """How an ontology fits a graph.

    `unused` relations join nothing; `ambiguous` phrases are claimed by two relations; `misfits` counts, by relation, pairs
    whose types its domain or range does not admit; `open` counts the facts of each phrase that it has no relation for.
    """

    facts: int
    unused: tuple[str, ...]
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...]
    misfits: tuple[tuple[str, int], ...]
    open: tuple[tuple[str, int], ...]

    @property
    def open_facts(self) -> int:
        """The number of facts without a relation of the ontology."""
        return sum(count for _, count in self.open)


def coverage(facts: Iterable[Fact], entities: Mapping[str, Entity], ontology: Ontology) -> Coverage:
    """Compare an ontology with the facts of a graph, which may have been fused with another one."""
    used: Counter[str] = Counter()
    misfits: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    total = 0
    for fact in facts:
        if fact.status in (FactStatus.RETRACTED, FactStatus.INFERRED):
            continue
        total += 1
        names = (
            [fact.relation]
            if fact.relation in ontology.relations
            else [name for name, _ in ontology.lookup(fact.relation)]
        )
        if not names:
            unknown[fact.relation.replace("_", " ")] += 1
            continue
        used.update(names)
        types = [entities[end].type if isinstance(end, str) and end in entities else None for end in _ends(fact)]
        if not any(ontology.admits(name, *ends) for name in names for ends in (types, types[::-1])):
            misfits[names[0]] += 1
    return Coverage(
        total,
        tuple(sorted(set(ontology.relations) - set(used))),
        ambiguous_phrases(ontology),
        _most(misfits),
        _most(unknown),
    )


def _ends(fact: Fact) -> tuple[str | Literal, str | Literal]:
    return fact.subject, fact.object


def ambiguous_phrases(ontology: Ontology) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return phrases that two relations claim in the same direction, with types that do not tell them apart."""
    claimed: dict[tuple[str, bool], list[str]] = {}
    for relation in ontology.relations.values():
        for inverted, phrases in ((False, (relation.name, *relation.aliases)), (True, relation.inverse_aliases)):
            for phrase in {normalise_phrase(phrase) for phrase in phrases}:
                claimed.setdefault((phrase, inverted), []).append(relation.name)
    found = []
    for (phrase, _), names in sorted(claimed.items()):
        alike = [
            name
            for name in names
            if any(
                other != name and not _told_apart(ontology.relation(name), ontology.relation(other)) for other in names
            )
        ]
        if alike:
            found.append((phrase, tuple(sorted(alike))))
    return tuple(found)


def _told_apart(one: Relation, other: Relation) -> bool:
    if (one.literal is None) != (other.literal is None):
        return True
    return any(
        mine and theirs and not set(mine) & set(theirs)
        for mine, theirs in ((one.domain, other.domain), (one.range, other.range))
    )


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
