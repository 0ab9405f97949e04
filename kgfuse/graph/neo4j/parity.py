"""Whether Neo4j holds what was pushed: counts and sums of checksums per label and type, and element by element."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from kgfuse.config import Neo4jSettings
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.connection import graph_errors
from kgfuse.graph.neo4j.elements import ENDS, Element, Key
from kgfuse.graph.neo4j.pushed import Sum
from kgfuse.graph.neo4j.schema import cypher

if TYPE_CHECKING:
    from neo4j import Driver

_TYPES: LiteralString = "CALL db.relationshipTypes() YIELD relationshipType AS type RETURN type"
_LABELS: LiteralString = "CALL db.labels() YIELD label RETURN label"
_NODE_SUM: LiteralString = """
MATCH (n:<name>) WHERE n.kb = $kb
RETURN '<name>' AS name, count(n) AS count, sum(coalesce(n.checksum, 0)) AS checksum"""
_EDGE_SUMS: LiteralString = (
    "MATCH ()-[r:<types>]->() WHERE r.kb = $kb "
    "RETURN type(r) AS name, count(r) AS count, sum(coalesce(r.checksum, 0)) AS checksum"
)
_NODE_COUNT: LiteralString = "MATCH (n:<name>) RETURN '<name>' AS name, count(n) AS count"  # both of these
_EDGE_COUNT: LiteralString = (
    "MATCH ()-[r:<name>]->() RETURN '<name>' AS name, count(r) AS count"  # from the count store
)
_OTHERS: LiteralString = (
    "MATCH (k:KnowledgeBase) WHERE k.kb <> $kb RETURN CASE WHEN k.complete THEN k.counts END AS counts"
)
_NODES: LiteralString = (
    "MATCH (n:<name>) WHERE n.kb = $kb RETURN elementId(n) AS element, n.id AS id, labels(n) AS labels, "
    "n.checksum AS checksum, CASE WHEN $deep THEN properties(n) END AS held"
)
_EDGES: LiteralString = """
MATCH (s)-[r:<types>]->(e) WHERE r.kb = $kb
RETURN elementId(r) AS element, type(r) AS name, r.id AS id, s.id AS start, e.id AS end, labels(s) AS first,
    labels(e) AS last, r.checksum AS checksum, CASE WHEN $deep THEN properties(r) END AS held"""
UNKNOWN = -1
"""The checksum of an element that is there but is not what its checksum says."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something of a knowledge base in the database.

    `key` is `None` where it cannot be ours; `seconds` are second labels.
    """

    element: str
    is_node: bool
    key: Key | None
    checksum: int
    seconds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A label or type under which Neo4j holds something else than was pushed."""

    name: str
    expected: Sum
    found: Sum

    def __str__(self) -> str:
        if self.expected.count != self.found.count:
            return f"{self.name}: {self.expected.count} expected, {self.found.count} found"
        return f"{self.name}: {self.expected.count} as expected, but not the same"


