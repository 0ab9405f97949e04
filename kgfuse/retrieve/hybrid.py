"""Several retrievers joined by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kgfuse.model import Hit
from kgfuse.protocols import FactFilter
from kgfuse.retrieve.parts import EVERYTHING, ranked

_DEPTH = 5
"""Each part is asked for this many times `limit`: what two parts rank low together may beat what one ranks high."""


class Part(Protocol):
    """A retriever that can keep apart lists whose scores do not compare."""

    def lists(self, query: str, limit: int, filter: FactFilter = ...) -> list[list[Hit]]: ...


class HybridRetriever:
    """A `Retriever`: reciprocal rank fusion over the lists of its parts (Cormack, Clarke, Büttcher 2009).

    An item scores ``sum over lists 1 / (k + rank)``, ranks from 1; `Hit.scores` keeps what each part said, and the path is
    the graph's.
    """

    def __init__(self, parts: Sequence[Part], rank_constant: int) -> None:
        self._parts = parts
        self._k = rank_constant

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError when a part needs a model that cannot be loaded."""
        lists = [hits for part in self._parts for hits in part.lists(query, _DEPTH * limit, filter)]
        return fuse_ranks(lists, self._k)[:limit]


def fuse_ranks(lists: Sequence[Sequence[Hit]], k: int) -> list[Hit]:
    """Fuse ranked lists; equal scores in order of id, so that the order of the lists does not matter."""
    fused: dict[str, Hit] = {}
    for hits in lists:
        for rank, one in enumerate(hits, 1):
            known = fused.get(one.item.id)
            if known is None:
                fused[one.item.id] = replace(one, score=1 / (k + rank))
            else:
                scores = tuple(sorted({**dict(known.scores), **dict(one.scores)}.items()))
                path = known.path or one.path
                fused[one.item.id] = replace(known, score=known.score + 1 / (k + rank), scores=scores, path=path)
    return ranked(list(fused.values()))
