"""Letters as they are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.folding import unaccented


@pytest.mark.parametrize(
    ("text", "plain"), [("Émile ZOLA", "emile zola"), ("Straße", "strasse"), ("Ørsted", "ørsted"), ("", "")]
)
def test_case_and_accents_go(text: str, plain: str) -> None:
    assert unaccented(text) == plain


@given(st.text())
def test_what_is_left_has_neither(text: str) -> None:
    plain = unaccented(text)
    assert not any(map(unicodedata.combining, plain))
    assert unaccented(text.upper()) == unaccented(text.upper().casefold())


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_the_quick_way_for_plain_letters_is_the_same(text: str) -> None:
    assert unaccented(text) == unaccented(text + "é").removesuffix("e")
