"""What documents say is data: stored as it is, never run."""

from __future__ import annotations

import ast
from dataclasses import replace
from email.header import Header
from pathlib import Path

import pytest

import kgfuse.graph.neo4j
from kgfuse import KnowledgeBase, Settings
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.push import push
from kgfuse.model import Datatype, Literal
from kgfuse.ontology import builtin_ontology
from tests.graph.neo4j.pushing import assert_parity, assert_same, made, rows, target
from tests.support.made import entity, fact, graph
from tests.support.neo4j_server import Neo4jAccess

HOSTILE = [
    "`) DETACH DELETE n //",
    "x`]->() MATCH (n) DETACH DELETE n //",
    "'}) MATCH (n) DETACH DELETE n RETURN ({a: '",
    '"}) CALL apoc.load.json("http://example.org") //',
    "\\u0027}) MATCH (n) DETACH DELETE n //",
    "$kb {{}} ${name} %s %(x)s {0}",
    "a\x00b\x01\x1f\x7f",
    "🦊👩‍👩‍👧‍👦 ｎａｍｅ Ω̈ \u202egnirts\u2066",
    "line\nbreak\r\n\ttab\u2028\u2029",
    "RETURN 1; DROP DATABASE neo4j",
    "é" * 10_000,
    "🦊" * 10_000,
    "word " * 2_000,
    " ",
]


def test_a_hostile_corpus_is_stored_as_it_is(tmp_path: Path, neo4j_empty: Neo4jAccess) -> None:
    rows(neo4j_empty, "CREATE (:Canary {name: 'alive'})")
    entities = [
        entity(f"{name}", text, f"alias {name}") for name, text in zip(HOSTILE, HOSTILE[1:] + HOSTILE[:1], strict=True)
    ]
    facts = [
        fact(one, relation, value)
        for one, relation in zip(entities, HOSTILE, strict=True)
        for value in (entities[0], Literal(relation, Datatype.STRING, relation, relation))
    ]
    facts = [replace(item, reason=HOSTILE[0], qualifiers=((HOSTILE[1], HOSTILE[2]),)) for item in facts]
    mirrored = [
        fact(one, "status", Literal(text, Datatype.STRING, text)) for one, text in zip(entities, HOSTILE, strict=True)
    ]
    with made(tmp_path / "kb.db", neo4j_empty, "name` of {kb} '\"") as base:
        base.write(graph(entities, [*facts, *mirrored]))
        assert base.push().repaired is None
        assert_parity(base, neo4j_empty)
        assert not base.push().any
        held = rows(
            neo4j_empty,
            "MATCH (e:Entity) RETURN e.id AS id, coalesce(e.full_name, e.name) AS name, e.type AS type, e.status AS status",
        )
        assert {str(row["id"]): (row["name"], row["type"], row["status"]) for row in held} == {
            item.id: (item.name, item.type, text) for item, text in zip(entities, HOSTILE, strict=True)
        }
        said = {
            row["relation"] for row in rows(neo4j_empty, "MATCH ()-[r:RELATED_TO]->() RETURN r.relation AS relation")
        }
        assert said == set(HOSTILE)
        types = {str(row["type"]) for row in rows(neo4j_empty, "MATCH ()-[r]->() RETURN DISTINCT type(r) AS type")}
        assert types == {"RELATED_TO", "STATUS"}
        assert rows(neo4j_empty, "MATCH (n:Canary) RETURN n.name AS name") == [{"name": "alive"}]


