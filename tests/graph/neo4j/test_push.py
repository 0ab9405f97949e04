"""Pushing into a real server: what stands there afterwards, however it came to be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse import KnowledgeBase, Settings
from kgfuse.errors import DatabaseUnreachable, KnowledgeBaseTaken, ParityBroken, SchemaConflict
from kgfuse.graph.ladybug import refresh, run
from kgfuse.graph.neo4j.push import push
from kgfuse.graph.neo4j.schema import VECTOR_NEIGHBOURS
from kgfuse.graph.neo4j.writing import Writer
from kgfuse.model import Entity, FactStatus, FusedGraph
from kgfuse.ontology import builtin_ontology, parse_ontology
from tests.graph.neo4j.graphs import (
    ACME,
    BETA,
    CLAIMS,
    FACTS,
    HEADCOUNT,
    MAIL,
    POE,
    ROE,
    RUNS,
    WHOLE,
    fill,
    random_graphs,
)
from tests.graph.neo4j.pushing import Made, assert_parity, assert_same, made, rows, target
from tests.support.made import fact, graph, validity
from tests.support.neo4j_server import Neo4jAccess


@pytest.fixture
def base(tmp_path: Path, neo4j_empty: Neo4jAccess) -> Iterator[Made]:
    with made(tmp_path / "acme.db", neo4j_empty) as base:
        fill(base.ledger)
        base.write(WHOLE)
        yield base


def test_it_ends_with_the_graph_there_and_a_second_time_writes_nothing(base: Made, neo4j: Neo4jAccess) -> None:
    first = base.push()
    assert (first.kb, first.repaired) == ("acme", None)
    assert (first.nodes, first.relationships) == (first.nodes_written, first.relationships_written)
    assert_parity(base, neo4j)
    again = base.push()
    assert not again.any
    assert (again.nodes, again.relationships) == (first.nodes, first.relationships)
    (who,) = rows(
        neo4j,
        "MATCH (p:Person)-[r:CHIEF_EXECUTIVE_OF {status: 'accepted'}]->(o:Company {name: $name}) "
        "RETURN p.name AS name, r.valid_from AS since, r.valid_to AS until, r.quote AS quote, r.sources AS sources",
        name=ACME.name,
    )
    assert who == {
        "name": "Jane Roe",
        "since": "2019-03",
        "until": "2021-06",
        "quote": "Jane Roe chief executive of Acme.",
        "sources": ["source 0"],
    }


def test_provenance_and_layout_can_be_followed(base: Made, neo4j: Neo4jAccess) -> None:
    base.push()
    (way,) = rows(
        neo4j,
        "MATCH (f:Fact {id: $id})-[:SUPPORTED_BY]->(c:Claim)-[:READ_IN]->(k:Chunk)<-[:HAS_CHUNK]-(s:Section)"
        "<-[:HAS_SECTION]-(:Section)<-[:HAS_SECTION]-(d:Document)-[:HAS_ATTACHMENT]->(a:Document) "
        "RETURN d.name AS document, a.name AS attachment, s.name AS section, c.quote AS quote",
        id=RUNS.id,
    )
    assert way == {
        "document": "mail.txt",
        "attachment": "note.txt",
        "section": "mail.txt",
        "quote": "Jane Roe chief executive of Acme.",
    }
    mentioned = rows(neo4j, "MATCH (:Chunk)-[:MENTIONS]->(e:Entity {id: $id}) RETURN count(*) AS chunks", id=ACME.id)
    assert mentioned == [{"chunks": 2}]


def test_accepted_values_are_mirrored_with_their_units(base: Made, neo4j: Neo4jAccess) -> None:
    base.push()
    query = "MATCH (e:Entity {id: $id}) RETURN e.revenue AS revenue, e.revenue_unit AS unit, e.employee_count AS staff"
    assert rows(neo4j, query, id=ACME.id) == [{"revenue": 12400000, "unit": "EUR", "staff": 450}]
    base.write(graph(list(WHOLE.entities), [f for f in FACTS if f != HEADCOUNT], CLAIMS))
    base.push()
    assert rows(neo4j, query, id=ACME.id) == [{"revenue": 12400000, "unit": "EUR", "staff": None}]
    gone = rows(neo4j, "MATCH ()-[r:EMPLOYEE_COUNT]->(v:Value) RETURN r.current AS current, v.name AS value")
    assert gone == [{"current": False, "value": "450 employee"}]


def test_only_what_changed_is_written(base: Made, neo4j: Neo4jAccess) -> None:
    base.push()
    base.write(graph(list(WHOLE.entities), [replace(RUNS, confidence=0.5), *FACTS[1:]], CLAIMS))
    second = base.push()
    # the fact's node, its new version, and the old one, which is closed
    assert (second.nodes_written, second.relationships_written) == (1, 2)
    assert (second.nodes_removed, second.relationships_removed) == (0, 0)
    versions = rows(neo4j, "MATCH ()-[r:CHIEF_EXECUTIVE_OF {fact_id: $id}]->() RETURN r.current AS current", id=RUNS.id)
    assert sorted(str(row["current"]) for row in versions) == ["False", "True"]
    assert_parity(base, neo4j)


def test_retraction_merging_and_forgetting_propagate(base: Made, neo4j: Neo4jAccess) -> None:
    base.push()
    merged = Entity(ACME.id, "Acme", "Company", (), 2, (ACME.id, ROE.id))
    base.write(graph([merged, POE], [FACTS[1]], CLAIMS[1:]))
    base.push()
    assert_parity(base, neo4j)
    former = rows(neo4j, "MATCH (e:Entity:Former {id: $id}) RETURN labels(e) AS labels, e.name AS name", id=ROE.id)
    assert former == [{"labels": ["Entity", "Former"], "name": "Acme"}]
    assert rows(neo4j, "MATCH (f:PastFact {id: $id}) RETURN f.subject AS subject", id=RUNS.id) == [{"subject": ROE.id}]
    base.ledger.forget(MAIL.document.id)  # with its attachment: everything that rests on them goes, history and all
    base.write(graph([], []))
    last = base.push()
    assert_parity(base, neo4j)
    assert last.nodes_removed
    left = rows(neo4j, "MATCH (n) WHERE n.kb = 'acme' AND any(name IN keys(n) WHERE n[name] = 'Jane Roe') RETURN n")
    assert left == []


def test_vectors_arrive_and_the_index_follows_their_length(base: Made, neo4j: Neo4jAccess) -> None:
    chunk = MAIL.chunks[0].id
    for length in (4, 8):
        vector = np.ones(length, dtype=np.float32) / np.float32(np.sqrt(length))
        base.store.put_vectors("chunk", f"model {length}", [(chunk, vector)])
        base.push()
        assert_parity(base, neo4j)
        hits = rows(
            neo4j,
            "CALL db.index.vector.queryNodes('kgfuse_chunk_embedding', 1, $vector) YIELD node RETURN node.id AS id",
            vector=vector.tolist(),
        )
        assert hits == [{"id": chunk}]


def test_a_vector_index_of_an_earlier_version_is_made_anew(base: Made, neo4j: Neo4jAccess) -> None:
    vector = np.eye(1, 4, dtype=np.float32)[0]
    base.store.put_vectors("chunk", "m", [(MAIL.chunks[0].id, vector)])
    base.push()
    rows(neo4j, "DROP INDEX kgfuse_chunk_embedding")
    rows(
        neo4j,
        "CREATE VECTOR INDEX kgfuse_chunk_embedding FOR (n:Chunk) ON (n.embedding) OPTIONS {indexConfig: "
        "{`vector.dimensions`: 4, `vector.similarity_function`: 'cosine'}}",
    )
    base.store.put_vectors("chunk", "m", [(MAIL.chunks[0].id, vector[::-1])])
    base.push()
    assert_parity(base, neo4j)
    show = (
        "SHOW INDEXES YIELD name, options WHERE name = 'kgfuse_chunk_embedding' "
        "RETURN options.indexConfig['vector.hnsw.m'] AS m"
    )
    assert rows(neo4j, show) == [{"m": VECTOR_NEIGHBOURS}]
    query = "CALL db.index.vector.queryNodes('kgfuse_chunk_embedding', 1, $vector) YIELD node RETURN node.id AS id"
    assert rows(neo4j, query, vector=[0.0, 0.0, 0.0, 1.0]) == [{"id": MAIL.chunks[0].id}]


def test_a_vector_index_of_somebody_else_stays(base: Made, neo4j: Neo4jAccess) -> None:
    rows(
        neo4j,
        "CREATE VECTOR INDEX kgfuse_chunk_embedding FOR (n:Product) ON (n.vec) OPTIONS {indexConfig: "
        "{`vector.dimensions`: 4, `vector.similarity_function`: 'cosine'}}",
    )
    base.store.put_vectors("chunk", "m", [(MAIL.chunks[0].id, np.eye(1, 4, dtype=np.float32)[0])])
    with pytest.raises(SchemaConflict, match="kgfuse_chunk_embedding"):
        base.push()
    show = "SHOW INDEXES YIELD name, labelsOrTypes WHERE name = 'kgfuse_chunk_embedding' RETURN labelsOrTypes"
    assert rows(neo4j, show) == [{"labelsOrTypes": ["Product"]}]


def test_entities_carry_vectors_too(base: Made, neo4j: Neo4jAccess) -> None:
    base.store.put_vectors("entity", "m", [(ACME.id, np.eye(1, 4, dtype=np.float32)[0])])
    base.push()
    assert_parity(base, neo4j)
    query = "CALL db.index.vector.queryNodes('kgfuse_entity_embedding', 1, $vector) YIELD node RETURN node.id AS id"
    assert rows(neo4j, query, vector=[1.0, 0.0, 0.0, 0.0]) == [{"id": ACME.id}]


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(random_graphs(), st.sampled_from(["forget", "ingest"])), min_size=1, max_size=4))
def test_any_history_ends_in_parity(neo4j: Neo4jAccess, steps: list[FusedGraph | str]) -> None:
    with tempfile.TemporaryDirectory() as folder, made(Path(folder) / f"h{folder[-8:]}.db", neo4j) as base:
        fill(base.ledger)
        for step in steps:
            if step == "ingest":
                fill(base.ledger)
            elif step == "forget":
                if any(base.ledger.documents()):
                    base.ledger.forget(MAIL.document.id)
            else:
                assert isinstance(step, FusedGraph)
                base.write(step)
            assert base.push().repaired is None, "what the journal told was enough"
        assert_parity(base, neo4j)


# ------------------------------------------------------------------------------------------------------- interruption


def test_interrupted_at_any_transaction_and_repeated(
    tmp_path: Path, neo4j: Neo4jAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before or after any transaction; then the ledger changes; then the next push finishes both."""
    whole = Writer._transact
    calls = 0
    stop_at: tuple[int, bool] | None = None

    def transact(self: Writer, statements: object) -> object:
        nonlocal calls
        calls += 1
        if stop_at == (calls, False):
            raise DatabaseUnreachable("cut before")
        answers = whole(self, statements)  # type: ignore[arg-type]
        if stop_at == (calls, True):
            raise DatabaseUnreachable("cut after")
        return answers

    monkeypatch.setattr(Writer, "_transact", transact)
    second = graph([ACME, POE, replace(ROE, type="City")], [replace(RUNS, confidence=0.5), FACTS[1]], CLAIMS)
    with made(tmp_path / "count.db", neo4j, batch_bytes=2000, concurrency=1) as base:
        fill(base.ledger)
        base.write(WHOLE)
        base.push()
        first_calls, calls = calls, 0
        base.write(second)
        base.push()
        assert_parity(base, neo4j)
        second_calls = calls
    assert first_calls > 5
    assert second_calls > 2
    for cut in range(1, first_calls + second_calls + 1):
        for after in (False, True):
            with made(tmp_path / f"cut{cut}{after}.db", neo4j, batch_bytes=2000, concurrency=1) as base:
                fill(base.ledger)
                base.write(WHOLE)
                calls, stop_at = 0, (cut, after)
                if cut <= first_calls:
                    with pytest.raises(DatabaseUnreachable):
                        base.push()
                    base.write(second)
                else:
                    base.push()
                    base.write(second)
                    with pytest.raises(DatabaseUnreachable):
                        base.push()
                stop_at = None
                base.push()
                assert_parity(base, neo4j)
                assert not base.push().any


