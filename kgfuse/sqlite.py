"""SQLite, opened safely: one file (WAL) holds the ledger and the embedded graph, each with its own migrations.

Every commit is synced to the disk (``synchronous=FULL``): a commit follows seconds of reading and extracting, or a paid LLM
reply, so its few milliseconds buy more than they cost. A file that is not ours is recognised by its header before
anything is written.
"""

from __future__ import annotations

import json
import json.encoder
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kgfuse.errors import (
    DiskFull,
    LedgerDamaged,
    LedgerError,
    LedgerLocked,
    LedgerReadOnly,
    LedgerTooNew,
    NotALedger,
    NotFound,
)

Item = TypeVar("Item")

APPLICATION_ID = 0x6B676675
"""``kgfu`` in ASCII; written into the file's header (https://www.sqlite.org/fileformat.html#application_id)."""

_HEADER = b"SQLite format 3\x00"
_BUSY_SECONDS = 5.0

_ERRORS: dict[int, type[LedgerError]] = {
    sqlite3.SQLITE_BUSY: LedgerLocked,
    sqlite3.SQLITE_LOCKED: LedgerLocked,
    sqlite3.SQLITE_READONLY: LedgerReadOnly,
    sqlite3.SQLITE_PERM: LedgerReadOnly,
    sqlite3.SQLITE_CANTOPEN: LedgerReadOnly,
    sqlite3.SQLITE_CORRUPT: LedgerDamaged,
    sqlite3.SQLITE_IOERR: LedgerDamaged,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_NOTADB: NotALedger,
}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the file that has a schema of its own: `migrations[n]` takes it from version n to n + 1."""

    name: str
    migrations: tuple[str, ...]


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file into ours; errors of our own SQL stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        kind = _ERRORS.get(code & 0xFF) if code is not None else None
        if kind is None:
            raise
        raise kind(f"{path}: {error}") from error


def connect(
    path: Path,
    component: Component,
    *,
    read_only: bool = False,
    busy_seconds: float = _BUSY_SECONDS,
    check_same_thread: bool = True,
) -> sqlite3.Connection:
    """Open the file, creating `component` when writing is allowed; a component of an earlier kgfuse is upgraded.

    Reading upgrades as well, by a connection of its own: the first command after an upgrade may well be a question.
    The connection is in autocommit mode; use `transaction`. Raises NotFound (nothing to read there), NotALedger,
    LedgerTooNew, LedgerLocked, LedgerReadOnly, LedgerDamaged or DiskFull, and leaves the file as it was.
    """
    exists = _check_header(path)
    if read_only and not exists:
        raise NotFound(f"no ledger at {path}", hint="`kgfuse ingest ./docs` makes one; --kb names another file.")
    with ledger_errors(path):
        if not read_only:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LedgerReadOnly(f"cannot make the folder {path.parent}: {error.strerror}") from error
        connection = _open(path, read_only, busy_seconds, check_same_thread)
        try:
            if not read_only and not exists:
                connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            _check_version(connection, path, component)
            if read_only:
                if _is_outdated(connection, path, component):
                    connect(path, component, busy_seconds=busy_seconds).close()
            else:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                _migrate(connection, component)
        except BaseException:
            connection.close()
            raise
    return connection


def _check_header(path: Path) -> bool:
    """Return whether the file holds a ledger already; an absent or empty file does not. Raises NotALedger."""
    try:
        if path.is_dir():
            raise NotALedger(f"{path} is a folder")
        with path.open("rb") as stream:
            header = stream.read(72)
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise LedgerReadOnly(f"{path}: its folder is a file") from error
    except OSError as error:
        raise LedgerReadOnly(f"{path}: {error.strerror}") from error
    if not header:
        return False
    if not header.startswith(_HEADER):
        raise NotALedger(f"{path} is no ledger of kgfuse, and no SQLite file at all")
    if len(header) < 72 or struct.unpack(">I", header[68:72])[0] != APPLICATION_ID:
        raise NotALedger(f"{path} is a SQLite file of another program")
    return True


def _open(path: Path, read_only: bool, busy_seconds: float, check_same_thread: bool) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    if not read_only:
        return _configured(
            sqlite3.connect(
                uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=check_same_thread
            )
        )
    for mode in ("?mode=ro", "?immutable=1"):  # a reader of a WAL file needs a writable folder, or the promise of quiet
        connection = sqlite3.connect(
            uri + mode, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=check_same_thread
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            if mode == "?immutable=1" or error.sqlite_errorcode & 0xFF not in (
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_READONLY,
            ):
                raise
        else:
            return _configured(connection)
    raise AssertionError("unreachable")


def _configured(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")  # so that REPLACE fires delete triggers
    return connection


def _versions(connection: sqlite3.Connection) -> dict[str, int]:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'components'").fetchone():
        return {}
    return dict(connection.execute("SELECT name, version FROM components"))


def _check_version(connection: sqlite3.Connection, path: Path, component: Component) -> None:
    version = _versions(connection).get(component.name, 0)
    if version > len(component.migrations):
        raise LedgerTooNew(
            f"{path}: its {component.name} has version {version}; this kgfuse knows up to {len(component.migrations)}"
        )


def _is_outdated(connection: sqlite3.Connection, path: Path, component: Component) -> bool:
    version = _versions(connection).get(component.name, 0)
    if not version:
        raise NotFound(f"{path} holds no {component.name} yet", hint="Run `kgfuse ingest` on it.")
    return version < len(component.migrations)


def _migrate(connection: sqlite3.Connection, component: Component) -> None:
    if _versions(connection).get(component.name, 0) == len(component.migrations):
        return
    with transaction(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS components (name TEXT PRIMARY KEY, version INTEGER NOT NULL)")
        version = _versions(connection).get(component.name, 0)
        for statements in component.migrations[version:]:
            for statement in split_statements(statements):
                connection.execute(statement)
        connection.execute(
            "INSERT INTO components VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
            (component.name, len(component.migrations)),
        )


def split_statements(script: str) -> list[str]:
    """Cut a script into statements (triggers whole): `executescript` would commit the migration's transaction."""
    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    if pending.strip():
        raise ValueError(f"the script ends within a statement: {pending.strip()[:80]}")
    return statements


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run one write transaction: all of it, or (on any exception, Ctrl-C included) nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def encoder(*, sort_keys: bool = False) -> Callable[[Any], str]:
    """Return what writes JSON without spaces, made once: `json.dumps` makes one per call, which costs more than to write.

    What it is given must not hold itself.
    """
    plain = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=sort_keys, separators=(",", ":"))
    make: Callable[..., Callable[[Any, int], tuple[str, ...]]] | None = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # another Python than CPython
        return plain.encode
    chunks = make(None, plain.default, json.encoder.encode_basestring, None, ":", ",", sort_keys, False, True)

    def encode(value: Any) -> str:
        return "".join(chunks(value, 0))

    return encode


pack = encoder()
"""Return JSON without spaces, for a column."""


def placeholders(count: int) -> str:
    """Return ``?, ?, ?``."""
    return ", ".join("?" * count)


def batched(items: Sequence[Item], size: int = 500) -> Iterator[Sequence[Item]]:
    """Cut a sequence into runs short enough for one statement's parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
