"""Vectors of chunks, facts, entities and phrases in the ledger's file, and the nearest of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from kgfuse.graph import rows
from kgfuse.graph.code_table import CodeTable, stacked
from kgfuse.graph.codes import CANDIDATES, Codes
from kgfuse.graph.schema import GRAPH
from kgfuse.model import Chunk, Entity
from kgfuse.sqlite import connect, ledger_errors, pack, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_Stamp = tuple[int, int]

_LACKING = "WHERE NOT EXISTS (SELECT 1 FROM vectors AS v WHERE v.kind = ? AND v.id = {} AND v.model = ?) ORDER BY 1"


_SOME = (
    "SELECT json_group_array(id), CAST(group_concat(vector, '') AS BLOB) FROM "
    "(SELECT id, vector FROM vectors WHERE number IN (SELECT value FROM json_each(?)) AND length(vector) = ?)"
)
"""Many vectors as one row: Python's lock is handed over with every row, and a search beside another would wait for it."""


class VectorTable:
    """What is held in memory after the first search is read again once the file has changed.

    Searches have a connection of their own, so that they may run in one thread while another reads and writes the rest.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._code_table = CodeTable(connection)
        self._searching: sqlite3.Connection | None = None
        self._lock = Lock()
        self._matrices: dict[str, tuple[_Stamp, list[str], Vectors]] = {}
        self._codes: dict[str, tuple[_Stamp, Codes | None]] = {}

    def close(self) -> None:
        """Close what was opened here, after a search that is under way."""
        with self._lock:
            if self._searching is not None:
                self._searching.close()

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
        """Return ids and cosine similarities, best first; see `GraphReader.nearest`. For any thread, one at a time."""
        import numpy as np

        with self._lock, ledger_errors(self._path):
            connection = self._opened()
            codes = self._codes_of(connection, kind, len(vector))
            if codes is not None:
                ids, matrix = _some(connection, len(vector), codes.candidates(vector, max(CANDIDATES, 2 * limit)))
            else:
                ids, matrix = self._all(connection, kind, len(vector))
        if not ids:
            return []
        scores = matrix @ np.asarray(vector, dtype=np.float32)
        best = np.argpartition(-scores, min(limit, len(ids)) - 1)[:limit]
        return sorted(((ids[at], float(scores[at])) for at in best), key=lambda item: (-item[1], item[0]))

    def _opened(self) -> sqlite3.Connection:
        if self._searching is None:
            self._searching = connect(self._path, GRAPH, read_only=True, check_same_thread=False)
        return self._searching

    def _codes_of(self, connection: sqlite3.Connection, kind: str, dimensions: int) -> Codes | None:
        """The codes of all vectors of this length, where there are too many to compare them all."""
        stamp = _stamp(connection, dimensions)
        cached = self._codes.get(kind)
        if cached is None or cached[0] != stamp:
            cached = self._codes[kind] = (stamp, CodeTable(connection).read(kind, dimensions))
        return cached[1]

    def _all(self, connection: sqlite3.Connection, kind: str, dimensions: int) -> tuple[list[str], Vectors]:
        stamp = _stamp(connection, dimensions)
        cached = self._matrices.get(kind)
        if cached is None or cached[0] != stamp:
            sql = "SELECT id, vector FROM vectors WHERE kind = ? AND length(vector) = ? ORDER BY id"
            found = connection.execute(sql, (kind, 4 * dimensions)).fetchall()
            cached = self._matrices[kind] = (stamp, *stacked(found, dimensions))
        return cached[1], cached[2]

    def _rows(self, sql: str, *values: object) -> list[rows.Row]:
        with ledger_errors(self._path):
            return self._connection.execute(sql, values).fetchall()


def _stamp(connection: sqlite3.Connection, dimensions: int) -> _Stamp:
    """What is the same as long as nobody has written to the file."""
    return connection.execute("PRAGMA data_version").fetchone()[0], dimensions


def _some(connection: sqlite3.Connection, dimensions: int, numbers: Sequence[int]) -> tuple[list[str], Vectors]:
    import numpy as np

    ids, joined = connection.execute(_SOME, (pack(sorted(numbers)), 4 * dimensions)).fetchone()
    matrix = np.frombuffer(joined or b"", dtype="<f4").reshape(-1, dimensions)
    return json.loads(ids), matrix
