"""Times written in a sentence: 'on 1 July 2021', 'since March', 'from 2015 to 2019', 'two years ago', 'in fiscal 2020'.

Everything is read from the characters of the sentence; the grammar of single dates is in `calendar_terms`. Times are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from kgfuse.extract.calendar_terms import Reading, read_terms
from kgfuse.extract.periods import Period
from kgfuse.model import Moment, Precision


class TimeRelation(StrEnum):
    """How a time bounds what is said."""

    AT = "at"  # in, on, during
    FROM = "from"  # since, effective
    TO = "to"  # until
    SPAN = "span"  # from ... to ...
    BY = "by"  # at the latest


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time at ``[start, end)`` of the sentence, its preposition included; `core` is where the date itself begins.

    `past` is the period meant in a statement about the past or the present, `future` the one meant in an announcement;
    they differ for dates without a year ('in March'); `near` is the one nearer to the date of the text. `within`: something happened at some time in it ('between X and Y').
    """

    start: int
    end: int
    core: int
    relation: TimeRelation
    past: Period
    future: Period
    within: bool = False
    near: Period | None = None

    def period(self, future: bool, present: bool = False) -> Period:
        """Return the period that a clause of this tense means; one in the present the nearer one."""
        if present and self.near is not None:
            return self.near
        return self.future if future else self.past


_FROM = (
    r"with effect from|effective(?: from| as of| on)?|as of|as from|as at|starting(?: in| on| from)?|beginning(?: in| on)?|"
    r"since|from|after|following|ever since"
)
_TO = r"until|till|up until|up to|through|thru|before|prior to|to"
_AT = "not until|in|on|at|during|for|over|within|around|throughout|of|dated"
_ENDED = (
    r"(?:(?:for|in|during) )?(?:the )?(?:fiscal |financial )?"
    r"(?P<length>year|quarter|half-year|(?:three|six|nine|twelve|3|6|9|12) months)(?:-| )(?:ended|ending|to)(?: on)?"
)
_MONTHS_LONG = {
    "year": 12,
    "quarter": 3,
    "half-year": 6,
    "three": 3,
    "six": 6,
    "nine": 9,
    "twelve": 12,
    "3": 3,
    "6": 6,
    "9": 9,
    "12": 12,
}
_PREFIX = re.compile(
    rf"\b(?:(?P<from>{_FROM})|(?P<to>{_TO})|(?P<by>by)|(?P<ended>{_ENDED})|(?P<at>{_AT}))\s+"
    r"(?P<end>(?:the\s+)?end\s+of\s+)?(?:the\s+)?(?:year\s+|month\s+of\s+|at\s+least\s+|about\s+|around\s+|approximately\s+)?$",
    re.IGNORECASE,
)
_CONNECTOR = re.compile(r"\s*(?:[–—-]|\bto\b|\buntil\b|\btill\b|\bthrough\b|\band\b)\s*(?:the\s+)?", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:from|between|for|during|in)\s+(?:the\s+)?$", re.IGNORECASE)
# 'until his death in 2018', 'since its founding in 2011': the event is the boundary.
_EVENT = re.compile(
    r"\b(?:(?P<from>since)|(?P<to>until|till|up to))\s+(?:his|her|its|their|the|a|an)\s+(?:[a-z-]+\s+){1,4}(?:in|on)\s+$"
)
_TO_OF_SPAN = re.compile(r"\b(?:years|months|quarters|weeks|days)\s+$", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,|,?\s*\band\b|,?\s*\bor\b)\s*(?:in\s+)?")
_INCLUSIVE = re.compile(r"\b(?:through|thru|up to and including)\b", re.IGNORECASE)
_PRESENT = re.compile(r"\s*(?:[–—-]|\bto\b|\buntil\b)\s*(?:the\s+)?(?:present|today|now|date)\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"(?:\b(?:compared|comparing|compares|relative|contrast|unchanged|higher|lower|more|less|fewer|percent|per\s?cent|points?)|%)"
    r"\s+(?:to|with|from|than|on|over|against)\s+(?:(?:in|at|for)\s+)?(?:the\s+)?(?:end\s+of\s+)?$"
    r"|\b(?:up|down)\s+(?:from|over)\s+(?:the\s+)?$"
    r"|(?:[\d%,)]\s*|\b(?:is|are|was|were|been|million|billion|cent|percent|slightly|sharply)\s+)(?:up|down)\s+on\s+(?:the\s+)?$"
    r"|\b(?:than|versus|vs\.?|against|unlike)\s+(?:(?:in|at|for|on)\s+)?(?:the\s+)?(?:end\s+of\s+)?$",
    re.IGNORECASE,
)


_LOOK_BACK = 120  # characters before a date that can say how it bounds


def find_times(text: str, reference: Moment | None) -> tuple[TimeExpression, ...]:
    """Return the times in `text` in order; relative ones ('last March') need `reference`, the document's date."""
    readings = read_terms(text, reference)
    found: list[TimeExpression] = []
    position = 0
    while position < len(readings):
        following = readings[position + 1] if position + 1 < len(readings) else None
        current = _with_year_of(text, readings[position], following)
        span = _span(text, current, following) if following else None
        if span is None and _COMPARED.search(text, max(0, current.start - _LOOK_BACK), current.start):
            position += 1  # '12 million, up from 10 million' is no statement about the year it was 10 million
            continue
        if span is not None:
            found.append(span)
            position += 2
        else:
            single = _single(text, current)
            if single is not None:
                found.append(single)
            position += 1
    return tuple(replace(one, near=_nearer(one, reference)) if reference else one for one in found)