def test_headings_tables_and_mails_of_a_hostile_corpus_are_stored_as_they_are(
    tmp_path: Path, neo4j_empty: Neo4jAccess
) -> None:
    rows(neo4j_empty, "CREATE (:Canary {name: 'alive'})")
    docs, path = tmp_path / "docs", tmp_path / "kb.db"
    docs.mkdir()
    printable = [text.strip() for text in HOSTILE if text.isprintable() and text.strip() and len(text) < 100]
    for number, text in enumerate(printable):
        table = f"Table 1: {text}\n\n| {text.replace('|', '/')} | n |\n| --- | --- |\n| 12 | 4 |\n"
        (docs / f"{number}.md").write_text(f"# {text}\n\nJane Roe founded Acme in 1999.\n\n{table}", "utf-8")
        head = f"From: jane@acme.example\nMessage-ID: <{number}@acme.example>\nDate: Wed, 03 Mar 2021 12:00:00 +0200\n"
        subject = f"Subject: {Header(text, 'utf-8').encode()}\nContent-Type: text/plain; charset=utf-8\n"
        (docs / f"{number}.eml").write_text(f"{head}{subject}\n{text}\n\nJane Roe left Acme in 2004.\n", "utf-8")
    goal = target(neo4j_empty, "name` of {docs} '\"")
    with KnowledgeBase.open(path, settings=Settings(kb=path, jobs=1)) as base:
        summary = base.ingest(docs)
    assert summary.read == 2 * len(printable)
    assert push(path, builtin_ontology(), goal).repaired is None
    assert_same(path, goal, builtin_ontology(), neo4j_empty)
    titles = {str(row["title"]) for row in rows(neo4j_empty, "MATCH (d:Document) RETURN d.title AS title")}
    assert len(titles & set(printable)) >= len(printable) - 2, "Markdown takes some signs for its own"
    (tables,) = rows(neo4j_empty, "MATCH (:Document)-[:HAS_PART]->(t:Table) RETURN count(t) AS n")
    assert tables["n"] == len(printable)
    assert rows(neo4j_empty, "MATCH (n:Canary) RETURN n.name AS name") == [{"name": "alive"}]


@pytest.mark.parametrize("name", ["", "a b", "a`b", "1a", "a-b", "é", "a\n", "A) DELETE (n", *HOSTILE])
def test_no_such_name_comes_into_a_query(name: str) -> None:
    with pytest.raises(ValueError, match="may stand in a query"):
        schema.cypher("MATCH (n:<label>) RETURN n", label=name)


def test_every_name_of_the_ontology_may_stand_in_a_query() -> None:
    names = schema.names_of(builtin_ontology())
    for name in (*names.labels.values(), *names.fact_types, *names.mirrored.values()):
        assert schema.checked_name(name) == name


# ------------------------------------------------------------------------------------------------------- static check

_FOLDER = Path(kgfuse.graph.neo4j.__file__).parent
_MODULES = sorted(_FOLDER.rglob("*.py"))
_WORDS = (
    "MATCH (",
    "MERGE (",
    "MERGE (",
    "CREATE (",
    "UNWIND ",
    "CALL ",
    "DETACH DELETE",
    "RETURN ",
    "CREATE CONSTRAINT",
)
_RUNNERS = {"run", "execute_query", "_run", "_read", "_stream", "_pages"}


def _constants(module: ast.Module) -> set[str]:
    """Names of the module's constants: what may be put together into a query before anything was read."""
    named: set[str] = set()
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
        named |= {item.id for item in targets if isinstance(item, ast.Name) and item.id.isupper()}
    return named


def _is_query(text: str) -> bool:
    return any(word in text for word in _WORDS)


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.stem)
def test_no_query_is_built_from_data(path: Path) -> None:
    """Texts with Cypher in them are put together from constants only, and what is run is a name, never an expression.

    What `schema.cypher` returns is made of a constant and of checked names; that its template is a literal text, and so
    is every query that reaches the driver, mypy sees to (`LiteralString`).
    """
    module = ast.parse(path.read_text("utf-8"))
    constants = _constants(module)
    for item in ast.walk(module):
        if isinstance(item, ast.JoinedStr):
            text = "".join(str(part.value) for part in item.values if isinstance(part, ast.Constant))
            put_in = [part.value for part in item.values if isinstance(part, ast.FormattedValue)]
            if _is_query(text):
                assert all(isinstance(part, ast.Name) and part.id in constants for part in put_in), ast.unparse(item)
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute):
            if item.func.attr in ("format", "replace", "join", "format_map") and isinstance(
                item.func.value, ast.Constant
            ):
                assert not _is_query(str(item.func.value.value)), ast.unparse(item)
            if item.func.attr in _RUNNERS and item.args:
                query = item.args[0]
                built = isinstance(query, (ast.JoinedStr, ast.BinOp))
                assert not built, ast.unparse(item)
        if isinstance(item, ast.BinOp) and isinstance(item.op, (ast.Mod, ast.Add)):
            for side in (item.left, item.right):
                if isinstance(side, ast.Constant) and isinstance(side.value, str):
                    assert not _is_query(side.value), ast.unparse(item)
