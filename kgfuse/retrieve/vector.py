"""Facts, passages and entities by their meaning (cosine similarity of embeddings)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.model import Hit
from kgfuse.protocols import Embedder, FactFilter, GraphReader
from kgfuse.retrieve.found import Found, best_of, fact, passage, read
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, is_narrow

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_OVERFETCH = (4, 64)
"""How many times `limit` is fetched before a filter thins it out: first, and once more when too few are left."""

_Near = list[tuple[str, float]]
"""Ids and similarities, best first."""


@dataclass(frozen=True, slots=True)
class _Search:
    """So many facts or passages that are looked for, in fetches of so many times as many."""

    kind: str
    query: str
    limit: int
    times: tuple[int, ...]

    @property
    def sizes(self) -> list[int]:
        return [self.limit * times for times in self.times]


@dataclass(frozen=True, slots=True)
class Meant:
    """The facts and the passages nearest in meaning, best first; asking for them waits. Both raise ModelError."""

    facts: Callable[[], list[Found]]
    passages: Callable[[], list[Found]]

    def lists(self) -> list[list[Found]]:
        """Return both."""
        return [self.facts(), self.passages()]


class VectorRetriever:
    """A `Retriever` over the store's vectors; the part is called ``vector``.

    The model is loaded only when the store holds vectors of its length, in the caller's thread, so that Ctrl-C ends it. It
    and the vectors are asked in one of their own: they hardly need Python's lock, so that other things can be looked for at
    the same time (`ahead`).
    """

    def __init__(self, store: GraphReader, embedder: Callable[[], Embedder]) -> None:
        self._store = store
        self._make = embedder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kgfuse-vectors")
        self._embedder: Embedder | None = None
        self._found = False  # whether the store holds vectors; once it does, it is not asked again
        self._last: tuple[str, Vectors] | None = None  # the parts of a retriever ask for the same query one by one

    @contextmanager
    def ahead(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> Iterator[Meant]:
        """Begin to look for what `lists` returns, the facts first. Raises ModelError."""
        if not self._can_answer(query):
            yield Meant(list, list)
            return
        facts = _Search("fact", query, limit, (1, *_OVERFETCH) if filter == EVERYTHING else _OVERFETCH)
        chunks = _Search("chunk", query, passages or limit, (1, *_OVERFETCH) if is_narrow(filter) else (1,))
        searches = [facts, chunks] if admits_passages(filter) else [facts]
        begun = [self._begin(one.kind, query, one.sizes[0]) for one in searches]
        try:
            yield Meant(
                lambda: self._thinned(facts, begun[0], filter),
                lambda: self._thinned(chunks, begun[1], filter) if len(begun) > 1 else [],
            )
        finally:
            wait(begun)

    def lists(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> list[list[Found]]:
        """Return the facts and the passages (so many, if it is said), each best first; nothing where no vectors are."""
        with self.ahead(query, limit, filter, passages) as meant:
            return meant.lists()

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return the facts and passages nearest to the query, best first. Raises ModelError."""
        return read(best_of(self.lists(query, limit, filter), limit), self._store, filter)

    def entities(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Return the ids of the entities nearest to the query and their similarity, best first. Raises ModelError."""
        return self._begin("entity", query, limit).result() if self._can_answer(query) else []

    def _thinned(self, search: _Search, first: Future[_Near], filter: FactFilter) -> list[Found]:
        """What passes the filter, of as much as it takes; `first` is the first fetch."""
        found: list[Found] = []
        for size in search.sizes:
            near = (first if size == search.sizes[0] else self._begin(search.kind, search.query, size)).result()
            admitted = self._admitted(search.kind, [id for id, _ in near], filter)
            item = fact if search.kind == "fact" else passage
            found = [item(id, "vector", score) for id, score in near if id in admitted]
            if len(found) >= search.limit or len(near) < size:
                break
        return found[: search.limit]

    def _admitted(self, kind: str, ids: Sequence[str], filter: FactFilter) -> set[str]:
        if kind == "chunk":
            return set(self._store.chunks(ids, filter) if is_narrow(filter) else ids)
        return set(ids) if filter == EVERYTHING else {one.id for one in self._store.facts(filter, ids)}

    def _begin(self, kind: str, query: str, size: int) -> Future[_Near]:
        return self._thread.submit(self._nearest, kind, query, size)

    def _nearest(self, kind: str, query: str, size: int) -> _Near:
        """What is nearest to the query; in the thread."""
        assert self._embedder is not None
        if self._last is None or self._last[0] != query:
            self._last = query, self._embedder.embed([query])[0]
        return self._store.nearest(kind, self._last[1], size)

    def _can_answer(self, query: str) -> bool:
        """Whether the query has a meaning and there are vectors; loads the model."""
        import numpy as np

        if not any(map(str.isalnum, query)):  # no words, no meaning: everything would be about as near
            return False
        if self._embedder is None:
            self._embedder = self._make()
        if not self._found:
            probe = np.zeros(self._embedder.dimensions, dtype=np.float32)
            self._found = any(self._store.nearest(kind, probe, 1) for kind in ("chunk", "fact"))
        return self._found
