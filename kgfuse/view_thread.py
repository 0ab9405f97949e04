"""A knowledge base in a thread of its own, for programs of many threads: SQLite's connections belong to one each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from kgfuse.knowledge_view import KnowledgeView

R = TypeVar("R")


class ViewThread:
    """Answers one after the other, whichever thread asks; the view is made when it is first asked, and closed by `close`."""

    def __init__(self, make: Callable[[], KnowledgeView]) -> None:
        self._make = make
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="kgfuse-view")
        self._view: KnowledgeView | None = None
        self._ident: int | None = None
        self._asked = False

    def open(self) -> KnowledgeView:
        """Make the view, unless it is there. To be run in the thread."""
        if self._view is None:
            self._ident = threading.get_ident()
            self._view = self._make()
        return self._view

    def submit(self, call: Callable[[KnowledgeView], R]) -> Future[R]:
        """Have the view asked; the future raises what it raises. Raises RuntimeError once it is closed."""
        self._asked = True
        return self._executor.submit(lambda: call(self.open()))

    def run(self, call: Callable[[KnowledgeView], R]) -> R:
        """Ask the view and wait for what it says, from any thread, its own included."""
        return call(self.open()) if threading.get_ident() == self._ident else self.submit(call).result()

    def submit_close(self) -> Future[None]:
        """Close the view after what was asked before; nothing can be asked afterwards."""
        closed = self._executor.submit(self._close)
        self._executor.shutdown(wait=False)
        return closed

    def close(self) -> None:
        """Close the view and wait for it; one that was never asked, or is closed, is left as it is."""
        if self._asked:
            self._asked = False
            self.submit_close().result()

    def _close(self) -> None:
        view, self._view = self._view, None
        if view is not None:
            view.close()
