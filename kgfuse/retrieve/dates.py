"""The dates in a question, each with the words that lead to it: 'in late 2019', 'two years before May 2012'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from kgfuse.model import Moment, Precision, Validity
from kgfuse.retrieve.counted import is_counted
from kgfuse.retrieve.time_amount import AMOUNT, moved, read_amount

MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>(?:1[0-9]|20)\d\d)"
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(rf"\b{pattern}\b", re.IGNORECASE)
    for pattern in (
        r"(?P<iso>(?:1[0-9]|20)\d\d-\d\d(?:-\d\d)?)",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_MONTH}(?:\s+of)?,?\s+{_YEAR}",
        rf"(?P<quarter>q[1-4]|(?:first|second|third|fourth)\s+quarter)(?:\s+of)?\s+{_YEAR}",
        r"(?P<decade>(?:1[0-9]|20)\d0)s",
        r"(?P<bc>\d{1,5}\s*(?:bce?|b\.c\.))",
        r"(?<=year )(?P<year>\d{3,4})",
        r"(?P<year>\d{1,4})\s*(?:ad|ce|a\.d\.)",
        _YEAR,
    )
)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_LEAD = re.compile(
    rf"(?:\b(?P<amount>{AMOUNT})\s+(?=before\b|prior\b|after\b|following\b))?"
    r"(?:\b(?P<how>in|on|at|as of|during|for|around|between|from|before|prior to|until|till|up to|by|after|since|following)"
    r"\s+)?"
    r"(?:\bthe\s+)?(?:\b(?P<part>(?:very\s+)?(?:end|start|beginning|middle)\s+of|(?:early|late)(?:\s+in)?|mid)[\s-]+)?"
    r"(?:\bthe\s+)?(?:\byear\s+)?$",
    re.IGNORECASE,
)
"""The words before a date: 'after', 'in late', 'two years before the end of'."""

_HALF = re.compile(
    rf"\b(?P<half>(?:{_ORDINAL}\s+(?:of\s+)?)?{_MONTH}(?:\s+{_ORDINAL})?|(?:(?<=from )|(?<=between )){_ORDINAL})"
    r"\s*(?:to|and|until|till|through|–|-)\s*(?:the\s+)?$",
    re.IGNORECASE,
)
"""A date that shares the year with the one after it: 'May to June 2020'."""

_YEARS = re.compile(r"(\d\d)(\d\d)-(\d\d)")
_BEFORE = frozenset(("before", "prior to", "until", "till", "up to", "by"))
_AFTER = frozenset(("after", "since", "following", "from"))


@dataclass(frozen=True, slots=True)
class Date:
    """A date at ``[at, end)`` of a question that the words from `start` on lead to; without `said` it is none: '2019-13'."""

    start: int
    at: int
    end: int
    said: Validity | None
    how: str = ""
    part: str = ""
    amount: str = ""

    @property
    def period(self) -> Validity | None:
        """The date itself, or the part of it that the words say: 'late 2019'."""
        return _part_of(self.said, self.part) if self.said and self.part else self.said

    @property
    def bound(self) -> str:
        """Which side the words leave open: ``<`` 'before', ``>`` 'after', else empty."""
        return "<" if self.how in _BEFORE else ">" if self.how in _AFTER else ""

    @property
    def asked(self) -> Validity | None:
        """The period that the words make of it: 'after 2019'; `None` where that cannot be known."""
        period = self.period
        if period is None:
            return None
        if self.amount:
            return read_amount(self.amount).from_period(period, back=self.how in _BEFORE)
        if self.how in _BEFORE and (self.part != "end" or self.how in ("before", "prior to")):
            return Validity(None, period.valid_from)
        if self.how in _AFTER:
            return Validity(period.valid_from if self.how in ("since", "from") else period.valid_to, None)
        return period


def find_dates(text: str) -> list[Date]:
    """Return the dates in a text in their order, and what is written like one and is none ('2019-13')."""
    found: list[Date] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.at < match.end() for one in found):
                continue
            period = _period(match.groupdict())
            counted = pattern is _DATES[-1] and is_counted(text, match.start(), match.end())
            if not counted and (period is not None or "iso" in pattern.groupindex):
                found.append(_led(text, match.start(), match.end(), period))
    for one in tuple(found):
        half = _half(text, one)
        if half and not any(half.at < other.end and other.at < half.end for other in found):
            found.append(half)
    return sorted(found, key=lambda one: one.at)


def _led(text: str, at: int, end: int, period: Validity | None) -> Date:
    """A date with the words that lead to it."""
    match = _LEAD.search(text, 0, at)
    if match is None or not (match["how"] or match["part"]):
        return Date(at, at, end, period)
    how, part = ((match[name] or "").lower() for name in ("how", "part"))
    part = part.removeprefix("very ").split()[0] if part else ""
    return Date(match.start(), at, end, period, " ".join(how.split()), part, match["amount"] or "")


def _half(text: str, whole: Date) -> Date | None:
    """The date before another one whose year, and perhaps whose month, it shares: the 'May' of 'May to June 2020'."""
    match = _HALF.search(text, 0, whole.at)
    start = whole.said.valid_from if whole.said else None
    if match is None or start is None or start.precision is Precision.YEAR:
        return None
    month = "" if match["month"] else MONTHS[start.at.month - 1]
    for year in (start.at.year, start.at.year - 1):  # 'November to February 2020'
        written = f"{match['half']} {month} {year}"
        dated = next((m for pattern in _DATES if (m := pattern.fullmatch(" ".join(written.split())))), None)
        period = _period(dated.groupdict()) if dated else None
        if period and period.valid_from and period.valid_from.at <= start.at:
            return _led(text, match.start("half"), match.end("half"), period)
    return None


def _part_of(period: Validity, part: str) -> Validity:
    """Return the first or last day of a period ('beginning', 'end'), or a third of it: 'early', 'mid', 'late'.

    Thirds are cut at whole years of a decade, months of a year, days of a month.
    """
    start, end = period.valid_from, period.valid_to
    if start is None or end is None or end.at <= start.at:
        return period
    if part == "end":
        return Validity(Moment.of(end.at - timedelta(days=1), Precision.DAY), end)
    if part in ("start", "beginning"):
        return _named(Moment.of(start.at, Precision.DAY))
    months = (end.at.year - start.at.year) * 12 + end.at.month - start.at.month
    if months > 12:
        unit, count, precision = "year", months // 12, Precision.YEAR
    elif months > 1:
        unit, count, precision = "month", months, Precision.MONTH
    else:
        unit, count, precision = "day", (end.at - start.at).days, Precision.DAY
    third = {"early": 0, "mid": 1, "middle": 1, "late": 2}[part]
    days = [moved(start.at.date(), unit, round(count * cut / 3)) for cut in (third, third + 1)]
    first, last = (Moment.of(Moment.parse(str(day)).at, precision) for day in days)
    return Validity(first, last)


def _period(parts: dict[str, str | None]) -> Validity | None:
    try:
        if iso := parts.get("iso"):
            years = _YEARS.fullmatch(iso)
            if years and int(years[3]) > max(12, int(years[2])):  # '2014-18' holds no month
                return Validity(Moment.parse(iso[:4]), Moment.parse(f"{int(years[1] + years[3]) + 1}"))
            return _named(Moment.parse(iso))
        if parts.get("bc"):
            return Validity(None, Moment.parse("0001"))  # before the calendar begins: nothing here is so old
        if decade := parts.get("decade"):
            return Validity(Moment.parse(decade), Moment.parse(f"{int(decade) + 10:04d}"))
        year = parts["year"]
        if quarter := parts.get("quarter"):
            number = int(quarter[1]) if quarter[1].isdigit() else _QUARTERS[quarter.split()[0].lower()]
            first, last = Moment.parse(f"{year}-{3 * number - 2:02d}"), Moment.parse(f"{year}-{3 * number:02d}")
            return Validity(first, _named(last).valid_to)
        text = str(year).zfill(4)
        if month := parts.get("month"):
            number = next(at for at, name in enumerate(MONTHS, 1) if name.startswith(month.lower()[:3]))
            text += f"-{number:02d}"
        if day := parts.get("day"):
            text += f"-{int(day):02d}"
        return _named(Moment.parse(text))
    except ValueError:
        return None  # 31 February: a number, but no date


def _named(moment: Moment) -> Validity:
    return Validity(moment, Moment.of(moment.end, moment.precision))
