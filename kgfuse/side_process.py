"""A process beside this one, and the line to it: how files are read where a parser could do harm, and on every core.

Each has a line of its own, on which nobody else waits or writes: a process may be ended at any moment, in the middle of an
answer, too, and all that anybody notices is that its line has ended. (Queues that processes share, as in
`concurrent.futures.ProcessPoolExecutor`, can be left locked or half written by the one that was ended, and the program
then never ends.)
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


class SideProcess:
    """Started with this object; gone after `end`, or when the process that started it is gone.

    `serve` (a function that can be imported) is called there with the other end of the line and with `given`, which is
    pickled. Reading from `line` raises EOFError once the process has ended and what it sent is read.
    """

    def __init__(self, name: str, serve: Callable[..., None], *given: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.line: Connection
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=_settled, args=(serve, theirs, *given), name=name, daemon=True)
        with _main_left_alone():
            self.process.start()
        theirs.close()

    def end(self) -> None:
        """End the process at once, whatever it is doing."""
        self.line.close()
        self.process.terminate()
        self.process.join()


def _settled(serve: Callable[..., None], line: Connection, *given: Any) -> None:
    """Serve as one that works for another: silent, deaf to Ctrl-C, and gone when the other is."""
    logging.getLogger().addHandler(logging.NullHandler())  # parsers complain about files in the wild
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which stops its children
    serve(line, *given)


def _end_with_parent() -> None:
    """End this process when the one that started it dies, however it dies: nobody would read what it finds."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Start processes that do not import the user's script again.

    A spawned process imports the program's main module; a script that calls `KnowledgeBase.ingest` outside an
    ``if __name__ == "__main__"`` would ingest once more in every process. Ours need nothing of it.
    """
    main = sys.modules["__main__"]
    kept: dict[str, object] = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(kept)
