"""`make neo4j`: what people start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.neo4j_command import main, password_of, start
from tests.support.neo4j_jars import ROOT
from tests.support.neo4j_server import Neo4jAccess, free_port

_START = (
    "import sys; from pathlib import Path; from tests.support.neo4j_command import start; sys.exit(start(Path({!r})))"
)


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)


def _started(folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _START.format(str(folder))],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.usefixtures("neo4j_java")
def test_it_prints_how_to_get_in_and_keeps_the_data(tmp_path: Path) -> None:
    ports = {"NEO4J_BOLT_PORT": str(free_port()), "NEO4J_HTTP_PORT": str(free_port())}
    for expected in (0, 1):
        with _started(tmp_path, ports) as running:
            assert running.stdout is not None
            said = dict(running.stdout.readline().split()[-2:] for _ in range(3))
            password = running.stdout.readline().split()[1]
            access = Neo4jAccess(said["Bolt"], said["user"], password, said["Browser"])
            with access.driver() as driver:
                count = driver.execute_query("MATCH (node:Kept) RETURN count(node)").records[0].value()
                assert count == expected
                driver.execute_query("CREATE (:Kept)")
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0


def test_a_password_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    password, made = password_of(tmp_path / "new")
    assert made
    assert len(password) >= 12
    assert (tmp_path / "new" / "password").stat().st_mode & 0o077 == 0
    assert password_of(tmp_path / "new") == (password, True)


def test_a_short_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "short")
    assert start(tmp_path) == 2
    assert "8 characters" in capsys.readouterr().err


def test_without_java_docker_compose_starts_it(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\necho "$NEO4J_PASSWORD $*" > "$(dirname "$0")/called"\n')
    docker.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/bin", "KGFUSE_NEO4J_LIB": str(tmp_path / "lib"), "JAVA_HOME": str(tmp_path)}
    with _started(tmp_path, {**environment, "NEO4J_PASSWORD": "long enough"}) as running:
        assert running.wait(60) == 0
    said = (tmp_path / "called").read_text("utf-8").split()
    assert said[:3] == ["long", "enough", "compose"]
    assert said[-1] == "up"


def test_a_machine_without_any_of_it_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KGFUSE_NEO4J_LIB", str(tmp_path / "lib"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert start(tmp_path) == 1
    assert main(["jars"]) == 1
    assert main(["jars", "--if-possible"]) == 0
    assert main([]) == 2
    assert capsys.readouterr().err.count("make neo4j-jars") == 3
