"""Runs the peers' own extraction of some passages against a server: run by an environment that has them, for `prompt_cost`.

    PYTHON -m benchmarks.prompt_peers PEER BASE_URL < passages.json

One peer a process: ``neo4j-graphrag`` (its LLMEntityRelationExtractor), ``graphiti`` (its extract_nodes and extract_edges,
without the later deduplication, summaries and attributes), ``lightrag`` (its ainsert, with its default gleaning). Prints its
version. Imports nothing of kgfuse, which that environment lacks.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from benchmarks.peer_tokens import Letters

KEY = "none"


async def neo4j_graphrag(base_url: str, passages: list[str]) -> str:
    """One request a chunk, JSON by prompt."""
    from neo4j_graphrag.components.entity_relation_extractor import LLMEntityRelationExtractor
    from neo4j_graphrag.components.types import TextChunk, TextChunks
    from neo4j_graphrag.llm import OpenAILLM

    llm = OpenAILLM("m", {"response_format": {"type": "json_object"}, "temperature": 0}, base_url=base_url, api_key=KEY)
    extractor = LLMEntityRelationExtractor(llm, create_lexical_graph=False)
    await extractor.run(TextChunks(chunks=[TextChunk(text=text, index=n) for n, text in enumerate(passages)]))
    return version("neo4j-graphrag")


async def graphiti(base_url: str, passages: list[str]) -> str:
    """Entities in one request, edges between them in another."""
    from graphiti_core.graphiti_types import GraphitiClients
    from graphiti_core.llm_client.config import LLMConfig
    from graphiti_core.llm_client.openai_generic_client import OpenAIGenericClient
    from graphiti_core.nodes import EpisodeType, EpisodicNode
    from graphiti_core.utils.maintenance.edge_operations import extract_edges
    from graphiti_core.utils.maintenance.node_operations import extract_nodes

    llm = OpenAIGenericClient(LLMConfig(api_key=KEY, model="m", small_model="m", base_url=base_url))
    clients: Any = GraphitiClients.model_construct(
        llm_client=llm, driver=None, embedder=None, cross_encoder=None, tracer=None
    )
    for number, text in enumerate(passages):
        episode = EpisodicNode(
            name=f"passage {number}",
            group_id="g",
            source=EpisodeType.text,
            source_description="text",
            content=text,
            valid_at=datetime(2021, 5, 4, tzinfo=UTC),
        )
        found: Any = await extract_nodes(clients, episode, [])
        nodes = found[0] if isinstance(found, tuple) else found
        await extract_edges(clients, episode, nodes, [], {}, "g")
    return version("graphiti-core")


async def lightrag(base_url: str, passages: list[str]) -> str:
    """Tuples as text, then a gleaning turn."""
    import numpy as np
    from lightrag import LightRAG
    from lightrag.llm.openai import openai_complete_if_cache
    from lightrag.utils import EmbeddingFunc, Tokenizer

    async def embed(texts: list[str]) -> Any:
        rows = [[float(byte) for byte in hashlib.sha256(text.encode()).digest()[:16]] for text in texts]
        return np.array(rows)

    async def ask(prompt: str, system_prompt: str | None = None, history_messages: Any = None, **_: Any) -> Any:
        return await openai_complete_if_cache(
            "m", prompt, system_prompt, history_messages or [], base_url=base_url, api_key=KEY
        )

    with tempfile.TemporaryDirectory() as folder:
        rag = LightRAG(
            working_dir=folder,
            llm_model_func=ask,
            llm_model_name="m",
            embedding_func=EmbeddingFunc(embedding_dim=16, max_token_size=8192, func=embed),
            tokenizer=Tokenizer("letters", Letters()),
            enable_llm_cache=False,
        )
        await rag.initialize_storages()
        await rag.ainsert(passages)
        await rag.finalize_storages()
    return version("lightrag-hku")


PEERS = {"neo4j-graphrag": neo4j_graphrag, "graphiti": graphiti, "lightrag": lightrag}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ.setdefault("GRAPHITI_TELEMETRY_ENABLED", "false")
    os.environ["OPENAI_API_KEY"] = KEY
    print("version", asyncio.run(PEERS[sys.argv[1]](sys.argv[2], json.load(sys.stdin))))
