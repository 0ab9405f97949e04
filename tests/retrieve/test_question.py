"""Reading a question: its time, its names, its relation, its kind of answer."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.model import Moment
from kgfuse.ontology import builtin_ontology, parse_ontology
from kgfuse.retrieve import read_question
from kgfuse.retrieve.asked_time import AskedTime, read_time
from kgfuse.retrieve.relative_time import with_dates
from kgfuse.retrieve.words import stem

ONTOLOGY = builtin_ontology()


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Who ran Acme in June 2021?", "2021-06 – 2021-07"),
        ("Who ran Acme on 3 May 2020?", "2020-05-03 – 2020-05-04"),
        ("on May 31st, 2020", "2020-05-31 – 2020-06-01"),
        ("as of 2019-02-28", "2019-02-28 – 2019-03-01"),
        ("as of 2019", "2019 – 2020"),
        ("in December 2020", "2020-12 – 2021-01"),
        ("in the third quarter of 2020", "2020-07 – 2020-10"),
        ("in Q4 2020", "2020-10 – 2021-01"),
        ("in the 1990s", "1990 – 2000"),
        ("between 2018 and March 2020", "2018 – 2020-04"),
        ("from 2018 to 2020", "2018 – 2021"),
        ("before 2019", "… – 2019"),
        ("since June 2019", "2019-06 – …"),
        ("after 2019", "2020 – …"),
        ("at the beginning of 2019", "2019-01-01 – 2019-01-02"),
        ("at the end of 2019", "2019-12-31 – 2020"),
        ("by the end of 2019", "2019-12-31 – 2020"),
        ("before the end of 2019", "… – 2019-12-31"),
        ("since the beginning of 2019", "2019-01-01 – …"),
        ("in early 2019", "2019-01 – 2019-05"),
        ("mid-2019", "2019-05 – 2019-09"),
        ("in the middle of 2019", "2019-05 – 2019-09"),
        ("in late 2019", "2019-09 – 2020-01"),
        ("late in 2019", "2019-09 – 2020-01"),
        ("since late 2019", "2019-09 – …"),
        ("before late 2019", "… – 2019-09"),
        ("in the late 1990s", "1997 – 2000"),
        ("in early June 2020", "2020-06-01 – 2020-06-11"),
        ("in late February 2020", "2020-02-20 – 2020-03-01"),
        ("from 2010 to the end of 2020", "2010 – 2021"),
        ("from May to June 2020", "2020-05 – 2020-07"),
        ("between May and June 2020", "2020-05 – 2020-07"),
        ("from 3 May to 5 June 2020", "2020-05-03 – 2020-06-06"),
        ("from 3 to 5 May 2020", "2020-05-03 – 2020-05-06"),
        ("from November to February 2020", "2019-11 – 2020-03"),
        ("in May and June 2020", "2020-05 – 2020-07"),
        ("in 2019 and 2020", "2019 – 2021"),
        ("in 2020 and 2019", "2019 – 2021"),
        ("after 2012 but before 2015", "2013 – 2015"),
        ("before 2015 and after 2012", "2013 – 2015"),
        ("since 2012 and until 2015", "2012 – 2015"),
        ("in 2014-18", "2014 – 2019"),
        ("in the years after 2010", "2011 – …"),
        ("the year before May 2012", "2011 – 2012"),
        ("a year before 2012", "2011 – 2012"),
        ("two months after May 2012", "2012-07 – 2012-08"),
        ("Was the 2019 report of Acme published in 2020?", "2020 – 2021"),
        ("Did Acme have 1900 employees in 2015?", "2015 – 2016"),
        ("Did Acme employ between 1500 and 1900 people in 2012?", "2012 – 2013"),
        ("Who won the 2019 elections?", "2019 – 2020"),
        ("What were Acme's 2019 results?", "2019 – 2020"),
        ("acme revenue 2019 figures", "2019 – 2020"),
        ("How far in 2019 sales rose", "2019 – 2020"),
        ("What was the forecast for 2019 earnings?", "2019 – 2020"),
    ],
)
def test_times(text: str, period: str) -> None:
    assert str(read_time(text).period) == period


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Who ran Acme five years ago?", "2021 – 2022"),
        ("Who ran Acme 2 months ago?", "2026-01 – 2026-02"),
        ("two weeks ago", "2026-03-16 – 2026-03-23"),
        ("a decade ago", "2016 – 2017"),
        ("Last year, who ran Acme?", "2025 – 2026"),
        ("this month", "2026-03 – 2026-04"),
        ("next year", "2027 – 2028"),
        ("last week", "2026-03-23 – 2026-03-30"),
        ("before last week", "… – 2026-03-23"),
        ("since last year", "2025 – …"),
        ("last decade", "2010 – 2020"),
        ("in the last decade", "2016-03-31 – 2026-04-01"),
        ("over the past six months", "2025-09-30 – 2026-04-01"),
        ("in the last year", "2025-03-31 – 2026-04-01"),
        ("yesterday", "2026-03-30 – 2026-03-31"),
        ("the day before yesterday", "2026-03-29 – 2026-03-30"),
        ("the year before last", "2024 – 2025"),
        ("in the last year of the war", "None"),
        ("Who wrote Last Year at Marienbad?", "None"),
        ("999 decades ago", "None"),
    ],
)
def test_times_told_from_today(text: str, period: str) -> None:
    assert str(read_time(with_dates(text, date(2026, 3, 31))).period) == period


@pytest.mark.parametrize("text", ["Who may run Acme?", "room 2150", "order 20213", "", "in Mayfair"])
def test_no_time(text: str) -> None:
    asked = read_time(text)
    assert asked.period is None
    assert asked.interval is None


@pytest.mark.parametrize(
    "text",
    [
        "Does Acme have 1900 employees?",
        "Did 1500 people attend?",
        "Were 1900 employees dismissed?",
        "Does Acme have 1500-1900 full-time employees?",
        "Did Acme pay 1500 euros?",
        "Did Acme buy Beta for 1500 euros?",
        "Did Acme pay EUR 1500?",
        "Is the tower 1200 m high?",
        "report 2019-13",
    ],
)
def test_a_number_is_no_time(text: str) -> None:
    assert read_time(text) == AskedTime()


@pytest.mark.parametrize(
    "text",
    [
        "in 2010 and 2020",
        "in 2010 or in 2020",
        "in 2010, 2012 and 2015",
        "in 2010, 2011 and 2015",
        "between 2010 and 2012 or between 2015 and 2018",
        "before 2010 or after 2020",
        "the 2010 and 2014 elections",
        "from 2020 to 2010",
        "many years before 2012",
        "in 2019-13",
    ],
)
def test_times_that_are_no_one_period_are_not_read_as_one(text: str) -> None:
    asked = read_time(text)
    assert asked.period is None
    assert asked.unclear
    assert asked.spans


def test_now() -> None:
    assert read_time("Who currently runs Acme?").now


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2098, 12, 31)))
def test_any_date_is_read_as_its_day(day: object) -> None:
    expected = Moment.parse(str(day))
    spoken = f"on {expected.at.day} {expected.at:%B} {expected.at.year}"
    for text in (str(day), spoken):
        interval = read_time(text).interval
        assert interval is not None
        assert interval == (expected.at, expected.end)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    question = read_question(text, ONTOLOGY)
    assert all(0 <= start < end <= len(text) for start, end in question.names)


@pytest.mark.parametrize(
    ("one", "other"),
    [("executives", "executive"), ("ran", "runs"), ("founded", "founds"), ("companies", "company"),
     ("succeeded", "succeed"), ("bought", "buying"), ("headquarters", "headquartered"), ("acquires", "acquired")],
)  # fmt: skip
def test_inflections_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("text", "relation", "wh"),
    [
        ("Who was CEO of Acme?", "chief_executive_of", "who"),
        ("Who is Acme's finance director?", "chief_financial_officer_of", "who"),
        ("Where was Jane Roe born?", "born_in", "where"),
        ("When was Jane Roe born?", "born_on", "when"),
        ("When was Acme founded?", "founded_on", "when"),
        ("Who founded Acme?", "founded", "who"),
        ("How many people does Acme employ?", "employee_count", "how"),
        ("How many people live in Oslo?", "population", "how"),
        ("What does aspirin treat?", "treats", "what"),
        ("What are the side effects of aspirin?", "side_effect_of", "what"),
        ("Which company is the parent company of Beta?", "parent_company_of", "which"),
        ("Who wrote The Long Ship?", "wrote", "who"),
        ("What was the operating profit of Acme?", "operating_profit", "what"),
    ],
)
def test_relations(text: str, relation: str, wh: str) -> None:
    question = read_question(text, ONTOLOGY)
    assert question.relations[0].relation == relation
    assert question.wh == wh


def test_roles_and_dates_are_no_names() -> None:
    question = read_question("Was Acme CEO Jane Roe in Oslo in May 2020?", ONTOLOGY)
    assert [question.text[start:end] for start, end in question.names] == ["Acme", "Jane Roe", "Oslo"]


def test_a_relation_of_ones_own_is_asked_by_its_aliases() -> None:
    own = parse_ontology("relations: {moored_at: {aliases: [moored at, berthed at]}}")
    assert read_question("Where is the Sea Queen berthed?", own).relations[0].relation == "moored_at"
