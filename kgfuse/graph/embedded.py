"""The graph in the ledger's own file: versions of facts, full-text search (FTS5), vectors."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kgfuse.errors import Ambiguous
from kgfuse.graph import rows, writing
from kgfuse.graph.edges import surest
from kgfuse.graph.former import ALONE
from kgfuse.graph.queries import chunk_conditions, conditions, fold
from kgfuse.graph.schema import GRAPH
from kgfuse.graph.searching import CHUNKS, FACTS, FACTS_WITH_VERSIONS, FORMER_NAMES, NAMES, holding, search
from kgfuse.graph.vectors import VectorTable
from kgfuse.model import Chunk, Claim, Entity, Fact, FusedGraph
from kgfuse.protocols import EVERYTHING, Changes, Edge, FactFilter, GraphCounts
from kgfuse.sqlite import batched, connect, ledger_errors, pack, placeholders, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors


_AT_ONCE = 500
"""Facts of the past that are told as of today in one go."""

_READ_CACHE_KIB = 65_536
"""Pages of the file that a reader keeps: a walk over the graph comes back to the same ones."""


class EmbeddedGraphStore:
    """A `GraphStore` over SQLite. Any method may raise a leaf of LedgerError.

    Reading is indexed; `nearest` is exact up to `codes.EXACT` vectors (one matrix product; they are held in memory after the
    first call), and beyond that among those whose codes are nearest. `nearest` may run in a thread of its own; everything
    else belongs to the thread that opened the store.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._vectors = VectorTable(path, connection)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, busy_seconds: float = 5.0) -> EmbeddedGraphStore:
        """Open the graph in the ledger at `path`; the ledger must have been opened (made) before. Raises NotFound."""
        connection = connect(path, GRAPH, read_only=read_only, busy_seconds=busy_seconds)
        if read_only:
            connection.execute(f"PRAGMA cache_size=-{_READ_CACHE_KIB}")
        return cls(path, connection)

    def close(self) -> None:
        """Close the file."""
        self._vectors.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, sql: str, parameters: Iterable[object] = ()) -> list[rows.Row]:
        with ledger_errors(self.path):
            return self._connection.execute(sql, tuple(parameters)).fetchall()

    def _stream(self, sql: str, parameters: Iterable[object] = ()) -> Iterator[rows.Row]:
        """Yield the rows one by one, where they are all there are."""
        with ledger_errors(self.path):
            yield from self._connection.execute(sql, tuple(parameters))

    # ------------------------------------------------------------------------------------------------------- writing

    def write(self, graph: FusedGraph, recorded_at: datetime) -> Changes:
        """Make `graph` the current one; only what changed is written, all of it in one transaction.

        A fact that changed (status, confidence, evidence, reason) or went keeps its earlier version, closed at
        `recorded_at` (UTC). History that rests on a forgotten document goes for good.
        """
        with ledger_errors(self.path), transaction(self._connection) as connection:
            return writing.write(connection, graph, rows.instant(recorded_at))

    def relate_documents(self, relations: Collection[tuple[str, str, str, float | None]]) -> None:
        """Make these ``(type, source, target, likeness)`` what holds between documents; only what changed is written."""
        wanted = set(relations)
        with ledger_errors(self.path), transaction(self._connection) as connection:
            known = set(connection.execute("SELECT type, source, target, likeness FROM document_relations"))
            connection.executemany(
                "DELETE FROM document_relations WHERE type = ? AND source = ? AND target = ?",
                sorted(row[:3] for row in known - wanted),
            )
            added = sorted(wanted - known, key=lambda row: row[:3])
            connection.executemany("INSERT INTO document_relations VALUES (?, ?, ?, ?)", added)

    def documents_changed(self, after: int = -1) -> tuple[list[str], int]:
        """Return the documents that came or went past a position of the journal, and the position now.

        Without a position none are named.
        """
        ((now,),) = self._rows("SELECT coalesce(max(position), 0) FROM journal")
        if after < 0:
            return [], now
        sql = "SELECT key FROM journal WHERE kind = 'document' AND position > ? AND position <= ? ORDER BY key"
        return [key for (key,) in self._rows(sql, (after, now))], now

    # ------------------------------------------------------------------------------------------------------ entities

    def entity(self, id: str) -> Entity | None:
        """Return an entity by its id or by the id of any of its members."""
        sql = (
            f"SELECT {rows.ENTITY} FROM entities WHERE id = ? "
            "OR id = (SELECT entity_id FROM entity_members WHERE member_id = ?)"
        )
        for row in self._rows(sql, (id, id)):
            return rows.entity(row)
        return None

    def entities(self, ids: Sequence[str] | None = None) -> Iterator[Entity]:
        """Iterate over the entities with these ids, also former ones, or over all there are, in order of id."""
        if ids is None:
            for row in self._stream(f"SELECT {rows.ENTITY} FROM entities ORDER BY id"):
                yield rows.entity(row)
            return
        for batch in batched(sorted(set(ids))):
            yield from (rows.entity(row) for row in sorted(self._now_or_formerly(rows.ENTITY, batch)))

    def _now_or_formerly(self, columns: str, ids: Sequence[str]) -> list[rows.Row]:
        """Rows, by an id that comes first, of entities, and of former ones where there is none of an id."""
        sql = f"SELECT {columns} FROM {{}} WHERE id IN ({{}})"
        found = self._rows(sql.format("entities", placeholders(len(ids))), ids)
        if len(found) < len(ids):
            present = {row[0] for row in found}
            gone = [id for id in ids if id not in present]
            found += self._rows(sql.format("former_entities", placeholders(len(gone))) + f" AND {ALONE}", gone)
        return found

    def find_entities(
        self, text: str, limit: int = 10, every: Sequence[str] = (), *, past: bool = False
    ) -> list[tuple[Entity, float]]:
        """Find entities by name or alias: exact first (1.0), then by words in common; the more mentioned first.

        With `every`, only names that hold all of these words are found by words. With `past`, former ones are found as well.
        """
        from rapidfuzz import fuzz

        folded = fold(text)
        scores: dict[str, float] = {}
        for index in (NAMES, FORMER_NAMES) if past else (NAMES,):
            for (id,) in self._rows(f"SELECT entity_id FROM {index.source} WHERE folded = ?", (folded,)):
                scores[id] = 1.0
            by_words = (
                holding(self._rows, index, every, 10 * limit) if every else search(self._rows, index, text, 10 * limit)
            )
            for (id, name), _ in by_words:
                scores[id] = max(scores.get(id, 0.0), 0.95 * fuzz.token_sort_ratio(folded, name) / 100)
        least = sorted(scores.values(), reverse=True)[:limit][-1] if scores else 0.0
        hopeful = [id for id, score in scores.items() if score >= least]
        found = [(entity, scores[entity.id]) for entity in self.entities(hopeful)]
        return sorted(found, key=lambda item: (-item[1], -item[0].mention_count, item[0].id))[:limit]

    # --------------------------------------------------------------------------------------------------------- facts

    def fact(self, id: str) -> Fact | None:
        """Return a fact by its id or an unambiguous prefix of it (8 hex digits or more). Raises Ambiguous.

        A fact that is believed no more is found as well, as `retracted`.
        """
        digits = id.removeprefix("fact:").lower()
        if len(digits) < 8 or not all(digit in "0123456789abcdef" for digit in digits):
            return None
        sql = (
            f"SELECT {rows.FACT} FROM fact_versions WHERE id >= ? AND id < ? "
            "ORDER BY id, retracted_at IS NOT NULL, version DESC"
        )
        found: dict[str, rows.Row] = {}
        for row in self._rows(sql, (f"fact:{digits}", f"fact:{digits}g")):
            found.setdefault(row[0], row)
        if len(found) > 1:
            raise Ambiguous(f"{id} abbreviates {len(found)} facts: {', '.join(sorted(found)[:5])}")
        return next(iter(self._of_today([rows.fact(row) for row in found.values()])), None)

    def facts(self, filter: FactFilter = EVERYTHING, ids: Sequence[str] | None = None) -> Iterator[Fact]:
        """Iterate over the facts (with these ids), in order of id."""
        where, values = conditions(filter)
        known = filter.known_at is not None
        if ids is None:
            found = self._stream(f"SELECT {rows.FACT} FROM fact_versions WHERE {where} ORDER BY id", values)
            facts = (rows.fact(row, known) for row in found)
            while filter.past and (some := list(islice(facts, _AT_ONCE))):
                yield from self._of_today(some)
            yield from facts
            return
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.FACT} FROM fact_versions WHERE id IN ({placeholders(len(batch))}) AND {where} ORDER BY id"
            some = [rows.fact(row, known) for row in self._rows(sql, [*batch, *values])]
            yield from self._of_today(some) if filter.past else some

    def _of_today(self, facts: Sequence[Fact]) -> list[Fact]:
        """The facts with the entities that their ends are part of now."""
        ends = {end for fact in facts for end in (fact.subject, fact.object) if isinstance(end, str)}
        now: dict[str, str] = {}
        for batch in batched(sorted(ends)):
            sql = f"SELECT member_id, entity_id FROM entity_members WHERE member_id IN ({placeholders(len(batch))})"
            now.update(self._rows(sql, batch))
        return [rows.of_today(fact, now) for fact in facts]

    def facts_of(self, entity_ids: Sequence[str], filter: FactFilter = EVERYTHING) -> list[Fact]:
        """Return the facts that have one of the entities as subject or object, in order of id.

        Where the past is asked for, those of its members as well: what was merged into it had facts of its own. Ends that
        are part of an entity now are told as that.
        """
        if filter.past:
            entity_ids = [*entity_ids, *(member for one in self.entities(entity_ids) for member in one.members)]
        where, values = conditions(filter)
        found: dict[tuple[str, datetime | None], Fact] = {}
        for batch in batched(sorted(set(entity_ids))):
            for side in ("subject", "object"):
                sql = f"SELECT {rows.FACT} FROM fact_versions WHERE {side} IN ({placeholders(len(batch))}) AND {where}"
                for row in self._rows(sql, [*batch, *values]):
                    fact = rows.fact(row, filter.known_at is not None)
                    found[fact.id, fact.recorded_at] = fact
        facts = sorted(found.values(), key=lambda fact: fact.id)
        return self._of_today(facts) if filter.past else facts

    def edges_of(self, entity_ids: Sequence[str], most: int, filter: FactFilter = EVERYTHING) -> list[Edge]:
        """Return what `facts_of` does, in brief, in order of id; of the facts on one side of an entity the `most` surest."""
        if filter.past:
            return surest(self.facts_of(entity_ids, filter), entity_ids, most)
        where, values = conditions(filter)
        found: dict[str, Edge] = {}
        for side in ("subject", "object"):
            sql = (
                f"SELECT id, subject, relation, object, literal, confidence FROM fact_versions WHERE {side} = ? AND {where} "
                "ORDER BY confidence DESC, id LIMIT ?"
            )
            for entity in sorted(set(entity_ids)):
                for row in self._rows(sql, (entity, *values, most)):
                    found[row[0]] = rows.edge(row)
        return [found[id] for id in sorted(found)]

    def names(self, entity_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of these entities, also of former ones, by id."""
        found: dict[str, str] = {}
        for batch in batched(sorted(set(entity_ids))):
            found.update(self._now_or_formerly("id, name", batch))
        return found

    def search_facts(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        """Return ids of facts by full-text search (BM25) over them as sentences, best first; any text is a legal query.

        Only facts believed now are indexed, so `known_at` narrows them and brings nothing back.
        """
        if filter == EVERYTHING:
            found = search(self._rows, FACTS, query, limit)
        else:
            found = search(self._rows, FACTS_WITH_VERSIONS, query, limit, *conditions(filter))
        return [(id, score) for (id,), score in found]

    def claims(self) -> Iterator[Claim]:
        """Iterate over the claims, in order of their triples' ids."""
        for row in self._stream("SELECT triple_id, body FROM claims ORDER BY triple_id"):
            yield rows.claim(row)

    def counts(self) -> GraphCounts:
        """Count the entities and the facts believed now."""
        ((entities,),) = self._rows("SELECT count(*) FROM entities")
        sql = "SELECT status, count(*) FROM fact_versions WHERE retracted_at IS NULL GROUP BY status ORDER BY status"
        return GraphCounts(entities, tuple(self._rows(sql)))

    # -------------------------------------------------------------------------------------------------------- chunks

    def search_chunks(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        """Return ids of chunks by full-text search (BM25) over them and their headings, best first; any text is legal."""
        found = search(self._rows, CHUNKS, query, limit, *chunk_conditions(filter))
        return [(id, score) for (id,), score in found]

    def chunks_of(self, entity_ids: Sequence[str], most: int | None = None) -> list[tuple[str, str]]:
        """Return ``(entity id, chunk id)`` for every chunk that mentions one of the entities.

        With `most`, an entity that more chunks than that mention is left out, at the cost of `most` rows.
        """
        found: list[tuple[str, str]] = []
        if most is not None:  # one query for all: a walk asks for thousands
            sql = (
                "SELECT asked.value, (SELECT group_concat(chunk_id, ' ') FROM (SELECT chunk_id FROM links "
                "WHERE entity_id = asked.value ORDER BY chunk_id LIMIT ?)) FROM json_each(?) AS asked"
            )
            for entity, joined in self._rows(sql, (most + 1, pack(sorted(set(entity_ids))))):
                chunks = joined.split(" ") if joined else []
                found.extend((entity, chunk) for chunk in chunks if len(chunks) <= most)
            return found
        for batch in batched(sorted(set(entity_ids))):
            sql = (
                f"SELECT entity_id, chunk_id FROM links WHERE entity_id IN ({placeholders(len(batch))}) "
                "ORDER BY entity_id, chunk_id"
            )
            found.extend(self._rows(sql, batch))
        return found

    def entities_in(self, chunk_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return ``(chunk id, entity id)`` for every entity that one of the chunks mentions."""
        sql = (
            "SELECT asked.value, (SELECT group_concat(entity_id, ' ') FROM (SELECT entity_id FROM links "
            "WHERE chunk_id = asked.value ORDER BY entity_id)) FROM json_each(?) AS asked"
        )
        found = self._rows(sql, [pack(sorted(set(chunk_ids)))])
        return [(chunk, entity) for chunk, joined in found if joined for entity in joined.split(" ")]

    def chunks(self, ids: Sequence[str], filter: FactFilter = EVERYTHING) -> dict[str, Chunk]:
        """Return chunks by id, those that the filter's sources and types admit."""
        found: dict[str, Chunk] = {}
        where, values = chunk_conditions(filter)
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.CHUNK} FROM chunks WHERE id IN ({placeholders(len(batch))}) AND {where}"
            found.update((row[0], rows.chunk(row)) for row in self._rows(sql, [*batch, *values]))
        return found

    # ------------------------------------------------------------------------------------------------------- vectors

    def put_vectors(self, kind: str, model: str, vectors: Sequence[tuple[str, Vectors]]) -> None:
        """Store vectors, replacing older ones."""
        self._vectors.put(kind, model, vectors)

    def vectors_of(self, kind: str, model: str) -> list[tuple[str, Vectors]]:
        """Return ``(id, vector)`` of everything of this kind that has a vector of this model, in order of id."""
        return self._vectors.of(kind, model)

    def drop_vectors(self, kind: str, keep: Collection[str]) -> None:
        """Remove the vectors of this kind but those of the ids in `keep`."""
        self._vectors.drop(kind, keep)

    def missing_vectors(self, kind: str, model: str) -> list[tuple[str, str]]:
        """Return ``(id, text)`` of the chunks, facts or entities that have no vector of this model yet, in order of id.

        The text of a chunk is `Chunk.embedded`, that of an entity `Entity.embedded`.
        """
        return self._vectors.missing(kind, model)

    def nearest(self, kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids of the nearest chunks, facts or entities (`kind`) by cosine similarity, best first.

        `vector` has unit length, shape ``(dimensions,)``; vectors of another length (another model) are passed over.
        """
        return self._vectors.nearest(kind, vector, limit)
