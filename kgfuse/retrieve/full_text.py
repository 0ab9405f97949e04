"""Facts and passages by their words (BM25)."""

from __future__ import annotations

from kgfuse.model import Hit
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, hit


class FullTextRetriever:
    """A `Retriever` over the store's full-text index; the part is called ``full_text``."""

    def __init__(self, store: GraphReader) -> None:
        self._store = store

    def lists(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> list[list[Hit]]:
        """Return the facts and the passages (so many, if it is said), each best first: their scores do not compare."""
        facts = [hit(fact, "full_text", score) for fact, score in self._store.search_facts(query, limit, filter)]
        if not admits_passages(filter):
            return [facts]
        found = self._store.search_chunks(query, passages or limit, filter)
        return [facts, [hit(chunk, "full_text", score) for chunk, score in found]]

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages in turn, best first."""
        return interleave(self.lists(query, limit, filter))[:limit]


def interleave(lists: list[list[Hit]]) -> list[Hit]:
    """Merge lists whose scores do not compare by taking from each in turn."""
    ranked = [(rank, number, one) for number, hits in enumerate(lists) for rank, one in enumerate(hits)]
    return [one for _, _, one in sorted(ranked, key=lambda item: item[:2])]
