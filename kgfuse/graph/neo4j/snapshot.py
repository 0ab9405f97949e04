"""One snapshot of the ledger's file: rows by the keys of their owners."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from kgfuse.graph.neo4j.elements import Element
from kgfuse.sqlite import batched, placeholders

Owned = list[tuple[str, list[Element]]]
"""Keys of owners, each with its elements."""


class Snapshot:
    """Whatever else is written to the file meanwhile is not seen."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("BEGIN")

    def close(self) -> None:
        """End it."""
        self._connection.execute("ROLLBACK")

    def rows(self, sql: str, *values: object) -> Iterator[Any]:
        """Iterate over the rows of a query."""
        return iter(self._connection.execute(sql, values))

    def one(self, sql: str, *values: object) -> Any:
        """Return the first value of the first row; `None` when there is no row."""
        row = self._connection.execute(sql, values).fetchone()
        return row[0] if row else None

    def within(self, sql: str, keys: Sequence[str]) -> Iterator[Any]:
        """Run `sql` with its ``{}`` replaced by marks for `keys`."""
        for batch in batched(keys):
            yield from self._connection.execute(sql.replace("{}", placeholders(len(batch))), batch)

    def vectors(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Return vectors of a kind by id, as little-endian 32-bit floats."""
        sql = f"SELECT id, vector FROM vectors WHERE kind = '{kind}' AND id IN ({{}})"
        return dict(self.within(sql, keys))
