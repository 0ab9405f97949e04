"""The LangChain retriever, in the real langchain-core."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kgfuse.config import Settings
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.ontology import builtin_ontology
from tests.retrieve.test_retrievers import embed_all
from tests.retrieve.world import make_world

pytest.importorskip("langchain_core", reason="the extra langchain is not installed")


def test_hits_become_documents_with_their_citations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgfuse.adapters.langchain import KnowledgeRetriever

    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        embedder = embed_all(store)
        view = KnowledgeView(Settings(), builtin_ontology(), store, ledger)
        monkeypatch.setattr(KnowledgeView, "_embedder", property(lambda self: lambda: embedder))
        found = KnowledgeRetriever(view=view, limit=40).invoke("coffee of the night shift at Beta Solar")
        passage = next(one for one in found if one.metadata["kind"] == "chunk")
        assert "coffee" in passage.page_content
        assert [cited["quote"] for cited in passage.metadata["citations"]] == [passage.page_content]
        fact = next(one for one in found if one.metadata["kind"] == "fact")
        assert fact.metadata["status"] in ("accepted", "superseded", "disputed", "inferred")
        assert [one.metadata["score"] for one in found] == sorted(
            (one.metadata["score"] for one in found), reverse=True
        )
        sure = KnowledgeRetriever(view=view, limit=40, minimum_confidence=0.5).invoke("coffee at Beta Solar")
        assert sure
        assert all(one.metadata["confidence"] >= 0.5 for one in sure)


def test_batches_and_awaited_questions_find_what_invoke_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kgfuse.adapters.langchain import KnowledgeRetriever

    store, ledger = make_world(tmp_path / "kb.db")
    embedder = embed_all(store)
    monkeypatch.setattr(KnowledgeView, "_embedder", property(lambda self: lambda: embedder))
    questions = ["coffee of the night shift at Beta Solar", "Who ran Acme in 2021?", "Beta Solar"]
    with KnowledgeView(Settings(), builtin_ontology(), store, ledger) as view:
        retriever = KnowledgeRetriever(view=view, limit=5)
        wanted = [retriever.invoke(question) for question in questions]
        assert retriever.batch(questions) == wanted

        async def asked() -> None:
            assert await retriever.ainvoke(questions[0]) == wanted[0]
            assert await retriever.abatch(questions) == wanted

        asyncio.run(asked())
