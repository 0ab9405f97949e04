"""Vectors of chunks, facts, entities and phrases in the ledger's file, and the nearest of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgfuse.graph import rows
from kgfuse.graph.codes import CANDIDATES, EXACT, LESSONS, Codebook, Codes
from kgfuse.model import Chunk, Entity
from kgfuse.sqlite import batched, ledger_errors, placeholders, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_Stamp = tuple[int, int, int]

_GROWTH = 4
_DRAWN = 200
_RUN = 20_000
"""Vectors held at a time while codes are made: 30 MB at 384 dimensions."""

_LACKING = "WHERE NOT EXISTS (SELECT 1 FROM vectors AS v WHERE v.kind = ? AND v.id = {} AND v.model = ?) ORDER BY 1"


class VectorTable:
    """What is held in memory after the first search is read again once the file has changed."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._matrices: dict[str, tuple[_Stamp, list[str], Vectors]] = {}
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
                self._encode(kind, model, len(vectors[0][1]), [id for id, _ in vectors])

    def _encode(self, kind: str, model: str, dimensions: int, ids: Sequence[str]) -> None:
        """Give these vectors codes where there are so many of the kind that codes are needed.

        The codebook is learned when that begins, and anew, for all of them, when there are `_GROWTH` times as many vectors.
        """
        ((last,),) = self._rows("SELECT max(number) FROM vectors")
        if last <= EXACT:
            return
        sql = "SELECT centroids, learned_at FROM vector_codebooks WHERE kind = ? AND model = ? AND dimensions = ?"
        known = self._rows(sql, kind, model, dimensions)
        if known and last < _GROWTH * known[0][1]:
            codebook = Codebook(dimensions, known[0][0])
            for batch in batched(ids):
                sql = f"SELECT number, vector FROM vectors WHERE kind = ? AND id IN ({placeholders(len(batch))})"
                self._keep_codes(kind, codebook, self._rows(sql, kind, *batch))
            return
        if not self._has_many(kind, model, dimensions, since=last - len(ids)):
            return
        codebook = self._learned(kind, dimensions)
        self._connection.execute("DELETE FROM vector_codes WHERE kind = ?", (kind,))
        row = (kind, model, dimensions, codebook.centroids, last)
        self._connection.execute("INSERT OR REPLACE INTO vector_codebooks VALUES (?, ?, ?, ?, ?)", row)
        for found in self._runs(kind, dimensions):
            self._keep_codes(kind, codebook, found)

    def _keep_codes(self, kind: str, codebook: Codebook, found: Sequence[rows.Row]) -> None:
        numbers, matrix = _stacked(found, codebook.dimensions)
        coded = ((kind, number, code) for number, code in zip(numbers, codebook.codes(matrix), strict=True))
        self._connection.executemany("INSERT OR REPLACE INTO vector_codes VALUES (?, ?, ?)", coded)

    def _has_many(self, kind: str, model: str, dimensions: int, since: int) -> bool:
        """Whether a kind has more vectors of a model than are compared all.

        While they take the place of another model's, that is asked now and then, and some tell how many they are by now.
        """
        ((count,),) = self._rows("SELECT count(*) FROM vectors WHERE kind = ?", kind)  # of an index alone
        if count <= EXACT:
            return False
        ((last,),) = self._rows("SELECT max(number) FROM vectors")
        stride = max(1, EXACT // 10)
        replacing = self._rows("SELECT 1 FROM vector_codebooks WHERE kind = ? AND model <> ?", kind, model)
        if replacing and last // stride == since // stride:
            return False
        numbers = self._numbers(kind)
        drawn = numbers[:: max(1, count // _DRAWN)]
        among = f"number IN ({placeholders(len(drawn))})"
        sql = f"SELECT count(*) FROM vectors WHERE {among} AND model = ? AND length(vector) = ?"
        ((found,),) = self._rows(sql, *drawn, model, 4 * dimensions)
        return bool(found * count > EXACT * len(drawn))

    def _learned(self, kind: str, dimensions: int) -> Codebook:
        """A codebook learned from some of the vectors of a kind, evenly drawn."""
        numbers = self._numbers(kind)
        _, matrix = self._some(dimensions, numbers[:: max(1, len(numbers) // LESSONS)])
        return Codebook.learned(matrix)

    def _numbers(self, kind: str) -> list[int]:
        """The numbers of a kind's vectors, in order; of an index alone."""
        return sorted(number for (number,) in self._rows("SELECT number FROM vectors WHERE kind = ?", kind))

    def _runs(self, kind: str, dimensions: int, without: bool = False) -> Iterator[list[rows.Row]]:
        """Yield ``(number, vector)`` of a kind in runs; with `without`, of those alone that have no code."""
        coded = "SELECT 1 FROM vector_codes AS c WHERE c.kind = vectors.kind AND c.number = vectors.number"
        lacking = f"AND NOT EXISTS ({coded})" if without else ""
        sql = f"SELECT number, vector FROM vectors WHERE kind = ? AND length(vector) = ? {lacking} ORDER BY number"
        with ledger_errors(self._path):
            cursor = self._connection.execute(sql, (kind, 4 * dimensions))
            while found := cursor.fetchmany(_RUN):
                yield found

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
            ((count,),) = self._rows("SELECT count(*) FROM vectors WHERE kind = ?", kind)  # of an index alone
            cached = self._codes[kind] = (stamp, self._read_codes(kind, dimensions, count) if count > EXACT else None)
        return cached[1]

    def _read_codes(self, kind: str, dimensions: int, count: int) -> Codes | None:
        """Read the codes; those that are not in the file, written by an earlier version, are made."""
        sql = "SELECT centroids FROM vector_codebooks WHERE kind = ? AND dimensions = ?"
        known = self._rows(sql, kind, dimensions)
        found = self._rows("SELECT number, code FROM vector_codes WHERE kind = ?", kind) if known else []
        if len(found) != count:
            sql = "SELECT count(*) FROM vectors WHERE kind = ? AND length(vector) = ?"
            if self._rows(sql, kind, 4 * dimensions)[0][0] <= EXACT:
                return None
        codebook = Codebook(dimensions, known[0][0]) if known else self._learned(kind, dimensions)
        if len(found) != count:
            for run in self._runs(kind, dimensions, without=bool(known)):
                numbers, matrix = _stacked(run, dimensions)
                found.extend(zip(numbers, codebook.codes(matrix), strict=True))
        return Codes.of(codebook, [number for number, _ in found], [code for _, code in found])

    def _some(self, dimensions: int, numbers: Sequence[int]) -> tuple[list[str], Vectors]:
        found: list[rows.Row] = []
        for batch in batched(sorted(numbers)):
            sql = f"SELECT id, vector FROM vectors WHERE number IN ({placeholders(len(batch))}) AND length(vector) = ?"
            found.extend(self._rows(sql, *batch, 4 * dimensions))
        return _stacked(found, dimensions)

    def _all(self, kind: str, dimensions: int) -> tuple[list[str], Vectors]:
        stamp = self._stamp(dimensions)
        cached = self._matrices.get(kind)
        if cached is None or cached[0] != stamp:
            sql = "SELECT id, vector FROM vectors WHERE kind = ? AND length(vector) = ? ORDER BY id"
            cached = self._matrices[kind] = (stamp, *_stacked(self._rows(sql, kind, 4 * dimensions), dimensions))
        return cached[1], cached[2]

    def _stamp(self, dimensions: int) -> _Stamp:
        """What is the same as long as nobody has written to the file."""
        return self._rows("PRAGMA data_version")[0][0], self._connection.total_changes, dimensions

    def _rows(self, sql: str, *values: object) -> list[rows.Row]:
        with ledger_errors(self._path):
            return self._connection.execute(sql, values).fetchall()


def _stacked(found: Sequence[rows.Row], dimensions: int) -> tuple[list[Any], Vectors]:
    import numpy as np

    joined = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4")
    return [name for name, _ in found], joined.reshape(len(found), dimensions)
