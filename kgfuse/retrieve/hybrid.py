"""Several retrievers joined by reciprocal rank fusion."""

from __future__ import annotations

from dataclasses import dataclass

from kgfuse.model import Hit
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.found import Found, fuse_ranks, read
from kgfuse.retrieve.full_text import FullTextRetriever
from kgfuse.retrieve.graph import NeighbourhoodRetriever
from kgfuse.retrieve.parts import EVERYTHING
from kgfuse.retrieve.vector import VectorRetriever

_DEPTH = 5
"""Each part is asked for this many times `limit`: what two parts rank low together may beat what one ranks high."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The retrievers that are joined."""

    words: FullTextRetriever
    near: NeighbourhoodRetriever
    meaning: VectorRetriever | None

    def lists(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> tuple[list[list[Found]], list[list[Found]], list[list[Found]]]:
        """Return the facts and the passages that each of them finds.

        With `passages`, words and meaning find so many of them, and the graph facts alone. What is meant is looked for while
        the others are at work. Raises ModelError.
        """
        if self.meaning is None:
            return *self._told(query, limit, filter, passages), []
        with self.meaning.ahead(query, limit, filter, passages) as meant:
            return *self._told(query, limit, filter, passages), meant.lists()

    def _told(
        self, query: str, limit: int, filter: FactFilter, passages: int | None
    ) -> tuple[list[list[Found]], list[list[Found]]]:
        words = self.words.lists(query, limit, filter, passages)
        if passages is None:
            return words, self.near.lists(query, limit, filter)
        return words, [self.near.facts(query, limit, filter)]


class HybridRetriever:
    """A `Retriever`: reciprocal rank fusion over the lists of its parts (Cormack, Clarke, Büttcher 2009).

    `Hit.scores` keeps what each part said, and the path is the graph's.
    """

    def __init__(self, store: GraphReader, parts: Parts, rank_constant: int) -> None:
        self._store = store
        self._parts = parts
        self._k = rank_constant

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError when a part needs a model that cannot be loaded."""
        lists = [found for part in self._parts.lists(query, _DEPTH * limit, filter) for found in part]
        return read(fuse_ranks(lists, self._k, limit), self._store, filter)
