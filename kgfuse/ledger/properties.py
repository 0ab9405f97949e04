"""What files say of themselves beside their text, as rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from kgfuse.model import Document, Property


def store(connection: sqlite3.Connection, document: Document) -> None:
    """Keep the properties of a document that was just stored."""
    connection.executemany(
        "INSERT INTO properties VALUES (?, ?, ?, ?, ?)",
        (
            (document.id, number, one.name, one.value.replace("\x00", ""), one.quote.replace("\x00", ""))
            for number, one in enumerate(document.properties)
        ),
    )


def of_document(connection: sqlite3.Connection, document_id: str) -> tuple[Property, ...]:
    """Return the properties of a document in their order."""
    sql = "SELECT name, value, quote FROM properties WHERE document_id = ? ORDER BY number"
    return tuple(Property(*row) for row in connection.execute(sql, (document_id,)))


def named(connection: sqlite3.Connection, *names: str) -> Iterator[tuple[str, Property]]:
    """Iterate over the properties of these names (of any, without names), with the documents that have them, in order."""
    marks = ", ".join("?" * len(names))
    where = f"WHERE name IN ({marks})" if names else ""
    sql = f"SELECT document_id, name, value, quote FROM properties {where} ORDER BY document_id, number"
    for document_id, *row in connection.execute(sql, names):
        yield document_id, Property(*row)
