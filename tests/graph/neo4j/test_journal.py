"""The journal: whatever changes in the ledger's file, the elements that follow from it are named."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.feed import KINDS, Feed
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import Ledger
from kgfuse.model import Entity, FusedGraph
from kgfuse.ontology import builtin_ontology
from kgfuse.sqlite import Component, connect
from tests.graph.neo4j.graphs import ACME, CLAIMS, FACTS, MAIL, POE, ROE, RUNS, WHOLE, fill, random_graphs
from tests.graph.neo4j.pushing import Made, made
from tests.support.made import graph

NAMES = schema.names_of(builtin_ontology())
Owners = dict[tuple[str, str], list[Element]]


def changed(path: Path, after: int) -> tuple[Owners, int]:
    """The owners that changed past a position, with their elements, and the position reached."""
    with closing(connect(path, GRAPH)) as connection, closing(Feed(connection, NAMES)) as feed:
        more: set[str] = set()
        found: Owners = {}
        for kind in KINDS:
            for keys in feed.owners(kind, after, more if kind == "fact" else ()):
                for key, elements in feed.elements(kind, keys):
                    found[kind, key] = elements
                if kind == "claim":
                    more |= feed.facts_citing(keys)
        return found, feed.position


def kinds(path: Path, after: int) -> set[str]:
    return {kind for kind, _ in changed(path, after)[0]}


@pytest.fixture
def base(tmp_path: Path) -> Made:
    base = Made(tmp_path / "kb.db")
    fill(base.ledger)
    base.write(WHOLE)
    return base


def test_nothing_changes_when_nothing_is_written(base: Made) -> None:
    _, position = changed(base.path, 0)
    base.write(WHOLE)
    assert changed(base.path, position) == ({}, position)
    base.close()


def test_one_changed_fact_is_told_alone(base: Made) -> None:
    _, position = changed(base.path, 0)
    base.write(graph(list(WHOLE.entities), [replace(RUNS, confidence=0.5), *FACTS[1:]], CLAIMS))
    (owner,) = changed(base.path, position)[0]
    assert owner == ("fact", RUNS.id)
    base.close()


def test_vectors_replaced_count_as_changes(base: Made) -> None:
    chunk = MAIL.chunks[0].id
    for number in (1.0, 2.0):
        _, position = changed(base.path, 0)
        base.store.put_vectors("chunk", "m", [(chunk, np.array([number, 0.0], dtype=np.float32))])
        assert list(changed(base.path, position)[0]) == [("chunk", chunk)]
    base.close()


def test_a_forgotten_document_leaves_no_word_in_the_journal(base: Made) -> None:
    _, position = changed(base.path, 0)
    base.ledger.forget(MAIL.document.id)
    base.write(graph([], []))
    gone, _ = changed(base.path, position)
    assert {kind for kind, _ in gone} == {"entity", "chunk", "claim", "document", "attachment", "fact"}
    with closing(sqlite3.connect(base.path)) as connection:
        tables = ("journal", "literal_values", "pushed", "pushed_sums")
        kept = [str(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
    assert "12400000" in "".join(kept), "its history stays: no document that it rests on was forgotten"
    assert not [row for row in kept if "Roe" in row or "Acme" in row]
    base.close()


def test_a_literal_value_goes_with_the_last_version_that_has_it(base: Made) -> None:
    with closing(sqlite3.connect(base.path)) as connection:
        assert connection.execute("SELECT count(*) FROM literal_values").fetchone() == (2,)
        connection.execute("DELETE FROM fact_versions WHERE relation = 'revenue'")
        assert connection.execute("SELECT key FROM literal_values").fetchall() == [('["quantity","450","employee"]',)]
    base.close()


def test_a_ledger_of_the_first_version_counts_as_changed_whole(tmp_path: Path) -> None:
    old, path = Component("graph", GRAPH.migrations[:1]), tmp_path / "old.db"
    with Ledger.open(path) as ledger:
        fill(ledger)
        with closing(connect(path, old)) as connection:
            for table in (
                "former_entities (id, name, type, aliases, mentions, members)",
                "former_names (entity_id, name, folded)",
            ):
                connection.execute(f"CREATE TEMP TABLE {table}")  # there were none
            store = EmbeddedGraphStore(path, connection)
            store.write(WHOLE, Made(tmp_path / "clock.db").now)
            store.write(graph([ACME, POE], [FACTS[1]], CLAIMS[1:]), Made(tmp_path / "clock2.db").now)
    with Ledger.open(path), EmbeddedGraphStore.open(path) as store:
        assert store.entity(ACME.id) == ACME
        owners, _ = changed(path, 0)
        assert {kind for kind, _ in owners} == set(KINDS) - {"relation"}  # worked out by the next refresh
        assert len(owners["entity", ROE.id]) == 1, "the history refers to her"
        told = {element.key for elements in owners.values() for element in elements}
        assert ("PastFact", RUNS.id) in told


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(random_graphs(), st.sampled_from(["forget", "ingest"])), min_size=2, max_size=6))
def test_what_the_journal_tells_is_enough(steps: list[FusedGraph | str]) -> None:
    """Following the changes gives the same elements as reading everything."""
    with tempfile.TemporaryDirectory() as folder, made(Path(folder) / "kb.db") as base:
        followed: dict[tuple[str, str], list[Element]] = {}
        position, stored = 0, False
        for step in ("ingest", *steps):
            if step == "ingest":
                fill(base.ledger)
                stored = True
            elif step == "forget":
                if stored:
                    base.ledger.forget(MAIL.document.id)
                stored = False
            else:
                assert isinstance(step, FusedGraph)
                base.write(step)
            told, position = changed(base.path, position)
            followed |= told
        whole, _ = changed(base.path, 0)
        assert {k: v for k, v in followed.items() if v} == {k: v for k, v in whole.items() if v}
        keys = [element.key for elements in whole.values() for element in elements]
        assert len(keys) == len(set(keys))


def test_a_former_entity_is_called_as_what_it_became(base: Made) -> None:
    base.write(graph([Entity(ACME.id, "Acme", "Company", (), 1, (ACME.id, ROE.id)), POE], []))
    owners, _ = changed(base.path, 0)
    (former,) = owners["entity", ROE.id]
    assert (former.label, former.properties["name"]) == (schema.FORMER, "Acme")
    base.close()
