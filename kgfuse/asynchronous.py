"""The same questions for asynchronous programs: ``async with AsyncKnowledge.open("kgfuse.db") as kb: await kb.ask(…)``.

SQLite has no asynchronous way: the knowledge base lives in a thread of its own, which answers one question after the other
while the event loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from kgfuse.errors import UsageError
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.model import Answer, Chunk, Citation, Entity, Fact, Hit
from kgfuse.view_thread import ViewThread

if TYPE_CHECKING:
    from kgfuse.knowledge_base import KnowledgeBase

P = ParamSpec("P")
R = TypeVar("R")


class AsyncKnowledge:
    """A `KnowledgeView` (a `KnowledgeBase`, too) that is awaited. Every method raises what the view's raises.

    Safe to use from many tasks; they are answered in turn.
    """

    def __init__(self, make: Callable[[], KnowledgeView]) -> None:
        self._thread = ViewThread(make)
        self._view: KnowledgeView | None = None

    @classmethod
    def open(cls, *arguments: Any, **settings: Any) -> AsyncKnowledge:
        """Read a knowledge base in a file; takes what `KnowledgeBase.open` takes."""

        def make() -> KnowledgeBase:
            from kgfuse.knowledge_base import KnowledgeBase

            return KnowledgeBase.open(*arguments, **settings)

        return cls(make)

    @classmethod
    def connect(cls, *arguments: Any, **settings: Any) -> AsyncKnowledge:
        """Read one that was pushed to Neo4j; takes what `KnowledgeView.connect` takes."""
        return cls(partial(KnowledgeView.connect, *arguments, **settings))

    async def __aenter__(self) -> Self:
        self._view = await asyncio.wrap_future(self._thread.submit(lambda view: view))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._view = None
        await asyncio.wrap_future(self._thread.submit_close())

    async def call(self, method: Callable[P, R], *arguments: P.args, **more: P.kwargs) -> R:
        """Run something in the thread of the knowledge base, such as ``kb.call(kb.view.facts, "Acme")``."""
        return await asyncio.wrap_future(self._thread.submit(lambda _: method(*arguments, **more)))

    def wait_for(self, call: Callable[[KnowledgeView], R]) -> R:
        """Ask the view from a thread that may wait, such as another program's. Raises UsageError when it is not open."""
        if self._view is None:
            raise UsageError("the knowledge base is not open", hint="Ask within `async with AsyncKnowledge.open(…)`.")
        return self._thread.run(call)

    @property
    def view(self) -> KnowledgeView:
        """The view itself; its methods belong to its thread (`call`)."""
        if self._view is None:
            raise RuntimeError("not open: use `async with`")
        return self._view

    async def search(self, query: str, **more: Any) -> list[Hit]:
        """See `KnowledgeView.search`."""
        return await self.call(self.view.search, query, **more)

    async def ask(self, question: str, **more: Any) -> Answer:
        """See `KnowledgeView.ask`."""
        return await self.call(self.view.ask, question, **more)

    async def entity(self, name: str) -> Entity:
        """See `KnowledgeView.entity`."""
        return await self.call(self.view.entity, name)

    async def facts(self, entity: str, **more: Any) -> list[Fact]:
        """See `KnowledgeView.facts`."""
        return await self.call(self.view.facts, entity, **more)

    async def cite(self, item: Fact | Chunk) -> tuple[Citation, ...]:
        """See `KnowledgeView.cite`."""
        return await self.call(self.view.cite, item)
