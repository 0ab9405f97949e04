"""A small change to a large graph: what it looks at and what it leaves to the next push; what facts say of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kgfuse.graph.neo4j import push as pushing_module
from kgfuse.graph.neo4j.parity import Sight
from kgfuse.model import FactStatus
from tests.graph.neo4j.graphs import CLAIMS, FACTS, POE, RUNS, WHOLE, fill
from tests.graph.neo4j.pushing import Made, assert_parity, made, rows
from tests.support.made import graph
from tests.support.neo4j_server import Neo4jAccess


@pytest.fixture
def base(tmp_path: Path, neo4j_empty: Neo4jAccess) -> Iterator[Made]:
    with made(tmp_path / "acme.db", neo4j_empty) as base:
        fill(base.ledger)
        base.write(WHOLE)
        yield base


@pytest.fixture
def large(base: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A graph that counts as large, pushed, and a change that counts as small, waiting."""
    monkeypatch.setattr(pushing_module, "_MANY", 0)
    monkeypatch.setattr(pushing_module, "_FEW", 2)
    base.push()
    base.write(graph(list(WHOLE.entities), [replace(RUNS, confidence=0.5), *FACTS[1:]], CLAIMS))
    return base


def test_a_small_change_compares_counts_and_what_it_wrote(
    large: Made, neo4j: Neo4jAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Sight, "sums", lambda *_: pytest.fail("everything was summed"))
        assert large.push().repaired is None
    assert_parity(large, neo4j)
    with made(large.path.with_name("other.db"), neo4j, "other") as other:  # a second one in the same database
        fill(other.ledger)
        other.write(WHOLE)
        other.push()
    large.write(WHOLE)
    with monkeypatch.context() as patched:
        patched.setattr(Sight, "sums", lambda *_: pytest.fail("everything was summed"))
        assert large.push().repaired is None
    assert_parity(large, neo4j)


@pytest.mark.parametrize(
    "harm",
    [
        "MATCH ()-[r:SUPPORTED_BY]->() WITH r LIMIT 1 DELETE r",
        "CREATE (:Entity {kb: 'acme', id: 'entity:stray', checksum: 1})",
        "CREATE (:Entity {name: 'of somebody else'})",
        "MATCH (k:KnowledgeBase) SET k.position = k.position - 1 WITH k MATCH (e:Entity) SET e.checksum = 5",
        "MATCH (p:Entity {name: 'Jane Roe'}) DETACH DELETE p",
    ],
)
def test_a_small_change_to_a_harmed_target_puts_all_of_it_right(large: Made, neo4j: Neo4jAccess, harm: str) -> None:
    rows(neo4j, harm)
    large.push()
    assert_parity(large, neo4j)


def test_what_a_small_change_does_not_look_at_is_found_by_the_next_push(large: Made, neo4j: Neo4jAccess) -> None:
    rows(neo4j, "MATCH (e:Entity {name: $name}) SET e.checksum = 5", name=POE.name)
    assert large.push().repaired is None
    assert large.push().repaired == 1
    assert_parity(large, neo4j)


def test_a_fact_says_since_when_it_has_its_status_and_which_it_had(base: Made, neo4j: Neo4jAccess) -> None:
    query = "MATCH (f:Fact {id: $id}) RETURN f.status AS status, f.before AS before, left(f.changed_at, 10) AS since"
    steps = [
        (replace(RUNS, confidence=0.5), "", "2024-01-02"),
        (replace(RUNS, status=FactStatus.DISPUTED), RUNS.status.value, "2024-01-04"),
        (replace(RUNS, status=FactStatus.DISPUTED, confidence=0.2), RUNS.status.value, "2024-01-04"),
        (None, "", ""),
        (replace(RUNS, status=FactStatus.DISPUTED), "", "2024-01-07"),
    ]
    for item, before, since in steps:
        base.write(graph(list(WHOLE.entities), [*([item] if item else []), *FACTS[1:]], CLAIMS))
        base.push()
        expected = [{"status": item.status.value, "before": before, "since": since}] if item else []
        assert rows(neo4j, query, id=RUNS.id) == expected
