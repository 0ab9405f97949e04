"""From mentions to mention groups: within a document, one name is one thing.

A mention group is a name in a document. Its id depends on nothing else, so that decisions about it stay valid whatever is
ingested later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kgfuse.fuse.normalise import Name, read_name
from kgfuse.fuse.relations import canonicalise
from kgfuse.model import Literal, Mention, Triple, content_id
from kgfuse.ontology import Ontology, Relation
from kgfuse.protocols import LedgerContent

MentionKey = tuple[str, str, str]
"""``(document id, surface, entity type or "")``."""


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
        return sum(count for _, count in self.surfaces)


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple between mention groups (or from one to a literal), in the direction of its relation.

    `spoken` holds the subject and the object in the direction of the triple.
    """

    subject: str
    relation: Relation
    object: str | Literal
    phrase: str
    known: bool  # the ontology has the relation
    triple: Triple
    spoken: tuple[str, str | Literal]


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
    """Group every mention and every triple argument; return the groups by id and the group of each mention key."""
    places: set[tuple[str, str, str, int, int]] = set()
    for document_id, mention in _all_mentions(content):
        places.add((document_id, mention.surface, mention.entity_type or "", mention.start, mention.end))
    counts = Counter((document_id, surface, kind) for document_id, surface, kind, _, _ in places)
    first: dict[MentionKey, int] = {}
    for document_id, surface, kind, start, _ in places:
        first[document_id, surface, kind] = min(start, first.get((document_id, surface, kind), start))
    by_name: defaultdict[tuple[str, str, bool], list[tuple[str, str, int]]] = defaultdict(list)
    for (document_id, surface, kind), count in sorted(counts.items()):
        name = read_name(surface)
        by_name[document_id, name.key, name.common].append((surface, kind, count))
    kinds: dict[str, str | None] = {name: coarse_type(name, ontology) for name in ontology.types}
    groups: dict[str, MentionGroup] = {}
    index: dict[MentionKey, str] = {}
    for (document_id, key, common), rows in by_name.items():
        id = content_id("entity", document_id, key, "common" if common else "name")
        start = min(first[document_id, surface, kind] for surface, kind, _ in rows)
        groups[id] = _group(id, document_id, rows, kinds, start)
        for surface, kind, _ in rows:
            index[document_id, surface, kind] = id
    return groups, index


def _all_mentions(content: LedgerContent) -> Iterable[tuple[str, Mention]]:
    yield from content.mentions
    for triple in content.triples:
        yield triple.evidence.document_id, triple.subject
        if isinstance(triple.object, Mention):
            yield triple.evidence.document_id, triple.object


def _group(
    id: str, document_id: str, rows: list[tuple[str, str, int]], kinds: Mapping[str, str | None], first: int
) -> MentionGroup:
    surfaces: Counter[str] = Counter()
    types: Counter[str] = Counter()
    for surface, kind, count in rows:
        surfaces[surface] += count
        if kind:
            types[kind] += count
    names = [read_name(surface) for surface in sorted(surfaces)]
    name = min(names, key=lambda n: (not n.proper, -surfaces[n.surface], n.surface))
    coarse: Counter[str] = Counter()
    for kind, count in types.items():
        if (found := kinds.get(kind)) is not None:
            coarse[found] += count
    return MentionGroup(id, document_id, name, most_frequent(coarse), _sorted(surfaces), _sorted(types), first)


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
    for triple in sorted(content.triples, key=lambda triple: triple.id):
        document_id = triple.evidence.document_id
        subject = index[document_id, triple.subject.surface, triple.subject.entity_type or ""]
        object: str | Literal
        if isinstance(triple.object, Mention):
            object = index[document_id, triple.object.surface, triple.object.entity_type or ""]
            object_type = groups[object].coarse
        else:
            object, object_type = triple.object, None
        spoken = (subject, object)
        canonical = canonicalise(triple, ontology, groups[subject].coarse, object_type)
        if canonical.inverted and isinstance(object, str):
            subject, object = object, subject
        known = canonical.relation in ontology.relations
        relation = ontology.relation(canonical.relation)
        statements.append(Statement(subject, relation, object, triple.predicate, known, triple, spoken))
    return statements
