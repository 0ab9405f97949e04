"""Several retrievers joined by reciprocal rank fusion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kgfuse.model import Hit
from kgfuse.protocols import FactFilter
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
    ) -> tuple[list[list[Hit]], list[list[Hit]], list[list[Hit]]]:
        """Return the facts and the passages (of words and meaning so many, if it is said) that each of them finds.

        What is meant is looked for while the others are at work. Raises ModelError.
        """
        if self.meaning is None:
            return self.words.lists(query, limit, filter, passages), self.near.lists(query, limit, filter), []
        with self.meaning.ahead(query, limit, filter, passages) as meant:
            return self.words.lists(query, limit, filter, passages), self.near.lists(query, limit, filter), meant()


class HybridRetriever:
    """A `Retriever`: reciprocal rank fusion over the lists of its parts (Cormack, Clarke, Büttcher 2009).

    An item scores ``sum over lists 1 / (k + rank)``, ranks from 1; `Hit.scores` keeps what each part said, and the path is
    the graph's.
    """

    def __init__(self, parts: Parts, rank_constant: int) -> None:
        self._parts = parts
        self._k = rank_constant

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError when a part needs a model that cannot be loaded."""
        lists = [hits for found in self._parts.lists(query, _DEPTH * limit, filter) for hits in found]
        return fuse_ranks(lists, self._k, limit)


def fuse_ranks(lists: Sequence[Sequence[Hit]], k: int, limit: int | None = None) -> list[Hit]:
    """Fuse ranked lists; equal scores in order of id, so that the order of the lists does not matter."""
    fused: dict[str, list[Hit]] = defaultdict(list)
    scores: dict[str, float] = defaultdict(float)
    for hits in lists:
        for rank, one in enumerate(hits, 1):
            fused[one.item.id].append(one)
            scores[one.item.id] += 1 / (k + rank)
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [_together(fused[id], score) for id, score in best]


def _together(hits: Sequence[Hit], score: float) -> Hit:
    """The same item as one hit."""
    parts = {part: value for one in hits for part, value in one.scores}
    path = next((one.path for one in hits if one.path), ())
    return Hit(hits[0].item, score, tuple(sorted(parts.items())), path)
