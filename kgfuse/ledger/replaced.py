"""What earlier states of a file said: the graph's history may rest on it until its document is forgotten."""

from __future__ import annotations

import re
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


def forget(connection: sqlite3.Connection, file_uri: str, document_uri: str | None = None) -> None:
    """Hand over to the graph's history what earlier states of a document and its attachments said.

    An attachment is told by its name: its number may be another in each state. Without a document: of the whole file.
    """
    known = connection.execute("SELECT DISTINCT uri FROM replaced WHERE file_uri = ?", (file_uri,)).fetchall()
    wanted = None if document_uri is None else _unnumbered(document_uri)
    gone = [uri for (uri,) in known if wanted is None or f"{_unnumbered(uri)}#".startswith(f"{wanted}#")]
    for uri in gone:
        connection.execute(
            "INSERT OR IGNORE INTO forgotten SELECT value FROM replaced "
            "WHERE file_uri = ? AND uri = ? AND kind = 'triple'",
            (file_uri, uri),
        )
        connection.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (uri,))
        connection.execute("DELETE FROM replaced WHERE file_uri = ? AND uri = ?", (file_uri, uri))


def files(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the addresses of files with those of documents that earlier states of them held, in order."""
    return connection.execute("SELECT DISTINCT file_uri, uri FROM replaced ORDER BY file_uri, uri").fetchall()


def _unnumbered(uri: str) -> str:
    return _NUMBER.sub("#attachment/", uri)


_NUMBER = re.compile(r"#attachment/\d+/")
