"""The LangChain retriever, in the real langchain-core."""

from __future__ import annotations

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