# ------------------------------------------------------------------------------------------------------------- repair


@pytest.mark.parametrize(
    "harm",
    [
        "MATCH (n) DETACH DELETE n",
        "MATCH (n:Entity) DETACH DELETE n",
        "MATCH (k:KnowledgeBase) DELETE k",
        "MATCH ()-[r:CHIEF_EXECUTIVE_OF]->() DELETE r",
        "MATCH ()-[r:SUPPORTED_BY]->() DELETE r",
        "MATCH (e:Entity) SET e.checksum = 5",
        "CREATE (:Entity {kb: 'acme', id: 'entity:stray', checksum: 1})",
        "CREATE (:Entity {kb: 'acme', name: 'no id'})",
        "MATCH (a:Entity), (b:Entity) WHERE a <> b CREATE (a)-[:REVENUE {kb: 'acme', id: 'x' + a.id + b.id}]->(b)",
        "MATCH (c:Chunk)-[m:MENTIONS]->(e) CREATE (c)-[n:MENTIONS]->(e) SET n = properties(m)",
    ],
)
def test_a_target_that_somebody_harmed_is_put_right(base: Made, neo4j: Neo4jAccess, harm: str) -> None:
    base.push()
    rows(neo4j, harm)
    base.push()
    assert_parity(base, neo4j)
    assert not base.push().any


