"""The Neo4j that tests run against: the version, its limits, how it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from neo4j.exceptions import AuthError, ServiceUnavailable

from tests.support import neo4j_jars
from tests.support.neo4j_fixture import absent, provided
from tests.support.neo4j_jars import ROOT, Neo4jMissing
from tests.support.neo4j_server import Neo4jAccess, Neo4jServer, Neo4jStartFailed, wipe


def _count(access: Neo4jAccess) -> int:
    with access.driver() as driver:
        count: int = driver.execute_query("MATCH (node) RETURN count(node)").records[0].value()
    return count


def test_it_is_the_version_that_users_get(neo4j: Neo4jAccess) -> None:
    with neo4j.driver() as driver:
        component = driver.execute_query("CALL dbms.components()").records[0].data()
    assert component["edition"] == "community"
    if "KGFUSE_TEST_NEO4J_URI" not in os.environ:
        assert component["versions"] == ["5.26.0"]
    assert "image: neo4j:5.26.0-community" in (ROOT / "docker-compose.yml").read_text("utf-8")
    assert neo4j_jars.POM.read_text("utf-8").count("<version>5.26.0</version>") == 2


def test_a_wrong_password_is_refused_and_none_is_shown(neo4j: Neo4jAccess) -> None:
    assert neo4j.password not in repr(neo4j)
    wrong = Neo4jAccess(neo4j.uri, neo4j.user, "not the password")
    with wrong.driver() as driver, pytest.raises(AuthError):
        driver.execute_query("RETURN 1")


def test_vectors_full_text_and_constraints_work_and_a_wipe_leaves_nothing(neo4j_empty: Neo4jAccess) -> None:
    with neo4j_empty.driver() as driver:
        for statement in (
            "CREATE CONSTRAINT `odd ``name` FOR (n:Thing) REQUIRE (n.kb, n.id) IS UNIQUE",
            "CREATE CONSTRAINT related FOR ()-[r:RELATED_TO]-() REQUIRE (r.kb, r.id) IS UNIQUE",
            "CREATE VECTOR INDEX vectors FOR (n:Thing) ON n.embedding"
            " OPTIONS {indexConfig: {`vector.dimensions`: 2, `vector.similarity_function`: 'cosine'}}",
            "CREATE FULLTEXT INDEX texts FOR (n:Thing) ON EACH [n.name]",
            "CREATE (:Thing {kb: 'a', id: '1', name: 'brown fox', embedding: [1.0, 0.0]})-[:RELATED_TO]->(:Thing)",
            "CALL db.awaitIndexes(60)",
        ):
            driver.execute_query(statement)
        near = "CALL db.index.vector.queryNodes('vectors', 1, [0.9, 0.1]) YIELD node RETURN node.name"
        assert driver.execute_query(near).records[0].value() == "brown fox"
        found = "CALL db.index.fulltext.queryNodes('texts', 'fox') YIELD node RETURN node.name"
        assert driver.execute_query(found).records[0].value() == "brown fox"
        wipe(neo4j_empty)
        assert _count(neo4j_empty) == 0
        assert driver.execute_query("SHOW CONSTRAINTS").records == []
        assert {record["type"] for record in driver.execute_query("SHOW INDEXES").records} <= {"LOOKUP"}


@pytest.mark.slow
@pytest.mark.usefixtures("neo4j_java")
def test_it_is_killed_restarted_and_leaves_nothing_behind() -> None:
    with Neo4jServer(short_lived=True) as server:
        access, home = server.access, server.home
        with access.driver() as driver:
            driver.execute_query("CREATE (:Thing)")
            server.kill()
            assert server.pid is None
            with pytest.raises(ServiceUnavailable):
                driver.verify_connectivity()
            assert server.start() == access
            assert _count(access) == 1
            server.restart(settings={"server.databases.default_to_read_only": "true"})
            with pytest.raises(Exception, match="read-only"):
                driver.execute_query("CREATE (:Thing)")
    assert server.pid is None
    assert not home.exists()


@pytest.mark.usefixtures("neo4j_java")
def test_a_start_that_fails_shows_the_log() -> None:
    with pytest.raises(Neo4jStartFailed, match=r"no\.such\.setting"), Neo4jServer(settings={"no.such.setting": "1"}):
        pytest.fail("it started")


@pytest.mark.slow
def test_a_port_in_use_is_said(neo4j: Neo4jAccess, neo4j_java: None) -> None:
    port = int(neo4j.uri.rpartition(":")[2])
    with pytest.raises(Neo4jStartFailed, match="already in use"), Neo4jServer(bolt_port=port, short_lived=True):
        pytest.fail("it started")


_STARTER = """
import sys, time
from tests.support.neo4j_server import Neo4jServer
server = Neo4jServer(short_lived=True)
server.start()
print(server.pid, server.home, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("neo4j_java")
def test_it_dies_with_whoever_started_it() -> None:
    with subprocess.Popen([sys.executable, "-c", _STARTER], cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid, home = starter.stdout.readline().split()
        assert _alive(int(pid))
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    deadline = time.monotonic() + 20
    while (_alive(int(pid)) or Path(home).exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(int(pid))
    assert not Path(home).exists()


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        return status.exists() and status.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ---------------------------------------------------------------------------------------------- when there is nothing


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Java, Maven and Docker."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KGFUSE_NEO4J_LIB", str(tmp_path / "lib"))
    for name in ("JAVA_HOME", "KGFUSE_TEST_NEO4J_URI", "CI"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing")
def test_without_a_server_tests_skip_with_the_command_that_provides_one() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"make neo4j-jars.*docker.*KGFUSE_TEST_NEO4J_URI"), provided():
        pytest.fail("there was one")


@pytest.mark.usefixtures("nothing")
def test_in_ci_they_fail_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make neo4j-jars"), provided():
        pass
    with pytest.raises(pytest.fail.Exception, match="for a reason"):
        absent("for a reason")


def test_jars_without_maven_are_missing_with_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KGFUSE_NEO4J_LIB", str(tmp_path / "lib"))
    monkeypatch.setattr(neo4j_jars, "java", lambda: "java")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Neo4jMissing, match="there is no mvn"):
        neo4j_jars.jars()


def test_jars_are_complete_or_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stand-in for Maven writes a jar, and fails half-way when told; jars of an older pom are replaced."""
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text('#!/bin/sh\nfor a in "$@"; do case $a in -DoutputDirectory=*) d=${a#*=};; esac; done\n'
                     'echo jar > "$d/a.jar"; test ! -e "$FAILS" || { echo cannot resolve; exit 1; }\n')  # fmt: skip
    maven.chmod(0o755)
    lib, fails = tmp_path / "cache" / "lib", tmp_path / "fails"
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")
    monkeypatch.setenv("KGFUSE_NEO4J_LIB", str(lib))
    monkeypatch.setenv("FAILS", str(fails))
    monkeypatch.setattr(neo4j_jars, "java", lambda: "java")
    fails.touch()
    with pytest.raises(Neo4jMissing, match="cannot resolve"):
        neo4j_jars.jars()
    assert list(lib.parent.iterdir()) == []
    fails.unlink()
    assert neo4j_jars.jars() == lib
    assert re.fullmatch(r"[0-9a-f]{64}", (lib / ".complete").read_text("utf-8"))
    (lib / ".complete").write_text("of another pom", "utf-8")
    (lib / "old.jar").touch()
    neo4j_jars.jars()
    assert not (lib / "old.jar").exists()
    assert list(lib.parent.iterdir()) == [lib]
