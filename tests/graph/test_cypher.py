"""Cypher on the embedded copy of the graph: it holds what Neo4j would, follows the ledger, and only reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.config import Settings, load_settings
from kgfuse.cypher import parameters_of, run
from kgfuse.errors import NotFound, QueryFailed, UsageError
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.cypher import Parameters, check_reads_only, used
from kgfuse.graph.ladybug import projection_path, refresh
from kgfuse.ledger import Ledger
from kgfuse.model import Datatype, Fact, Literal
from kgfuse.ontology import builtin_ontology
from tests.support.made import entity, fact, graph, validity

HOSTILE = "x'}) DETACH DELETE n //\\' \" ` \n;\u2028 <b>&amp; \x01 ø 😀, [a|b] " + "y" * 5000
ACME, ROE = entity("Acme", "Organization", "A|B", HOSTILE), entity(HOSTILE, "Person")
RUNS = fact(ROE, "chief_executive_of", ACME, validity("2019-03", "2021-06"))
OPEN = fact(ROE, "shouts_at", ACME)
REVENUE = fact(ACME, "revenue", Literal("x", Datatype.QUANTITY, "1", "EUR"))
DAY = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(kb=tmp_path / "kb.db")


@pytest.fixture
def store(settings: Settings) -> Iterator[EmbeddedGraphStore]:
    Ledger.open(settings.kb).close()
    with EmbeddedGraphStore.open(settings.kb) as store:
        store.write(graph([ACME, ROE], [RUNS, OPEN, REVENUE]), DAY)
        yield store


def ask(
    settings: Settings, query: str, limit: int = 100, seconds: float = 20.0, **parameters: str
) -> list[tuple[object, ...]]:
    return list(run(settings, query, parameters, limit=limit, seconds=seconds).rows)


def test_facts_are_relationships_with_their_time(settings: Settings, store: EmbeddedGraphStore) -> None:
    query = "MATCH (p:Entity)-[r:CHIEF_EXECUTIVE_OF]->(o:Entity {name: $firm, kb: $kb}) "
    ((name, start, end),) = ask(settings, query + "RETURN p.name, r.valid_from, r.valid_to", firm="Acme")
    assert isinstance(name, str)
    assert HOSTILE.startswith(name.removesuffix("…"))
    assert (start, end) == ("2019-03", "2021-06")
    query = "MATCH (:Entity)-[r:RELATED_TO]->(:Entity) RETURN r.relation"
    assert ask(settings, query) == [("shouts_at",)]
    assert ask(settings, "MATCH (:Entity)-[r:REVENUE]->(v:Value) RETURN v.value, v.unit") == [("1", "EUR")]


def test_an_empty_graph_has_no_nodes(settings: Settings) -> None:
    Ledger.open(settings.kb).close()
    EmbeddedGraphStore.open(settings.kb).close()
    assert ask(settings, "MATCH (n) RETURN count(n)") == [(0,)]


def test_a_relation_that_no_fact_has_gives_no_rows(settings: Settings, store: EmbeddedGraphStore) -> None:
    assert ask(settings, "MATCH ()-[r:MAYOR_OF]->(o) RETURN r.valid_from, o.name") == []


def test_names_come_back_as_they_were(settings: Settings, store: EmbeddedGraphStore) -> None:
    ((aliases,),) = ask(settings, "MATCH (o:Entity {name: 'Acme'}) RETURN o.aliases")
    assert isinstance(aliases, list)
    assert sorted(aliases) == sorted(ACME.aliases)


def test_nodes_and_relationships_are_told_apart(settings: Settings, store: EmbeddedGraphStore) -> None:
    ((node, link, path),) = ask(
        settings, "MATCH p = (o:Entity)-[r:REVENUE]->(v:Value) WHERE o.name = 'Acme' RETURN o, r, p"
    )
    assert isinstance(node, dict)
    assert isinstance(link, dict)
    assert isinstance(path, dict)
    assert (node["_labels"], node["id"], link["_type"]) == (["Entity"], ACME.id, "REVENUE")
    assert [one["_labels"] for one in path["nodes"]] == [["Entity"], ["Value"]]
    assert not any(key.startswith("_") for key in link if key != "_type")


def test_it_is_made_once_and_follows_the_ledger(settings: Settings, store: EmbeddedGraphStore) -> None:
    count = "MATCH (:Entity)-[r]->(o) WHERE r.current RETURN count(*)"
    assert ask(settings, count) == [(3,)]
    made = projection_path(settings.kb).stat().st_mtime_ns
    assert ask(settings, count) == [(3,)]
    assert projection_path(settings.kb).stat().st_mtime_ns == made
    store.write(graph([ACME, ROE], [RUNS]), datetime(2024, 1, 2, tzinfo=UTC))
    assert ask(settings, count) == [(1,)]
    assert not list(settings.kb.parent.glob(".kgfuse-*"))


def test_a_broken_projection_is_made_anew(settings: Settings, store: EmbeddedGraphStore) -> None:
    projection_path(settings.kb).write_bytes(b"half a file")
    assert ask(settings, "MATCH (n:Entity) RETURN count(*)") == [(2,)]


def test_many_facts_come_over_whole(settings: Settings, store: EmbeddedGraphStore) -> None:
    facts: list[Fact] = [fact(ROE, "works_for", ACME, validity(str(year))) for year in range(1900, 2020)]
    store.write(graph([ACME, ROE], facts), datetime(2024, 1, 3, tzinfo=UTC))
    assert ask(settings, "MATCH (:Entity)-[r:WORKS_FOR]->(:Entity) RETURN count(DISTINCT r.id)") == [(120,)]
    found = run(settings, "MATCH (:Entity)-[r:WORKS_FOR]->(:Entity) RETURN r.id", {}, limit=7, seconds=20)
    assert (len(found.rows), found.more, found.engine) == (7, True, "ladybug")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("MATCH (n) DELETE n", UsageError),
        ("CREATE (:Entity {id: 'x'})", UsageError),
        ("COPY (MATCH (e:Entity) RETURN e.id) TO 'out.csv'", UsageError),
        ("LOAD FROM 'kb.db' RETURN *", UsageError),
        ("MATCH (n RETURN n", QueryFailed),
        ("MATCH (n:Nothing) RETURN n", QueryFailed),
        ("MATCH (n:Entity) RETURN $missing", UsageError),
        ("", QueryFailed),
        ("UNWIND range(1, 100000000) AS x UNWIND range(1, 1000) AS y RETURN sum(x * y)", QueryFailed),
    ],
)
def test_what_cannot_be_asked(
    settings: Settings, store: EmbeddedGraphStore, query: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.kb.parent)
    with pytest.raises(error):
        ask(settings, query, seconds=0.5)
    assert not Path("out.csv").exists()
    assert ask(settings, "MATCH (n:Entity) RETURN count(*)") == [(2,)]


def test_without_a_knowledge_base_it_says_how_to_make_one(settings: Settings) -> None:
    with pytest.raises(NotFound, match="there is no knowledge base"):
        ask(settings, "MATCH (n) RETURN n")
    assert not settings.kb.exists()


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n {name: 'CREATE TABLE; DELETE me'}) RETURN n",
        'MATCH (n) WHERE n.name = "it\\"s SET" RETURN n',
        "MATCH (n) RETURN n.set, n.create // DELETE",
        "MATCH (n:`Drop`)-[:COPY_OF|`LOAD`]->(m:Create) /* MERGE */ RETURN n",
        "MATCH (n) WHERE n.id = $delete RETURN n",
        "MATCH (n) RETURN n._start AS start",
        "MATCH (n) RETURN n.start AS start",
        "MATCH (n) RETURN n.x AS remove, count(n) AS set ORDER BY n.x",
        "MATCH (n) WITH n.use AS use, 1 AS load MATCH (m) RETURN m",
        "RETURN {set: 1, delete: 'x'} AS create",
        "MATCH (n {import: 1}) RETURN n[0].set, {a: 1}.drop",
        "RETURN 'caf\\u00e9' AS name",
    ],
)
def test_names_and_texts_are_free(query: str) -> None:
    check_reads_only(query)


@given(
    st.sampled_from(["CREATE", "merge", "Set", "DELETE", "Copy", "LOAD", "install"]),
    st.sampled_from([" ", "\n", "\t", ")"]),
)
def test_a_clause_that_writes_is_found_however_it_is_written(word: str, before: str) -> None:
    with pytest.raises(UsageError):
        check_reads_only(f"MATCH (n {{name: 'x'}}){before}{word} n")


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n) \\u0053ET n.x = 1",
        "MATCH (n) WITH n S\\U0045T n.x = 1",
        "MATCH (n) WHERE n.x = '\\u0027 SET n.x = 1 //'",
        "MATCH (n) WITH n. SET n.x = 1",
        "MATCH (n) WITH n, 1. SET n.x = 1",
        "MATCH (n) WITH n, 1.SET n.x = 1",
        "MATCH (n) WITH n, 1_000SET n.x = 1",
        "MATCH (n) WITH n./* */SET n.x = 1",
        "MATCH (n) WITH n ORDER BY n.as SET n.x = 1",
        "MATCH (as) WITH as SET as.x = 1",
        "MATCH (as) WITH as DELETE as",
        "MATCH (n) WITH n, 1 AS as SET n.x = 1",
        "MATCH (n) WITH 1 AS x, n AS set SET set.x = 1",
        "CALL { CREATE (n) }",
        "FOREACH (x IN [1] | SET x = 1)",
        "RETURN 1 AS load LOAD CSV FROM 'x' AS y RETURN y",
    ],
)
def test_no_spelling_hides_a_clause(query: str) -> None:
    with pytest.raises(UsageError):
        check_reads_only(query)


def test_parameters() -> None:
    wanted: Parameters = {"a": 1, "b": 2.5, "c": True, "d": "x=y", "e": "2020-01-01"}
    assert parameters_of(["a=1", "b=2.5", "c=true", "d=x=y", "e=2020-01-01"]) == wanted
    assert used("RETURN $a, '$b' // $c", wanted) == {"a": 1}
    with pytest.raises(UsageError, match="f"):
        used("RETURN $f", wanted)
    for wrong in ("a", "=1", "a b=1"):
        with pytest.raises(UsageError):
            parameters_of([wrong])


def test_an_older_reader_goes_on_reading(settings: Settings, store: EmbeddedGraphStore) -> None:
    import ladybug

    path = refresh(settings.kb, "kb", builtin_ontology())
    with ladybug.Database(str(path), read_only=True) as database, ladybug.Connection(database) as connection:
        store.write(graph([ACME], []), datetime(2024, 1, 4, tzinfo=UTC))
        refresh(settings.kb, "kb", builtin_ontology())
        result = connection.execute("MATCH (n:Entity) RETURN count(*)")
        assert not isinstance(result, list)
        assert result.get_next() == [2]
        result.close()
