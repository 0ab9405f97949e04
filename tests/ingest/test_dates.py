"""The date that a document gives itself: tests/cases/document_dates.yaml."""

from __future__ import annotations

import datetime
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


@pytest.mark.parametrize(
    ("head", "date"),
    [
        ("Date: 03/04/2021\n\nPaid on 25/03/2021.", "2021-04-03"),
        ("Date: 03/04/2021\n\nPaid on 03/25/2021.", "2021-03-04"),
        ("Date: 03/04/2021\n\nThe first part was paid on 25/03/2021 and the second one on 03/25/2021.", None),
        ("Date: 03/04/2021\n\nNothing else is dated.", None),
        ("Date: 03/04/2021\n\nIt was signed on 3 April 2021.", "2021-04-03"),
        ("Date: 03/04/2021\n\nIt was signed on March 4, 2021.", "2021-03-04"),
        ("Date: 03.04.2021\n\nNothing else.", "2021-04-03"),
        ("Date: 03-04-2021\n\nDue on 28-04-2021.", "2021-04-03"),
        ("Report\n\n03/04/2021\n\nPaid on 25/03/2021.", "2021-04-03"),
        ("Date: 3/4/21\n\nPaid on 25/03/2021.", "2021-04-03"),
        ("Date: 25/3/69", "2069-03-25"),
        ("Date: 25/3/70", "1970-03-25"),
        ("Date: 14 March '16", "2016-03-14"),
        ("Date: 14-Mar-16", "2016-03-14"),
        ("Date: March 14, 99", "1999-03-14"),
        ("Date: 31/02/21", None),
        ("Version 1.2.16", None),
        ("Call 25/3/70", None),
    ],
)
def test_numbers_are_read_as_the_other_dates_are_written(head: str, date: str | None) -> None:
    found = find_date(head)
    assert (str(found) if found else None) == date


@given(st.dates(min_value=datetime.date(1950, 1, 1), max_value=datetime.date(2060, 12, 31)), st.booleans())
def test_both_orders_come_back_with_evidence(day: datetime.date, first: bool) -> None:
    form = "%d/%m/%Y" if first else "%m/%d/%Y"
    told = datetime.date(2001, 3, 25).strftime(form)
    found = find_date(f"Date: {day.strftime(form)}\n\nPaid on {told}.")
    assert found is not None
    assert found.at.date() == day
