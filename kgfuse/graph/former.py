"""Entities that are no more, kept by name while the history of facts tells of them.

The id of an entity comes from the documents that name it: when a file changes, what it names may go on under another id, and
what was known of it before stays under the old one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from kgfuse.graph import rows
from kgfuse.graph.queries import fold
from kgfuse.sqlite import pack, placeholders

ALONE = "id NOT IN (SELECT member_id FROM entity_members)"
"""SQL: whether a former entity is no part of one that there is now, which would stand for it."""


def remember(connection: sqlite3.Connection, gone: Sequence[rows.Row]) -> None:
    """Keep entities, given by their rows, that are about to go."""
    for row in gone:
        connection.execute("DELETE FROM former_entities WHERE id = ?", (row[0],))
        _keep(connection, row)


def _keep(connection: sqlite3.Connection, row: rows.Row) -> None:
    entity = rows.entity(row)
    connection.execute(f"INSERT INTO former_entities VALUES ({placeholders(6)})", row)
    connection.executemany(
        "INSERT INTO former_names (entity_id, name, folded) VALUES (?, ?, ?)",
        ((entity.id, name, fold(name)) for name in dict.fromkeys((entity.name, *entity.aliases))),
    )


def tidy(connection: sqlite3.Connection) -> None:
    """Let go of those that are back or have no history; what is part of another entity now may be on its own again."""
    connection.execute(
        "DELETE FROM former_entities WHERE id IN (SELECT id FROM entities) "
        "OR NOT EXISTS (SELECT 1 FROM fact_versions WHERE subject = former_entities.id) "
        "AND NOT EXISTS (SELECT 1 FROM fact_versions WHERE object = former_entities.id)"
    )


def forget_names(connection: sqlite3.Connection) -> None:
    """Let go of the names that nobody gives who is not forgotten; of what is left without a name, the rest as well."""
    given = _given(connection)
    for row in connection.execute(f"SELECT {rows.ENTITY} FROM former_entities").fetchall():
        entity = rows.entity(row)
        names = [name for name in dict.fromkeys((entity.name, *entity.aliases)) if name in given]
        if (entity.name, *entity.aliases) == tuple(names):
            continue
        connection.execute("DELETE FROM former_entities WHERE id = ?", (entity.id,))
        if names:
            name, *aliases = names
            _keep(
                connection,
                (entity.id, name, entity.type, pack(aliases), entity.mention_count, pack(entity.members)),
            )


def _given(connection: sqlite3.Connection) -> set[str]:
    """Every name that stands in a document, or stood in an earlier state of one."""
    given = {name for (name,) in connection.execute("SELECT surface FROM mentions")}
    given |= {name for (name,) in connection.execute("SELECT value FROM replaced WHERE kind = 'name'")}
    for ends in connection.execute("SELECT subject, object FROM triples"):
        given |= {said[1] for said in map(json.loads, ends) if said[0] == "m"}
    return given
