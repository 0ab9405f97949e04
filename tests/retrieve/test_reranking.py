"""A cross-encoder orders the best hits anew: the package's own class, with a small model made here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kgfuse import errors
from kgfuse.config import RetrieveSettings, Settings
from kgfuse.cross_encoder import CrossEncoderReranker
from kgfuse.embedding import bundled_folder
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.knowledge_base import KnowledgeBase
from kgfuse.model import Chunk, Fact
from kgfuse.retrieve import make_retriever
from tests.retrieve.world import make_world

QUESTION = "Who is chief executive of Acme?"


class Longest:
    """Takes the longest text for the best, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        self.asked.append((query, list(texts)))
        return [float(len(text)) for text in texts]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        yield store


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one layer with random weights, and the bundled model's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("cross-encoder")
    tokenizer = AutoTokenizer.from_pretrained(str(bundled_folder()), local_files_only=True)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
    }
    torch.manual_seed(7)
    config = BertConfig(vocab_size=len(tokenizer), **sizes)
    config.num_labels = 1
    model = BertForSequenceClassification(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("mode", ["auto", "hybrid"])
def test_the_first_hits_are_ordered_anew_and_the_rest_stays(store: EmbeddedGraphStore, mode: str) -> None:
    settings, judge = RetrieveSettings(rerank_depth=4), Longest()
    plain = make_retriever(store, settings, mode).retrieve(QUESTION, 8)
    hits = make_retriever(store, settings, mode, None, lambda: judge).retrieve(QUESTION, 8)
    assert {hit.item.id for hit in hits[:4]} == {hit.item.id for hit in plain[:4]}
    assert [hit.item for hit in hits[4:]] == [hit.item for hit in plain[4:]]
    lengths = [dict(hit.scores)["cross_encoder"] for hit in hits[:4]]
    assert lengths == sorted(lengths, reverse=True)
    assert all("cross_encoder" not in dict(hit.scores) for hit in hits[4:])
    assert [hit.score for hit in hits] == [1 / rank for rank in range(1, 9)]
    ((query, texts),) = judge.asked
    assert query == QUESTION
    told = [text for text, hit in zip(texts, plain, strict=False) if isinstance(hit.item, Fact)]
    assert any("chief executive of Acme" in text for text in told), "a fact is read as a sentence"


def test_fewer_hits_than_the_depth_are_found_among_all_of_it(store: EmbeddedGraphStore) -> None:
    judge = Longest()
    (best,) = make_retriever(store, RetrieveSettings(), "hybrid", None, lambda: judge).retrieve(QUESTION, 1)
    ((_, texts),) = judge.asked
    assert len(texts) > 1
    assert dict(best.scores)["cross_encoder"] == max(map(len, texts))


def test_other_modes_and_single_hits_need_no_judge(store: EmbeddedGraphStore) -> None:
    judge = Longest()
    assert make_retriever(store, RetrieveSettings(), "graph", None, lambda: judge).retrieve(QUESTION, 3)
    assert make_retriever(store, RetrieveSettings(), "hybrid", None, lambda: judge).retrieve("?", 3) == []
    assert judge.asked == []


def test_a_real_cross_encoder_named_in_the_settings_is_used(tmp_path: Path, small_model: Path) -> None:
    path = tmp_path / "kb.db"
    store, ledger = make_world(path)
    store.close()
    ledger.close()
    settings = Settings(kb=path, retrieve=RetrieveSettings(cross_encoder=str(small_model)))
    with KnowledgeBase.open(path, settings=settings, read_only=True) as base:
        hits = base.search(QUESTION, mode="hybrid", limit=30)
        texts = [hit.item.embedded for hit in hits if isinstance(hit.item, Chunk)]
        judged = [dict(hit.scores)["cross_encoder"] for hit in hits if isinstance(hit.item, Chunk)]
    assert len(set(judged)) > 1
    assert judged == sorted(judged, reverse=True)
    assert judged == pytest.approx(CrossEncoderReranker(str(small_model)).scores(QUESTION, texts), abs=1e-4)


def test_a_missing_cross_encoder_says_what_to_set(store: EmbeddedGraphStore, tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(tmp_path / "nowhere"))
    assert reranker.scores(QUESTION, []) == []
    with pytest.raises(errors.ModelError, match="nowhere") as caught:
        make_retriever(store, RetrieveSettings(), "auto", None, lambda: reranker).retrieve(QUESTION, 3)
    assert "KGFUSE_RETRIEVE__CROSS_ENCODER" in caught.value.hint
