"""The Neo4j that a test session runs against: one named by the environment, else our own, else one from Docker.

Tests take the fixtures `neo4j` (a `Neo4jAccess`, the same server for the whole session), `neo4j_empty` (the same, wiped
first) and `neo4j_java` (asks only that `Neo4jServer` can be started here: for tests that stop, kill and restart one).
`KGFUSE_TEST_NEO4J_URI`, with `KGFUSE_TEST_NEO4J_USER` and `KGFUSE_TEST_NEO4J_PASSWORD`, names a server whose default
database the tests may empty; it must be empty when they begin, or `KGFUSE_TEST_NEO4J_WIPE=1` says that it may be wiped.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from neo4j.exceptions import DriverError, Neo4jError

from tests.support.neo4j_jars import PROVIDE, ROOT, Neo4jMissing, jars
from tests.support.neo4j_server import Neo4jAccess, Neo4jServer, free_port, wipe

_DOCKER_SECONDS = 600
_INSTEAD = "docker (compose pulls neo4j), or KGFUSE_TEST_NEO4J_URI with _USER and _PASSWORD"
# The end of its input is the end of the test session.
_WATCH = 'read -r _; exec docker compose --file "$1" --project-name "$2" down --volumes'


@pytest.fixture(scope="session")
def neo4j() -> Iterator[Neo4jAccess]:
    """The session's Neo4j; started when the first test asks for it."""
    with provided() as access:
        yield access


@pytest.fixture
def neo4j_empty(neo4j: Neo4jAccess) -> Neo4jAccess:
    """The session's Neo4j with nothing in its database: no node, no constraint, no index."""
    wipe(neo4j)
    return neo4j


@pytest.fixture(scope="session")
def neo4j_java() -> None:
    """Skip, or fail in CI, when `Neo4jServer` cannot be started on this machine."""
    try:
        jars()
    except Neo4jMissing as missing:
        absent(f"no Neo4j to start and stop: {missing}")


@contextmanager
def provided() -> Iterator[Neo4jAccess]:
    """Provide a Neo4j, skipping the test when there is no way to, and failing it when CI is set."""
    uri = os.environ.get("KGFUSE_TEST_NEO4J_URI")
    if uri:
        yield _named(uri)
        return
    try:
        server = Neo4jServer(short_lived=True)
    except Neo4jMissing as missing:
        if not _docker_runs():
            absent(f"no Neo4j to test against: {missing}; or {_INSTEAD}")
    else:
        with server:
            yield server.access
        return
    with _docker() as access:
        yield access


def absent(why: str) -> None:
    """Skip a test, saying what it lacks and what would provide it; in CI that is a failure."""
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail(why)
    pytest.skip(why)


def _named(uri: str) -> Neo4jAccess:
    user = os.environ.get("KGFUSE_TEST_NEO4J_USER", "neo4j")
    access = Neo4jAccess(uri, user, os.environ.get("KGFUSE_TEST_NEO4J_PASSWORD", ""))
    if os.environ.get("KGFUSE_TEST_NEO4J_WIPE") == "1":
        wipe(access)
    with access.driver() as driver:
        count = driver.execute_query("MATCH (node) RETURN count(node)").records[0].value()
    if count:
        pytest.fail(f"{uri} holds {count} nodes, and the tests would remove them: KGFUSE_TEST_NEO4J_WIPE=1 allows it")
    return access


# ------------------------------------------------------------------------------------------------------------- Docker


def _docker_runs() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        asked = [docker, "compose", "ls", "--quiet"]
        return subprocess.run(asked, capture_output=True, timeout=30, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def _docker() -> Iterator[Neo4jAccess]:
    """Start the users' docker-compose.yml under a name and on ports of its own; gone afterwards, volumes too."""
    bolt, http, password = free_port(), free_port(), secrets.token_urlsafe(24)
    file, project = str(ROOT / "docker-compose.yml"), f"kgfuse-test-{os.getpid()}"
    ports = {"NEO4J_BOLT_PORT": str(bolt), "NEO4J_HTTP_PORT": str(http)}
    environment = {**os.environ, **ports, "NEO4J_PASSWORD": password}
    compose = ["docker", "compose", "--file", file, "--project-name", project]
    watch = subprocess.Popen(
        ["/bin/sh", "-c", _WATCH, "neo4j-watch", file, project],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        up = subprocess.run(
            [*compose, "up", "--detach", "--wait"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_DOCKER_SECONDS,
            check=False,
        )
        if up.returncode:
            absent(f"no Neo4j to test against: {PROVIDE}; Docker could not start it: {up.stderr[-2000:]}")
        access = Neo4jAccess(f"bolt://127.0.0.1:{bolt}", "neo4j", password, f"http://127.0.0.1:{http}")
        _await(access)
        yield access
    finally:
        watch.communicate()  # closes its input: it takes everything down, and we wait for it


def _await(access: Neo4jAccess, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with access.driver() as driver:
                driver.execute_query("RETURN 1")
        except (DriverError, Neo4jError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
