"""What stands in a Neo4j server's home before it starts: its configuration and its first password."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_PASSWORD_ROUNDS = 1024


def write_configuration(home: Path, bolt: int, http: int, settings: Mapping[str, str]) -> None:
    """Write neo4j.conf: loopback alone, authentication on, nothing reported to anybody; `settings` win over ours."""
    ours = {
        "server.default_listen_address": "127.0.0.1",
        "server.default_advertised_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{bolt}",
        "server.bolt.advertised_address": f"127.0.0.1:{bolt}",
        "server.http.listen_address": f"127.0.0.1:{http}",
        "server.http.advertised_address": f"127.0.0.1:{http}",
        "dbms.security.auth_enabled": "true",
        "dbms.security.auth_max_failed_attempts": "0",  # tests of wrong passwords lock nobody out
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "db.tx_log.preallocate": "false",
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",  # else every stop takes ten seconds
    }
    conf = home / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    lines = (f"{name}={value}\n" for name, value in {**ours, **settings}.items())
    (conf / "neo4j.conf").write_text("".join(lines), "utf-8")


def set_initial_password(home: Path, password: str) -> None:
    """Write what `neo4j-admin dbms set-initial-password` writes, without a password on a command line.

    Only the first start over a home reads it.
    """
    file = home / "data" / "dbms" / "auth.ini"
    file.parent.mkdir(parents=True, exist_ok=True)
    salt = secrets.token_bytes(32)
    digest = salt + password.encode("utf-8")
    for _ in range(_PASSWORD_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    with _private(file) as descriptor:
        os.write(descriptor, f"neo4j:SHA-256,{digest.hex()},{salt.hex()},{_PASSWORD_ROUNDS}:\n".encode())


@contextmanager
def _private(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
