"""The corpus in Neo4j: read once a session, one document later than the others, pushed once a module."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from kgfuse import KnowledgeBase, KnowledgeView, Settings
from kgfuse.config import Neo4jSettings
from kgfuse.graph.neo4j.push import push
from kgfuse.ontology import builtin_ontology
from tests.support.corpus_gold import DOCS
from tests.support.neo4j_server import Neo4jAccess, wipe

LATE = "sunnfall-ceo.html"
"""The document that is read after all the others: Astrid Fosse follows Geir Moland at Sunnfall Kraft."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The ledger of the corpus. `since` lies between the two times that documents were read."""

    path: Path
    since: datetime


@dataclass(frozen=True, slots=True)
class Pushed:
    """The corpus in Neo4j, under the name ``corpus``."""

    corpus: Corpus
    access: Neo4jAccess
    settings: Settings


@pytest.fixture(scope="session")
def corpus_read(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """The corpus in a ledger."""
    folder = tmp_path_factory.mktemp("corpus")
    docs = folder / "docs"
    shutil.copytree(DOCS, docs)
    late = (docs / LATE).rename(folder / LATE)
    with KnowledgeBase.open(folder / "corpus.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(docs)
        time.sleep(0.01)
        since = datetime.now(UTC)
        time.sleep(0.01)
        late.rename(docs / LATE)
        kb.ingest(docs)
    return Corpus(folder / "corpus.db", since)


@pytest.fixture(scope="module")
def pushed(corpus_read: Corpus, neo4j: Neo4jAccess) -> Pushed:
    """The corpus in Neo4j, alone there."""
    wipe(neo4j)
    target = Neo4jSettings(uri=neo4j.uri, user=neo4j.user, password=SecretStr(neo4j.password), kb="corpus")
    push(corpus_read.path, builtin_ontology(), target)
    return Pushed(corpus_read, neo4j, Settings(kb=corpus_read.path, neo4j=target))


@pytest.fixture(scope="module")
def file(pushed: Pushed) -> Iterator[KnowledgeBase]:
    """The corpus read from the ledger's file."""
    with KnowledgeBase.open(settings=pushed.settings, read_only=True) as kb:
        yield kb


@pytest.fixture(scope="module")
def view(pushed: Pushed) -> Iterator[KnowledgeView]:
    """The corpus read from Neo4j alone."""
    with KnowledgeView.connect(settings=pushed.settings) as view:
        yield view
