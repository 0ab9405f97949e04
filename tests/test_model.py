"""The values: ids, times and intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.model import (
    Datatype,
    Evidence,
    Literal,
    Mention,
    Moment,
    Precision,
    Triple,
    Validity,
    content_id,
    fact_id,
    triple_id,
)

_parts = st.lists(st.one_of(st.none(), st.integers(), st.text()), max_size=4)
_moments = st.builds(
    Moment.of,
    st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(Precision),
)


@given(_parts, _parts)
def test_ids_are_equal_exactly_when_the_parts_are(left: list[str | int | None], right: list[str | int | None]) -> None:
    assert (content_id("x", *left) == content_id("x", *right)) == (left == right)


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_separator_can_be_smuggled_into_an_id(left: str, right: str) -> None:
    assert content_id("x", left + right) != content_id("x", left, right)


def test_ids_are_the_same_on_every_machine() -> None:
    assert content_id("document", "a", 1) == content_id("document", "a", 1)
    assert content_id("document", "a", 1) != content_id("document", "a", "1")
    assert content_id("document", "a").startswith("document:")
    assert len(content_id("document", "a")) == len("document:") + 32
    parts = ("Zürich", "", None, 1, 2.5, True, Precision.DAY, "\ud800")
    assert content_id("x", *parts) == "x:540cad4059c86064f1779f84396d71bc"


@given(_moments)
def test_moments_survive_writing_and_reading(moment: Moment) -> None:
    assert Moment.parse(str(moment)) == moment


@given(_moments)
def test_a_moment_names_a_period_that_holds_its_start(moment: Moment) -> None:
    assert moment.at < moment.end
    longest = {"year": 366, "month": 31, "day": 1, "second": 1}[moment.precision]
    assert moment.end - moment.at <= timedelta(days=longest)
    assert moment.covers(moment)


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2021", datetime(2021, 1, 1, tzinfo=UTC), Precision.YEAR),
        ("2021-06", datetime(2021, 6, 1, tzinfo=UTC), Precision.MONTH),
        ("2021-06-03", datetime(2021, 6, 3, tzinfo=UTC), Precision.DAY),
        ("2021-06-03T12:00:00+02:00", datetime(2021, 6, 3, 10, tzinfo=UTC), Precision.SECOND),
    ],
)
def test_moments_are_read_in_utc(text: str, at: datetime, precision: Precision) -> None:
    assert Moment.parse(text) == Moment(at, precision)


@pytest.mark.parametrize("text", ["", "june", "2021-13", "2021-02-30", "21-06", "2021-6-3"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Moment.parse(text)


def test_a_year_covers_its_months_and_not_the_other_way() -> None:
    assert Moment.parse("2021").covers(Moment.parse("2021-06"))
    assert not Moment.parse("2021-06").covers(Moment.parse("2021"))
    assert not Moment.parse("2021").covers(Moment.parse("2022"))


@given(st.lists(_moments, min_size=4, max_size=4), _moments)
def test_overlap_agrees_with_its_definition(ends: list[Moment], when: Moment) -> None:
    first, second, third, fourth = ends
    left, right = Validity(min(first, second), max(first, second)), Validity(min(third, fourth), max(third, fourth))
    assert left.overlaps(right) == right.overlaps(left)
    if left.contains(when.at) and right.contains(when.at):
        assert left.overlaps(right)


def test_intervals_are_half_open() -> None:
    term = Validity(Moment.parse("2019-03"), Moment.parse("2021"))
    assert term.contains(datetime(2019, 3, 1, tzinfo=UTC))
    assert term.contains(datetime(2020, 12, 31, tzinfo=UTC))
    assert not term.contains(datetime(2021, 1, 1, tzinfo=UTC))
    assert not term.overlaps(Validity(Moment.parse("2021")))
    assert Validity().unbounded
    assert Validity().contains(datetime(1066, 1, 1, tzinfo=UTC))


def test_the_id_of_a_fact_tells_values_from_entities_and_intervals_apart() -> None:
    literal = Literal("1", Datatype.NUMBER, "1")
    ids = {
        fact_id("a", "r", "b", Validity()),
        fact_id("a", "r", "b", Validity(Moment.parse("2021"))),
        fact_id("a", "r", literal, Validity()),
        fact_id("b", "r", "a", Validity()),
    }
    assert len(ids) == 4


def test_a_confidence_is_a_probability() -> None:
    subject, thing = Mention("A", 0, 1), Mention("B", 2, 3)
    evidence = Evidence("document:1", "chunk:1", 0, 3, "A B")
    id = triple_id(subject, "know", thing, evidence, negated=False, validity=Validity(), extractor="test")
    with pytest.raises(ValueError, match="probability"):
        Triple(id, subject, "know", thing, evidence, 1.5, "test")
