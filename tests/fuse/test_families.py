"""Phrases and their grammar: what is one family, what contrasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.families import contrast, family

WORDS = st.sampled_from(
    ["was", "is", "audited", "audits", "by", "sold", "bought", "not", "member", "of", "a", "joins", "in"]
)
PHRASES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("left", "right", "turned"),
    [
        ("was audited by", "audits", True),
        ("has audited", "audit", False),
        ("is the capital of", "capital of", False),
        ("releases", "released", False),
        ("won by", "won", True),
        ("controlled", "controls", False),
        ("succeeded", "succeeds", False),
        ("dies", "died", False),
        ("agreed with", "agrees with", False),
    ],
)
def test_grammar_is_no_difference(left: str, right: str, turned: bool) -> None:
    one, other = family(left), family(right)
    assert (one.stems, one.passive) == (other.stems, other.passive)
    assert (one.turned != other.turned) == turned


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("was awarded", "awarded"),
        ("found in", "founded in"),
        ("is not", "noted"),
        ("near", "neared"),
        ("written in", "writes in"),
        ("is a building in", "built in"),
        ("was a member of", "is not a member of"),
    ],
)
def test_what_only_looks_like_one_family(left: str, right: str) -> None:
    one, other = family(left), family(right)
    assert (one.stems, one.passive) != (other.stems, other.passive)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("bought", "sold"),
        ("joined", "left"),
        ("supports", "opposes"),
        ("preceded by", "succeeded by"),
        ("member of", "former member of"),
        ("supports", "does not support"),
        ("located in", "located near"),
        ("north of", "south of"),
        ("has lower output than", "has lower costs than"),
        ("chosen to host", "hosted"),
        ("mother of", "father of"),
        ("released in", "re-released in"),
        ("was named", "named"),
        ("agrees with", "disagrees with"),
    ],
)
def test_contrasts(left: str, right: str) -> None:
    assert contrast(family(left), family(right))
    assert contrast(family(right), family(left))


@pytest.mark.parametrize(("left", "right"), [("shares with", "shares features with"), ("audits", "reviews")])
def test_other_words_alone_are_no_contrast(left: str, right: str) -> None:
    assert not contrast(family(left), family(right))


@given(PHRASES, PHRASES)
def test_contrast_is_symmetric_and_nothing_contrasts_with_itself(left: str, right: str) -> None:
    assert contrast(family(left), family(right)) == contrast(family(right), family(left))
    assert not contrast(family(left), family(left))


@given(st.text(max_size=30))
def test_any_text_has_a_family(text: str) -> None:
    assert family(text) == family(text)
