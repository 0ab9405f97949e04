"""A Haystack component: ``KnowledgeRetriever(kb).run(query="Who ran Acme in 2021?")`` (needs haystack-ai)."""

from __future__ import annotations

import asyncio

from haystack import Document, component

from kgfuse.adapters.items import AS_USUAL, Asked, Source, items


@component
class KnowledgeRetriever:
    """Facts (as sentences) and passages of a knowledge base, best first, as documents for a pipeline.

    Meta are those of `kgfuse.adapters.items.Item`. Raises what `KnowledgeView.search` raises. May be
    asked from any thread.
    """

    def __init__(self, view: Source, asked: Asked = AS_USUAL) -> None:
        self._view, self._asked = view, asked

    @component.output_types(documents=list[Document])
    def run(self, query: str) -> dict[str, list[Document]]:
        """Return the hits as ``documents``."""
        found = items(self._view, query, self._asked)
        return {
            "documents": [Document(id=item.id, content=item.text, meta=item.about, score=item.score) for item in found]
        }

    @component.output_types(documents=list[Document])
    async def run_async(self, query: str) -> dict[str, list[Document]]:
        """Return what `run` does, while the event loop goes on."""
        return await asyncio.to_thread(self.run, query)
