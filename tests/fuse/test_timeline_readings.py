"""A timeline is read more than once: vague reports, repetitions, unknown starts, and what a change must earn."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.fuse.course import course_of
from kgfuse.model import FactStatus, Moment
from tests.fuse.ledgers import fused, ledger, resolve_by_name, words


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def ceo(name: str, **more: Any) -> dict[str, Any]:
    return {"says": [name, "ceo of", "Acme"], **more}


def told(*rows: dict[str, Any]) -> list[str]:
    graph = fused(ledger(rows))
    names = {entity.id: entity.name for entity in graph.entities}
    return sorted(words(fact, names).replace(" | chief_executive_of | Acme", "") for fact in graph.facts)


def test_a_report_of_a_year_lies_where_its_value_held_in_that_year() -> None:
    """'Cid, 2017' was written after Bob had left in October, not before he came in January."""
    assert told(
        ceo("Ann", **{"from": "2013", "to": "2015-12", "when": "2016-01-05"}),
        ceo("Bob", **{"from": "2017-01-07", "when": "2017-01-08"}),
        ceo("Bob", to="2017-10", when="2017-11-02"),
        ceo("Cid", when="2017"),
        ceo("Cid", when="2018-01-15"),
        ceo("Cid", to="2018-04", when="2018-05-01"),
    ) == [
        "Ann | 2013 | 2015-12 | superseded",
        "Bob | 2017-01-07 | 2017-10 | superseded",
        "Cid | 2017-10 | 2018-04 | superseded",
    ]


def test_who_is_known_by_an_end_alone_follows_the_one_before() -> None:
    """Bob cannot have held the office since ever: Ann had it until 2010."""
    assert told(
        ceo("Ann", **{"from": "2005", "to": "2010-04", "when": "2010-05-01"}),
        ceo("Bob", to="2015-12", when="2016-01-05"),
        ceo("Cid", **{"from": "2015-12", "when": "2016-02-01"}),
    ) == [
        "Ann | 2005 | 2010-04 | superseded",
        "Bob | 2010-04 | 2015-12 | superseded",
        "Cid | 2015-12 | … | accepted",
    ]


def test_what_a_source_says_of_another_spell_is_no_repetition() -> None:
    """Each source speaks of both of Ann's spells; the second time it speaks of another one."""
    rows = [ceo("Ann", when="2001-05-01", by="s1"), ceo("Ann", when="2001-06-01", by="s2")]
    rows += [ceo("Bob", **{"from": "2004-02", "to": "2009-03", "when": "2009-04-01", "by": "s3"})]
    rows += [ceo("Ann", **{"from": "2009-03", "when": "2009-03-05", "by": by}) for by in ("s1", "s2")]
    assert told(*rows) == [
        "Ann | 2001-05-01 | 2004-02 | superseded",
        "Ann | 2009-03 | … | accepted",
        "Bob | 2004-02 | 2009-03 | superseded",
    ]


def reports(name: str, year: int, count: int) -> list[dict[str, Any]]:
    return [ceo(name, when=f"{year}-{month + 1:02d}-10", by=f"{name}{month}") for month in range(count)]


def test_a_stray_report_unseats_nobody_where_reports_are_many() -> None:
    stray = ceo("Cid", when="2021-01-05", by="stray")
    poor = [*reports("Ann", 2020, 1), stray, *reports("Bob", 2022, 1)]
    assert "Cid | 2021-01-05 | 2022-01-10 | superseded" in told(*poor)
    rich = [*reports("Ann", 2020, 12), stray, *reports("Bob", 2022, 12)]
    assert told(*rich) == [
        "Ann | 2020-01-10 | 2022-01-10 | superseded",
        "Bob | 2022-01-10 | … | accepted",
        "Cid | 2021-01-05 | … | disputed",
    ]


def test_one_former_is_not_placed_in_a_history_that_is_well_known() -> None:
    former = ceo("Cid", to="2023-02-01", when="2023-02-01")
    assert "Cid | … | 2020-01-10 | superseded" in told(ceo("Ann", when="2020-01-10"), former)
    known = [*reports("Ann", 2020, 12), *reports("Bob", 2022, 12), former]
    assert [row for row in told(*known) if row.startswith("Cid")] == ["Cid | … | 2023-02-01 | disputed"]


