"""The cache of raw LLM replies: what was paid for once is never asked again."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from kgfuse.ledger.schema import LEDGER
from kgfuse.sqlite import connect, ledger_errors

_NOTE = "llm:"
"""What the names of notes begin with among the states of the ledger."""


class LedgerReplyCache:
    """A `ReplyCache` and `Notebook` in the ledger's file; safe to use from several threads. Writes are committed at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path, LEDGER, check_same_thread=False)
        return self._connection

    def get(self, key: str) -> str | None:
        """Return the reply kept under `key`."""
        with self._lock, ledger_errors(self._path):
            row = self._open().execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, model: str, request: str, reply: str) -> None:
        """Keep a reply, replacing an older one."""
        with self._lock, ledger_errors(self._path):
            self._open().execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", (key, model, request, reply))

    def note(self, name: str) -> str | None:
        """Return the note of this name."""
        with self._lock, ledger_errors(self._path):
            sql = "SELECT value FROM ledger_state WHERE key = ?"
            row = self._open().execute(sql, (_NOTE + name,)).fetchone()
        return None if row is None else str(row[0])

    def notes(self, prefix: str) -> list[tuple[str, str]]:
        """Return ``(name, text)`` of all notes whose name begins so, in order of name."""
        begin = _NOTE + prefix
        with self._lock, ledger_errors(self._path):
            sql = "SELECT key, value FROM ledger_state WHERE substr(key, 1, ?) = ? ORDER BY key"
            found = self._open().execute(sql, (len(begin), begin)).fetchall()
        return [(key.removeprefix(_NOTE), value) for key, value in found]

    def set_note(self, name: str, text: str | None) -> None:
        """Keep a note, replacing an older one; `None` removes it."""
        with self._lock, ledger_errors(self._path):
            if text is None:
                self._open().execute("DELETE FROM ledger_state WHERE key = ?", (_NOTE + name,))
            else:
                self._open().execute("INSERT OR REPLACE INTO ledger_state VALUES (?, ?)", (_NOTE + name, text))

    def close(self) -> None:
        """Close the connection; using the cache again opens it anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
