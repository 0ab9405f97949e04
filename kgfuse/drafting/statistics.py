"""An ontology proposed from a graph: what its open relations and types look like, as YAML to edit.

By statistics alone: a relation phrase that joins several pairs becomes a relation whose domain and range are the types
that most of its pairs have; a kind that things are said to be ('X is a ferry') becomes a type. A language model may then
name, describe and group them (advice.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgfuse.model import Entity, Fact, FactStatus, Literal
from kgfuse.ontology import Ontology, Relation, normalise_phrase

FEWEST_PAIRS = 3
"""Different pairs that a phrase must join to be proposed."""

MOST = 150
"""Relations proposed, commonest first."""

_SHARE = 0.6
"""Share of a relation's pairs that must have a type for it to be its domain or range."""

_LIGHT = frozenset(
    "be have do make take give get go come put let keep see say tell ask know think call want need use add show".split()
)
"""Verbs that alone say too little to be a relation."""

_KINDS = ("instance_of", "is_a", "type_of", "kind_of")
RELATION_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")


@dataclass(frozen=True, slots=True)
class ProposedRelation:
    """A relation of the draft, how many pairs it joins, and one of them in words."""

    relation: Relation
    pairs: int
    example: str


@dataclass(frozen=True, slots=True)
class ProposedType:
    """A type of the draft under its parent, and how many things are said to be of it."""

    name: str
    parent: str | None
    things: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What to add to the ontology `extends`."""

    extends: str
    types: tuple[ProposedType, ...]
    relations: tuple[ProposedRelation, ...]
    open_facts: int
    covered: int


def draft(facts: Iterable[Fact], entities: Mapping[str, Entity], ontology: Ontology) -> Draft:
    """Propose what the ontology lacks, from the facts of open relations; linear in facts.

    `covered` of the `open_facts` would have a relation of the draft. The same graph gives the same draft.
    """
    phrases: dict[str, _Usage] = {}
    kinds: dict[str, _Usage] = {}
    open_facts = 0
    for fact in sorted(facts, key=lambda fact: fact.id):
        if fact.status in (FactStatus.RETRACTED, FactStatus.INFERRED):
            continue
        if fact.relation in _KINDS:
            kind = _type_name(_words(fact.object, entities))
            if kind is not None and kind not in ontology.types:
                kinds.setdefault(kind, _Usage()).add(fact, entities)
        elif fact.relation not in ontology.relations:
            open_facts += 1
            phrases.setdefault(normalise_phrase(fact.relation), _Usage()).add(fact, entities)
    relations = [
        proposed
        for phrase, usage in phrases.items()
        if len(usage.pairs) >= FEWEST_PAIRS and (proposed := _relation(phrase, usage, ontology)) is not None
    ]
    relations.sort(key=lambda one: (-one.pairs, one.relation.name))
    chosen = tuple({one.relation.name: one for one in reversed(relations[:MOST])}.values())[::-1]
    types = [
        ProposedType(name, _majority(usage.subjects, len(usage.pairs)), len(usage.pairs))
        for name, usage in kinds.items()
        if len(usage.pairs) >= FEWEST_PAIRS
    ]
    names = {one.relation.name for one in chosen}
    covered = sum(usage.facts for phrase, usage in phrases.items() if _relation_name(phrase) in names)
    return Draft(
        ontology.name, tuple(sorted(types, key=lambda one: (-one.things, one.name))), chosen, open_facts, covered
    )


class _Usage:
    """How one phrase is used: its pairs, the types at both ends, the literals."""

    def __init__(self) -> None:
        self.facts = 0
        self.pairs: dict[tuple[str, str], str] = {}
        self.subjects: Counter[str] = Counter()
        self.objects: Counter[str] = Counter()
        self.literals: Counter[str] = Counter()
        self.phrases: Counter[str] = Counter()

    def add(self, fact: Fact, entities: Mapping[str, Entity]) -> None:
        """Count a fact; a pair that is told twice counts once."""
        self.facts += 1
        self.phrases[fact.relation.replace("_", " ")] += 1
        object = fact.object if isinstance(fact.object, str) else fact.object.lexical
        if (fact.subject, object) in self.pairs:
            return
        subject = entities.get(fact.subject)
        words = f"{_words(fact.subject, entities)} {fact.relation.replace('_', ' ')} {_words(fact.object, entities)}"
        self.pairs[fact.subject, object] = words
        if subject is not None and subject.type:
            self.subjects[subject.type] += 1
        if isinstance(fact.object, Literal):
            self.literals[fact.object.datatype.value] += 1
        elif (other := entities.get(fact.object)) is not None and other.type:
            self.objects[other.type] += 1


def _words(object: str | Literal, entities: Mapping[str, Entity]) -> str:
    if isinstance(object, Literal):
        return object.lexical
    found = entities.get(object)
    return found.name if found else object


def _relation(phrase: str, usage: _Usage, ontology: Ontology) -> ProposedRelation | None:
    name = _relation_name(phrase)
    if name is None or phrase in _LIGHT or name in ontology.relations or ontology.lookup(phrase):
        return None
    count = len(usage.pairs)
    literal = _majority(usage.literals, count)
    domain, range = _majority(usage.subjects, count), _majority(usage.objects, count)
    aliases = tuple(sorted({phrase, *map(normalise_phrase, usage.phrases)} - {name.replace("_", " ")}))
    relation = Relation(
        name,
        domain=(domain,) if domain and domain in ontology.types else (),
        range=(range,) if range and range in ontology.types and literal is None else (),
        literal=literal,
        aliases=aliases,
    )
    return ProposedRelation(relation, count, min(usage.pairs.values(), key=lambda words: (len(words), words)))


def _relation_name(phrase: str) -> str | None:
    name = re.sub(r"[^a-z0-9]+", "_", phrase).strip("_")
    return name if len(name) <= 40 and RELATION_NAME.match(name) else None


def _type_name(words: str) -> str | None:
    """'offshore wind farm' gives OffshoreWindFarm; what is not a kind in up to three plain words gives nothing."""
    parts = words.split()
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isalpha() and part.islower() for part in parts):
        return None
    return "".join(part.capitalize() for part in parts)


def _majority(counts: Counter[str], total: int) -> str | None:
    if not counts:
        return None
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return name if count >= _SHARE * total else None
