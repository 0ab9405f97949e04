"""Every question of tests/cases/questions.yaml is answered over Neo4j as it is over the ledger's file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgfuse.config import RetrieveSettings
from kgfuse.model import Answer
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import FactFilter, GraphStore
from kgfuse.retrieve import answer, make_retriever
from tests.contract.pushed import PushedStore
from tests.retrieve.world import cases, citer, make_world
from tests.support.neo4j_server import Neo4jAccess

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def ask(store: GraphStore, question: str, as_of: str | None) -> Answer:
    """Answer a question as of a date."""
    filter = FactFilter(as_of=datetime.fromisoformat(as_of) if as_of else None)
    retriever = make_retriever(store, RetrieveSettings())
    return answer(question, store, builtin_ontology(), retriever, limit=10, cite=citer(), filter=filter, now=NOW)


@pytest.mark.slow
def test_questions_are_answered_the_same(tmp_path: Path, neo4j: Neo4jAccess) -> None:
    store, ledger = make_world(tmp_path / "kb.db")
    other = {}
    with store, ledger, PushedStore.over(store, neo4j) as pushed:
        for row in cases()["questions"]:
            given, there = (ask(one, row["ask"], row.get("as_of")) for one in (store, pushed))
            if there.text != given.text or there.citations != given.citations or there.period != given.period:
                other[row["ask"]] = (given.text, there.text)
    assert other == {}
