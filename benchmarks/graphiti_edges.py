"""Runs in an environment that has graphiti-core: its own rule for contradicting edges, over statements read from stdin.

Reads ``[set][item][statement]`` as JSON and writes ``{"version", "found": [set][item][[value, valid_at,
invalid_at]]}``. What Graphiti asks an LLM is answered by an oracle that makes no mistake about meaning: an edge
duplicates the existing edge of its value that holds at its time; edges of other values of the item contradict it;
that a value ended or does not hold contradicts the edges of that value. Dates are those that the statement gives, as
its prompts ask (the document's date for what is ongoing). Documents arrive in order of their dates, and undated
statements are left out: both are kinder than its users' documents.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from graphiti_core.edges import EntityEdge
from graphiti_core.utils.maintenance import edge_operations


def instant(text: str | None) -> datetime | None:
    """Return the first instant of an ISO date of any precision."""
    if text is None:
        return None
    return datetime.fromisoformat((text + "-01-01")[:10] if len(text) < 10 else text[:10]).replace(tzinfo=UTC)


def edge(statement: dict[str, Any], valid_at: datetime | None, invalid_at: datetime | None) -> EntityEdge:
    """Return a statement as Graphiti's edge."""
    return EntityEdge(
        group_id="item",
        source_node_uuid="item",
        target_node_uuid=statement["value"],
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        name="HELD_BY",
        fact=statement["value"],
        valid_at=valid_at,
        invalid_at=invalid_at,
    )


def resolve(new: EntityEdge, candidates: list[EntityEdge]) -> None:
    """Apply Graphiti's dates to the new edge and the edges that it contradicts."""
    whole = getattr(edge_operations, "_apply_temporal_invalidation", None)
    if whole is not None:
        whole(new, candidates)
        return
    edge_operations.resolve_edge_contradictions(new, candidates)


def timeline(statements: list[dict[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    """Return the edges of one item after all its statements."""
    written: dict[datetime, str] = {}
    held: list[EntityEdge] = []
    for statement in sorted(statements, key=lambda s: s["order"]):
        for text in (statement["valid_at"], statement["invalid_at"], statement["reference_time"]):
            if text is not None:
                written.setdefault(instant(text), text)
        value, start, end = statement["value"], instant(statement["valid_at"]), instant(statement["invalid_at"])
        if statement["denied"] or start is None:
            over = edge(statement, end or instant(statement["reference_time"]), None)
            edge_operations.resolve_edge_contradictions(over, [e for e in held if e.target_node_uuid == value])
            continue
        same = [e for e in held if e.target_node_uuid == value and _holds(e, start)]
        new = same[0] if same and end is None else edge(statement, start, end)
        if new not in held:
            held.append(new)
        resolve(new, [e for e in held if e.target_node_uuid != value])
    return [(e.target_node_uuid, _text(written, e.valid_at), _text(written, e.invalid_at)) for e in held]


def _holds(held: EntityEdge, at: datetime) -> bool:
    return (held.valid_at is None or held.valid_at <= at) and (held.invalid_at is None or at < held.invalid_at)


def _text(written: dict[datetime, str], at: datetime | None) -> str | None:
    return None if at is None else written[at]


def main() -> None:
    """Read, resolve, write."""
    sets = json.load(sys.stdin)
    found = [[timeline(statements) for statements in items] for items in sets]
    json.dump({"version": version("graphiti-core"), "found": found}, sys.stdout)


if __name__ == "__main__":
    main()
