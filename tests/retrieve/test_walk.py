"""The walk from what a question means: where it leads, and what filters keep from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgfuse.config import RetrieveSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import Chunk, Fact
from kgfuse.protocols import FactFilter
from kgfuse.retrieve import make_retriever
from tests.retrieve.test_bridging import TEXTS
from tests.retrieve.test_bridging import store as bridged
from tests.retrieve.test_retrievers import embed_all
from tests.retrieve.world import make_world
from tests.support.made import entity, fact, graph

two_towns = bridged  # the fixture of the two towns


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[EmbeddedGraphStore, Ledger]]:
    store, ledger = make_world(tmp_path / "world.db")
    with store, ledger:
        yield store, ledger


def test_the_walk_leads_over_a_fact_to_the_passage_about_its_other_end(two_towns: EmbeddedGraphStore) -> None:
    embedder = embed_all(two_towns)
    question = "Who is the mayor of the town where Petra Holm was born?"
    for make in (lambda: embedder, None):
        hits = make_retriever(two_towns, RetrieveSettings(), "pagerank", make).retrieve(question, 20)
        passages = [hit for hit in hits if isinstance(hit.item, Chunk)]
        texts = [hit.item.text for hit in passages if isinstance(hit.item, Chunk)]
        assert set(texts[:2]) == {text for name, (text, _) in TEXTS.items() if name in ("glade.txt", "tunvik.txt")}
        assert all(dict(hit.scores).keys() == {"pagerank"} for hit in hits)
        led = next(hit for hit in passages if isinstance(hit.item, Chunk) and "governed" in hit.item.text)
        assert [step.relation for step in led.path] == ["born_in"]


@pytest.mark.parametrize("question", ["", "?!", "x " * 50_000, "Hvem?", "'; DROP TABLE links --"])
def test_any_text_is_a_question(two_towns: EmbeddedGraphStore, question: str) -> None:
    assert len(make_retriever(two_towns, RetrieveSettings(), "pagerank").retrieve(question, 5)) <= 5


def test_an_empty_graph_leads_nowhere(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "kb.db").close()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
        assert make_retriever(store, RetrieveSettings(), "pagerank").retrieve("Who?", 5) == []


def test_no_fact_outside_the_filter_comes_through(world: tuple[EmbeddedGraphStore, Ledger]) -> None:
    store, _ = world
    embedder = embed_all(store)
    retriever = make_retriever(store, RetrieveSettings(), "pagerank", lambda: embedder)
    for filter in (
        FactFilter(minimum_confidence=0.8),
        FactFilter(as_of=datetime(2015, 1, 1, tzinfo=UTC)),
        FactFilter(relation="chief_executive_of"),
    ):
        allowed = {fact.id for fact in store.facts(filter)}
        hits = retriever.retrieve("Who leads Acme and Beta Solar?", 50, filter)
        assert {hit.item.id for hit in hits if isinstance(hit.item, Fact)} <= allowed
        assert {step.id for hit in hits for step in hit.path} <= allowed


def test_what_a_walk_looks_at_does_not_grow_with_what_its_seeds_lead_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, spokes = entity("Hub"), [entity(f"Spoke {number}") for number in range(400)]
    far = [entity(f"Far {number}") for number in range(400)]
    told = [fact(hub, "owns", spoke) for spoke in spokes]
    told += [fact(spoke, "owns", end) for spoke, end in zip(spokes, far, strict=True)]
    Ledger.open(tmp_path / "kb.db").close()
    looked: set[str] = set()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
        store.write(graph([hub, *spokes, *far], told), datetime(2024, 1, 1, tzinfo=UTC))
        chunks_of = store.chunks_of

        def noted(ids: Sequence[str], most: int | None = None) -> list[tuple[str, str]]:
            looked.update(ids)
            return chunks_of(ids, most)

        monkeypatch.setattr(store, "chunks_of", noted)
        hits = make_retriever(store, RetrieveSettings(), "pagerank").retrieve("What does Hub own?", 5)
    assert all(isinstance(hit.item, Fact) and hit.item.subject == hub.id for hit in hits)
    assert hub.id in looked
    assert len(looked) < 100
