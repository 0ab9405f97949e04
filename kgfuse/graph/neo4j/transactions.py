"""Read transactions on one knowledge base in Neo4j, with the driver's errors turned into ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, LiteralString, Self

from kgfuse.config import Neo4jSettings
from kgfuse.errors import NotFound
from kgfuse.graph.neo4j import queries
from kgfuse.graph.neo4j.connection import graph_errors, open_driver
from kgfuse.graph.neo4j.records import Record

if TYPE_CHECKING:
    import neo4j

_PAGE = 1000
"""Rows asked for at once when everything is read."""


class Transactions:
    """A driver, a database and the name of a knowledge base in it; every query is a read transaction of its own.

    The driver is closed by `close` only if it was given over with `owned`.
    """

    def __init__(self, driver: neo4j.Driver, settings: Neo4jSettings, kb: str, *, owned: bool = False) -> None:
        self.kb = kb
        self._settings = settings
        self._driver = driver
        self._owned = owned

    @classmethod
    def open(cls, settings: Neo4jSettings, kb: str) -> Self:
        """Open the knowledge base called `kb` in the configured database.

        Raises NotFound when nothing of that name was pushed there, ConfigurationError, or a leaf of GraphStoreError.
        """
        graph = cls(open_driver(settings), settings, kb, owned=True)
        try:
            if not graph._read(queries.KNOWLEDGE_BASE):
                there = [str(record["kb"]) for record in graph._read(queries.KNOWLEDGE_BASES)]
                choices = f"It holds {', '.join(there[:10])}; set KGFUSE_NEO4J__KB." if there else None
                raise NotFound(
                    f"{settings.uri} holds no knowledge base called {kb!r}",
                    hint=choices or "`kgfuse push` brings one there.",
                )
        except BaseException:
            graph.close()
            raise
        return graph

    def close(self) -> None:
        """Close the driver if it is ours."""
        if self._owned:
            self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, cypher: LiteralString, /, **parameters: object) -> list[Record]:
        with graph_errors(self._settings):
            found, _, _ = self._driver.execute_query(
                cypher, {"kb": self.kb, **parameters}, database_=self._settings.database, routing_="r"
            )
        return [record.data() for record in found]

    def _pages(self, query: LiteralString, key: Callable[[Record], str]) -> Iterator[Record]:
        """Read page after page, each beginning after the last key of the one before."""
        after = ""
        while True:
            page = self._read(query, after=after, limit=_PAGE)
            yield from page
            if len(page) < _PAGE:
                return
            after = key(page[-1])
