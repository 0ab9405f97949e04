"""Documents forgotten: what they say, what earlier states of their files said, and the files. Within a transaction."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from kgfuse.errors import Ambiguous, NotFound
from kgfuse.ledger import replaced, rows
from kgfuse.model import Document

_FAMILY = (
    "WITH RECURSIVE family (id) AS (SELECT id FROM documents WHERE id = ? "
    "UNION SELECT documents.id FROM documents JOIN family ON documents.parent_id = family.id) "
)


def forget_document(connection: sqlite3.Connection, id: str) -> list[Document]:
    """Forget a document and its attachments; return what was removed, without text. Raises NotFound."""
    sql = f"{_FAMILY} SELECT {rows.LIGHT_DOCUMENT} FROM documents WHERE id IN (SELECT id FROM family) ORDER BY uri"
    removed = [rows.document(row) for row in connection.execute(sql, (id,))]
    if not removed:
        raise NotFound(f"no document {id}")
    connection.execute(
        f"{_FAMILY} INSERT OR IGNORE INTO forgotten "
        "SELECT triples.id FROM triples WHERE document_id IN (SELECT id FROM family)",
        (id,),
    )
    connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", ((one.id,) for one in removed))
    ((file_uri, uri),) = connection.execute("SELECT file_uri, uri FROM documents WHERE id = ?", (id,))
    replaced.forget(connection, file_uri, uri)
    connection.execute("DELETE FROM documents WHERE id = ?", (id,))
    connection.execute(
        "DELETE FROM files WHERE uri = ? AND NOT EXISTS (SELECT 1 FROM documents WHERE file_uri = files.uri)",
        (file_uri,),
    )
    return removed


def forget_file(connection: sqlite3.Connection, name: str) -> list[Document]:
    """Forget an archive with all that it holds or, of any file, what an earlier state of it held under this name.

    Returns what was removed, without text: nothing where only earlier states had it. Raises NotFound or Ambiguous.
    """
    held = connection.execute("SELECT DISTINCT file_uri FROM documents ORDER BY file_uri")
    pairs = [*((file, file) for (file,) in held), *replaced.files(connection)]
    found = dict.fromkeys((file, uri) for file, uri in pairs if is_called(uri, name))
    if not found:
        raise NotFound(f"no document {name!r}", hint="`kgfuse status -v` lists the documents.")
    if len(files := dict.fromkeys(file for file, _ in found)) > 1:
        raise Ambiguous(f"{name!r} could be {', '.join(files)}", hint="Give the whole path.")
    removed: list[Document] = []
    for file, uri in found:
        if file == uri:
            sql = "SELECT id FROM documents WHERE file_uri = ? AND parent_id IS NULL ORDER BY id"
            for (id,) in connection.execute(sql, (file,)).fetchall():
                removed += forget_document(connection, id)
        replaced.forget(connection, file, None if file == uri else uri)
    return removed


def is_called(uri: str, name: str) -> bool:
    """Whether what is at an address is meant by a URI, a path or a file name."""
    exact = name == uri or Path(name).expanduser().absolute().as_uri() == uri
    return exact or ("/" not in name and uri.endswith("/" + quote(name)))
