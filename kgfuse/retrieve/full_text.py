"""Facts and passages by their words (BM25)."""

from __future__ import annotations

from kgfuse.model import Hit
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.found import Found, fact, passage, read
from kgfuse.retrieve.parts import EVERYTHING, admits_passages


class FullTextRetriever:
    """A `Retriever` over the store's full-text index; the part is called ``full_text``."""

    def __init__(self, store: GraphReader) -> None:
        self._store = store

    def lists(
        self, query: str, limit: int, filter: FactFilter = EVERYTHING, passages: int | None = None
    ) -> list[list[Found]]:
        """Return the facts and the passages (so many, if it is said), each best first: their scores do not compare."""
        facts = [fact(id, "full_text", score) for id, score in self._store.search_facts(query, limit, filter)]
        if not admits_passages(filter):
            return [facts]
        found = self._store.search_chunks(query, passages or limit, filter)
        return [facts, [passage(id, "full_text", score) for id, score in found]]

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages in turn, best first."""
        return read(interleave(self.lists(query, limit, filter))[:limit], self._store, filter)


def interleave(lists: list[list[Found]]) -> list[Found]:
    """Merge lists whose scores do not compare by taking from each in turn."""
    ranked = [(rank, number, one) for number, found in enumerate(lists) for rank, one in enumerate(found)]
    return [one for _, _, one in sorted(ranked, key=lambda item: item[:2])]
