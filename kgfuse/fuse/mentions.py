"""From mentions to mention groups: within a document, one name is one thing.

A mention group is a name in a document. Its id depends on nothing else, so that decisions about it stay valid whatever is
ingested later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgfuse.frozen import quickly_made
from kgfuse.fuse.canonicals import Canonicals
from kgfuse.fuse.normalise import Name, read_name
from kgfuse.model import Literal, Mention, Triple, content_id
from kgfuse.ontology import Ontology, Relation
from kgfuse.protocols import LedgerContent

MentionKey = tuple[str, str, str]
"""``(document id, surface, entity type or "")``."""


@quickly_made
@dataclass(frozen=True, slots=True)
class MentionGroup:
    """A name in a document.

    `surfaces` counts how often each surface form was read there, `types` how often each type was given to it. `coarse` is
    the most frequent coarse type, `None` when no type is known. `first` is the offset at which it is first read.
    """

    id: str
    document_id: str
    name: Name
    coarse: str | None
    surfaces: tuple[tuple[str, int], ...]
    types: tuple[tuple[str, int], ...]
    first: int

    @property
    def weight(self) -> int:
        """How many mentions it has."""
        if len(self.surfaces) == 1:
            return self.surfaces[0][1]
        return sum(count for _, count in self.surfaces)


@quickly_made
@dataclass(frozen=True, slots=True)
class Statement:
    """A triple between mention groups (or from one to a literal), in the direction of its relation.

    `turned` says that its relation means the triple the other way round.
    """

    subject: str
    relation: Relation
    object: str | Literal
    phrase: str
    known: bool  # the ontology has the relation
    triple: Triple
    turned: bool

    @property
    def spoken(self) -> tuple[str | Literal, str | Literal]:
        """The subject and the object in the direction of the triple."""
        return (self.object, self.subject) if self.turned else (self.subject, self.object)


def coarse_type(type_name: str | None, ontology: Ontology) -> str | None:
    """Return the kind of thing a type belongs to: the highest ancestor that does not lump persons with other things.

    Types that the ontology lacks, and those above Person, say nothing and give `None`.
    """
    if type_name is None or type_name not in ontology.types:
        return None
    line = [type_name]
    while (parent := ontology.types.get(line[-1])) is not None:
        line.append(parent)
    kinds = [name for name in line if not (name != "Person" and _above(name, "Person", ontology))]
    return kinds[-1] if kinds else None


def _above(name: str, below: str, ontology: Ontology) -> bool:
    return below in ontology.types and ontology.is_a(below, name)


def group_mentions(content: LedgerContent, ontology: Ontology) -> tuple[dict[str, MentionGroup], dict[MentionKey, str]]:
    """Group every mention and every triple argument; return the groups by id and the group of each mention key.

    Groups are in order of their documents, keys in order.
    """
    named: defaultdict[str, list[Mention]] = defaultdict(list)
    for triple in content.triples:
        held = named[triple.evidence.document_id]
        held.append(triple.subject)
        if isinstance(triple.object, Mention):
            held.append(triple.object)
    for document_id, mention in content.mentions:
        named[document_id].append(mention)
    grouping = Grouping(ontology)
    groups: dict[str, MentionGroup] = {}
    index: dict[MentionKey, str] = {}
    for document_id in sorted(named):
        grouping.add(document_id, named[document_id], groups, index)
    return groups, index


class Grouping:
    """Groups the mentions of one document after the other."""

    def __init__(self, ontology: Ontology) -> None:
        self._kinds = {name: coarse_type(name, ontology) for name in ontology.types}
        self._once: dict[str, tuple[tuple[str, int], ...]] = {}  # most names stand once or twice in a document

    def add(
        self,
        document_id: str,
        mentions: Iterable[Mention],
        groups: dict[str, MentionGroup],
        index: dict[MentionKey, str],
    ) -> None:
        """Add the groups of a document, and which of its mention keys belong to them."""
        places: defaultdict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
        for mention in mentions:
            places[mention.surface, mention.entity_type or ""].add((mention.start, mention.end))
        by_name: defaultdict[tuple[str, bool], list[tuple[str, str]]] = defaultdict(list)
        keys = sorted(places)
        for row in keys:
            name = read_name(row[0])
            by_name[name.key, name.common].append(row)
        group_of: dict[tuple[str, str], str] = {}
        for (key, common), rows in by_name.items():
            id = content_id("entity", document_id, key, "common" if common else "name")
            groups[id] = self._group(id, document_id, rows, places)
            for row in rows:
                group_of[row] = id
        for row in keys:
            index[document_id, row[0], row[1]] = group_of[row]

    def _group(
        self,
        id: str,
        document_id: str,
        rows: list[tuple[str, str]],
        places: Mapping[tuple[str, str], set[tuple[int, int]]],
    ) -> MentionGroup:
        if len(rows) == 1:
            (row,) = rows
            surface, kind = row
            count, first = len(places[row]), min(places[row])[0]
            types = self._counted(kind, count) if kind else ()
            coarse = self._kinds.get(kind) if kind else None
            return MentionGroup(
                id, document_id, read_name(surface), coarse, self._counted(surface, count), types, first
            )
        first = min(min(places[row]) for row in rows)[0]
        surfaces: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        for surface, kind in rows:
            surfaces[surface] += len(places[surface, kind])
            if kind:
                kinds[kind] += len(places[surface, kind])
        names = [read_name(surface) for surface in sorted(surfaces)]
        name = min(names, key=lambda n: (not n.proper, -surfaces[n.surface], n.surface))
        counts: Counter[str] = Counter()
        for kind, count in kinds.items():
            if (found := self._kinds.get(kind)) is not None:
                counts[found] += count
        return MentionGroup(id, document_id, name, most_frequent(counts), _sorted(surfaces), _sorted(kinds), first)

    def _counted(self, word: str, count: int) -> tuple[tuple[str, int], ...]:
        if count > 1:
            return ((word, count),)
        return self._once.setdefault(word, ((word, 1),))


def _sorted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items()))


def most_frequent(counts: Mapping[str, int]) -> str | None:
    """Return the key with the highest count, the first in order of several; `None` of nothing."""
    return min(counts, key=lambda key: (-counts[key], key), default=None)


def read_statements(
    content: LedgerContent, ontology: Ontology, groups: Mapping[str, MentionGroup], index: Mapping[MentionKey, str]
) -> list[Statement]:
    """Return the triples as statements about mention groups, in order of their ids."""
    statements = []
    canonicals = Canonicals(ontology)
    for triple in sorted(content.triples, key=lambda triple: triple.id):
        document_id = triple.evidence.document_id
        subject = index[document_id, triple.subject.surface, triple.subject.entity_type or ""]
        object: str | Literal
        if isinstance(triple.object, Mention):
            object = index[document_id, triple.object.surface, triple.object.entity_type or ""]
            object_type = groups[object].coarse
        else:
            object, object_type = triple.object, None
        canonical = canonicals.of(triple, groups[subject].coarse, object_type)
        turned = canonical.inverted and isinstance(object, str)
        if turned and isinstance(object, str):
            subject, object = object, subject
        known = canonical.relation in ontology.relations
        relation = canonicals.relation(canonical.relation)
        statements.append(Statement(subject, relation, object, triple.predicate, known, triple, turned))
    return statements
