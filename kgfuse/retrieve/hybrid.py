"""Several retrievers joined by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

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

    def __init__(self, parts: Sequence[Part], meaning: Part | None, rank_constant: int) -> None:
        self._parts, self._meaning = parts, meaning
        self._k = rank_constant

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError when a part needs a model that cannot be loaded."""
        with meanwhile(self._meaning, query, _DEPTH * limit, filter) as meant:
            lists = [hits for part in self._parts for hits in part.lists(query, _DEPTH * limit, filter)]
        return fuse_ranks([*lists, *meant()], self._k)[:limit]


@contextmanager
def meanwhile(
    part: Part | None, query: str, limit: int, filter: FactFilter, *more: Any
) -> Iterator[Callable[[], list[list[Hit]]]]:
    """Ask a part in a thread of its own while the block runs; what this gives waits for its lists (none without a part).

    Comparing vectors leaves Python's lock to others, so on two cores it costs next to nothing beside the other parts.
    """
    if part is None:
        yield list
        return
    with ThreadPoolExecutor(1, thread_name_prefix="kgfuse-meaning") as thread:
        yield thread.submit(part.lists, query, limit, filter, *more).result


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
