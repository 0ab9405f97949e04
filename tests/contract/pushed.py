"""The graph written to the ledger's file, pushed, and read from Neo4j alone: a GraphStore for the contract suite."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, LiteralString

from pydantic import SecretStr

from kgfuse.config import Neo4jSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.neo4j.push import push
from kgfuse.graph.neo4j.reader import Neo4jGraph
from kgfuse.graph.neo4j.records import Record
from kgfuse.graph.schema import GRAPH
from kgfuse.model import FusedGraph
from kgfuse.ontology import load_ontology
from kgfuse.protocols import Changes
from kgfuse.sqlite import connect
from tests.support.neo4j_server import Neo4jAccess

if TYPE_CHECKING:
    import neo4j

    from kgfuse.protocols import Vectors


def target(access: Neo4jAccess, kb: str) -> Neo4jSettings:
    """The settings for a knowledge base called `kb` on the tests' server."""
    return Neo4jSettings(uri=access.uri, user=access.user, password=SecretStr(access.password), kb=kb)


class PushedStore(Neo4jGraph):
    """Writes go to the file; before anything is read, what changed there is pushed."""

    def __init__(self, embedded: EmbeddedGraphStore, driver: neo4j.Driver, settings: Neo4jSettings) -> None:
        super().__init__(driver, settings, settings.kb or "")
        self._embedded = embedded
        self._journal = connect(embedded.path, GRAPH, read_only=True, check_same_thread=False)
        self._pushing = Lock()
        self._reached = -1

    @classmethod
    @contextmanager
    def over(cls, embedded: EmbeddedGraphStore, access: Neo4jAccess) -> Iterator[PushedStore]:
        """A store under a name of its own on the tests' server."""
        with access.driver() as driver:
            store = cls(embedded, driver, target(access, f"contract-{uuid.uuid4().hex[:12]}"))
            try:
                yield store
            finally:
                store._journal.close()

    def write(self, graph: FusedGraph, recorded_at: datetime) -> Changes:
        """Write to the file."""
        return self._embedded.write(graph, recorded_at)

    def put_vectors(self, kind: str, model: str, vectors: Sequence[tuple[str, Vectors]]) -> None:
        """Write to the file."""
        self._embedded.put_vectors(kind, model, vectors)

    def missing_vectors(self, kind: str, model: str) -> list[tuple[str, str]]:
        """Ask the file: only who embeds needs to know."""
        return self._embedded.missing_vectors(kind, model)

    def _read(self, cypher: LiteralString, /, **parameters: object) -> list[Record]:
        self._catch_up()
        return super()._read(cypher, **parameters)

    def _catch_up(self) -> None:
        with self._pushing:
            ((reached,),) = self._journal.execute("SELECT coalesce(max(position), 0) FROM journal").fetchall()
            if reached != self._reached:
                push(self._embedded.path, load_ontology(None), self._settings, driver=self._driver)
                self._reached = reached
