"""The cache of raw LLM replies: what was paid for once is never asked again."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from kgfuse.ledger.schema import LEDGER
from kgfuse.sqlite import connect, ledger_errors


class LedgerReplyCache:
    """A `ReplyCache` in the ledger's file. Each reply is committed at once; safe to use from several threads."""

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

    def close(self) -> None:
        """Close the connection; using the cache again opens it anew."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
