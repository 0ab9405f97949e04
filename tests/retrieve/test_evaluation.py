"""Scores of retrieval against figures worked out by hand, and against the definition on random rankings."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse import KnowledgeBase, Settings
from kgfuse.errors import NotFound, UsageError
from kgfuse.rating import rate
from kgfuse.retrieve.evaluation import Ranking, RatedQuestion, read_rated, score
from tests.support.folder import write_folder


def ranking(found: str, wanted: str, **parts: str) -> Ranking:
    rated = RatedQuestion("q", tuple(wanted))
    return Ranking(
        rated, {id: id.upper() for id in wanted}, list(found), lambda: {k: list(v) for k, v in parts.items()}
    )


def test_figures_by_hand() -> None:
    scores = score([ranking("xaxb", "ab"), ranking("c", "c"), ranking("xyz", "d", words="zd", graph="")])
    assert scores.questions == 3
    assert dict(scores.recall) == {
        2: pytest.approx(0.5, abs=1e-4),
        5: pytest.approx(2 / 3, abs=1e-4),
        10: pytest.approx(2 / 3, abs=1e-4),
    }
    assert scores.mrr == pytest.approx((1 / 2 + 1 + 0) / 3, abs=1e-4)  # the second x counts once: a is 2nd, b 3rd
    first = (1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3))
    assert scores.ndcg == pytest.approx((first + 1 + 0) / 3, abs=1e-4)
    (missed,) = scores.missed
    assert (missed.document, missed.rank, missed.parts) == ("D", None, (("words", 2), ("graph", None)))


@settings(max_examples=200)
@given(st.lists(st.integers(0, 30), max_size=40), st.sets(st.integers(0, 30), min_size=1, max_size=5))
def test_all_found_first_is_one_and_nothing_is_zero(found: list[int], wanted: set[int]) -> None:
    names = {str(id): str(id) for id in wanted}
    one = score([Ranking(RatedQuestion("q", ("x",)), names, list(map(str, found)), dict)])
    assert 0.0 <= one.ndcg <= 1.0
    assert 0.0 <= one.mrr <= 1.0
    best = score([Ranking(RatedQuestion("q", ("x",)), names, [*names, *map(str, found)], dict)])
    assert (best.mrr, best.ndcg, dict(best.recall)[5]) == (1.0, 1.0, 1.0)
    if not wanted & set(found):
        assert (one.mrr, one.ndcg, dict(one.recall)[10]) == (0.0, 0.0, 0.0)


def test_ones_own_questions_on_ones_own_documents(tmp_path: Path) -> None:
    docs = write_folder(tmp_path / "docs")
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"question": "Who is the chief executive of Acme Energy AS?", "relevant": ["note-2021.txt"]},
        {"question": "When was Beta Cells founded?", "relevant": ["deal.html"]},
        {"question": "Who ran Acme Energy AS?", "relevant": ["note-2019.txt"], "as_of": "2020-01"},
    ]
    questions.write_text("\n".join(map(json.dumps, rows)) + "\n\n", "utf-8")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(docs)
        scores = rate(kb, read_rated(questions))
        assert (scores.questions, dict(scores.recall)[5], scores.missed) == (3, 1.0, ())
        assert scores.mrr >= 0.8
        with pytest.raises(NotFound):
            rate(kb, [RatedQuestion("x", ("nowhere.pdf",))])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no question"),
        ("nonsense", "line 1"),
        ('{"question": "x", "relevant": ["a"]}\n{"question": "x"}', "line 2: 'relevant' is missing"),
        ('{"relevant": ["a"]}', "line 1: 'question' is missing"),
        ('{"question": " ", "relevant": ["a"]}', "line 1: 'question' holds no text"),
        ('{"question": "x", "relevant": []}', "line 1: 'relevant' is no list"),
        ('{"question": "x", "relevant": "a"}', "line 1: 'relevant' is no list"),
        ('["x"]', "line 1: it is no"),
    ],
)
def test_what_is_no_question_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=said) as caught:
        read_rated(path)
    assert "relevant" in caught.value.hint


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_rated(tmp_path / "none.jsonl")
