"""A LangChain retriever: ``KnowledgeRetriever(view=kb).invoke("Who ran Acme in 2021?")`` (needs langchain-core)."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from kgfuse.knowledge_view import KnowledgeView, When
from kgfuse.model import Fact
from kgfuse.wording import fact_words


class KnowledgeRetriever(BaseRetriever):
    """Facts (as sentences) and passages of a knowledge base, best first.

    Metadata: `id`, `kind` (``fact`` or ``chunk``), `score`, `scores` by part, `citations` (uri, title, page, start, end,
    quote), and for a fact `status` and `confidence`. Raises what `KnowledgeView.search` raises. A knowledge base in a file
    belongs to the thread that opened it: `ainvoke`, which runs this in another, is for one in Neo4j.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    view: KnowledgeView
    mode: str = "auto"
    limit: int = 10
    as_of: When | None = None
    known_at: When | None = None
    minimum_confidence: float = 0.0

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.view.search(
            query,
            limit=self.limit,
            as_of=self.as_of,
            known_at=self.known_at,
            mode=self.mode,
            minimum_confidence=self.minimum_confidence,
        )
        names = self.view.names([hit.item for hit in hits if isinstance(hit.item, Fact)])
        documents = []
        for hit in hits:
            item = hit.item
            about: dict[str, Any] = {"id": item.id, "kind": "chunk", "score": hit.score, "scores": dict(hit.scores)}
            if isinstance(item, Fact):
                about |= {"kind": "fact", "status": item.status.value, "confidence": item.confidence}
            about["citations"] = [
                {"uri": c.uri, "title": c.title, "page": c.page, "start": c.start, "end": c.end, "quote": c.quote}
                for c in self.view.cite(item)
            ]
            text = fact_words(item, names) if isinstance(item, Fact) else item.text
            documents.append(Document(id=item.id, page_content=text, metadata=about))
        return documents
