"""Estimates of tokens and price."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.config import LanguageModelSettings
from kgfuse.llm.tokens import estimate_cost, estimate_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("four", 1), ("a sentence of forty characters, about so", 10), ("東京都", 3), ("Ærø", 1)],
)
def test_tokens(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_longer_texts_cost_more(one: str, other: str) -> None:
    assert estimate_tokens(one) <= estimate_tokens(one + other) <= len(one + other)


def test_price_needs_both_prices() -> None:
    assert estimate_cost(1_000_000, 500_000, LanguageModelSettings(input_price=2.0, output_price=8.0)) == 6.0
    assert estimate_cost(1, 1, LanguageModelSettings(input_price=2.0)) is None
    prices = LanguageModelSettings(input_price=2.0, output_price=8.0, known_input_price=0.5)
    assert estimate_cost(1_000_000, 0, prices, 400_000) == pytest.approx(0.6 * 2.0 + 0.4 * 0.5)
    assert estimate_cost(1_000_000, 0, LanguageModelSettings(input_price=2.0, output_price=8.0), 400_000) == 2.0
