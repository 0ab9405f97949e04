"""What was pushed where, kept beside the ledger: the elements of every owner, and their number and sum by label and type."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgfuse.graph.neo4j.elements import Element, Key
from kgfuse.sqlite import pack, placeholders, transaction

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Placed:
    """An element as it was pushed; an `Element` is one as well."""

    key: Key
    checksum: int
    label: str | None

    @classmethod
    def of(cls, element: Element) -> Placed:
        """Return what is kept of an element."""
        return cls(element.key, element.checksum, element.label)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many elements there are under a label or type, and the sum of their checksums."""

    count: int = 0
    checksum: int = 0


Owner = tuple[str, str]
"""Kind and key."""


class Pushed:
    """The record of one target, named by its `stamp`; `place` says where it stands.

    `position` is the journal's at the last push that ended well, `layout` what it was made by; `known` says whether the
    ledger had heard of the target before.
    """

    def __init__(self, connection: sqlite3.Connection, stamp: str, place: str) -> None:
        self._connection = connection
        sql = "SELECT place, number, position, layout FROM targets WHERE stamp = ?"
        found = connection.execute(sql, (stamp,)).fetchone()
        self.known = found is not None
        if found is None or found[0] != place:
            with transaction(connection):  # what stood at this place before is gone
                connection.execute("DELETE FROM targets WHERE place = ? AND stamp <> ?", (place, stamp))
                connection.execute(
                    "INSERT INTO targets (stamp, place, position, layout) VALUES (?, ?, 0, '') "
                    "ON CONFLICT (stamp) DO UPDATE SET place = excluded.place",
                    (stamp, place),
                )
            found = connection.execute(sql, (stamp,)).fetchone()
        self.number: int = found[1]
        self.position: int = found[2]
        self.layout: str = found[3]

    def load(self, kind: str, keys: Sequence[str]) -> dict[str, list[Placed]]:
        """Return what was pushed of these owners."""
        found: dict[str, list[Placed]] = {}
        for start in range(0, len(keys), _AT_ONCE):
            batch = keys[start : start + _AT_ONCE]
            sql = f"SELECT key, elements FROM pushed WHERE target = ? AND kind = ? AND key IN ({placeholders(len(batch))})"
            for key, packed in self._connection.execute(sql, (self.number, kind, *batch)):
                found[key] = _unpack(packed)
        return found

    def record(self, owners: Mapping[Owner, Sequence[Placed | Element]]) -> None:
        """Keep what these owners have in Neo4j now, and the sums with it, in one transaction."""
        counts, checksums = defaultdict[str, int](int), defaultdict[str, int](int)
        kept: list[tuple[int, str, str, str]] = []
        gone: list[tuple[int, str, str]] = []
        with transaction(self._connection) as connection:
            before = {} if self._empty(connection) else self._before(owners)
            for owner, placed in owners.items():
                if placed:
                    packed = pack([[item.checksum, item.label, *item.key] for item in placed])
                    kept.append((self.number, *owner, packed))
                elif owner in before:
                    gone.append((self.number, *owner))
                for item in placed:
                    name = item.key[0]
                    counts[name] += 1
                    checksums[name] += item.checksum
                for item in before.get(owner, ()):
                    name = item.key[0]
                    counts[name] -= 1
                    checksums[name] -= item.checksum
            connection.executemany("INSERT OR REPLACE INTO pushed VALUES (?, ?, ?, ?)", kept)
            connection.executemany("DELETE FROM pushed WHERE target = ? AND kind = ? AND key = ?", gone)
            connection.executemany(
                "INSERT INTO pushed_sums VALUES (?, ?, ?, ?) ON CONFLICT (target, name) DO UPDATE SET "
                "count = count + excluded.count, checksum = checksum + excluded.checksum",
                ((self.number, name, counts[name], checksums[name]) for name in sorted(counts)),
            )

    def _empty(self, connection: sqlite3.Connection) -> bool:
        """Whether nothing is known to have been pushed: asked once, until something is."""
        return connection.execute("SELECT 1 FROM pushed WHERE target = ? LIMIT 1", (self.number,)).fetchone() is None

    def _before(self, owners: Iterable[Owner]) -> dict[Owner, list[Placed]]:
        by_kind: dict[str, list[str]] = defaultdict(list)
        for kind, key in owners:
            by_kind[kind].append(key)
        return {(kind, key): placed for kind, keys in by_kind.items() for key, placed in self.load(kind, keys).items()}

    def sums(self) -> dict[str, Sum]:
        """Return what Neo4j should hold, by label and type."""
        sql = "SELECT name, count, checksum FROM pushed_sums WHERE target = ?"
        return {name: Sum(count, checksum) for name, count, checksum in self._connection.execute(sql, (self.number,))}

    def reset(self) -> None:
        """Forget everything: nothing is known of the target any more."""
        with transaction(self._connection) as connection:
            connection.execute("DELETE FROM pushed WHERE target = ?", (self.number,))
            connection.execute("DELETE FROM pushed_sums WHERE target = ?", (self.number,))
            connection.execute("UPDATE targets SET position = 0, layout = '' WHERE number = ?", (self.number,))
        self.position, self.layout = 0, ""

    def reach(self, position: int, layout: str) -> None:
        """Keep that the target is up to date with a position of the journal."""
        if (position, layout) == (self.position, self.layout):
            return
        with transaction(self._connection) as connection:
            connection.execute(
                "UPDATE targets SET position = ?, layout = ? WHERE number = ?", (position, layout, self.number)
            )
        self.position, self.layout = position, layout


def ledger_identity(connection: sqlite3.Connection) -> str:
    """Return the id that this ledger got when it was made."""
    identity: str = connection.execute("SELECT id FROM ledger_identity").fetchone()[0]
    return identity


def _unpack(packed: str) -> list[Placed]:
    listed: Iterable[list[Any]] = json.loads(packed)
    return [Placed(tuple(key), checksum, label) for checksum, label, *key in listed]
