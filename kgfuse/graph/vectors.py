"""Vectors of chunks, facts, entities and phrases in the ledger's file, and the nearest of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse.graph import rows
from kgfuse.graph.code_table import CodeTable, stacked
from kgfuse.graph.codes import CANDIDATES, Codes
from kgfuse.model import Chunk, Entity
from kgfuse.sqlite import batched, ledger_errors, placeholders, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_Stamp = tuple[int, int, int]

_LACKING = "WHERE NOT EXISTS (SELECT 1 FROM vectors AS v WHERE v.kind = ? AND v.id = {} AND v.model = ?) ORDER BY 1"


class VectorTable:
    """What is held in memory after the first search is read again once the file has changed."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._matrices: dict[str, tuple[_Stamp, list[str], Vectors]] = {}
        self._code_table = CodeTable(connection)
        self._codes: dict[str, tuple[_Stamp, Codes | None]] = {}

    def put(self, kind: str, model: str, vectors: Sequence[tuple[str, Vectors]]) -> None:
        """Store vectors, replacing older ones."""
        import numpy as np

        with ledger_errors(self._path), transaction(self._connection) as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (kind, id, model, vector) VALUES (?, ?, ?, ?)",
                ((kind, id, model, np.asarray(vector, dtype="<f4").tobytes()) for id, vector in vectors),
            )
            if vectors:
                self._code_table.keep(kind, model, len(vectors[0][1]), [id for id, _ in vectors])

    def of(self, kind: str, model: str) -> list[tuple[str, Vectors]]:
        """Return ``(id, vector)`` of everything of this kind that has a vector of this model, in order of id."""
        import numpy as np

        sql = "SELECT id, vector FROM vectors WHERE kind = ? AND model = ? ORDER BY id"
        return [(id, np.frombuffer(blob, dtype="<f4")) for id, blob in self._rows(sql, kind, model)]

    def drop(self, kind: str, keep: Collection[str]) -> None:
        """Remove the vectors of this kind but those of the ids in `keep`."""
        gone = [id for (id,) in self._rows("SELECT id FROM vectors WHERE kind = ?", kind) if id not in keep]
        if gone:
            with ledger_errors(self._path), transaction(self._connection) as connection:
                connection.executemany("DELETE FROM vectors WHERE kind = ? AND id = ?", ((kind, id) for id in gone))

    def missing(self, kind: str, model: str) -> list[tuple[str, str]]:
        """Return ``(id, text)`` of what has no vector of this model yet, in order of id."""
        if kind == "fact":
            sql = f"SELECT fact_id, sentence FROM fact_sentences AS item {_LACKING.format('item.fact_id')}"
            return self._rows(sql, kind, model)
        lacking = _LACKING.format("item.id")
        if kind == "entity":
            return self._embedded(f"SELECT {rows.ENTITY} FROM entities AS item {lacking}", rows.entity, kind, model)
        return self._embedded(f"SELECT {rows.CHUNK} FROM chunks AS item {lacking}", rows.chunk, kind, model)

    def _embedded(
        self, sql: str, read: Callable[[rows.Row], Entity | Chunk], kind: str, model: str
    ) -> list[tuple[str, str]]:
        with ledger_errors(self._path):  # row by row: a whole chunk is more than what is embedded of it
            return [(row[0], read(row).embedded) for row in self._connection.execute(sql, (kind, model))]

    def nearest(self, kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids and cosine similarities, best first; see `GraphReader.nearest`."""
        import numpy as np

        codes = self._codes_of(kind, len(vector))
        if codes is not None:
            likely = codes.candidates(vector, max(CANDIDATES, 2 * limit))
            ids, matrix = self._some(len(vector), likely)
        else:
            ids, matrix = self._all(kind, len(vector))
        if not ids:
            return []
        scores = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argpartition(-scores, min(limit, len(ids)) - 1)[:limit]
        return sorted(((ids[at], float(scores[at])) for at in best), key=lambda item: (-item[1], item[0]))

    def _codes_of(self, kind: str, dimensions: int) -> Codes | None:
        """The codes of all vectors of this length, where there are too many to compare them all."""
        stamp = self._stamp(dimensions)
        cached = self._codes.get(kind)
        if cached is None or cached[0] != stamp:
            with ledger_errors(self._path):
                cached = self._codes[kind] = (stamp, self._code_table.read(kind, dimensions))
        return cached[1]

    def _some(self, dimensions: int, numbers: Sequence[int]) -> tuple[list[str], Vectors]:
        found: list[rows.Row] = []
        for batch in batched(sorted(numbers)):
            sql = f"SELECT id, vector FROM vectors WHERE number IN ({placeholders(len(batch))}) AND length(vector) = ?"
            found.extend(self._rows(sql, *batch, 4 * dimensions))
        return stacked(found, dimensions)

    def _all(self, kind: str, dimensions: int) -> tuple[list[str], Vectors]:
        stamp = self._stamp(dimensions)
        cached = self._matrices.get(kind)
        if cached is None or cached[0] != stamp:
            sql = "SELECT id, vector FROM vectors WHERE kind = ? AND length(vector) = ? ORDER BY id"
            cached = self._matrices[kind] = (stamp, *stacked(self._rows(sql, kind, 4 * dimensions), dimensions))
        return cached[1], cached[2]

    def _stamp(self, dimensions: int) -> _Stamp:
        """What is the same as long as nobody has written to the file."""
        return self._rows("PRAGMA data_version")[0][0], self._connection.total_changes, dimensions

    def _rows(self, sql: str, *values: object) -> list[rows.Row]:
        with ledger_errors(self._path):
            return self._connection.execute(sql, values).fetchall()
