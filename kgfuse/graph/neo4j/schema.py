"""What stands in Neo4j: labels, relationship types, constraints and indexes. The one place that names them.

Every label and type in a query is one of the names below or comes from the ontology and has passed `checked_name`;
everything that a document said is a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import LiteralString

from kgfuse.model import content_id
from kgfuse.ontology import Ontology

SCHEMA_VERSION = 3
"""Raised when the same ledger is laid out otherwise in Neo4j: everything is then compared and pushed again."""

ENTITY = "Entity"
VALUE = "Value"
DOCUMENT = "Document"
SECTION = "Section"
CHUNK = "Chunk"
PAGE = "Page"
TABLE = "Table"
FIGURE = "Figure"
CLAIM = "Claim"
FACT = "Fact"
PAST_FACT = "PastFact"
KNOWLEDGE_BASE = "KnowledgeBase"
FORMER = "Former"
"""Beside `ENTITY`: an entity that is no more and to which only the history of facts refers."""

NODE_LABELS = (ENTITY, VALUE, CHUNK, CLAIM, DOCUMENT, SECTION, PAGE, TABLE, FIGURE, FACT, PAST_FACT)
"""The labels with a unique ``(kb, id)``; every node has exactly one of them, an entity its type's label besides."""

HAS_SECTION = "HAS_SECTION"
HAS_CHUNK = "HAS_CHUNK"
NEXT = "NEXT"
HAS_PART = "HAS_PART"
CAPTION_OF = "CAPTION_OF"
HAS_ATTACHMENT = "HAS_ATTACHMENT"
REPLIES_TO = "REPLIES_TO"
SAME_AS = "SAME_AS"
MENTIONS = "MENTIONS"
READ_IN = "READ_IN"
SUPPORTED_BY = "SUPPORTED_BY"
OPPOSED_BY = "OPPOSED_BY"
LAYOUT_TYPES = (
    HAS_SECTION,
    HAS_CHUNK,
    HAS_PART,
    NEXT,
    CAPTION_OF,
    HAS_ATTACHMENT,
    REPLIES_TO,
    SAME_AS,
    MENTIONS,
    READ_IN,
    SUPPORTED_BY,
    OPPOSED_BY,
)

RELATED_TO = "RELATED_TO"
"""The type of a fact whose relation the ontology does not know; the phrase stands in the property ``relation``."""

ENTITY_NAMES = "kgfuse_entity_names"  # full-text over Entity.name, Entity.aliases
ENTITY_FOLDED = "kgfuse_entity_folded"  # full-text, whole values: Entity.folded (names as `kgfuse.graph.queries.fold`)
ENTITY_MEMBERS = "kgfuse_entity_members"  # full-text, whole values: Entity.members
CHUNK_TEXT = "kgfuse_chunk_text"  # full-text over Chunk.text, Chunk.headings
FACT_TEXT = "kgfuse_fact_text"  # full-text over Fact.name
CHUNK_EMBEDDING = "kgfuse_chunk_embedding"
FACT_EMBEDDING = "kgfuse_fact_embedding"
ENTITY_EMBEDDING = "kgfuse_entity_embedding"
VECTOR_INDEXES: Mapping[str, str] = {CHUNK: CHUNK_EMBEDDING, FACT: FACT_EMBEDDING, ENTITY: ENTITY_EMBEDDING}

VECTOR_NEIGHBOURS = 32
"""How many neighbours a vector index joins each vector to. With the server's 16, and many facts alike, sometimes no way
led to the second nearest of 548 facts, though 160 were asked for."""
_LOOKED_AT = 200  # so many are looked at to find these neighbours (the server's own: 100)

STALE_INDEXES = ("kgfuse_fact_recorded",)
"""What earlier versions made and nobody asks any more."""

LONGEST_NAME = 1000
"""Names are indexed, and an index entry holds about 8 kB: a longer name is cut to this many characters in ``name``
(``folded``), and stands whole in ``full_name``."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ENTITY_PROPERTIES = frozenset(
    "id kb checksum name full_name type aliases folded mention_count members embedding".split()
)


def checked_name(name: str) -> str:
    """Return `name` if it may stand in a query as a label, a type or a property. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name that may stand in a query: {name!r}")
    return name


@dataclass(frozen=True, slots=True)
class Checked:
    """A part of a query that is made of checked names and numbers alone."""

    text: str


