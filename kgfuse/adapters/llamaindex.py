"""A LlamaIndex retriever: ``KnowledgeRetriever(kb).retrieve("Who ran Acme in 2021?")`` (needs llama-index-core)."""

from __future__ import annotations

import asyncio

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from kgfuse.adapters.items import AS_USUAL, Asked, Source, items


class KnowledgeRetriever(BaseRetriever):
    """Facts (as sentences) and passages of a knowledge base, best first, as text nodes.

    Metadata are those of `kgfuse.adapters.items.Item`. Raises what `KnowledgeView.search` raises. May be
    asked from any thread.
    """

    def __init__(self, view: Source, asked: Asked = AS_USUAL) -> None:
        self._view, self._asked = view, asked
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = items(self._view, query_bundle.query_str, self._asked)
        return [
            NodeWithScore(node=TextNode(id_=item.id, text=item.text, metadata=item.about), score=item.score)
            for item in found
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
