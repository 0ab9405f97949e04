"""A LangChain retriever: ``KnowledgeRetriever(view=kb).invoke("Who ran Acme in 2021?")`` (needs langchain-core)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from kgfuse.adapters.items import Asked, Source, items
from kgfuse.asked import When
from kgfuse.model import FactStatus


class KnowledgeRetriever(BaseRetriever):
    """Facts (as sentences) and passages of a knowledge base, best first.

    Metadata are those of `kgfuse.adapters.items.Item`. Raises what `KnowledgeView.search` raises. May be
    asked from any thread: ``invoke``, ``batch`` and ``ainvoke`` alike.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    view: Source
    mode: str = "auto"
    limit: int = 10
    as_of: When | None = None
    known_at: When | None = None
    minimum_confidence: float = 0.0
    statuses: Sequence[FactStatus | str] = ()
    relation: str | None = None
    sources: Sequence[str] = ()
    types: Sequence[str] = ()

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        asked = Asked(**{field.name: getattr(self, field.name) for field in fields(Asked)})
        return [
            Document(id=item.id, page_content=item.text, metadata=item.about) for item in items(self.view, query, asked)
        ]
