"""Numbers in sentences: tests/cases/quantities.yaml, and what holds of any text."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.extract.quantities import find_quantities, is_exact, plain
from kgfuse.model import Datatype

_ROWS = yaml.load((Path(__file__).parent.parent / "cases" / "quantities.yaml").read_text("utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["says"]) for row in _ROWS])
def test_numbers_of_a_sentence(row: dict[str, Any]) -> None:
    found = [
        ("" if is_exact(item) else "~ ") + item.value + (f" {item.unit}" if item.unit else "")
        for item in find_quantities(row["says"])
    ]
    assert found == row["found"]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3))
def test_plain_decimals_keep_their_value(value: Decimal) -> None:
    text = plain(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


@given(st.integers(0, 10**12), st.sampled_from([",", " ", "\u00a0", "\u202f", ""]))
def test_grouped_digits_are_read_as_written(number: int, separator: str) -> None:
    (found,) = find_quantities(f"It was {number:,} in all.".replace(",", separator))
    assert found.value == str(number)


@given(st.text(max_size=60) | st.text(alphabet="0123456789 .,-–%€$kmbn", max_size=40))
def test_any_text(text: str) -> None:
    end = 0
    for item in find_quantities(text):
        assert end <= item.start < item.end <= len(text)
        end = item.end
        Decimal(item.value)
        literal = item.literal(text, "unit")
        assert literal.datatype is Datatype.QUANTITY
        assert literal.unit
