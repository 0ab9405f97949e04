"""A driver from the settings, and Neo4j's errors turned into ours.

The password comes from the settings (``KGFUSE_NEO4J_PASSWORD``), a file or the system's keyring (service ``kgfuse``, the
user's name; extra ``keyring``); it is held as a secret and stands in no message and no log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kgfuse.config import Neo4jSettings
from kgfuse.errors import (
    ConfigurationError,
    CredentialsRejected,
    DatabaseReadOnly,
    DatabaseTooOld,
    DatabaseUnknown,
    DatabaseUnreachable,
    GraphStoreError,
    QueryFailed,
    SchemaConflict,
    TransactionMemoryFull,
)

if TYPE_CHECKING:
    from neo4j import Driver

OLDEST_SERVER = (5, 23)
"""Vector indexes came with 5.13 and their settings with 5.23; relationship uniqueness came in 5.7."""

_SCHEMES = frozenset(f"{name}{tls}" for name in ("neo4j", "bolt") for tls in ("", "+s", "+ssc"))
_ADDRESS_HINT = "Write it as neo4j://host:7687 or bolt://host:7687 (neo4j+s://, bolt+s:// for TLS)."
_KEYRING_SERVICE = "kgfuse"
_LONGEST_MESSAGE = 300
_MEMORY = (
    "MemoryPoolOutOfMemoryError",
    "TransactionOutOfMemoryError",
    "StackOverFlowError",
    "OutOfMemoryError",
    "MaximumTransactionLimitReached",
)
_READ_ONLY = ("ReadOnly", "Security.Forbidden", "AccessMode", "NotALeader", "General.WriteOnReadOnly")
_CREDENTIALS = (
    "Security.Unauthorized",
    "Security.AuthenticationRateLimit",
    "Security.CredentialsExpired",
    "TokenExpired",
)
_UNREACHABLE = (
    "DatabaseUnavailable",
    "Cluster.",
    "General.TransientError",
    "Transaction.Terminated",
    "LockClientStopped",
)


def open_driver(settings: Neo4jSettings) -> Driver:
    """Return a driver that has spoken to the server and knows it new enough; the caller closes it.

    Raises ConfigurationError (no URI, or an unreadable one), DatabaseUnreachable, CredentialsRejected or DatabaseTooOld.
    """
    import neo4j

    if settings.uri is None:
        raise ConfigurationError("no Neo4j is configured", hint="Set KGFUSE_NEO4J_URI, or give --to URI.")
    _check_address(settings.uri)
    secret = password(settings)
    auth = (settings.user, secret) if secret is not None else None
    with graph_errors(settings):
        try:
            driver = neo4j.GraphDatabase.driver(
                settings.uri,
                auth=auth,
                connection_timeout=settings.timeout_seconds,
                connection_acquisition_timeout=4 * settings.timeout_seconds,
                max_transaction_retry_time=settings.retry_seconds,
                notifications_min_severity="OFF",
                user_agent="kgfuse",
            )
        except (ValueError, neo4j.exceptions.ConfigurationError) as error:
            raise ConfigurationError(f"neo4j.uri: {error}", hint=_ADDRESS_HINT) from None
        try:
            driver.verify_connectivity()
            _check_server(driver)
        except BaseException:
            driver.close()
            raise
    return driver


def _check_address(uri: str) -> None:
    parts = urlsplit(uri)
    if parts.username is not None:
        raise ConfigurationError(
            "neo4j.uri names a user", hint="Set KGFUSE_NEO4J_USER and KGFUSE_NEO4J_PASSWORD instead."
        )
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ConfigurationError(f"neo4j.uri: {uri!r} is no address of Neo4j's protocol Bolt", hint=_ADDRESS_HINT)


def _check_server(driver: Driver) -> None:
    agent = driver.get_server_info().agent
    found = re.fullmatch(r"Neo4j/(\d+)\.(\d+).*", agent)
    version = (int(found[1]), int(found[2])) if found else None
    if version is not None and version < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise DatabaseTooOld(f"the server is {agent}; vector indexes with settings need Neo4j {oldest} or later")


def password(settings: Neo4jSettings) -> str | None:
    """Return the password from settings, file or keyring; `None` where there is none. Raises ConfigurationError."""
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is not None:
        try:
            lines = settings.password_file.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise ConfigurationError(f"neo4j.password_file: {settings.password_file}: {reason}") from None
        return lines[0] if lines else ""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(_KEYRING_SERVICE, settings.user)
    except KeyringError:  # no keyring is running here
        return None
    return found


@contextmanager
def graph_errors(settings: Neo4jSettings) -> Iterator[None]:
    """Turn every error of the driver into a leaf of GraphStoreError that says what to do next."""
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        yield
    except Neo4jError as error:
        raise _server_error(error.code or "", error.message or str(error), settings) from error
    except DriverError as error:
        if type(error).__name__ == "UnsupportedServerProduct":
            raise DatabaseTooOld(f"{settings.uri} is no Neo4j that this driver speaks to: {error}") from error
        raise DatabaseUnreachable(f"{settings.uri}: {_one_line(str(error))}") from error
    except OSError as error:  # a name that cannot be resolved, TLS
        raise DatabaseUnreachable(f"{settings.uri}: {error}") from error


def _server_error(code: str, message: str, settings: Neo4jSettings) -> GraphStoreError:
    words = f"{_one_line(message)} ({code})"
    where = f"database {settings.database}" if settings.database else "the database"
    kinds: tuple[tuple[tuple[str, ...], type[GraphStoreError], str], ...] = (
        (
            _CREDENTIALS,
            CredentialsRejected,
            f"{settings.uri} rejects the user {settings.user!r} or the password: {words}",
        ),
        (("DatabaseNotFound",), DatabaseUnknown, f"{settings.uri}: {words}"),
        (_READ_ONLY, DatabaseReadOnly, f"{where} may not be written: {words}"),
        (_MEMORY, TransactionMemoryFull, f"a transaction runs out of memory: {words}"),
        (_UNREACHABLE, DatabaseUnreachable, f"{where} is not available: {words}"),
        (("Error.Schema.",), SchemaConflict, f"the schema of {where} is in the way: {words}"),
    )
    for marks, kind, text in kinds:
        if any(mark in code for mark in marks):
            return kind(text)
    return QueryFailed(words)


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_MESSAGE else words[: _LONGEST_MESSAGE - 1] + "…"
