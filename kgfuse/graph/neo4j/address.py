"""How a knowledge base in Neo4j is named where a file could be: ``neo4j://host:7687/NAME``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from kgfuse.errors import UsageError

_SCHEME = re.compile(r"(?:neo4j|bolt)(?:\+s|\+ssc)?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is (`uri`, as the driver takes it) and the knowledge base's name in it, if it was said."""

    uri: str
    kb: str | None


def is_address(text: str | None) -> bool:
    """Whether a text names a Neo4j rather than a file."""
    return text is not None and _SCHEME.match(text) is not None


def parse_address(text: str) -> Address:
    """Read ``neo4j://host:port`` (or bolt, +s for TLS) with or without ``/NAME``. Raises UsageError.

    A user or a password is refused, and not repeated: command lines are seen by others and kept.
    """
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageError(f"not the address of a Neo4j: {error}", hint="Write it as neo4j://host:7687.") from None
    if "@" in parts.netloc:
        raise UsageError(
            "an address holds no user and no password",
            hint="Set KGFUSE_NEO4J_USER and KGFUSE_NEO4J_PASSWORD, or neo4j.password_file.",
        )
    routing = f"?{parts.query}" if parts.query else ""
    return Address(f"{parts.scheme}://{parts.netloc}{routing}", unquote(parts.path.strip("/")) or None)