def cypher(template: LiteralString, **names: str | Sequence[str] | Checked) -> LiteralString:
    """Return a query: each ``<word>`` of the template replaced by a checked name (several: joined by ``|``).

    The only place that builds one.

    Raises ValueError for a name that may not stand in a query.
    """
    query: str = template
    for word, name in names.items():
        query = query.replace(f"<{word}>", name.text if isinstance(name, Checked) else _joined(name))
    return query


def _joined(name: str | Sequence[str]) -> str:
    return "|".join(map(checked_name, [name] if isinstance(name, str) else name))


def labels_literal(names: Sequence[str]) -> Checked:
    """Return ``Entity:Person``. Raises ValueError for a name that may not stand in a query."""
    return Checked(":".join(map(checked_name, names)))


def map_literal(names: Sequence[str], first: int) -> Checked:
    """Return ``{kb: $kb, checksum: row[0], name: row[first], …}``. Raises ValueError as `cypher` does."""
    columns = (f"{checked_name(name)}: row[{number}]" for number, name in enumerate(names, first))
    return Checked("{" + ", ".join(("kb: $kb", "checksum: row[0]", *columns)) + "}")


@dataclass(frozen=True, slots=True)
class Names:
    """An ontology's names as Neo4j has them.

    `labels` maps an entity type to its label, `types` a relation to its relationship type, `mirrored` a relation with
    literal objects to the property of the entity that carries its current value.
    """

    labels: Mapping[str, str]
    types: Mapping[str, str]
    mirrored: Mapping[str, str]

    def label(self, entity_type: str | None) -> str | None:
        """Return the second label of an entity of this type; `None` for a type the ontology does not know."""
        return self.labels.get(entity_type) if entity_type else None

    def type_of(self, relation: str) -> str:
        """Return the relationship type of a relation."""
        return self.types.get(relation, RELATED_TO)

    @property
    def fact_types(self) -> tuple[str, ...]:
        """Every relationship type that facts can have, sorted."""
        return tuple(sorted({RELATED_TO, *self.types.values()}))


def names_of(ontology: Ontology) -> Names:
    """Return the names of an ontology's types and relations; one that is ours already gets a suffix."""
    taken = {*NODE_LABELS, KNOWLEDGE_BASE, FORMER}
    labels = {name: checked_name(f"{name}Entity" if name in taken else name) for name in ontology.types}
    types: dict[str, str] = {}
    mirrored: dict[str, str] = {}
    for name, relation in ontology.relations.items():
        upper = checked_name(name.upper())
        types[name] = f"{upper}_FACT" if upper in LAYOUT_TYPES else upper
        if relation.literal is not None:
            mirrored[name] = f"{name}_value" if name in _ENTITY_PROPERTIES else name
    return Names(labels, types, mirrored)


def layout_id(names: Names) -> str:
    """Return what tells one layout of a ledger's graph from another: this module's version and the ontology's names."""
    return content_id("layout", SCHEMA_VERSION, repr(names))


@dataclass(frozen=True, slots=True)
class SchemaRule:
    """A uniqueness constraint (`unique`) or an index: what it is, on which label or type, and how it is made."""

    name: str
    statement: LiteralString
    on: str
    properties: tuple[str, ...]
    kind: str = "RANGE"
    unique: bool = False
    parameters: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def any_name(self) -> bool:
        """Whether an equal rule under another name does as well; full-text and vector indexes are asked by their name."""
        return self.kind == "RANGE"


