"""The graph in the ledger's own file: versions of facts, full-text search (FTS5), vectors."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from kgfuse.errors import Ambiguous
from kgfuse.graph import rows, writing
from kgfuse.graph.codes import CANDIDATES, EXACT, Codes, codes_of
from kgfuse.graph.edges import surest
from kgfuse.graph.queries import chunk_conditions, conditions, fold, full_text
from kgfuse.graph.ranking import best_rows
from kgfuse.graph.schema import GRAPH
from kgfuse.model import Chunk, Claim, Entity, Fact, FusedGraph
from kgfuse.protocols import EVERYTHING, Changes, Edge, FactFilter, GraphCounts
from kgfuse.sqlite import batched, connect, ledger_errors, placeholders, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors


_READ_CACHE_KIB = 65_536
"""Pages of the file that a reader keeps: a walk over the graph comes back to the same ones."""


class EmbeddedGraphStore:
    """A `GraphStore` over SQLite. Any method may raise a leaf of LedgerError.

    Reading is indexed; `nearest` is exact up to `codes.EXACT` vectors (one matrix product; they are held in memory after the
    first call), and beyond that among those whose signs are most alike. Not for several threads at once.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._matrices: dict[str, tuple[tuple[int, int], list[str], Vectors]] = {}
        self._codes: dict[str, tuple[tuple[int, int], int, Codes | None]] = {}

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, busy_seconds: float = 5.0) -> EmbeddedGraphStore:
        """Open the graph in the ledger at `path`; the ledger must have been opened (made) before. Raises NotFound."""
        connection = connect(path, GRAPH, read_only=read_only, busy_seconds=busy_seconds)
        if read_only:
            connection.execute(f"PRAGMA cache_size=-{_READ_CACHE_KIB}")
        return cls(path, connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, sql: str, parameters: Iterable[object] = ()) -> Iterator[rows.Row]:
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

    def put_vectors(self, kind: str, model: str, vectors: Sequence[tuple[str, Vectors]]) -> None:
        """Store vectors, replacing older ones."""
        import numpy as np

        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
                ((kind, id, model, np.asarray(vector, dtype="<f4").tobytes()) for id, vector in vectors),
            )
            codes = codes_of(np.stack([vector for _, vector in vectors])) if vectors else []
            connection.executemany(
                "INSERT OR REPLACE INTO vector_codes VALUES (?, ?, ?)",
                ((kind, id, code) for (id, _), code in zip(vectors, codes, strict=True)),
            )

    def vectors_of(self, kind: str, model: str) -> list[tuple[str, Vectors]]:
        """Return ``(id, vector)`` of everything of this kind that has a vector of this model, in order of id."""
        import numpy as np

        sql = "SELECT id, vector FROM vectors WHERE kind = ? AND model = ? ORDER BY id"
        return [(id, np.frombuffer(blob, dtype="<f4")) for id, blob in self._rows(sql, (kind, model))]

    def drop_vectors(self, kind: str, keep: Collection[str]) -> None:
        """Remove the vectors of this kind but those of the ids in `keep`."""
        gone = [id for (id,) in self._rows("SELECT id FROM vectors WHERE kind = ?", (kind,)) if id not in keep]
        if gone:
            with ledger_errors(self.path), transaction(self._connection) as connection:
                connection.executemany("DELETE FROM vectors WHERE kind = ? AND id = ?", ((kind, id) for id in gone))

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
        """Iterate over the entities with these ids, or over all, in order of id."""
        if ids is None:
            for row in self._rows(f"SELECT {rows.ENTITY} FROM entities ORDER BY id"):
                yield rows.entity(row)
            return
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.ENTITY} FROM entities WHERE id IN ({placeholders(len(batch))}) ORDER BY id"
            for row in self._rows(sql, batch):
                yield rows.entity(row)

    def find_entities(self, text: str, limit: int = 10) -> list[tuple[Entity, float]]:
        """Find entities by name or alias: exact first (1.0), then by words in common; the more mentioned first."""
        from rapidfuzz import fuzz

        folded = fold(text)
        scores: dict[str, float] = {}
        for (id,) in self._rows("SELECT entity_id FROM entity_names WHERE folded = ?", (folded,)):
            scores[id] = 1.0
        match = full_text(text)
        if match is not None:
            for id, name in self._names_like(text, match, 10 * limit):
                scores[id] = max(scores.get(id, 0.0), 0.95 * fuzz.token_sort_ratio(folded, name) / 100)
        least = sorted(scores.values(), reverse=True)[:limit][-1] if scores else 0.0
        hopeful = [id for id, score in scores.items() if score >= least]
        found = [(entity, scores[entity.id]) for entity in self.entities(hopeful)]
        return sorted(found, key=lambda item: (-item[1], -item[0].mention_count, item[0].id))[:limit]

    def _names_like(self, text: str, match: str, limit: int) -> Iterator[rows.Row]:
        ranked = best_rows(self._rows, "name_search", text)
        if ranked is not None:
            numbers = [number for number, _ in ranked[:limit]]
            sql = f"SELECT entity_id, folded FROM entity_names WHERE id IN ({placeholders(len(numbers))})"
            return self._rows(sql, numbers)
        sql = (
            "SELECT entity_names.entity_id, entity_names.folded FROM name_search "
            "JOIN entity_names ON entity_names.id = name_search.rowid "
            "WHERE name_search MATCH ? ORDER BY bm25(name_search), entity_names.folded LIMIT ?"
        )
        return self._rows(sql, (match, limit))

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
        return next((rows.fact(row) for row in found.values()), None)

    def facts(self, filter: FactFilter = EVERYTHING, ids: Sequence[str] | None = None) -> Iterator[Fact]:
        """Iterate over the facts (with these ids), in order of id."""
        where, values = conditions(filter)
        known = filter.known_at is not None
        if ids is None:
            for row in self._rows(f"SELECT {rows.FACT} FROM fact_versions WHERE {where} ORDER BY id", values):
                yield rows.fact(row, known)
            return
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.FACT} FROM fact_versions WHERE id IN ({placeholders(len(batch))}) AND {where} ORDER BY id"
            for row in self._rows(sql, [*batch, *values]):
                yield rows.fact(row, known)

    def facts_of(self, entity_ids: Sequence[str], filter: FactFilter = EVERYTHING) -> list[Fact]:
        """Return the facts that have one of the entities as subject or object, in order of id.

        Where the past is asked for, those of its members as well, as facts of the entity that these are now: what was merged
        into it had facts of its own.
        """
        now = {member: one.id for one in self.entities(entity_ids) for member in one.members} if filter.past else {}
        entity_ids = [*entity_ids, *now]
        where, values = conditions(filter)
        found: dict[tuple[str, datetime | None], Fact] = {}
        for batch in batched(sorted(set(entity_ids))):
            for side in ("subject", "object"):
                sql = f"SELECT {rows.FACT} FROM fact_versions WHERE {side} IN ({placeholders(len(batch))}) AND {where}"
                for row in self._rows(sql, [*batch, *values]):
                    fact = rows.of_today(rows.fact(row, filter.known_at is not None), now)
                    found[fact.id, fact.recorded_at] = fact
        return sorted(found.values(), key=lambda fact: fact.id)

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
        """Return the names of these entities, by id."""
        found: dict[str, str] = {}
        for batch in batched(sorted(set(entity_ids))):
            sql = f"SELECT id, name FROM entities WHERE id IN ({placeholders(len(batch))})"
            found.update((id, name) for id, name in self._rows(sql, batch))
        return found

    def search_facts(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[Fact, float]]:
        """Full-text search (BM25) over facts as sentences, best first; any text is a legal query.

        Only facts believed now are indexed, so `known_at` narrows them and brings nothing back.
        """
        match = full_text(query)
        if match is None:
            return []
        where, values = conditions(filter)
        columns = ", ".join(f"fact_versions.{column}" for column in rows.FACT.split(", "))
        known = filter.known_at is not None
        joined = "JOIN fact_versions ON fact_versions.id = fact_sentences.fact_id "
        ranked = best_rows(self._rows, "fact_search", query)
        if ranked is not None:
            sql = f"SELECT fact_sentences.id, {columns} FROM fact_sentences {joined} WHERE fact_sentences.id IN "
            found = self._ranked(ranked, sql, where, values, limit)
            return [(rows.fact(row, known), score) for row, score in found]
        sql = (
            f"SELECT -bm25(fact_search), {columns} FROM fact_search "
            f"JOIN fact_sentences ON fact_sentences.id = fact_search.rowid {joined}"
            f"WHERE fact_search MATCH ? AND {where} "
            "ORDER BY bm25(fact_search), fact_versions.id LIMIT ?"
        )
        return [(rows.fact(row[1:], known), row[0]) for row in self._rows(sql, [match, *values, limit])]

    def _ranked(
        self, ranked: Sequence[tuple[int, float]], sql: str, where: str, values: Sequence[object], limit: int
    ) -> list[tuple[rows.Row, float]]:
        """Fetch the rows of the best numbers that pass the conditions, until there are enough; `sql` ends in ``IN``."""
        found: list[tuple[rows.Row, float]] = []
        for batch in batched(ranked, min(max(limit, 20), 500)):
            numbers = [number for number, _ in batch]
            asked = self._rows(f"{sql} ({placeholders(len(numbers))}) AND {where}", [*numbers, *values])
            passed = {row[0]: row[1:] for row in asked}
            found.extend((passed[number], score) for number, score in batch if number in passed)
            if len(found) >= limit:
                break
        return found[:limit]

    def claims(self) -> Iterator[Claim]:
        """Iterate over the claims, in order of their triples' ids."""
        for row in self._rows("SELECT triple_id, body FROM claims ORDER BY triple_id"):
            yield rows.claim(row)

    def counts(self) -> GraphCounts:
        """Count the entities and the facts believed now."""
        ((entities,),) = self._rows("SELECT count(*) FROM entities")
        sql = "SELECT status, count(*) FROM fact_versions WHERE retracted_at IS NULL GROUP BY status ORDER BY status"
        return GraphCounts(entities, tuple((status, count) for status, count in self._rows(sql)))

    # -------------------------------------------------------------------------------------------------------- chunks

    def search_chunks(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[Chunk, float]]:
        """Full-text search (BM25) over chunks and the headings above them, best first; any text is a legal query."""
        match = full_text(query)
        if match is None:
            return []
        where, values = chunk_conditions(filter)
        ranked = best_rows(self._rows, "chunk_search", query)
        if ranked is not None:
            sql = f"SELECT chunks.number, {_chunk_columns()} FROM chunks WHERE chunks.number IN "
            return [(rows.chunk(row), score) for row, score in self._ranked(ranked, sql, where, values, limit)]
        sql = (
            f"SELECT -bm25(chunk_search), {_chunk_columns()} FROM chunk_search "
            "JOIN chunks ON chunks.number = chunk_search.rowid "
            f"WHERE chunk_search MATCH ? AND {where} ORDER BY bm25(chunk_search), chunks.id LIMIT ?"
        )
        return [(rows.chunk(row[1:]), row[0]) for row in self._rows(sql, [match, *values, limit])]

    def chunks_of(self, entity_ids: Sequence[str], most: int | None = None) -> list[tuple[str, str]]:
        """Return ``(entity id, chunk id)`` for every chunk that mentions one of the entities.

        With `most`, an entity that more chunks than that mention is left out, at the cost of `most` rows.
        """
        found: list[tuple[str, str]] = []
        if most is not None:
            sql = "SELECT entity_id, chunk_id FROM links WHERE entity_id = ? ORDER BY chunk_id LIMIT ?"
            for id in sorted(set(entity_ids)):
                links = list(self._rows(sql, (id, most + 1)))
                found.extend((entity, chunk) for entity, chunk in links if len(links) <= most)
            return found
        for batch in batched(sorted(set(entity_ids))):
            sql = (
                f"SELECT entity_id, chunk_id FROM links WHERE entity_id IN ({placeholders(len(batch))}) "
                "ORDER BY entity_id, chunk_id"
            )
            found.extend((entity, chunk) for entity, chunk in self._rows(sql, batch))
        return found

    def entities_in(self, chunk_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return ``(chunk id, entity id)`` for every entity that one of the chunks mentions."""
        found: list[tuple[str, str]] = []
        for batch in batched(sorted(set(chunk_ids))):
            sql = (
                f"SELECT chunk_id, entity_id FROM links WHERE chunk_id IN ({placeholders(len(batch))}) "
                "ORDER BY chunk_id, entity_id"
            )
            found.extend((chunk, entity) for chunk, entity in self._rows(sql, batch))
        return found

    def chunks(self, ids: Sequence[str], filter: FactFilter = EVERYTHING) -> dict[str, Chunk]:
        """Return chunks by id, those that the filter's sources and types admit."""
        found: dict[str, Chunk] = {}
        where, values = chunk_conditions(filter)
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {_chunk_columns()} FROM chunks WHERE id IN ({placeholders(len(batch))}) AND {where}"
            found.update((row[0], rows.chunk(row)) for row in self._rows(sql, [*batch, *values]))
        return found

    # ------------------------------------------------------------------------------------------------------- vectors

    def nearest(self, kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids of the nearest chunks (`kind` ``chunk``) or facts (``fact``) by cosine similarity, best first.

        `vector` has unit length, shape ``(dimensions,)``; vectors of another length (another model) are passed over.
        """
        import numpy as np

        codes = self._codes_of(kind, len(vector))
        if codes is not None:
            likely = codes.candidates(vector, max(CANDIDATES, 2 * limit))
            ids, matrix = self._vectors(kind, len(vector), likely)
        else:
            ids, matrix = self._matrix(kind, len(vector))
        if not ids:
            return []
        scores = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argpartition(-scores, min(limit, len(ids)) - 1)[:limit]
        return sorted(((ids[at], float(scores[at])) for at in best), key=lambda item: (-item[1], item[0]))

    def _codes_of(self, kind: str, dimensions: int) -> Codes | None:
        """The codes of all vectors of this length, where there are too many to compare them all."""
        import numpy as np

        stamp = (next(self._rows("PRAGMA data_version"))[0], self._connection.total_changes)
        cached = self._codes.get(kind)
        if cached is None or cached[:2] != (stamp, dimensions):
            sized = (kind, 4 * dimensions)
            ((count,),) = self._rows("SELECT count(*) FROM vectors WHERE kind = ? AND length(vector) = ?", sized)
            codes = None
            if count > EXACT:
                found = list(self._rows("SELECT id, code FROM vector_codes WHERE kind = ? ORDER BY id", (kind,)))
                length = len(codes_of(np.zeros((1, dimensions), dtype=np.float32))[0])
                if len(found) != count or any(len(code) != length for _, code in found):  # of an earlier version
                    ids, matrix = self._matrix(kind, dimensions)
                    found = list(zip(ids, codes_of(matrix), strict=True))
                    del self._matrices[kind]
                codes = Codes.of([id for id, _ in found], [code for _, code in found])
            cached = (stamp, dimensions, codes)
            self._codes[kind] = cached
        return cached[2]

    def _vectors(self, kind: str, dimensions: int, ids: Sequence[str]) -> tuple[list[str], Vectors]:
        import numpy as np

        found: list[rows.Row] = []
        for batch in batched(sorted(ids)):
            sql = f"SELECT id, vector FROM vectors WHERE kind = ? AND id IN ({placeholders(len(batch))})"
            found.extend(row for row in self._rows(sql, (kind, *batch)) if len(row[1]) == 4 * dimensions)
        joined = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4")
        return [id for id, _ in found], joined.reshape(len(found), dimensions)

    def _matrix(self, kind: str, dimensions: int) -> tuple[list[str], Vectors]:
        import numpy as np

        stamp = (next(self._rows("PRAGMA data_version"))[0], self._connection.total_changes)
        cached = self._matrices.get(kind)
        if cached is None or cached[0] != stamp or (cached[1] and cached[2].shape[1] != dimensions):
            found = list(
                self._rows(
                    "SELECT id, vector FROM vectors WHERE kind = ? AND length(vector) = ? ORDER BY id",
                    (kind, 4 * dimensions),
                )
            )
            joined = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4")
            cached = (stamp, [id for id, _ in found], joined.reshape(len(found), dimensions))
            self._matrices[kind] = cached
        return cached[1], cached[2]

    def missing_vectors(self, kind: str, model: str) -> list[tuple[str, str]]:
        """Return ``(id, text)`` of the chunks or facts that have no vector of this model yet, in order of id.

        The text of a chunk is `Chunk.embedded`.
        """
        source = {
            "chunk": f"SELECT id, {rows.CHUNK} FROM chunks AS item",
            "fact": "SELECT fact_id AS id, sentence FROM fact_sentences AS item",
        }[kind]
        key = "item.id" if kind == "chunk" else "item.fact_id"
        sql = (
            f"{source} WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE kind = ? AND vectors.id = {key} AND model = ?) "
            "ORDER BY 1"
        )
        if kind == "chunk":
            return [(row[0], rows.chunk(row[1:]).embedded) for row in self._rows(sql, (kind, model))]
        return [(id, sentence) for id, sentence in self._rows(sql, (kind, model))]


def _chunk_columns() -> str:
    return ", ".join(f"chunks.{column}" for column in rows.CHUNK.split(", "))
