"""What earlier states of a file said: the graph's history may rest on it until its document is forgotten."""

from __future__ import annotations

import sqlite3

from kgfuse.ledger import rows
from kgfuse.model import Mention


def keep(connection: sqlite3.Connection, file_uri: str) -> None:
    """Note what the documents of a file say, before they are replaced."""
    said = "FROM documents JOIN {0} ON {0}.document_id = documents.id WHERE file_uri = ?"
    kept = {
        (uri, "name", surface)
        for uri, surface in connection.execute(f"SELECT uri, surface {said.format('mentions')}", (file_uri,))
    }
    sql = f"SELECT uri, triples.id, subject, object {said.format('triples')}"
    for uri, id, subject, object in connection.execute(sql, (file_uri,)):
        kept.add((uri, "triple", id))
        ends = (rows.argument(subject), rows.argument(object))
        kept.update((uri, "name", end.surface) for end in ends if isinstance(end, Mention))
    connection.executemany(
        "INSERT OR IGNORE INTO replaced (file_uri, uri, kind, value) VALUES (?, ?, ?, ?)",
        ((file_uri, *one) for one in sorted(kept)),
    )


def forget(connection: sqlite3.Connection, file_uri: str, document_uri: str) -> None:
    """Hand over to the graph's history what earlier states of a document and its attachments said."""
    known = connection.execute("SELECT DISTINCT uri FROM replaced WHERE file_uri = ?", (file_uri,)).fetchall()
    for (uri,) in known:
        if uri == document_uri or uri.startswith(f"{document_uri}#"):  # the address of an attachment begins so
            gone = (file_uri, uri)
            connection.execute(
                "INSERT OR IGNORE INTO forgotten SELECT value FROM replaced "
                "WHERE file_uri = ? AND uri = ? AND kind = 'triple'",
                gone,
            )
            connection.execute("DELETE FROM replaced WHERE file_uri = ? AND uri = ?", gone)