class Sight:
    """What a database holds of a knowledge base. Any method may raise a leaf of GraphStoreError."""

    def __init__(self, driver: Driver, settings: Neo4jSettings, kb: str, names: schema.Names) -> None:
        self._driver = driver
        self._settings = settings
        self._kb = kb
        self._seconds = frozenset({*names.labels.values(), schema.FORMER})
        self._types = frozenset({*names.fact_types, *schema.LAYOUT_TYPES})

    def _stream(self, query: LiteralString, /, **parameters: Any) -> Iterator[Any]:
        with (
            graph_errors(self._settings),
            self._driver.session(
                database=self._settings.database, default_access_mode="READ", fetch_size=5000
            ) as session,
        ):
            yield from session.run(query, kb=self._kb, **parameters)

    def _names(self, more: Mapping[str, Sum]) -> tuple[list[str], list[str]]:
        """The labels and the types that are ours, or were once, and that the database knows."""
        labels = {record["label"] for record in self._stream(_LABELS)}
        types = {record["type"] for record in self._stream(_TYPES)}
        wanted = self._types | set(more)
        return sorted(labels.intersection(schema.NODE_LABELS)), sorted(types & wanted)

    def sums(self, expected: Mapping[str, Sum]) -> dict[str, Sum]:
        """Count and sum every label and type."""
        labels, types = self._names(expected)
        queries = [cypher(_EDGE_SUMS, types=listed) for listed in _halves(types) if listed]
        queries += [cypher(_NODE_SUM, name=name) for name in labels]
        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            found = pool.map(lambda query: list(self._stream(query)), queries)
            return {record["name"]: Sum(record["count"], record["checksum"]) for records in found for record in records}

    def differences(self, expected: Mapping[str, Sum]) -> list[Difference]:
        """Compare with what was pushed; an empty list is parity."""
        found = self.sums(expected)
        none = Sum()
        return [
            Difference(name, expected.get(name, none), found.get(name, none))
            for name in sorted({*expected, *found})
            if expected.get(name, none) != found.get(name, none)
        ]

    def same_counts(self, expected: Mapping[str, Sum]) -> bool:
        """Whether the database counts as many elements under every label and type as all its knowledge bases together.

        The counts are kept by the server: this takes the same time however many there are. False may also mean that
        somebody else has nodes of our labels, or that another knowledge base is being pushed.
        """
        wanted = Counter({name: total.count for name, total in expected.items()})
        for record in self._stream(_OTHERS):
            if record["counts"] is None:
                return False
            wanted.update(json.loads(record["counts"]))
        labels, types = self._names({name: Sum() for name in wanted} | dict(expected))
        queries = [cypher(_NODE_COUNT, name=name) for name in labels]
        queries += [cypher(_EDGE_COUNT, name=name) for name in types]
        together: LiteralString = " UNION ALL "
        found = {record["name"]: record["count"] for record in self._stream(together.join(queries))} if queries else {}
        return {**dict.fromkeys(found, 0), **wanted} == {**dict.fromkeys(wanted, 0), **found}

    def elements(self, expected: Mapping[str, Sum], deep: bool) -> Iterator[Found]:
        """Yield everything there is.

        With `deep` the properties are read and the checksum is reckoned from them, so that an element which somebody changed
        is told from one that is as it was pushed.
        """
        labels, types = self._names(expected)
        for name in labels:
            for record in self._stream(cypher(_NODES, name=name), deep=deep):
                key = _key(name, record["id"])
                seconds = self._seconds.intersection(record["labels"])
                second = next(iter(seconds), None)
                element = Element(key, _held(record), second, None, _vector(record)) if key and deep else None
                checksum = _checksum(record["checksum"], element) if len(seconds) < 2 else UNKNOWN
                yield Found(record["element"], True, key, checksum, seconds)
        if types:
            for record in self._stream(cypher(_EDGES, types=types), deep=deep):
                name = record["name"]
                start, end = record["start"], record["end"]
                key = _key(name, start, end) if name in ENDS else _key(name, record["id"])
                ends = (_base(record["first"]), start, _base(record["last"]), end)
                element = Element(key, _held(record), None, ends) if key and deep else None
                yield Found(record["element"], False, key, _checksum(record["checksum"], element), frozenset())


def _halves(types: list[str]) -> tuple[list[str], list[str]]:
    """The types of the layout, and those of facts: two queries at the same time."""
    return [name for name in types if name in ENDS], [name for name in types if name not in ENDS]


def _key(*parts: Any) -> Key | None:
    return parts if all(isinstance(part, str) for part in parts) else None


def _base(labels: list[str]) -> str:
    return next((label for label in labels if label in schema.NODE_LABELS), "")


def _held(record: Any) -> dict[str, Any]:
    return {name: value for name, value in record["held"].items() if name not in ("kb", "checksum", "embedding")}


def _vector(record: Any) -> bytes | None:
    vector = record["held"].get("embedding")
    return None if vector is None else array("f", vector).tobytes()


def _checksum(stored: Any, element: Element | None) -> int:
    if not isinstance(stored, int) or (element is not None and element.checksum != stored):
        return UNKNOWN
    return stored
