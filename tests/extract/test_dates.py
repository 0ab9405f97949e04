"""Single dates and where they stand; what intervals they give is in test_timing."""

from __future__ import annotations

import pytest

from kgfuse.extract.dates import TimeRelation, find_times
from kgfuse.model import Moment

_ON = Moment.parse("2021-06-15")


@pytest.mark.parametrize(
    ("text", "read", "relation"),
    [
        ("She left on 14 March 2016.", "on 14 March 2016", TimeRelation.AT),
        ("She has led it since the end of 2019 alone.", "since the end of 2019", TimeRelation.FROM),
        ("He chaired it until the end of March 2020.", "until the end of March 2020", TimeRelation.TO),
        ("He ran it from May 2015 to June 2019 alone.", "from May 2015 to June 2019", TimeRelation.SPAN),
        ("It opens by 2025.", "by 2025", TimeRelation.BY),
        ("She came on Monday the 3rd of May with others.", "on Monday the 3rd of May", TimeRelation.AT),
        ("Jane Roe (2011–present) leads it.", "2011–present", TimeRelation.FROM),
        ("He has led it for the past three years.", "for the past three years", TimeRelation.FROM),
    ],
)
def test_a_time_with_its_preposition(text: str, read: str, relation: TimeRelation) -> None:
    (found,) = find_times(text, _ON)
    assert (text[found.start : found.end], found.relation) == (read, relation)
    assert found.start <= found.core < found.end


@pytest.mark.parametrize(
    "text",
    [
        "She may leave",
        "He marched on",
        "the May family",
        "May I ask",
        "a second quarter-final",
        "Spring Energy",
        "at 16.10",
        "Sept. 3",
    ],
)
def test_what_looks_like_a_date_and_is_none(text: str) -> None:
    assert find_times(text, _ON) == ()


@pytest.mark.parametrize(
    "text", ["yesterday", "in March", "last year", "on Friday", "two weeks ago", "for the past year", "at year-end"]
)
def test_relative_times_need_the_date_of_the_document(text: str) -> None:
    assert find_times(text, None) == ()
    assert len(find_times(text, _ON)) == 1
