"""`kgfuse push`, and the push after `ingest` and `forget`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.config import load_settings
from tests.graph.neo4j.pushing import Made, assert_parity, made, rows
from tests.support.neo4j_server import Neo4jAccess, free_port


@pytest.fixture
def home(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "one.txt").write_text("2020-01-05\n\nJane Roe is the chief executive of Acme Energy.\n", "utf-8")
    (docs / "two.txt").write_text("2021-03-01\n\nTom Poe works for Acme Energy.\n", "utf-8")
    return tmp_path


def kgfuse(home: Path, access: Neo4jAccess, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KGFUSE_")},
        "KGFUSE_NEO4J_URI": access.uri,
        "KGFUSE_NEO4J_USER": access.user,
        "KGFUSE_NEO4J_PASSWORD": access.password,
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-m", "kgfuse", *map(str, arguments)],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert access.password not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_ingest_ends_with_the_graph_in_neo4j_and_forget_takes_it_out(home: Path, neo4j_empty: Neo4jAccess) -> None:
    done = kgfuse(home, neo4j_empty, "ingest", "docs", "-j", "1")
    assert done.returncode == 0, done.stderr
    assert "Neo4j: " in done.stdout
    query = "MATCH (p:Person)-[r:CHIEF_EXECUTIVE_OF]->(o {name: 'Acme Energy'}) RETURN p.name AS name, r.kb AS kb"
    assert rows(neo4j_empty, query) == [{"name": "Jane Roe", "kb": "kgfuse"}]
    assert rows(neo4j_empty, "MATCH (c:Chunk) WHERE c.embedding IS NULL RETURN c") == []
    told = as_json(kgfuse(home, neo4j_empty, "forget", "one.txt", "--json"))
    assert told["push"]["nodes_removed"] > 0
    assert rows(neo4j_empty, query) == []
    again = as_json(kgfuse(home, neo4j_empty, "push", "--json"))
    assert (again["nodes_written"], again["repaired"]) == (0, None)
    assert as_json(kgfuse(home, neo4j_empty, "push", "--verify", "--json"))["repaired"] == 0
    base = Made(home / "kgfuse.db", neo4j_empty)
    assert_parity(base, neo4j_empty)
    base.close()


def test_a_push_that_fails_leaves_the_ledger_whole_and_says_so(home: Path, neo4j_empty: Neo4jAccess) -> None:
    nowhere = f"bolt://127.0.0.1:{free_port()}"
    done = kgfuse(home, neo4j_empty, "ingest", "docs", "-j", "1", KGFUSE_NEO4J_URI=nowhere)
    assert done.returncode == 1
    assert "2 documents" in done.stdout
    assert "Neo4j is not" in done.stderr
    assert "kgfuse push" in done.stderr
    told = as_json(kgfuse(home, neo4j_empty, "ingest", "docs", "-j", "1", "--json", KGFUSE_NEO4J_URI=nowhere))
    assert (told["unchanged"], told["push"]["error"]) == (2, "DatabaseUnreachable")
    wrong = kgfuse(home, neo4j_empty, "push", KGFUSE_NEO4J_PASSWORD="wrong-secret")
    assert wrong.returncode == 1
    assert "wrong-secret" not in wrong.stdout + wrong.stderr
    assert kgfuse(home, neo4j_empty, "push", "--to", "localhost").returncode == 2
    assert kgfuse(home, neo4j_empty, "push", "--kb", "absent.db").returncode == 2
    assert not (home / "absent.db").exists()
    assert kgfuse(home, neo4j_empty, "ingest", "docs", "-j", "1", "--no-push").returncode == 0
    assert rows(neo4j_empty, "MATCH (n) RETURN n") == []
    caught_up = kgfuse(home, neo4j_empty, "push", "--to", neo4j_empty.uri, KGFUSE_NEO4J_URI=nowhere)
    assert caught_up.returncode == 0, caught_up.stderr
    assert rows(neo4j_empty, "MATCH (d:Document) RETURN count(d) AS documents") == [{"documents": 2}]


def test_the_python_face_pushes(home: Path, neo4j_empty: Neo4jAccess) -> None:
    with made(home / "x.db", neo4j_empty) as base:
        settings = Settings(neo4j=base.settings)
    with KnowledgeBase.open(home / "x.db", settings=settings) as kb:
        assert kb.push().kb == "x"
        assert not kb.push(to=neo4j_empty.uri).any


def test_the_names_that_people_try_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kgfuse.toml").write_text('[neo4j]\nuri = "bolt://file:1"\nkb = "from-file"\nuser = "f"\n', "utf-8")
    for name, value in {"URI": "bolt://short:1", "PASSWORD": "secret-word"}.items():
        monkeypatch.setenv(f"KGFUSE_NEO4J_{name}", value)
    found = load_settings().neo4j
    assert (found.uri, found.user, found.kb) == ("bolt://short:1", "f", "from-file")
    assert found.password is not None
    assert found.password.get_secret_value() == "secret-word"
    assert "secret-word" not in repr(load_settings())
    monkeypatch.setenv("KGFUSE_NEO4J__URI", "bolt://long:1")
    assert load_settings().neo4j.uri == "bolt://long:1"
    assert load_settings(neo4j={"uri": "bolt://given:1"}).neo4j.uri == "bolt://given:1"
