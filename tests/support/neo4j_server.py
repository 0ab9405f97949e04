"""A real Neo4j Community on free loopback ports, started from its jars: for tests, benchmarks and `make neo4j`.

    with Neo4jServer() as server, server.access.driver() as driver:
        driver.execute_query("RETURN 1")

Its home is temporary unless one is named, its password random unless one is given. It dies with the process that
started it, however that ends: a watch on a pipe kills it and removes its temporary home.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from tests.support.neo4j_home import set_initial_password, write_configuration
from tests.support.neo4j_jars import jars, java

_OPENED = ("java.nio", "sun.nio.ch", "java.lang", "java.io", "java.util", "java.util.concurrent", "jdk.internal.misc")
_SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_START_SECONDS = 120
_STOP_SECONDS = 60
_TRIES = 3
# What the watch runs: the end of its input is the end of whoever started the server.
_WATCH = 'read -r _; kill -9 "$1" 2>/dev/null; test -z "$2" || { sleep 0.5; rm -rf -- "$2"; }'


class Neo4jStartFailed(RuntimeError):
    """The server ended or did not answer; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Neo4jAccess:
    """Where a running server is and how to get in. `http` is the Browser's address, empty when it is not known."""

    uri: str
    user: str
    password: str = field(repr=False)
    http: str = ""

    @property
    def auth(self) -> tuple[str, str]:
        """User and password, as the driver takes them."""
        return (self.user, self.password)

    def driver(self) -> neo4j.Driver:
        """Return a driver of its own, to be closed by the caller."""
        return neo4j.GraphDatabase.driver(self.uri, auth=self.auth)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the server may take, in the JVM's and Neo4j's own notation."""

    heap: str = "1g"
    page_cache: str = "128m"


class Neo4jServer:
    """One server: `start`, `stop` (as an operator does), `kill` (as a crash does), `restart`, `close`.

    `settings` are lines of neo4j.conf that are added to ours, by name; `restart(settings=…)` replaces them. Ports of 0
    are chosen anew by the first start and kept from then on. `short_lived` starts sooner and runs slower: for tests, not
    for measurements. Raises Neo4jMissing when there are no jars.
    """

    def __init__(
        self,
        *,
        home: Path | None = None,
        password: str | None = None,
        settings: Mapping[str, str] | None = None,
        memory: Memory | None = None,
        bolt_port: int = 0,
        http_port: int = 0,
        short_lived: bool = False,
    ) -> None:
        self._lib = jars()
        self._temporary = home is None
        self.home = Path(tempfile.mkdtemp(prefix="kgfuse-neo4j-")) if home is None else home
        self._password = password or secrets.token_urlsafe(24)
        self._settings = dict(settings or {})
        self._memory = memory or Memory()
        self._asked_ports = (bolt_port, http_port)
        self._jvm = _SHORT_LIVED if short_lived else ()
        self._ports: tuple[int, int] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def access(self) -> Neo4jAccess:
        """Where it is; known once it was started, and the same after a restart."""
        if self._ports is None:
            raise RuntimeError("the server was never started")
        bolt, http = self._ports
        return Neo4jAccess(f"bolt://127.0.0.1:{bolt}", "neo4j", self._password, f"http://127.0.0.1:{http}")

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> Neo4jAccess:
        """Start it and return when it answers queries and serves the Browser. Raises Neo4jStartFailed."""
        if self.pid is not None:
            return self.access
        for tried in range(_TRIES):
            if self._ports is None:
                self._ports = tuple(port or free_port() for port in self._asked_ports)  # type: ignore[assignment]
            self._launch()
            try:
                self._await()
            except Neo4jStartFailed as failed:
                self.kill()
                chosen_by_us = 0 in self._asked_ports
                if tried + 1 == _TRIES or not chosen_by_us or "already in use" not in str(failed):
                    raise
                self._ports = None  # somebody took the port between our look and the server's
            else:
                break
        return self.access

    def stop(self) -> None:
        """End it in order: transactions are rolled back, a checkpoint is written."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self, *, settings: Mapping[str, str] | None = None) -> Neo4jAccess:
        """Stop it when it runs and start it again, over the same data and on the same ports."""
        self.stop()
        if settings is not None:
            self._settings = dict(settings)
        return self.start()

    def admin(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``neo4j-admin`` over its home, in `folder`; most commands want the server stopped."""
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        return subprocess.run(
            [java() or "java", *opened, "-cp", f"{self._lib}/*", "org.neo4j.cli.AdminTool", *arguments],
            cwd=folder,
            env={**os.environ, "NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
            capture_output=True,
            text=True,
            check=False,
        )

    def close(self) -> None:
        """End it for good; a temporary home goes as well."""
        if self._temporary:
            self.kill()
            shutil.rmtree(self.home, ignore_errors=True)
        else:
            self.stop()

    def wait(self) -> int:
        """Wait until it ends by itself; return its exit status."""
        return self._process.wait() if self._process is not None else 0

    def log(self, lines: int = 60) -> str:
        """Return the end of what it said, and every warning of its debug log."""
        said = [
            line
            for name in ("console.log", "logs/neo4j.log")
            for line in _lines(self.home / name)[-lines:]
        ]  # fmt: skip
        warned = [line for line in _lines(self.home / "logs" / "debug.log") if " WARN " in line or " ERROR " in line]
        return "\n".join([*said, *warned[-lines:]])

    # ------------------------------------------------------------------------------------------------------- the way

    def _launch(self) -> None:
        bolt, http = self._ports or (0, 0)
        memory = {"server.memory.pagecache.size": self._memory.page_cache}
        write_configuration(self.home, bolt, http, {**memory, **self._settings})
        set_initial_password(self.home, self._password)
        with (self.home / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is ours; we end the server
            )
        doomed = str(self.home) if self._temporary else ""
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "neo4j-watch", str(self._process.pid), doomed],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _command(self) -> list[str]:
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        return [
            java() or "java",
            *opened,
            *self._jvm,
            f"-Xms{'128m' if self._jvm else self._memory.heap}",  # as Neo4j advises: a heap that grows collects all the time
            f"-Xmx{self._memory.heap}",
            "-XX:+ExitOnOutOfMemoryError",
            "-Dfile.encoding=UTF-8",
            "-cp",
            f"{self.home / 'plugins'}/*:{self._lib}/*",  # as Neo4j's own script does: extensions of plugins start with it
            "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={self.home}",
            f"--config-dir={self.home / 'conf'}",
        ]

    def _await(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self.pid is None:
                raise Neo4jStartFailed(f"Neo4j ended with status {self.wait()}:\n{self.log()}")
            if _serves(self.access.http) and self._answers():
                return
            time.sleep(0.1)
        raise Neo4jStartFailed(f"Neo4j did not answer within {_START_SECONDS} s:\n{self.log()}")

    def _answers(self) -> bool:
        try:
            with self.access.driver() as driver:
                driver.execute_query("RETURN 1")
        except AuthError as error:
            raise Neo4jStartFailed(f"the data in {self.home} was made with another password") from error
        except (DriverError, Neo4jError):
            return False
        return True

    def _end(self, by: signal.Signals) -> None:
        if self._watch is not None:  # first, so that it never meets a number that the system gave away again
            self._watch.kill()
            self._watch.communicate()
            self._watch = None
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(by)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wipe(access: Neo4jAccess) -> None:
    """Remove everything from the default database: nodes, constraints, indexes."""
    with access.driver() as driver, driver.session() as session:
        session.run("MATCH (node) CALL (node) { DETACH DELETE node } IN TRANSACTIONS OF 10000 ROWS").consume()
        for record in list(session.run("SHOW CONSTRAINTS YIELD name")):
            session.run(f"DROP CONSTRAINT {_quoted(record['name'])} IF EXISTS").consume()
        for record in list(session.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name")):
            session.run(f"DROP INDEX {_quoted(record['name'])} IF EXISTS").consume()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _serves(http: str) -> bool:
    try:
        with urllib.request.urlopen(http, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
