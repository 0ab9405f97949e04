"""Reading a question: its time, its names, its relation, its kind of answer."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.model import Moment
from kgfuse.ontology import builtin_ontology, parse_ontology
from kgfuse.retrieve import read_question
from kgfuse.retrieve.asked_time import read_time
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
        ("at the beginning of 2019", "2019 – 2019-01-02T00:00:00Z"),
        ("at the end of 2019", "2019-12-31T23:59:59Z – 2020"),
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
