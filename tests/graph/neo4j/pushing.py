"""What the tests of pushing share: settings for a server, a ledger with a graph, and what Neo4j holds as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import neo4j
from pydantic import SecretStr

from kgfuse.config import Neo4jSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.feed import KINDS, Feed
from kgfuse.graph.neo4j.parity import Found, Sight
from kgfuse.graph.neo4j.push import PushSummary, push
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import Ledger
from kgfuse.model import FusedGraph
from kgfuse.ontology import Ontology, builtin_ontology
from kgfuse.sqlite import connect
from tests.support.neo4j_server import Neo4jAccess

Content = dict[tuple[str, ...], tuple[int, frozenset[str]]]
"""Elements by their keys: checksum and second labels."""


def target(access: Neo4jAccess, kb: str, **more: object) -> Neo4jSettings:
    """Settings for a knowledge base of this name."""
    given = {
        "uri": access.uri,
        "user": access.user,
        "password": SecretStr(access.password),
        "kb": kb,
        "retry_seconds": 2.0,
    }
    return Neo4jSettings.model_validate({**given, **more})


class Made:
    """A ledger at `path` whose graph is written directly; every write is a day later than the one before."""

    def __init__(self, path: Path, access: Neo4jAccess | None = None, kb: str = "", **settings: object) -> None:
        self.path = path
        self.ledger = Ledger.open(path)
        self.store = EmbeddedGraphStore.open(path)
        self.ontology = builtin_ontology()
        self.now = datetime(2024, 1, 1, tzinfo=UTC)
        self.settings = target(access, kb or path.stem, **settings) if access else Neo4jSettings()

    def write(self, graph: FusedGraph) -> None:
        self.now += timedelta(days=1)
        self.store.write(graph, self.now)

    def push(self, *, verify: bool = False) -> PushSummary:
        return push(self.path, self.ontology, self.settings, verify=verify)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@contextmanager
def made(path: Path, access: Neo4jAccess | None = None, kb: str = "", **settings: object) -> Iterator[Made]:
    """A `Made`, closed at the end."""
    with closing(Made(path, access, kb, **settings)) as base:
        yield base


def expected(path: Path, ontology: Ontology) -> Content:
    """Everything that Neo4j should hold, read from the whole ledger without the help of journal positions."""
    with closing(connect(path, GRAPH)) as connection, closing(Feed(connection, schema.names_of(ontology))) as feed:
        return {
            element.key: (element.checksum, frozenset({element.label} - {None}))  # type: ignore[arg-type]
            for kind in KINDS
            for keys in feed.owners(kind, 0)
            for _, elements in feed.elements(kind, keys)
            for element in elements
        }


def found(access: Neo4jAccess, settings: Neo4jSettings, kb: str, ontology: Ontology) -> Content:
    """Everything that Neo4j holds of a knowledge base, the checksums reckoned from the properties."""
    content: Content = {}
    with access.driver() as driver:
        seen: Iterator[Found] = Sight(driver, settings, kb, schema.names_of(ontology)).elements({}, deep=True)
        for item in seen:
            assert item.key is not None
            assert item.key not in content, f"twice: {item.key}"
            content[item.key] = (item.checksum, item.seconds)
    return content


def assert_parity(base: Made, access: Neo4jAccess) -> None:
    """Neo4j holds exactly what the ledger says, element by element."""
    assert_same(base.path, base.settings, base.ontology, access)


def assert_same(path: Path, settings: Neo4jSettings, ontology: Ontology, access: Neo4jAccess) -> None:
    """Neo4j holds exactly what the ledger at `path` says, under the name in the settings."""
    assert found(access, settings, settings.kb or "", ontology) == expected(path, ontology)


def rows(access: Neo4jAccess, query: str, **parameters: object) -> list[dict[str, object]]:
    """Run a query and return its records."""
    with access.driver() as driver, driver.session() as session:
        return [record.data() for record in session.run(neo4j.Query(query), parameters)]