# ------------------------------------------------------------------------------------------------------ the course itself

_VALUES = [("", "a"), ("", "b"), ("", "c")]
_KEYS = [(Moment.parse(f"{year}").at, side) for year in range(2000, 2006) for side in (-1, 0)]


@st.composite
def sequences(draw: st.DrawFn) -> list[frozenset[int]]:
    held = st.frozensets(st.integers(0, 2), max_size=2)
    return draw(st.lists(held, min_size=len(_KEYS) + 1, max_size=len(_KEYS) + 1))


def vacancy_before(held: list[frozenset[int]], value: int, period: Moment) -> tuple[datetime, int] | None:
    """Where the vacancy before the value's next spell begins, if it begins before the period ends."""
    for point, key in enumerate(_KEYS):
        if key[0] >= period.end and value in held[point + 1] - held[point]:
            earlier = [place for place in range(point) if held[place]]
            if held[point] or not earlier:
                return None
            since = _KEYS[max(earlier)]
            return max(since, (period.at, 0)) if since[0] < period.end else None
    return None


@settings(max_examples=200, deadline=None)
@given(sequences(), st.integers(0, len(_KEYS) - 1), st.integers(0, 2), st.integers(1999, 2006))
def test_the_course_says_what_the_sequence_says(held: list[frozenset[int]], point: int, value: int, year: int) -> None:
    course = course_of(_VALUES, _KEYS, held)
    own, _ = course.stretch(_VALUES[value], _KEYS[point])
    assert own == (value in held[point + 1])
    period = Moment.parse(f"{year}")
    start = (period.at, 0)
    after = [key for key in _KEYS if start < key and key[0] < period.end]
    segment = sum(key <= start for key in _KEYS)
    expected = start if value in held[segment] else None
    for key in after:
        if expected is None and value in held[_KEYS.index(key) + 1]:
            expected = key
    if expected is None:
        expected = vacancy_before(held, value, period)
    assert course.within(_VALUES[value], period) == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 5), st.integers(1, 12), st.data())
def test_one_at_a_time_holds_one_at_a_time(names: int, count: int, data: st.DataObject) -> None:
    """Whatever is said: of the facts that are believed no two overlap, save those of which no start is known."""
    rows = []
    for number in range(count):
        year, length = data.draw(st.integers(2000, 2020)), data.draw(st.integers(1, 5))
        dates: dict[str, Any] = data.draw(
            st.sampled_from(
                [{}, {"from": f"{year}"}, {"to": f"{year}-06"}, {"from": f"{year}", "to": f"{year + length}"}]
            )
        )
        when = data.draw(st.sampled_from([None, f"{year}", f"{year}-09", f"{year}-09-15"]))
        name = f"N{data.draw(st.integers(1, names))}"
        rows.append(ceo(name, by=f"s{number % 4}", **({"when": when} if when else {}), **dates))
    believed = [
        fact.validity
        for fact in fused(ledger(rows)).facts
        if fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED) and fact.validity.valid_from is not None
    ]
    days = sorted((v.valid_from.at, v.valid_to.at if v.valid_to else None) for v in believed if v.valid_from)
    for (_, end), (start, _) in pairwise(days):
        assert end is not None
        assert end <= start


_DATES = st.sampled_from(["2010", "2012-03", "2012-03-04", "2014", "2014-06-01", "2016-02", "2019"])


@st.composite
def few_reports(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Reports of a handful of values, most of them of one statement."""
    rows = []
    for name in draw(st.lists(st.sampled_from(["Ann", "Bob", "Cid", "Dan", "Eve"]), min_size=1, max_size=5)):
        more = draw(st.fixed_dictionaries({}, optional={"when": _DATES, "from": _DATES, "to": _DATES}))
        rows.append(ceo(name, by=draw(st.sampled_from(["s1", "s2", "s3"])), **more))
    return rows


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(few_reports())
def test_a_timeline_is_read_once_where_reading_again_would_change_nothing(rows: list[dict[str, Any]]) -> None:
    once = fused(ledger(rows))
    with patch.object(import_module("kgfuse.fuse.timeline"), "hangs_on_course", lambda *_: True):
        assert fused(ledger(rows)) == once
