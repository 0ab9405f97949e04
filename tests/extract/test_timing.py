"""What interval a time gives a statement: tests/cases/times.yaml, and what holds of any text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.extract.dates import find_times
from kgfuse.extract.timing import Aspect, ended_by, validity
from kgfuse.model import Moment, Validity

_ROWS = yaml.load((Path(__file__).parent.parent / "cases" / "times.yaml").read_text("utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row['says']} {row.get('on', '')}".strip()) for row in _ROWS])
def test_interval(row: dict[str, Any]) -> None:
    times = find_times(row["says"], Moment.parse(row.get("on", "2021-06-15")))
    found = {
        key: str(validity(times, Aspect.BEGINS, True) if key == "ahead" else validity(times, Aspect(key)))
        for key in row.keys() - {"says", "on"}
    }
    assert found == {key: row[key] for key in found}
    assert found


_PIECES = (
    "in on since until from to between and the end of beginning late mid- for past last next this year quarter month "
    "week day 2015 2019 2020-21 1999/00 1990s Q3 fiscal FY20 29 31 February March May Monday Tuesday autumn winter "
    "yesterday tomorrow a two twelve ago – - , . 1–3 ended year-end 14.03.2016 0 9999 present through three decades"
).split()
_REFERENCES = st.sampled_from(
    ["0001-01-01", "0001", "2020-02-29", "2021-06", "2021", "9999-12-31", "2021-06-15T23:59:59Z", None]
)
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=9).map(" ".join) | st.text(max_size=60)


@given(_TEXTS, _REFERENCES, st.sampled_from(list(Aspect)), st.booleans())
def test_any_text_gives_times_within_it_and_intervals_that_are_not_empty(
    text: str, reference: str | None, aspect: Aspect, future: bool
) -> None:
    on = Moment.parse(reference) if reference else None
    times = find_times(text, on)
    for time in times:
        assert 0 <= time.start <= time.core < time.end <= len(text)
        for period in (time.past, time.future):
            assert period.first.at < period.until.at
    for one in (times, times[:1], times[1:]):
        found = ended_by(validity(one, aspect, future), on)
        assert found.valid_from is None or found.valid_to is None or found.valid_from.at < found.valid_to.at


def test_what_is_former_ended_by_the_date_of_the_document() -> None:
    on = Moment.parse("2021-06-15")
    assert ended_by(Validity(), on) == Validity(None, on)
    assert ended_by(Validity(None, Moment.parse("2019")), on) == Validity(None, Moment.parse("2019"))
    assert ended_by(Validity(Moment.parse("2022")), on) == Validity(Moment.parse("2022"))
    assert ended_by(Validity(), None) == Validity()
