"""What `make neo4j` and `make neo4j-jars` run.

    python -m tests.support.neo4j_command start                  Neo4j in the foreground, until Ctrl-C
    python -m tests.support.neo4j_command jars [--if-possible]   its jars, resolved once

The data stay in ``.neo4j/home`` (with Docker: in its volume). The password is ``NEO4J_PASSWORD``, else one that is made at
the first start and kept in ``.neo4j/password``. ``NEO4J_BOLT_PORT`` and ``NEO4J_HTTP_PORT`` move the ports.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.support.neo4j_jars import ROOT, Neo4jMissing, jars
from tests.support.neo4j_server import Memory, Neo4jServer, Neo4jStartFailed

_FOLDER = ROOT / ".neo4j"
_SHORTEST_PASSWORD = 8


def main(arguments: list[str]) -> int:
    """Run one of the two commands; return the exit status."""
    if arguments == ["start"]:
        return start()
    if arguments[:1] == ["jars"]:
        try:
            jars()
        except Neo4jMissing as missing:
            _say(f"{missing}")
            return 0 if "--if-possible" in arguments else 1
        return 0
    _say("usage: python -m tests.support.neo4j_command start | jars [--if-possible]")
    return 2


def start(folder: Path = _FOLDER) -> int:
    """Start Neo4j for people, by Java or else by Docker, and return when it ends or is told to."""
    password, made = password_of(folder)
    if len(password) < _SHORTEST_PASSWORD:
        _say(f"NEO4J_PASSWORD is too short: Neo4j wants {_SHORTEST_PASSWORD} characters or more")
        return 2
    bolt = int(os.environ.get("NEO4J_BOLT_PORT") or 7687)
    http = int(os.environ.get("NEO4J_HTTP_PORT") or 7474)
    words = _welcome(bolt, http, password if made else None)
    try:
        server = Neo4jServer(
            home=folder / "home",
            password=password,
            settings={
                "server.default_advertised_address": "localhost",
                "server.bolt.advertised_address": f"localhost:{bolt}",
                "server.http.advertised_address": f"localhost:{http}",
                "dbms.security.auth_max_failed_attempts": "3",
            },
            memory=Memory(heap="2g", page_cache="512m"),
            bolt_port=bolt,
            http_port=http,
        )
    except Neo4jMissing as missing:
        return _by_docker(str(missing), password, words)
    signal.signal(signal.SIGTERM, _end)
    try:
        with server:
            print(words, flush=True)  # noqa: T201
            return server.wait()
    except Neo4jStartFailed as failed:
        _say(f"{failed}")
        if "already in use" in str(failed):
            _say(f"Something listens on {bolt} or {http}: set NEO4J_BOLT_PORT and NEO4J_HTTP_PORT to others.")
        return 1
    except KeyboardInterrupt:
        return 0


def password_of(folder: Path) -> tuple[str, bool]:
    """Return the password and whether we made it; one of ours is kept in `folder`, readable by its owner alone."""
    given = os.environ.get("NEO4J_PASSWORD")
    if given:
        return given, False
    file = folder / "password"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.write(secrets.token_urlsafe(12))
    return file.read_text("utf-8"), True


def _welcome(bolt: int, http: int, password: str | None) -> str:
    secret = "the one in NEO4J_PASSWORD" if password is None else f"{password}   (kept in .neo4j/password)"
    return (
        f"Neo4j Browser   http://localhost:{http}\n"
        f"Bolt            bolt://localhost:{bolt}\n"
        f"user            neo4j\n"
        f"password        {secret}\n"
        "Ctrl-C ends it; the data stay."
    )


def _by_docker(missing: str, password: str, words: str) -> int:
    docker = shutil.which("docker")
    if docker is not None:
        print(words, flush=True)  # noqa: T201
        os.environ["NEO4J_PASSWORD"] = password
        os.execv(docker, [docker, "compose", "--file", str(ROOT / "docker-compose.yml"), "up"])
    _say(f"{missing}; or install Docker")
    return 1


def _end(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
