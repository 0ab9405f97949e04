"""From the ledger's file to elements: which owners changed, and what each of them has in Neo4j.

An owner is a row of the journal (a kind and a key); an owner's elements are a pure function of the file, so the same owner
always gives the same elements. Nodes of an earlier kind stand before relationships of a later one need them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.documents import attachments, documents, passages, relations
from kgfuse.graph.neo4j.said import believed, claims, facts_citing
from kgfuse.graph.neo4j.snapshot import Owned, Snapshot
from kgfuse.graph.neo4j.things import entities, values

_MAKERS: Mapping[str, Callable[[Snapshot, schema.Names, Sequence[str]], Owned]] = {
    "entity": entities,
    "value": values,
    "chunk": passages,
    "claim": claims,
    "document": documents,
    "attachment": attachments,
    "relation": relations,
    "fact": believed,
}
KINDS = tuple(_MAKERS)
"""In the order in which they are pushed."""

_AT_ONCE = 500
_FEW = 100_000


class Feed:
    """Reads one snapshot of the ledger's file: whatever else is written meanwhile is left to the next push."""

    def __init__(self, connection: sqlite3.Connection, names: schema.Names) -> None:
        self._snapshot = Snapshot(connection)
        self.names = names
        self.position: int = self._snapshot.one("SELECT coalesce(max(position), 0) FROM journal")

    def close(self) -> None:
        """End the snapshot."""
        self._snapshot.close()

    def count(self, after: int) -> int:
        """Return how many owners changed past a position of the journal."""
        count: int = self._snapshot.one("SELECT count(*) FROM journal WHERE position > ?", after)
        return count

    def owners(self, kind: str, after: int, more: Iterable[str] = ()) -> Iterator[list[str]]:
        """Yield the keys of a kind that changed past a position, and `more`, sorted, in runs."""
        if after and self.count(after) <= _FEW:
            found = {
                key
                for key, of in self._snapshot.rows("SELECT key, kind FROM journal WHERE position > ?", after)
                if of == kind
            }
            keys = iter(sorted(found | set(more)))
        else:
            sql = "SELECT key FROM journal WHERE kind = ? AND position > ? ORDER BY key"
            listed = (key for (key,) in self._snapshot.rows(sql, kind, after))
            extra = set(more)
            keys = (key for key in _chain_new(listed, extra))
        while run := list(islice(keys, _AT_ONCE)):
            yield run

    def keys(self, after: int, more: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield kinds and runs of `owners` in the order in which they are pushed.

        `more` are facts, which may still be added while owners of earlier kinds are looked at.
        """
        for kind in KINDS:
            for keys in self.owners(kind, after, more if kind == "fact" else ()):
                yield kind, keys

    def elements(self, kind: str, keys: Sequence[str]) -> Owned:
        """Return the elements of owners; none for one that is gone."""
        made = dict(_MAKERS[kind](self._snapshot, self.names, keys))
        return [(key, made.get(key, [])) for key in keys]

    def facts_citing(self, claims: Sequence[str]) -> set[str]:
        """Return the facts believed now that rest on one of these claims: they carry a quote and the sources' names."""
        return facts_citing(self._snapshot, claims)

    def dimensions(self, kind: str) -> int | None:
        """Return how long the vectors of chunks or facts are; `None` when there is none."""
        length: int | None = self._snapshot.one("SELECT length(vector) / 4 FROM vectors WHERE kind = ? LIMIT 1", kind)
        return length


def _chain_new(listed: Iterator[str], extra: set[str]) -> Iterator[str]:
    for key in listed:
        extra.discard(key)
        yield key
    yield from sorted(extra)
