"""Retrieval by words, by meaning, by neighbourhood and by all of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, current_thread
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.config import RetrieveSettings
from kgfuse.errors import ModelError, UsageError
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.model import Chunk, Fact
from kgfuse.protocols import EVERYTHING, FactFilter
from kgfuse.retrieve import MODES, make_retriever
from kgfuse.retrieve.found import fuse_ranks, passage
from kgfuse.retrieve.words import content_stems
from tests.retrieve.world import make_world

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

SETTINGS = RetrieveSettings()


class BagOfWords:
    """An embedder whose vectors count stems, hashed into 64 places: like texts share words."""

    name = "bag"
    dimensions = 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for stem in content_stems(text):
                vectors[row, random.Random(stem).randrange(64)] += 1
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        yield store


def embed_all(store: EmbeddedGraphStore) -> BagOfWords:
    embedder = BagOfWords()
    for kind in ("chunk", "fact", "entity"):
        missing = store.missing_vectors(kind, "bag")
        vectors = embedder.embed([text for _, text in missing])
        store.put_vectors(kind, "bag", [(id, vector) for (id, _), vector in zip(missing, vectors, strict=True)])
    embedder.asked.clear()
    return embedder


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_finds_facts_and_passages_best_first(store: EmbeddedGraphStore, mode: str) -> None:
    embedder = embed_all(store)
    hits = make_retriever(store, SETTINGS, mode, lambda: embedder).retrieve("coffee night shift of Beta Solar", 60)
    assert any(isinstance(hit.item, Fact) for hit in hits)
    if mode not in ("graph", "pagerank"):  # these go by what is linked, not by words
        assert "coffee" in next(hit.item.text for hit in hits if isinstance(hit.item, Chunk))
    assert len({hit.item.id for hit in hits}) == len(hits)
    if mode != "full_text":
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hybrid_hit_says_what_each_part_thought_and_how_it_was_reached(store: EmbeddedGraphStore) -> None:
    embedder = embed_all(store)
    hits = make_retriever(store, SETTINGS, "hybrid", lambda: embedder).retrieve("headquarters of Acme in Bergen", 5)
    hit = next(one for one in hits if isinstance(one.item, Fact))
    assert isinstance(hit.item, Fact)
    assert hit.item.relation == "headquartered_in"
    assert [part for part, _ in hit.scores] == ["full_text", "graph", "vector"]
    assert hit.path == (hit.item,)


def test_the_walk_goes_on_to_the_next_fact_and_keeps_its_path(store: EmbeddedGraphStore) -> None:
    two = make_retriever(store, SETTINGS, "graph").retrieve("In which country is the seat of Acme?", 60)
    found = next(hit for hit in two if isinstance(hit.item, Fact) and hit.item.relation == "located_in")
    assert [fact.relation for fact in found.path] == ["headquartered_in", "located_in"]
    one = make_retriever(store, RetrieveSettings(neighbourhood_hops=1), "graph").retrieve("Acme", 60)
    assert all(hit.item.relation != "located_in" for hit in one if isinstance(hit.item, Fact))


def test_a_question_without_a_name_is_about_the_entities_most_like_it(store: EmbeddedGraphStore) -> None:
    embedder = embed_all(store)
    question = "an organization that is some bank"
    assert make_retriever(store, SETTINGS, "graph").retrieve(question, 5) == []
    hits = make_retriever(store, SETTINGS, "graph", lambda: embedder).retrieve(question, 5)
    ((bank, _),) = store.find_entities("Gamma Bank", 1)
    facts = [hit for hit in hits if isinstance(hit.item, Fact)]
    assert facts
    assert all(bank.id in (hit.path[0].subject, hit.path[0].object) for hit in facts)
    assert make_retriever(store, SETTINGS, "graph", lambda: embedder).retrieve("zebras in a zoo", 5) == []


def test_no_model_is_asked_without_vectors(store: EmbeddedGraphStore) -> None:
    embedder = BagOfWords()
    retriever = make_retriever(store, SETTINGS, "hybrid", lambda: embedder)
    assert retriever.retrieve("Who is CEO of Acme?", 5)
    assert embedder.asked == []
    embed_all(store)
    retriever.retrieve("Who is CEO of Acme?", 5)
    assert embedder.asked == ["Who is CEO of Acme?"]


@pytest.mark.parametrize("mode", MODES)
def test_filters_hold_in_every_mode(store: EmbeddedGraphStore, mode: str) -> None:
    embedder = embed_all(store)
    retriever = make_retriever(store, SETTINGS, mode, lambda: embedder)
    then = datetime(2016, 1, 1, tzinfo=UTC)
    facts = [hit.item for hit in retriever.retrieve("Acme chief executive", 50, FactFilter(as_of=then))]
    assert any(isinstance(fact, Fact) and fact.relation == "chief_executive_of" for fact in facts)
    assert all(fact.validity.contains(then) for fact in facts if isinstance(fact, Fact))
    only = retriever.retrieve("Acme coffee", 50, FactFilter(relation="revenue"))
    assert {getattr(hit.item, "relation", "a passage") for hit in only} == {"revenue"}
    sure = retriever.retrieve("Acme coffee", 50, FactFilter(minimum_confidence=0.5))
    assert all(isinstance(hit.item, Fact) and hit.item.confidence >= 0.5 for hit in sure)
    assert retriever.retrieve("Acme coffee", 50, FactFilter(known_at=then)) == []


def test_meaning_is_looked_for_while_the_words_are(store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = embed_all(store)
    begun, asked, threads = Event(), Event(), []
    nearest, search = store.nearest, store.search_facts

    def waiting(kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        if limit > 1:  # the first asks whether there are vectors
            threads.append(current_thread().name)
            begun.set()
            assert asked.wait(30)
        return nearest(kind, vector, limit)

    def searching(query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        assert begun.wait(30)
        asked.set()
        return search(query, limit, filter)

    monkeypatch.setattr(store, "nearest", waiting)
    monkeypatch.setattr(store, "search_facts", searching)
    hits = make_retriever(store, SETTINGS, "auto", lambda: embedder).retrieve("Who runs Acme Energy?", 5)
    assert any("vector" in dict(one.scores) for one in hits)
    assert len(threads) >= 2
    assert current_thread().name not in threads


def test_what_the_words_raise_is_raised_after_the_search_for_meaning_has_ended(
    store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = embed_all(store)
    ended = []
    nearest = store.nearest

    def slowly(kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        found = nearest(kind, vector, limit)
        ended.append(kind)
        return found

    def broken(query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(store, "nearest", slowly)
    monkeypatch.setattr(store, "search_facts", broken)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        make_retriever(store, SETTINGS, "hybrid", lambda: embedder).retrieve("Who runs Acme Energy?", 5)
    assert ended[-2:] == ["fact", "chunk"]


def test_what_the_model_raises_is_raised(store: EmbeddedGraphStore) -> None:
    embed_all(store)

    def absent() -> BagOfWords:
        raise ModelError("no model is there")

    for mode in ("vector", "hybrid", "auto", "pagerank"):
        with pytest.raises(ModelError, match="no model is there"):
            make_retriever(store, SETTINGS, mode, absent).retrieve("Who runs Acme Energy?", 5)


def test_a_wrong_mode_says_which_there_are(store: EmbeddedGraphStore) -> None:
    with pytest.raises(UsageError, match="nonsense") as caught:
        make_retriever(store, SETTINGS, "nonsense")
    assert "full_text" in caught.value.hint
    with pytest.raises(UsageError, match="embedder"):
        make_retriever(store, SETTINGS, "vector")


@given(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=8), max_size=4), st.integers(1, 100))
def test_rank_fusion_sums_reciprocal_ranks(lists: list[list[int]], k: int) -> None:
    fused = fuse_ranks([[passage(f"chunk:{number}", "words", 1.0) for number in numbers] for numbers in lists], k)
    every = {number for numbers in lists for number in numbers}
    expected = {
        f"chunk:{number}": sum(1 / (k + 1 + numbers.index(number)) for numbers in lists if number in numbers)
        for number in every
    }
    assert {one.id: pytest.approx(one.score) for one in fused} == expected
    assert [one.score for one in fused] == sorted((one.score for one in fused), reverse=True)
