"""Everything a database holds of a knowledge base, in a temporary file: for comparing element by element."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from kgfuse.graph.neo4j.elements import Key
from kgfuse.graph.neo4j.parity import Found

Stray = tuple[bool, str]
"""Whether it is a node, and its element id."""


class Actual:
    """Elements found in Neo4j by their key, with those that were asked for marked."""

    def __init__(self, found: Iterable[Found]) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)
        self._connection.execute(
            "CREATE TABLE actual (name TEXT, one TEXT, two TEXT, element TEXT, node INTEGER, checksum INTEGER, "
            "seconds TEXT, seen INTEGER, PRIMARY KEY (name, one, two)) WITHOUT ROWID"
        )
        self._connection.execute("CREATE TABLE strays (node INTEGER, element TEXT)")
        self._connection.execute("BEGIN")
        for item in found:
            if item.key is None or not self._add(item, item.key):
                self._connection.execute("INSERT INTO strays VALUES (?, ?)", (item.is_node, item.element))

    def close(self) -> None:
        """Drop the file."""
        self._connection.close()

    def _add(self, item: Found, key: Key) -> bool:
        values = (*_parts(key), item.element, item.is_node, item.checksum, ",".join(sorted(item.seconds)))
        cursor = self._connection.execute("INSERT OR IGNORE INTO actual VALUES (?, ?, ?, ?, ?, ?, ?, 0)", values)
        return cursor.rowcount == 1

    def take(self, key: Key) -> tuple[int, set[str]] | None:
        """Return checksum and second labels of an element and mark it as wanted; `None` where it is not there."""
        sql = "UPDATE actual SET seen = 1 WHERE name = ? AND one = ? AND two = ? RETURNING checksum, seconds"
        row = self._connection.execute(sql, _parts(key)).fetchone()
        return None if row is None else (row[0], set(filter(None, row[1].split(","))))

    def strays(self) -> Iterator[Stray]:
        """Iterate over what nobody asked for, and over doubles: relationships first."""
        sql = (
            "SELECT node, element FROM strays UNION ALL "
            "SELECT node, element FROM actual WHERE NOT seen ORDER BY node, element"
        )
        return ((bool(is_node), element) for is_node, element in self._connection.execute(sql))


def _parts(key: Key) -> tuple[str, str, str]:
    name, one, *two = key
    return (name, one, two[0] if two else "")