@pytest.mark.parametrize(
    "harm",
    [
        "MATCH (e:Entity {name: 'Jane Roe'}) SET e.name = 'Somebody'",
        "MATCH (e:Entity {name: 'Jane Roe'}) SET e:Company",
        "MATCH (e:Entity {name: 'Jane Roe'}) REMOVE e:Person",
        "MATCH ()-[r:WORKS_FOR]->() SET r.confidence = 1.0",
    ],
)
def test_verify_finds_what_no_sum_tells(base: Made, neo4j: Neo4jAccess, harm: str) -> None:
    base.push()
    rows(neo4j, harm)
    rows(neo4j, "MATCH (e:Entity {name: 'Tom Poe'}) SET e:Admired")
    assert base.push().repaired is None
    assert base.push(verify=True).repaired == 1
    assert_parity(base, neo4j)
    assert base.push(verify=True).repaired == 0
    assert rows(neo4j, "MATCH (e:Admired) RETURN e.name AS name") == [{"name": "Tom Poe"}], (
        "a label of the user's stays"
    )


def test_parity_that_does_not_come_is_told(base: Made, neo4j: Neo4jAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    base.push()
    rows(neo4j, "MATCH ()-[r:WORKS_FOR]->() DELETE r")
    monkeypatch.setattr(Writer, "put", lambda *_: None)  # writes that do not arrive
    with pytest.raises(ParityBroken, match="WORKS_FOR: 1 expected, 0 found"):
        base.push()
    monkeypatch.undo()
    base.push()
    assert_parity(base, neo4j)


# ------------------------------------------------------------------------------------------------------- several bases


def test_several_knowledge_bases_live_in_one_database(base: Made, neo4j: Neo4jAccess, tmp_path: Path) -> None:
    base.push()
    with made(tmp_path / "other.db", neo4j) as other:
        fill(other.ledger)
        other.write(graph([ACME, BETA], [fact(ACME, "acquired", BETA, validity("2020"))]))
        other.push()
        assert_parity(other, neo4j)
        other.write(graph([], []))
        other.push()
        assert_parity(other, neo4j)
    assert_parity(base, neo4j)
    assert not base.push().any


def test_a_name_that_another_ledger_holds_is_refused_and_taken_over_on_demand(
    base: Made, neo4j: Neo4jAccess, tmp_path: Path
) -> None:
    base.push()
    with made(tmp_path / "again.db", neo4j, "acme") as other:
        other.write(graph([ACME], []))
        with pytest.raises(KnowledgeBaseTaken, match="acme") as told:
            other.push()
        assert "--verify" in told.value.hint
        assert_parity(base, neo4j)
        other.push(verify=True)
        assert_parity(other, neo4j)
        assert not other.push().any


def test_a_ledger_restored_from_a_copy_catches_up(base: Made, neo4j: Neo4jAccess, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    base.ledger._connection.execute("VACUUM INTO ?", (str(copy),))
    base.push()
    base.write(graph([ACME], []))
    base.push()
    with made(copy, neo4j, "acme") as restored:
        restored.push()
        assert_parity(restored, neo4j)


def test_another_ontology_gives_other_types(base: Made, neo4j: Neo4jAccess) -> None:
    base.push()
    assert rows(neo4j, "MATCH ()-[r:RELATED_TO]->() RETURN r.relation AS relation") == [{"relation": "sing_with"}]
    base.ontology = parse_ontology(
        "extends: builtin\ntypes: {Document: null}\nrelations: {sing_with: {}, mentions: {}}"
    )
    base.push()
    assert rows(neo4j, "MATCH ()-[r:SING_WITH]->() RETURN r.status AS status") == [
        {"status": FactStatus.ACCEPTED.value}
    ]
    assert rows(neo4j, "MATCH ()-[r:RELATED_TO]->() RETURN r") == []
    assert_parity(base, neo4j)
    base.ontology = builtin_ontology()
    base.push()
    assert_parity(base, neo4j)


def test_what_documents_are_made_of_and_how_they_hang_together(tmp_path: Path, neo4j_empty: Neo4jAccess) -> None:
    base_path, docs = tmp_path / "kb.db", tmp_path / "docs"
    docs.mkdir()
    words = " ".join(f"word{number} and more" for number in range(60))
    for name, site in (("one", "a.example"), ("two", "b.example")):
        head = f"<html><head><title>A release</title><link rel='canonical' href='https://{site}/x'></head>"
        (docs / f"{name}.html").write_text(f"{head}<body><article><p>{words}.</p></article></body></html>", "utf-8")
    question = "From: Jane Roe <jane@acme.example>\nTo: Tom Poe <tom@acme.example>\nSubject: Wheels\n"
    question += "Date: Wed, 03 Mar 2021 12:00:00 +0200\nMessage-ID: <q@acme.example>\n\nAre there wheels?\n"
    answer = "From: Tom Poe <tom@acme.example>\nTo: Jane Roe <jane@acme.example>\nCc: Ann Lee <ann@acme.example>\n"
    answer += "Subject: Re: Wheels\nDate: Wed, 03 Mar 2021 13:00:00 +0200\nMessage-ID: <a@acme.example>\n"
    answer += "In-Reply-To: <q@acme.example>\n\nThere are.\n\nTable 1: Wheels\n\n| size | number |\n| 12 | 4 |\n"
    (docs / "q.eml").write_text(question, "utf-8")
    (docs / "a.eml").write_text(answer, "utf-8")
    (docs / "t.md").write_text("# Stock\n\n| size | number |\n| --- | --- |\n| 12 | 4 |\n", "utf-8")
    target_ = target(neo4j_empty, "layout")
    with KnowledgeBase.open(base_path, settings=Settings(kb=base_path, jobs=1)) as kb:
        kb.ingest(docs)
    push(base_path, builtin_ontology(), target_)
    assert_same(base_path, target_, builtin_ontology(), neo4j_empty)
    (mail,) = rows(
        neo4j_empty,
        "MATCH (a:Document)-[:REPLIES_TO]->(q:Document) RETURN a.sent_by AS who, a.copied_to AS others, q.sent_on AS when",
    )
    assert mail == {
        "who": "Tom Poe <tom@acme.example>",
        "others": ["Ann Lee <ann@acme.example>"],
        "when": "2021-03-03T12:00:00+02:00",
    }
    (alike,) = rows(neo4j_empty, "MATCH (:Document)-[r:SAME_AS]->(:Document) RETURN r.likeness AS likeness")
    assert float(str(alike["likeness"])) >= 0.9
    (table,) = rows(
        neo4j_empty, "MATCH (d:Document)-[:HAS_PART]->(t:Table) WHERE d.uri ENDS WITH 't.md' RETURN t.name AS name"
    )
    assert table == {"name": "size | number"}
    assert not push(base_path, builtin_ontology(), target_).any
    (docs / "q.eml").unlink()
    (docs / "two.html").unlink()
    with KnowledgeBase.open(base_path, settings=Settings(kb=base_path, jobs=1)) as kb:
        for name in ("q.eml", "two.html"):
            kb.forget(name)
        kept = refresh(base_path, "layout", builtin_ontology())
    found = run(kept, "MATCH (:Document)-[:HAS_PART]->(t:`Table`) RETURN t.name AS name", {}, limit=10, seconds=30.0)
    assert ("size | number",) in found.rows
    assert push(base_path, builtin_ontology(), target_).repaired is None
    assert_same(base_path, target_, builtin_ontology(), neo4j_empty)
    assert rows(neo4j_empty, "MATCH ()-[r:REPLIES_TO|SAME_AS]->() RETURN count(r) AS n") == [{"n": 0}]
