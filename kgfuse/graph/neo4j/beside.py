"""The elements of a whole ledger, made in processes beside the one that sends them where there are processors for it.

Each opens the file itself and makes every n-th run of owners, some runs ahead of what is asked for. They only help:
whatever one of them does not give (it ended, or it sees another state of the file), is made here, and is the same.
"""

from __future__ import annotations

import marshal
import multiprocessing
import os
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, suppress
from itertools import count, islice
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Queue
from threading import Thread

from kgfuse.errors import LedgerError
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.feed import Feed
from kgfuse.graph.neo4j.snapshot import Owned
from kgfuse.graph.schema import GRAPH
from kgfuse.side_process import SideProcess
from kgfuse.sqlite import connect

_WORTH_IT = 20_000
"""Owners whose elements take half a second to make, about as long as a process takes to start."""
_MOST = 3
_AHEAD = 20
"""Runs, about 300 kB each, that a process makes while nobody asks for them."""

Run = tuple[str, Owned]
"""A kind, and some of its owners with their elements."""


def runs(path: Path, feed: Feed, after: int, more: set[str]) -> Generator[Run, None, None]:
    """Yield what `Feed.keys` tells with its elements; close it to end the processes that made them."""
    with closing(_Helpers(path, feed, 0 if after else _helpers(feed.count(0)))) as beside:
        for kind, keys in feed.keys(after, more):
            yield kind, beside.elements(keys) or feed.elements(kind, keys)


def _helpers(owners: int) -> int:
    """Return how many processes are worth starting; one that is a daemon itself may start none.

    The sender and, as a rule, the server have a processor each: on two a third one is slower by a twelfth.
    """
    if owners < _WORTH_IT or multiprocessing.current_process().daemon:
        return 0
    return max(0, min(_MOST, (os.cpu_count() or 1) - 2))


class _Helpers:
    """Processes that are asked in turn."""

    def __init__(self, path: Path, feed: Feed, number: int) -> None:
        given = (path, feed.names, feed.position, number)
        self._processes = [SideProcess("kgfuse-elements", _serve, *given, one) for one in range(number)]
        self._turns = count()

    def close(self) -> None:
        """End them."""
        for one in self._processes:
            one.end()
        self._processes = []

    def elements(self, keys: Sequence[str]) -> Owned:
        """Return the elements of the next run, whose owners these are; nothing where it is not to be had."""
        if not self._processes:
            return []
        line = self._processes[next(self._turns) % len(self._processes)].line
        with suppress(EOFError, OSError):
            made = _unpacked(line.recv_bytes())
            if [key for key, _ in made] == keys:
                return made
        self.close()  # the turns of the others would be wrong
        return []


def _serve(line: Connection, path: Path, names: schema.Names, position: int, of: int, number: int) -> None:
    """Send every run whose turn it is; a file in another state than that of `position` is left alone."""
    made: Queue[bytes | None] = Queue(_AHEAD)
    sender = Thread(target=_send, args=(line, made), daemon=True)
    sender.start()
    with (
        suppress(LedgerError, sqlite3.Error),
        closing(connect(path, GRAPH, read_only=True)) as connection,
        closing(Feed(connection, names)) as feed,
    ):
        if feed.position == position:
            for kind, keys in islice(feed.keys(0, set()), number, None, of):
                made.put(_packed(feed.elements(kind, keys)))
    made.put(None)
    sender.join()


def _send(line: Connection, made: Queue[bytes | None]) -> None:
    while (run := made.get()) is not None:
        line.send_bytes(run)


def _packed(owned: Owned) -> bytes:
    """Pack a run: `marshal` is two times as fast as `pickle`, and both ends are the same Python."""
    return marshal.dumps([(key, [element.state() for element in elements]) for key, elements in owned])


def _unpacked(run: bytes) -> Owned:
    return [(key, [Element.of_state(state) for state in states]) for key, states in marshal.loads(run)]
