"""Facts, passages and entities by their meaning (cosine similarity of embeddings)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kgfuse.model import Hit
from kgfuse.protocols import Embedder, FactFilter, GraphReader
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, hit, is_narrow, ranked

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

_OVERFETCH = (4, 64)
"""How many times `limit` is fetched before a filter thins it out: first, and once more when too few are left."""


class VectorRetriever:
    """A `Retriever` over the store's vectors; the part is called ``vector``.

    The model is loaded only when the store holds vectors of its length.
    """

    def __init__(self, store: GraphReader, embedder: Callable[[], Embedder]) -> None:
        self._store = store
        self._make = embedder
        self._embedder: Embedder | None = None
        self._found = False  # whether the store holds vectors; once it does, it is not asked again
        self._last: tuple[str, Vectors] | None = None  # the parts of a retriever ask for the same query one by one

    def lists(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> list[list[Hit]]:
        """Return the facts and the passages (so many, if it is said), each best first."""
        vector = self._vector(query)
        if vector is None:
            return []
        facts = self._facts(vector, limit, filter)
        if not admits_passages(filter):
            return [facts]
        return [facts, self._passages(vector, passages or limit, filter)]

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return the facts and passages nearest to the query, best first. Raises ModelError."""
        return ranked([one for hits in self.lists(query, limit, filter) for one in hits])[:limit]

    def entities(self, query: str, limit: int) -> list[tuple[str, float]]:
        """Return the ids of the entities nearest to the query and their similarity, best first. Raises ModelError."""
        vector = self._vector(query)
        return [] if vector is None else self._store.nearest("entity", vector, limit)

    def _passages(self, vector: Vectors, limit: int, filter: FactFilter) -> list[Hit]:
        hits: list[Hit] = []
        for times in (1, *_OVERFETCH) if is_narrow(filter) else (1,):
            near = self._store.nearest("chunk", vector, limit * times)
            chunks = self._store.chunks([id for id, _ in near], filter)
            hits = [hit(chunks[id], "vector", score) for id, score in near if id in chunks]
            if len(hits) >= limit or len(near) < limit * times:
                break
        return hits[:limit]

    def _facts(self, vector: Vectors, limit: int, filter: FactFilter) -> list[Hit]:
        hits: list[Hit] = []
        for times in (1, *_OVERFETCH) if filter == EVERYTHING else _OVERFETCH:
            near = self._store.nearest("fact", vector, limit * times)
            scores = dict(near)
            found = self._store.facts(filter, list(scores))
            hits = ranked([hit(fact, "vector", scores[fact.id]) for fact in found])
            if len(hits) >= limit or len(near) < limit * times:
                break
        return hits[:limit]

    def _vector(self, query: str) -> Vectors | None:
        import numpy as np

        if not any(map(str.isalnum, query)):  # no words, no meaning: everything would be about as near
            return None
        if self._embedder is None:
            self._embedder = self._make()
        if not self._found:
            probe = np.zeros(self._embedder.dimensions, dtype=np.float32)
            self._found = any(self._store.nearest(kind, probe, 1) for kind in ("chunk", "fact"))
        if not self._found:
            return None
        if self._last is None or self._last[0] != query:
            self._last = query, self._embedder.embed([query])[0]
        return self._last[1]
