"""The date that a document gives itself: tests/cases/document_dates.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.ingest.dates import dated, find_date
from kgfuse.model import DateSource, Moment

_ROWS = yaml.safe_load((Path(__file__).parent.parent / "cases" / "document_dates.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["head"][:60]) for row in _ROWS])
def test_date_of_the_head(row: dict[str, Any]) -> None:
    found = find_date(row["head"])
    assert (str(found) if found else None) == (str(row["date"]) if row["date"] else None)


@given(
    st.lists(
        st.sampled_from(
            "Minutes of the meeting held on 14 31 March February 2016 . next , dated 2016-13-40 \n".split(" ")
        )
    )
)
def test_any_head_gives_a_date_of_ours_or_none(words: list[str]) -> None:
    found = find_date(" ".join(words))
    assert found is None or 1900 <= found.at.year <= 2100


def test_a_date_after_the_saving_names_an_event_to_come() -> None:
    saved = Moment.parse("2016-03-01")
    assert dated(saved, "Oslo, 14 March 2016") == (saved, DateSource.METADATA)
    assert dated(saved, "Oslo, 14 February 2016") == (Moment.parse("2016-02-14"), DateSource.TEXT)
    assert dated(None, "no date") == (None, None)
