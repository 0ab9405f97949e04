"""A retriever for neo4j-graphrag's pipelines over a knowledge base that was pushed to Neo4j (needs neo4j-graphrag)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neo4j import Driver, Record
from neo4j_graphrag.retrievers.base import Retriever
from neo4j_graphrag.types import RawSearchResult, RetrieverResultItem

from kgfuse.adapters.items import AS_USUAL, Asked, Source, items


class KnowledgeRetriever(Retriever):
    """Facts (as sentences) and passages, best first: ``GraphRAG(retriever=KnowledgeRetriever(driver, view), llm=…)``.

    `driver` is the one that the package wants to see; `view` is what is asked (`KnowledgeView.connect`). Metadata are those
    of `kgfuse.adapters.items.Item`. Raises what `KnowledgeView.search` raises. May be asked from any thread.
    """

    VERIFY_NEO4J_VERSION = False

    def __init__(
        self, driver: Driver, view: Source, asked: Asked = AS_USUAL, neo4j_database: str | None = None
    ) -> None:
        super().__init__(driver, neo4j_database)
        self._view, self._asked = view, asked

    def get_search_results(self, query_text: str, top_k: int | None = None) -> RawSearchResult:
        """Return what the package's `search` makes its result of."""
        asked = replace(self._asked, limit=top_k) if top_k is not None else self._asked
        record: Any = Record
        found = [record({"text": item.text, "about": item.about}) for item in items(self._view, query_text, asked)]
        return RawSearchResult(records=found, metadata={"query": query_text})

    def get_result_formatter(self) -> Any:
        """Return what makes an item of a record."""
        return lambda record: RetrieverResultItem(content=record["text"], metadata=record["about"])
