"""What a sentence holds that its evidence lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.retrieve.support import carriers, unsupported


@pytest.mark.parametrize(
    ("sentence", "evidence", "missing"),
    [
        ("Revenue was 12.4 million euros.", "revenue 12400000 EUR", ()),
        ("Revenue was 12,400,000 euros.", "a revenue of 12.4 million", ()),
        ("Revenue was 12.5 million euros.", "revenue 12400000 EUR", ("12.5",)),
        ("She began in May 2019.", "since 2019-05-02", ()),
        ("She began in June 2019.", "since 2019-05-02", ("June",)),
        ("They moved to Ørsta.", "moved to Ørsta", ()),
        ("They moved to Voss.", "moved to Bergen", ("Voss",)),
        ("Yesterday it closed.", "it closed", ()),
        ("Ann Moe left.", "Jane Roe left", ("Ann", "Moe")),
    ],
)
def test_rows(sentence: str, evidence: str, missing: tuple[str, ...]) -> None:
    assert unsupported(sentence, [evidence]) == missing


@given(st.text(max_size=80))
def test_a_quote_carries_itself(text: str) -> None:
    assert unsupported(text, [text]) == ()


@pytest.mark.parametrize(
    ("sentence", "carrying"),
    [
        ("Jane Roe ran Acme.", [1, 3]),
        ("Jane Roe ran Acme before Tom Poe.", [1, 2]),
        ("Acme made 12.4 million euros.", [4]),
        ("Jane Roe ran Beta.", []),
        ("She ran it.", [1, 2, 3]),
    ],
)
def test_a_sentence_is_cited_with_what_carries_it(sentence: str, carrying: list[int]) -> None:
    evidence = {
        1: ["Jane Roe ran Acme."],
        2: ["Tom Poe ran Acme."],
        3: ["Acme's Jane Roe"],
        4: ["Acme: 12,400,000 EUR"],
    }
    assert carriers(sentence, evidence) == carrying
