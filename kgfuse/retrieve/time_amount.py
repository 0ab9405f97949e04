"""Amounts of time in words, 'a year', '18 months', 'many years', and dates moved by them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from kgfuse.model import Moment, Precision, Validity

_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "hundred": 100, "a hundred": 100,
}  # fmt: skip
COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
UNIT = r"(?P<unit>day|week|month|year|decade)"
_ANY_UNIT = r"(?:day|week|month|year|decade)s?"
AMOUNT = (
    rf"(?:(?:about|around|roughly|exactly|almost|nearly)\s+)?(?:(?P<the>the)(?!\s+\w+s\b)|{COUNT})\s+{UNIT}s?"
    rf"|(?P<vague>(?:the\s+)?(?:many|several|some|numerous|few|a\s+few|a\s+couple\s+of)\s+{_ANY_UNIT}"
    rf"|(?:within|the)\s+\w+\s+{_ANY_UNIT}|half\s+an?\s+{_ANY_UNIT}|(?:an?|\w+)\s+{_ANY_UNIT}\s+and\s+a\s+half|(?:quite\s+)?some\s+time|(?:not\s+|very\s+)?long)"
)
"""A pattern for what may stand before 'before' and 'after': 'two years', 'the year', 'long'."""

_PRECISIONS = {
    "day": Precision.DAY, "week": Precision.DAY, "month": Precision.MONTH, "year": Precision.YEAR, "decade": Precision.YEAR
}  # fmt: skip
_FINENESS = (Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.SECOND)


@dataclass(frozen=True, slots=True)
class Amount:
    """So many days, weeks, months, years or decades; `count` is `None` where the words do not say how many.

    `calendar`: the unit of the calendar that lies next to a time is meant, 'the year before', not a year from the day.
    """

    count: int | None
    unit: str = "year"
    calendar: bool = False

    def from_period(self, period: Validity, *, back: bool) -> Validity | None:
        """Return the time that lies so far before or after a period, `None` where it cannot be known.

        What is known to the year has no month that lies two months before it.
        """
        point = _point(period, back=back)
        finest = _PRECISIONS[self.unit]
        if point is None or self.count is None or _FINENESS.index(finest) > _FINENESS.index(point.precision):
            return None
        try:
            there = moved(point.at.date(), self.unit, -self.count if back else self.count)
            moment = Moment.parse(str(there))
        except (ValueError, OverflowError):
            return None  # before the calendar begins
        moment = Moment.of(
            moment.at, finest if self.calendar else min((point.precision, Precision.DAY), key=_FINENESS.index)
        )
        return Validity(moment, Moment.of(moment.end, moment.precision))


def _point(period: Validity, *, back: bool) -> Moment | None:
    """The moment from which is counted: a short period's own, else the side of it that is nearer."""
    start, end = period.valid_from, period.valid_to
    if start and end and end.at <= start.end:
        return start
    return (start or end) if back else (end or start)


def read_amount(words: str) -> Amount:
    """Return the amount that words say which fit `AMOUNT`."""
    match = re.fullmatch(AMOUNT, words, re.IGNORECASE)
    if match is None or match["vague"]:
        return Amount(None)
    unit, calendar = match["unit"].lower(), match["the"] is not None
    if calendar and unit in ("week", "decade"):
        return Amount(None)
    return Amount(number(match["count"] or "one"), unit, calendar)


def number(text: str) -> int:
    """Return the number that digits or a word of `COUNT` say."""
    return int(text) if text.isdigit() else _COUNTS[" ".join(text.lower().split())]


def moved(day: date, unit: str, count: int) -> date:
    """Return the day that is so many units away; of a shorter month its last. Raises ValueError and OverflowError."""
    if unit in ("day", "week"):
        return date.fromordinal(day.toordinal() + count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "year": 12, "decade": 120}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
