"""The scores of `benchmarks.main_text`, by hand."""

from __future__ import annotations

import pytest

from benchmarks.main_text import same_title, scores, shingle_counts, stated


def test_shingles_are_shares_of_a_page() -> None:
    assert shingle_counts("a b c d e", "a b c d e", 4) == (1.0, 0.0, 0.0)
    # true: abcd bcde; found: abcd bcdx -> one hit, one extra, one missing
    assert shingle_counts("a b c d e", "a b c d x", 4) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert shingle_counts("a b", "a b", 4) == (1.0, 0.0, 0.0)
    assert shingle_counts("a", "", 4) == (0.0, 0.0, 1.0)
    assert shingle_counts("", "", 4) == (0.0, 0.0, 0.0)


def test_pages_weigh_the_same() -> None:
    assert scores([(1.0, 0.0, 0.0), (0.0, 0.5, 0.5)]) == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667}


def test_what_a_page_states() -> None:
    page = """<html><head><meta property="og:title" content="Zürich opens a dam">
    <script type="application/ld+json">{"@graph": [{"datePublished": "2021-03-04T10:00:00Z"}]}</script></head></html>"""
    assert stated(page.encode()) == ("Zürich opens a dam", "2021-03-04")
    assert stated(b"<p>nothing</p>") == (None, None)


def test_titles_may_carry_the_name_of_their_site() -> None:
    assert same_title("A dam opens - The Herald", "A dam opens")
    assert not same_title("A dam opens", "Another thing")
    assert not same_title(None, "A dam opens")
