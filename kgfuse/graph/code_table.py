"""The codes of vectors in the ledger's file: learned, kept beside the vectors, and made anew where some are missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kgfuse.graph import rows
from kgfuse.graph.codes import EXACT, LESSONS, Codebook, Codes
from kgfuse.sqlite import batched, placeholders

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_GROWTH = 4
"""How many times higher the number of the last vector is when a codebook is learned anew."""

_DRAWN = 200
"""Vectors that tell how many are of a model."""

_RUN = 20_000
"""Vectors held at a time while codes are made: 30 MB at 384 dimensions."""


class CodeTable:
    """Raises what SQLite raises; `keep` belongs in the transaction that writes the vectors."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, kind: str, model: str, dimensions: int, ids: Sequence[str]) -> None:
        """Give vectors that have just been written codes, where there are so many of the kind that codes are needed.

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
                self._insert(kind, codebook, self._rows(sql, kind, *batch))
        elif self._has_many(kind, model, dimensions, last, len(ids)):
            codebook = self._learned(kind, dimensions)
            self._connection.execute("DELETE FROM vector_codes WHERE kind = ?", (kind,))
            row = (kind, model, dimensions, codebook.centroids, last)
            self._connection.execute("INSERT OR REPLACE INTO vector_codebooks VALUES (?, ?, ?, ?, ?)", row)
            for found in self._runs(kind, dimensions):
                self._insert(kind, codebook, found)

    def read(self, kind: str, dimensions: int) -> Codes | None:
        """Return the codes of all vectors of this length, `None` where they are few enough to be compared all.

        Codes that are not in the file, for they come from an earlier version or another model, are made.
        """
        ((count,),) = self._rows("SELECT count(*) FROM vectors WHERE kind = ?", kind)  # of an index alone
        if count <= EXACT:
            return None
        sql = "SELECT centroids FROM vector_codebooks WHERE kind = ? AND dimensions = ?"
        known = self._rows(sql, kind, dimensions)
        found = self._rows("SELECT number, code FROM vector_codes WHERE kind = ?", kind) if known else []
        if len(found) == count:
            return _together(Codebook(dimensions, known[0][0]), found)
        sql = "SELECT count(*) FROM vectors WHERE kind = ? AND length(vector) = ?"
        if self._rows(sql, kind, 4 * dimensions)[0][0] <= EXACT:
            return None
        codebook = Codebook(dimensions, known[0][0]) if known else self._learned(kind, dimensions)
        for run in self._runs(kind, dimensions, without=bool(known)):
            found.extend(_coded(codebook, run))
        return _together(codebook, found)

    def _insert(self, kind: str, codebook: Codebook, found: Sequence[rows.Row]) -> None:
        coded = ((kind, number, code) for number, code in _coded(codebook, found))
        self._connection.executemany("INSERT OR REPLACE INTO vector_codes VALUES (?, ?, ?)", coded)

    def _has_many(self, kind: str, model: str, dimensions: int, last: int, added: int) -> bool:
        """Whether a kind has more vectors of a model than are compared all; `last` is the number of the latest of `added`.

        While they take the place of another model's, that is asked now and then, and some tell how many they are by now.
        """
        ((count,),) = self._rows("SELECT count(*) FROM vectors WHERE kind = ?", kind)
        if count <= EXACT:
            return False
        stride = max(1, EXACT // 10)
        replacing = self._rows("SELECT 1 FROM vector_codebooks WHERE kind = ? AND model <> ?", kind, model)
        if replacing and last // stride == (last - added) // stride:
            return False
        drawn = self._drawn(kind, _DRAWN)
        among = f"number IN ({placeholders(len(drawn))})"
        sql = f"SELECT count(*) FROM vectors WHERE {among} AND model = ? AND length(vector) = ?"
        ((found,),) = self._rows(sql, *drawn, model, 4 * dimensions)
        return bool(found * count > EXACT * len(drawn))

    def _learned(self, kind: str, dimensions: int) -> Codebook:
        """A codebook learned from some of the vectors of a kind."""
        found: list[rows.Row] = []
        for batch in batched(self._drawn(kind, LESSONS)):
            among = f"number IN ({placeholders(len(batch))})"
            sql = f"SELECT number, vector FROM vectors WHERE {among} AND length(vector) = ?"
            found.extend(self._rows(sql, *batch, 4 * dimensions))
        return Codebook.learned(stacked(found, dimensions)[1])

    def _drawn(self, kind: str, count: int) -> list[int]:
        """The numbers of about so many vectors of a kind, or of up to twice as many, evenly drawn; of an index alone."""
        numbers = sorted(number for (number,) in self._rows("SELECT number FROM vectors WHERE kind = ?", kind))
        return numbers[:: max(1, len(numbers) // count)]

    def _runs(self, kind: str, dimensions: int, without: bool = False) -> Iterator[list[rows.Row]]:
        """Yield ``(number, vector)`` of a kind in runs; with `without`, of those alone that have no code."""
        coded = "SELECT 1 FROM vector_codes AS c WHERE c.kind = vectors.kind AND c.number = vectors.number"
        lacking = f"AND NOT EXISTS ({coded})" if without else ""
        sql = f"SELECT number, vector FROM vectors WHERE kind = ? AND length(vector) = ? {lacking} ORDER BY number"
        cursor = self._connection.execute(sql, (kind, 4 * dimensions))
        while found := cursor.fetchmany(_RUN):
            yield found

    def _rows(self, sql: str, *values: object) -> list[rows.Row]:
        return self._connection.execute(sql, values).fetchall()


def stacked(found: Sequence[rows.Row], dimensions: int) -> tuple[list[Any], Vectors]:
    """Return the names in rows of names and vectors, and the vectors as a matrix, shape ``(rows, dimensions)``."""
    import numpy as np

    joined = np.frombuffer(b"".join(blob for _, blob in found), dtype="<f4")
    return [name for name, _ in found], joined.reshape(len(found), dimensions)


def _coded(codebook: Codebook, found: Sequence[rows.Row]) -> Iterator[tuple[int, bytes]]:
    numbers, matrix = stacked(found, codebook.dimensions)
    return zip(numbers, codebook.codes(matrix), strict=True)


def _together(codebook: Codebook, found: Sequence[tuple[int, bytes]]) -> Codes:
    return Codes.of(codebook, [number for number, _ in found], [code for _, code in found])
