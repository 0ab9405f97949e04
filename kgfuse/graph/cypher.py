"""Cypher that only reads: what both engines (Neo4j, the embedded projection) are asked alike and answer alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kgfuse.errors import UsageError

Parameters = Mapping[str, str | int | float | bool]

_LITERALS = re.compile(
    r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_WRITES = frozenset(
    "create merge set delete detach remove drop alter foreach copy load install attach detach export import use start stop "
    "grant revoke deny checkpoint".split()
)
_AFTER = re.compile(r"[.:$]\s*$")


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query returned. Nodes and relationships are dicts of their properties, with ``_labels`` or ``_type``.

    `more`: the limit cut it short. `engine`: ``neo4j`` or ``ladybug``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    more: bool
    engine: str


def check_reads_only(query: str) -> None:
    """Raise UsageError when a query holds a clause that writes, or that reads or writes files; names and texts are free.

    The engines open the graph for reading besides; what they would let pass is COPY TO and LOAD CSV.
    """
    bare = _LITERALS.sub(" ", query)
    for match in re.finditer(r"[A-Za-z_]\w*", bare):
        if match[0].lower() in _WRITES and not _AFTER.search(bare[: match.start()]):
            raise UsageError(
                f"{match[0].upper()} is no part of a query that only reads",
                hint="Write to Neo4j with its own tools; the graph follows from the documents.",
            )


def check_alone(query: str) -> None:
    """Raise UsageError for a query that a model wrote and that is empty, more than one statement, or calls a procedure."""
    check_reads_only(query)
    bare = _LITERALS.sub(" ", query)
    if not bare.strip():
        raise UsageError("there is no query")
    if ";" in bare:
        raise UsageError("several statements at once")
    if re.search(r"\bcall\b", bare, re.IGNORECASE):
        raise UsageError("CALL is no part of a query that was written for a question")
    if not re.search(r"\breturn\b", bare, re.IGNORECASE):
        raise UsageError("the query returns nothing")


def used(query: str, parameters: Parameters) -> Parameters:
    """Return the parameters that a query names: an engine may refuse others, or take a missing one for null.

    Raises UsageError for one that is missing.
    """
    named = set(re.findall(r"\$(\w+)", _LITERALS.sub(" ", query)))
    if missing := sorted(named - set(parameters)):
        raise UsageError(f"the query asks for ${missing[0]}", hint=f"Give it: --param {missing[0]}=VALUE")
    return {name: value for name, value in parameters.items() if name in named}
