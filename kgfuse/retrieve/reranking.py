"""The best hits once more, ordered by a model that reads query and text together (Nogueira and Cho 2019)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kgfuse.model import Chunk, Fact, Hit
from kgfuse.protocols import FactFilter, GraphReader, Reranker, Retriever
from kgfuse.retrieve.parts import EVERYTHING, ends_of_facts, ranked
from kgfuse.wording import fact_words


class RerankingRetriever:
    """A `Retriever`: the first `depth` hits of another one in the order of a `Reranker`, then the rest as they were.

    What was reranked has the reranker's score as its part ``cross_encoder``; `Hit.score` is then 1 / rank, for the scores of
    the two orders do not compare.
    """

    def __init__(self, inner: Retriever, store: GraphReader, reranker: Callable[[], Reranker], depth: int) -> None:
        self._inner = inner
        self._store = store
        self._reranker = reranker
        self._depth = depth

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError."""
        hits = self._inner.retrieve(query, max(limit, self._depth), filter)
        first = hits[: self._depth]
        if len(first) > 1:
            scores = self._reranker().scores(query, self._texts(first))
            judged = [
                replace(one, score=score, scores=(*one.scores, ("cross_encoder", score)))
                for one, score in zip(first, scores, strict=True)
            ]
            hits = [*ranked(judged), *hits[self._depth :]]
        return [replace(one, score=1 / rank) for rank, one in enumerate(hits[:limit], 1)]

    def _texts(self, hits: list[Hit]) -> list[str]:
        facts = [one.item for one in hits if isinstance(one.item, Fact)]
        names = self._store.names(ends_of_facts(facts))
        return [one.item.embedded if isinstance(one.item, Chunk) else fact_words(one.item, names) for one in hits]