def _nearer(expression: TimeExpression, reference: Moment) -> Period:
    """Return which of both periods begins nearer to a date: 'takes over on 1 February', said in January."""
    past, future = expression.past, expression.future
    return future if future.first.at - reference.at < reference.at - past.first.at else past


def _with_year_of(text: str, reading: Reading, following: Reading | None) -> Reading:
    """Return 'April' in 'in April and May 2020' with the year it shares."""
    if following is None or not reading.yearless or following.yearless or following.past.is_range:
        return reading
    if not _AND.fullmatch(text, reading.end, following.start):
        return reading
    first = _in_year(reading.past.first, following.past.first.at.year)
    if first is None or first.at > following.past.first.at:
        return reading
    return replace(reading, past=Period.of(first), future=Period.of(first), yearless=False)


def _span(text: str, first: Reading, second: Reading) -> TimeExpression | None:
    """Join two dates into 'from X to Y', 'between X and Y' or 'X-Y'."""
    between = text[first.end : second.start]
    if not _CONNECTOR.fullmatch(between) or _PRESENT.match(text, first.end):
        return None
    before = _BETWEEN.search(text, max(0, first.start - _LOOK_BACK), first.start)
    dash = between.strip() in {"–", "—", "-"}
    apart = between.split()[:1] == ["and"]
    if (before is None and not dash) or apart != bool(before and before[0].lower().startswith("between") and apart):
        return None
    inclusive = bool(_INCLUSIVE.search(between))
    past = _joined(first, second, future=False, inclusive=inclusive)
    future = _joined(first, second, future=True, inclusive=inclusive)
    past, future = past or future, future or past
    if past is None or future is None:
        return None
    start = before.start() if before else first.start
    within = bool(before) and text[start : start + 7].lower() == "between"
    return TimeExpression(start, second.end, first.start, TimeRelation.SPAN, past, future, within)


def _joined(first: Reading, second: Reading, *, future: bool, inclusive: bool) -> Period | None:
    left, right = (first.future, second.future) if future else (first.past, second.past)
    opening = left.first
    if first.yearless and not second.yearless:  # 'from March to June 2019'
        years = (right.first.at.year, right.first.at.year - 1)
        openings = [moment for year in years if (moment := _in_year(opening, year)) and moment.at < right.first.at]
        if not openings:
            return None
        opening = openings[0]
    closed = inclusive or right.is_end or is_last_day(right)
    closing = right.until if closed else right.first
    return Period(opening, closing, is_end=closed, is_range=True) if opening.at < closing.at else None


def _in_year(moment: Moment, year: int) -> Moment | None:
    try:
        return Moment(moment.at.replace(year=year), moment.precision)
    except ValueError:  # 29 February
        return None


def is_last_day(period: Period) -> bool:
    """Whether it is the last day of a month: 'until 31 December' means that day too."""
    return period.first.precision is Precision.DAY and period.until.at.day == 1


def _single(text: str, reading: Reading) -> TimeExpression | None:
    event = _EVENT.search(text, max(0, reading.start - _LOOK_BACK), reading.start)
    if event is not None and not reading.past.is_range and not reading.past.is_open:
        relation = TimeRelation.FROM if event["from"] else TimeRelation.TO
        return TimeExpression(event.start(), reading.end, reading.start, relation, reading.past, reading.future)
    prefix = _PREFIX.search(text, max(0, reading.start - _LOOK_BACK), reading.start)
    if (
        prefix is not None
        and prefix["to"] == "to"
        and _TO_OF_SPAN.search(text, max(0, prefix.start() - _LOOK_BACK), prefix.start())
    ):
        return None
    if prefix is None and reading.needs_preposition:
        return None
    relation = TimeRelation.SPAN if reading.past.is_range else TimeRelation.AT
    relation = TimeRelation.FROM if reading.past.is_open else relation
    start = reading.start
    past, future = reading.past, reading.future
    if prefix is not None:
        start = prefix.start()
        relation = relation if reading.past.is_range or reading.past.is_open else _relation(prefix)
        if prefix["length"]:
            ended = _year_ended(past, _MONTHS_LONG[prefix["length"].lower().split()[0]])
            if ended is None:
                return None
            past = future = ended
        if prefix["end"]:
            past, future = past.at_its_end(), future.at_its_end()
        if relation is TimeRelation.TO and _INCLUSIVE.match(prefix["to"]):
            past, future = past.at_its_end(), future.at_its_end()
    tail = _PRESENT.match(text, reading.end)
    if tail and relation in (TimeRelation.AT, TimeRelation.FROM):
        return TimeExpression(start, tail.end(), reading.start, TimeRelation.FROM, past, future)
    return TimeExpression(start, reading.end, reading.start, relation, past, future)


def _year_ended(closing: Period, months: int) -> Period | None:
    """Return the reporting period of so many months that closes with a date ('the year ended 31 December 2020')."""
    until = closing.until.at
    index = until.year * 12 + until.month - 1 - months
    if index < 12:
        return None
    first = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
    if months == 12 and until.month == 1 and until.day == 1:
        return Period(Moment(first, Precision.YEAR), Moment(until, Precision.YEAR))
    return Period(Moment(first, Precision.MONTH), Moment(until, closing.until.precision))


def _relation(prefix: re.Match[str]) -> TimeRelation:
    if prefix["from"]:
        return TimeRelation.FROM
    if prefix["to"]:
        return TimeRelation.TO
    return TimeRelation.BY if prefix["by"] else TimeRelation.AT
