"""Text as it is kept: printed forms of letters are the letters."""

from __future__ import annotations

import pytest

from kgfuse.ingest.layout import clean


@pytest.mark.parametrize(
    ("printed", "letters"),
    [
        ("o\ufb03ce", "office"),
        ("\ufb01nal \ufb02ow", "final flow"),
        ("\ufefb", "لا"),
        ("\ufeb3\ufe8e\ufead\ufe93", "سارة"),
        ("½ H₂O ™", "½ H₂O ™"),  # compatibility characters that say something stay
    ],
)
def test_ligatures_and_printed_forms_become_letters(printed: str, letters: str) -> None:
    assert clean(printed) == letters
