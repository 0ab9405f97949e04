"""Finding facts and passages, and answering from them."""

from __future__ import annotations

from collections.abc import Callable

from kgfuse.config import RetrieveSettings
from kgfuse.errors import UsageError
from kgfuse.protocols import Embedder, GraphReader, Reranker, Retriever
from kgfuse.retrieve.answer import answer
from kgfuse.retrieve.question import Question, read_question

MODES = ("full_text", "vector", "graph", "pagerank", "hybrid", "auto")

__all__ = ["MODES", "Question", "answer", "make_retriever", "read_question"]


def make_retriever(
    store: GraphReader,
    settings: RetrieveSettings,
    mode: str = "hybrid",
    embedder: Callable[[], Embedder] | None = None,
    reranker: Callable[[], Reranker] | None = None,
) -> Retriever:
    """Return a retriever: one of `MODES`; `embedder` makes the embedder when it is first needed.

    ``graph`` walks from the entities that the question is about, ``pagerank`` from what it means, ``hybrid`` ranks by words,
    meaning and ``graph`` together (without vectors if there is no `embedder`), and ``auto`` adds a second step for questions
    that no single passage answers. A `reranker` orders the best hits of these two anew. Raises UsageError.
    """
    from kgfuse.retrieve.bridging import BridgingRetriever
    from kgfuse.retrieve.full_text import FullTextRetriever
    from kgfuse.retrieve.graph import NeighbourhoodRetriever
    from kgfuse.retrieve.hybrid import HybridRetriever, Parts
    from kgfuse.retrieve.reranking import RerankingRetriever
    from kgfuse.retrieve.vector import VectorRetriever
    from kgfuse.retrieve.walk import WalkRetriever

    meaning = VectorRetriever(store, embedder) if embedder is not None else None
    words, near = FullTextRetriever(store), NeighbourhoodRetriever(store, settings, meaning)
    if mode == "full_text":
        return words
    if mode == "graph":
        return near
    if mode == "pagerank":
        return WalkRetriever(store, settings, embedder)
    if mode == "vector":
        if meaning is None:
            raise UsageError("retrieval by vectors needs an embedder", hint="Give one, or use the mode full_text.")
        return meaning
    if mode == "auto":
        joined: Retriever = BridgingRetriever(store, settings, Parts(words, near, meaning))
    elif mode == "hybrid":
        joined = HybridRetriever(store, Parts(words, near, meaning), settings.rank_constant)
    else:
        raise UsageError(f"no way to retrieve is called {mode!r}", hint=f"Choose one of {', '.join(MODES)}.")
    return joined if reranker is None else RerankingRetriever(joined, store, reranker, settings.rerank_depth)
