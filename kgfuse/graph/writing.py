"""From one fused graph to the next: what changed, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from kgfuse.graph import former, rows
from kgfuse.graph.queries import fold
from kgfuse.model import Entity, Fact, FusedGraph
from kgfuse.protocols import Changes
from kgfuse.sqlite import placeholders
from kgfuse.wording import fact_words

Row = tuple[Any, ...]


def write(connection: sqlite3.Connection, graph: FusedGraph, recorded_at: str) -> Changes:
    """Write within the caller's transaction; linear in the size of the graph."""
    entities_written, entities_removed = _write_entities(connection, graph.entities)
    facts_written, facts_retracted = _write_facts(connection, graph.facts, recorded_at)
    names = {entity.id: entity.name for entity in graph.entities}
    _replace(
        connection,
        "fact_sentences (fact_id, sentence)",
        {(fact.id, fact_words(fact, names)) for fact in graph.facts},
        ("fact_id", "sentence"),
    )
    _replace(
        connection,
        "claims",
        {(claim.triple_id, rows.claim_body(claim)) for claim in graph.claims},
        ("triple_id", "body"),
    )
    _replace(connection, "links", _links(connection, graph), ("entity_id", "chunk_id"))
    _purge(connection)
    former.tidy(connection)
    return Changes(entities_written, entities_removed, facts_written, facts_retracted)


def _replace(connection: sqlite3.Connection, into: str, wanted: set[Row], columns: tuple[str, str]) -> None:
    """Make a table hold exactly the `wanted` pairs, deleting and inserting only the difference."""
    table = into.split(" ", maxsplit=1)[0]
    first, second = columns
    present = set(connection.execute(f"SELECT {first}, {second} FROM {table}"))
    connection.executemany(f"DELETE FROM {table} WHERE {first} = ? AND {second} = ?", sorted(present - wanted))
    connection.executemany(f"INSERT INTO {into} VALUES (?, ?)", sorted(wanted - present))


def _write_entities(connection: sqlite3.Connection, entities: Iterable[Entity]) -> tuple[int, int]:
    present: dict[str, Row] = {row[0]: row for row in connection.execute(f"SELECT {rows.ENTITY} FROM entities")}
    wanted = {entity.id: entity for entity in entities}
    changed = [entity for entity in wanted.values() if present.get(entity.id) != rows.entity_row(entity)]
    gone = sorted(set(present) - set(wanted))
    stale = [*gone, *(entity.id for entity in changed if entity.id in present)]
    former.remember(connection, [present[id] for id in gone])
    connection.executemany("DELETE FROM entities WHERE id = ?", ((id,) for id in stale))
    other = [id for id in stale if id not in wanted or wanted[id].embedded != rows.entity(present[id]).embedded]
    connection.executemany("DELETE FROM vectors WHERE kind = 'entity' AND id = ?", ((id,) for id in other))
    for entity in changed:
        connection.execute(f"INSERT INTO entities VALUES ({placeholders(6)})", rows.entity_row(entity))
        connection.executemany(
            "INSERT OR REPLACE INTO entity_members VALUES (?, ?)",
            ((member, entity.id) for member in {entity.id, *entity.members}),
        )
        names = dict.fromkeys((entity.name, *entity.aliases))
        connection.executemany(
            "INSERT INTO entity_names (entity_id, name, folded) VALUES (?, ?, ?)",
            ((entity.id, name, fold(name)) for name in names),
        )
    return len(changed), len(gone)


def _write_facts(connection: sqlite3.Connection, facts: Iterable[Fact], recorded_at: str) -> tuple[int, int]:
    present: dict[str, Row] = {
        row[0]: row
        for row in connection.execute(f"SELECT {rows.PAYLOAD} FROM fact_versions WHERE retracted_at IS NULL")
    }
    wanted = {fact.id: rows.payload(fact) for fact in facts}
    changed = [payload for id, payload in wanted.items() if present.get(id) != payload]
    gone = sorted(set(present) - set(wanted))
    closed = [*gone, *(payload[0] for payload in changed if payload[0] in present)]
    connection.executemany(
        "UPDATE fact_versions SET retracted_at = ? WHERE id = ? AND retracted_at IS NULL",
        ((recorded_at, id) for id in closed),
    )
    connection.executemany(
        f"INSERT INTO fact_versions ({rows.PAYLOAD}, recorded_at) VALUES ({placeholders(17)})",
        ((*payload, recorded_at) for payload in changed),
    )
    return len(changed), len(gone)


def _links(connection: sqlite3.Connection, graph: FusedGraph) -> set[Row]:
    """Which entity is mentioned in which chunk: the claims' arguments, and the mentions that lie within a chunk."""
    links: set[Row] = set()
    for claim in graph.claims:
        links.add((claim.subject, claim.evidence.chunk_id))
        if isinstance(claim.object, str):
            links.add((claim.object, claim.evidence.chunk_id))
    entity_of = {member: entity.id for entity in graph.entities for member in (entity.id, *entity.members)}
    group_of = dict(graph.groups)
    chunks: Mapping[str, list[tuple[int, str]]] = defaultdict(list)
    for document_id, start, id in connection.execute('SELECT document_id, "start", id FROM chunks ORDER BY "start"'):
        chunks[document_id].append((start, id))
    for document_id, start, surface, type in connection.execute(
        'SELECT document_id, "start", surface, type FROM mentions'
    ):
        entity = entity_of.get(group_of.get((document_id, surface, type), ""))
        at = bisect_right(chunks[document_id], start, key=lambda item: item[0]) - 1
        if entity is not None and at >= 0:
            links.add((entity, chunks[document_id][at][1]))
    return links


def _purge(connection: sqlite3.Connection) -> None:
    """Remove from the history every version that rests on a forgotten document, and what was inferred from it."""
    forgotten = {id for (id,) in connection.execute("SELECT triple_id FROM forgotten")}
    if not forgotten:
        return
    versions = list(
        connection.execute(
            "SELECT version, id, supported_by, opposed_by, premises FROM fact_versions WHERE retracted_at IS NOT NULL"
        )
    )
    purged: set[int] = set()
    tainted = set(forgotten)
    while True:
        found = {
            (version, id)
            for version, id, *lists in versions
            if version not in purged and not tainted.isdisjoint(item for text in lists for item in json.loads(text))
        }
        if not found:
            break
        purged |= {version for version, _ in found}
        tainted = {id for _, id in found}
    connection.executemany("DELETE FROM fact_versions WHERE version = ?", ((version,) for version in sorted(purged)))
    former.forget_names(connection)
    connection.execute("DELETE FROM forgotten")