_UNIQUE: LiteralString = "CREATE CONSTRAINT <name> IF NOT EXISTS FOR (n:<on>) REQUIRE (n.kb, n.id) IS UNIQUE"
_UNIQUE_KB: LiteralString = "CREATE CONSTRAINT <name> IF NOT EXISTS FOR (n:<on>) REQUIRE n.kb IS UNIQUE"
_UNIQUE_FACT: LiteralString = "CREATE CONSTRAINT <name> IF NOT EXISTS FOR ()-[r:<on>]-() REQUIRE (r.kb, r.id) IS UNIQUE"
_RANGE: LiteralString = "CREATE INDEX <name> IF NOT EXISTS FOR (n:<on>) ON (n.kb, n.<second>)"
_RANGE_OF_THREE: LiteralString = "CREATE INDEX <name> IF NOT EXISTS FOR (n:<on>) ON (n.kb, n.<second>, n.<third>)"
_ONE_TEXT: LiteralString = (
    "CREATE FULLTEXT INDEX <name> IF NOT EXISTS FOR (n:<on>) ON EACH [n.<one>] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: $analyzer}}"
)
_TWO_TEXTS: LiteralString = (
    "CREATE FULLTEXT INDEX <name> IF NOT EXISTS FOR (n:<on>) ON EACH [n.<one>, n.<two>] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: $analyzer}}"
)
_VECTOR: LiteralString = (
    "CREATE VECTOR INDEX <name> IF NOT EXISTS FOR (n:<on>) ON (n.embedding) OPTIONS {indexConfig: "
    "{`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine', "
    "`vector.hnsw.m`: $neighbours, `vector.hnsw.ef_construction`: $looked_at}}"
)


def base_rules() -> Iterator[SchemaRule]:
    """Yield the constraint that keeps the names of knowledge bases apart."""
    yield _rule("kgfuse_knowledgebase_kb", _UNIQUE_KB, KNOWLEDGE_BASE, ("kb",), unique=True)


def node_rules() -> Iterator[SchemaRule]:
    """Yield the uniqueness of ``(kb, id)`` for every label; in a first load it is cheaper to see to it afterwards."""
    for label in NODE_LABELS:
        yield _rule(f"kgfuse_{label.lower()}_id", _UNIQUE, label, ("kb", "id"), unique=True)


def reading_rules() -> Iterator[SchemaRule]:
    """Yield the range and full-text indexes.

    Filling one at once is several times cheaper than keeping it up through a first load.
    """
    yield _range("kgfuse_entity_name", ENTITY, "name")
    yield _range("kgfuse_document_source", DOCUMENT, "source")
    yield _range("kgfuse_fact_changed", FACT, "changed_at", "confidence")  # newest first, then the surest
    yield _range("kgfuse_past_fact_retracted", PAST_FACT, "retracted_at")
    yield _full_text(ENTITY_NAMES, ENTITY, ("name", "aliases"), "standard-folding")
    yield _full_text(ENTITY_FOLDED, ENTITY, ("folded",), "keyword")
    yield _full_text(ENTITY_MEMBERS, ENTITY, ("members",), "keyword")
    yield _full_text(CHUNK_TEXT, CHUNK, ("text", "headings"), "english")
    yield _full_text(FACT_TEXT, FACT, ("name",), "english")


def fact_rules(types: Iterable[str]) -> Iterator[SchemaRule]:
    """Yield the uniqueness of ``(kb, id)`` for relationship types of facts; made when a type is first used."""
    for type in sorted(set(types)):
        yield _rule(f"kgfuse_fact_{type.lower()}_id", _UNIQUE_FACT, type, ("kb", "id"), unique=True)


def vector_rule(label: str, dimensions: int) -> SchemaRule:
    """Return the vector index (cosine) over ``embedding`` of the nodes with this label."""
    name = VECTOR_INDEXES[label]
    statement = cypher(_VECTOR, name=name, on=label)
    parameters = {"dimensions": dimensions, "neighbours": VECTOR_NEIGHBOURS, "looked_at": _LOOKED_AT}
    return SchemaRule(name, statement, label, ("embedding",), "VECTOR", False, parameters)


def _rule(name: str, template: LiteralString, on: str, properties: tuple[str, ...], unique: bool = False) -> SchemaRule:
    return SchemaRule(name, cypher(template, name=name, on=on), on, properties, "RANGE", unique)


def _range(name: str, on: str, second: str, third: str | None = None) -> SchemaRule:
    if third is None:
        return SchemaRule(name, cypher(_RANGE, name=name, on=on, second=second), on, ("kb", second))
    statement = cypher(_RANGE_OF_THREE, name=name, on=on, second=second, third=third)
    return SchemaRule(name, statement, on, ("kb", second, third))


def _full_text(name: str, label: str, properties: tuple[str, ...], analyzer: str) -> SchemaRule:
    template = _ONE_TEXT if len(properties) == 1 else _TWO_TEXTS
    statement = cypher(template, name=name, on=label, **dict(zip(("one", "two"), properties, strict=False)))
    return SchemaRule(name, statement, label, properties, "FULLTEXT", False, {"analyzer": analyzer})
