"""CaRB's scoring, on cases worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.carb import Tuple, match, read_gold, score


def test_words_are_counted_slot_by_slot() -> None:
    gold = Tuple("sold", ("Ann Roe", "the old house", "in 2019"))
    # relation 1 of 1; first argument 1 of 1 said, of 2 wanted; the rest ('the house') 2 of 2 said, of 5 wanted
    assert match(gold, Tuple("sold", ("Ann", "the house"))) == (4 / 4, 4 / 8)
    # the words of the first argument are not looked for in the second
    assert match(gold, Tuple("sold", ("the old house", "Ann Roe"))) == (1 / 6, 1 / 8)


def test_relations_without_a_common_word_do_not_match() -> None:
    assert match(Tuple("sold", ("Ann", "it")), Tuple("sells", ("Ann", "it"))) == (0.0, 0.0)


def test_be_stands_for_its_forms() -> None:
    assert match(Tuple("was founded in", ("Acme", "Oslo")), Tuple("be founded in", ("Acme", "Oslo"))) == (1.0, 1.0)


def test_a_missing_argument_is_no_match() -> None:
    assert match(Tuple("sold", ("Ann", "it")), Tuple("sold", ("Ann",))) == (0.0, 0.0)
    assert match(Tuple("left", ("Ann",)), Tuple("left", ("Ann", "early"))) == (1.0, 1.0)


def test_speaker_and_speech_may_be_swapped() -> None:
    gold = Tuple("said", ("Ann", "it is late"))
    assert match(gold, Tuple("said", ("it is late", "Ann"))) == (1.0, 1.0)


def test_precision_is_one_to_one_and_recall_many_to_one() -> None:
    gold = {"s": [Tuple("met", ("Ann", "Bob")), Tuple("met", ("Ann", "Eve"))]}
    found = {"s": [Tuple("met", ("Ann", "Bob and Eve"), 0.9)]}
    result = score(gold, found)
    # pair: 3 of 5 words are right; each gold tuple is found whole
    assert (result.best.precision, result.best.recall) == (3 / 5, 1.0)
    twice = {"s": [Tuple("met", ("Ann", "Bob"), 0.9)] * 3}
    assert score(gold, twice).best.precision == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_curve_and_area() -> None:
    gold = {"a": [Tuple("met", ("Ann", "Bob"))], "b": [Tuple("left", ("Eve", "Oslo"))]}
    found = {"a": [Tuple("met", ("Ann", "Bob"), 0.9)], "b": [Tuple("lost", ("Eve", "Oslo"), 0.4)]}
    result = score(gold, found)
    assert (result.best.confidence, result.best.precision, result.best.recall) == (0.9, 1.0, 0.5)
    assert (result.all.precision, result.all.recall) == (0.5, 0.5)
    assert result.auc == pytest.approx(0.5)
    assert score(gold, {}).best.f1 == 0.0


def test_gold_is_read_without_attributions(tmp_path: Path) -> None:
    path = tmp_path / "gold.tsv"
    path.write_text("It is late .\tis\tIt\tlate\tC: Ann said\n", "utf-8")
    assert read_gold(path) == {"It is late .": [Tuple("is", ("It", "late"))]}
    path.write_text("only a sentence\n", "utf-8")
    with pytest.raises(ValueError, match="line 1"):
        read_gold(path)


_TUPLES = st.builds(
    Tuple,
    st.lists(st.sampled_from(["met", "saw", "be", "was"]), min_size=1, max_size=3).map(" ".join),
    st.lists(st.sampled_from(["Ann", "Bob", "Eve", "Ann Bob", "Bob Eve Eve"]), min_size=1, max_size=3).map(tuple),
    st.sampled_from([0.2, 0.5, 0.9]),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.lists(_TUPLES, min_size=1, max_size=4), min_size=1), st.data())
def test_gold_finds_itself_and_scores_are_shares(gold: dict[str, list[Tuple]], data: st.DataObject) -> None:
    assert score(gold, gold).all.recall == pytest.approx(1.0)
    found = {sentence: data.draw(st.lists(_TUPLES, max_size=4)) for sentence in gold}
    result = score(gold, found)
    for point in (result.best, result.all):
        assert 0.0 <= point.precision <= 1.0
        assert 0.0 <= point.recall <= 1.0
    lowest = min((item.confidence for items in found.values() for item in items), default=1.0)
    assert result.all.confidence == lowest
    if any(found.values()):
        best = [max((match(one, other)[1] for other in found[s]), default=0.0) for s in gold for one in gold[s]]
        assert result.all.recall == pytest.approx(sum(best) / len(best))
