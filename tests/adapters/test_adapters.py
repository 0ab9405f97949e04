"""The retrievers for LlamaIndex, Haystack and neo4j-graphrag, in the real packages, and the asynchronous face."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase
from kgfuse.adapters.items import Asked, items
from kgfuse.asynchronous import AsyncKnowledge
from kgfuse.config import Settings
from kgfuse.errors import NotFound, UsageError
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.model import Chunk
from kgfuse.ontology import builtin_ontology
from tests.retrieve.test_retrievers import embed_all
from tests.retrieve.world import make_world
from tests.support.folder import write_folder

QUESTION = "coffee of the night shift at Beta Solar"


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KnowledgeView]:
    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        embedder = embed_all(store)
        monkeypatch.setattr(KnowledgeView, "_embedder", property(lambda self: lambda: embedder))
        with KnowledgeView(Settings(), builtin_ontology(), store, ledger) as view:
            yield view


def test_items_are_plain_and_carry_their_places(view: KnowledgeView) -> None:
    found = items(view, QUESTION, Asked(limit=40))
    passage = next(item for item in found if item.about["kind"] == "chunk")
    assert [cited["quote"] for cited in passage.about["citations"]] == [passage.text]
    assert json.loads(json.dumps([item.about for item in found]))
    sure = items(view, QUESTION, Asked(limit=40, minimum_confidence=0.5))
    assert sure
    assert all(item.about["kind"] == "fact" and item.about["confidence"] >= 0.5 for item in sure)


def test_llamaindex(view: KnowledgeView) -> None:
    pytest.importorskip("llama_index.core", reason="pip install 'kgfuse[llamaindex]'")
    from kgfuse.adapters.llamaindex import KnowledgeRetriever

    found = KnowledgeRetriever(view, Asked(limit=5)).retrieve(QUESTION)
    wanted = items(view, QUESTION, Asked(limit=5))
    assert [(one.node.node_id, one.score) for one in found] == [(item.id, item.score) for item in wanted]
    assert [one.get_content() for one in found] == [item.text for item in wanted]
    assert found[0].node.metadata["citations"]


def test_haystack(view: KnowledgeView) -> None:
    haystack = pytest.importorskip("haystack", reason="pip install 'kgfuse[haystack]'")
    from kgfuse.adapters.haystack import KnowledgeRetriever

    pipeline = haystack.Pipeline()
    pipeline.add_component("kgfuse", KnowledgeRetriever(view, Asked(limit=5)))
    found = pipeline.run({"kgfuse": {"query": QUESTION}})["kgfuse"]["documents"]
    assert [one.content for one in found] == [item.text for item in items(view, QUESTION, Asked(limit=5))]
    assert any(one.meta["citations"] for one in found)


def test_neo4j_graphrag(view: KnowledgeView) -> None:
    pytest.importorskip("neo4j_graphrag", reason="pip install 'kgfuse[graphrag]'")
    import neo4j

    from kgfuse.adapters.graphrag import KnowledgeRetriever

    with neo4j.GraphDatabase.driver("bolt://127.0.0.1:1", auth=("x", "y")) as driver:  # asked for, and left alone
        found = KnowledgeRetriever(driver, view).search(query_text=QUESTION, top_k=3)
    wanted = items(view, QUESTION, Asked(limit=3))
    assert [(one.content, one.metadata) for one in found.items] == [(item.text, item.about) for item in wanted]


def test_llamaindex_from_threads_and_awaited(view: KnowledgeView) -> None:
    pytest.importorskip("llama_index.core", reason="pip install 'kgfuse[llamaindex]'")
    from kgfuse.adapters.llamaindex import KnowledgeRetriever

    retriever = KnowledgeRetriever(view, Asked(limit=5))
    wanted = [one.node.node_id for one in retriever.retrieve(QUESTION)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(retriever.retrieve, [QUESTION] * 6))
    assert [[one.node.node_id for one in one] for one in found] == [wanted] * 6
    assert [one.node.node_id for one in asyncio.run(retriever.aretrieve(QUESTION))] == wanted


def test_haystack_awaited(view: KnowledgeView) -> None:
    haystack = pytest.importorskip("haystack", reason="pip install 'kgfuse[haystack]'")
    from kgfuse.adapters.haystack import KnowledgeRetriever

    pipeline = haystack.Pipeline()
    pipeline.add_component("kgfuse", KnowledgeRetriever(view, Asked(limit=5)))
    found = asyncio.run(pipeline.run_async({"kgfuse": {"query": QUESTION}}))["kgfuse"]["documents"]
    assert [one.content for one in found] == [item.text for item in items(view, QUESTION, Asked(limit=5))]


def test_neo4j_graphrag_from_threads(view: KnowledgeView) -> None:
    pytest.importorskip("neo4j_graphrag", reason="pip install 'kgfuse[graphrag]'")
    import neo4j

    from kgfuse.adapters.graphrag import KnowledgeRetriever

    with neo4j.GraphDatabase.driver("bolt://127.0.0.1:1", auth=("x", "y")) as driver, ThreadPoolExecutor(2) as pool:
        retriever = KnowledgeRetriever(driver, view, Asked(limit=3))
        found = list(pool.map(lambda text: retriever.search(query_text=text), [QUESTION] * 4))
    wanted = [item.text for item in items(view, QUESTION, Asked(limit=3))]
    assert [[one.content for one in one.items] for one in found] == [wanted] * 4


def test_errors_come_back_from_another_thread(view: KnowledgeView) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(NotFound, match="no type"):
        pool.submit(items, view, QUESTION, Asked(types=("Nonsense",))).result()


def test_what_is_closed_has_no_thread_left(view: KnowledgeView) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(items, view, QUESTION, Asked()).result()
    view.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kgfuse-view")]


def test_what_is_no_knowledge_base_is_refused() -> None:
    with pytest.raises(UsageError, match="not str"):
        items("kgfuse.db", QUESTION, Asked())  # type: ignore[arg-type]


def test_an_asynchronous_knowledge_base_is_asked_as_well(view: KnowledgeView, tmp_path: Path) -> None:
    wanted = items(view, QUESTION, Asked())

    async def asked() -> None:
        kb = AsyncKnowledge.open(tmp_path / "kb.db", read_only=True)
        with pytest.raises(UsageError, match="not open"):
            items(kb, QUESTION, Asked())
        async with kb:
            assert await asyncio.to_thread(items, kb, QUESTION, Asked()) == wanted
            assert items(kb, QUESTION, Asked()) == wanted

    asyncio.run(asked())


def test_questions_can_be_awaited(tmp_path: Path) -> None:
    write_folder(tmp_path / "docs")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(tmp_path / "docs")
        alone = kb.ask("Who is the chief executive of Acme Energy AS?")

    async def asked() -> None:
        async with AsyncKnowledge.open(tmp_path / "kb.db") as kb:
            answers = await asyncio.gather(*(kb.ask("Who is the chief executive of Acme Energy AS?") for _ in range(3)))
            assert [one.to_dict() for one in answers] == [alone.to_dict()] * 3
            entity, hits = await asyncio.gather(kb.entity("Tom Poe"), kb.search("Tom Poe"))
            assert entity.name == "Tom Poe"
            assert (await kb.cite(hits[0].item))[0].quote
            assert await kb.facts("Tom Poe") == await kb.call(kb.view.facts, "Tom Poe")
            with pytest.raises(NotFound):
                await kb.entity("nobody at all")
        with pytest.raises(RuntimeError, match="not open"):
            await kb.search("x")

    asyncio.run(asked())


def test_results_are_dictionaries_that_json_takes(view: KnowledgeView) -> None:
    hits = view.search(QUESTION, limit=20)
    for hit in hits:
        told = json.loads(json.dumps(hit.to_dict()))
        assert told["item"]["id"] == hit.item.id
        assert dict(told["scores"]) == dict(hit.scores)
    hit, passage = next((hit, hit.item) for hit in hits if isinstance(hit.item, Chunk))
    (place,) = json.loads(json.dumps(hit.to_dict()))["citations"]
    assert (place["quote"], place["start"], place["end"]) == (passage.text, passage.start, passage.end)


def test_a_hit_tells_its_path_in_words(view: KnowledgeView) -> None:
    hits = [*view.search("Who runs Acme?", mode="graph"), *view.ask("Who runs Acme?").hits]
    led = [hit for hit in hits if hit.path]
    assert led
    assert all(len(hit.path_words) == len(hit.path) for hit in led)
    assert any("Acme Energy AS" in words for hit in led for words in hit.to_dict()["path_words"])
