"""The grammar of single dates in English prose: years, months, days, quarters, seasons, decades, relative terms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kgfuse.model import Moment, Precision

MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
    for length in (3, 4, len(name))
}
_WEEKDAYS = {name: n for n, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "final": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_NUMBERS = {
    word: n for n, word in enumerate("a one two three four five six seven eight nine ten eleven twelve".split())
} | {"a": 1, "an": 1}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9}


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open period that a date names: its first moment and the moment after it, in the same precision.

    `is_end` says that the date names the close of a period ('the end of 2019'), whose boundary is `until`; `is_range`
    that it names both its ends ('2015-19').
    """

    first: Moment
    until: Moment
    is_end: bool = False
    is_range: bool = False

    @classmethod
    def of(cls, moment: Moment) -> Period:
        """Return the period that `moment` names."""
        return cls(moment, Moment(moment.end, moment.precision))

    def at_its_end(self) -> Period:
        """Return 'the end of' this period: its last month (of a year or a quarter) or its last day."""
        if self.first.precision in (Precision.YEAR, Precision.MONTH) and (self.until.at - self.first.at).days > 31:
            last = self.until.at - timedelta(days=1)
            return Period(_moment(last.year, last.month), Moment(self.until.at, Precision.MONTH), is_end=True)
        last = self.until.at - timedelta(days=1)
        return Period(Moment(last, Precision.DAY), Moment(self.until.at, Precision.DAY), is_end=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """A date read at ``[start, end)``: what it means looking back and looking ahead (they differ without a year)."""

    start: int
    end: int
    past: Period
    future: Period
    yearless: bool = False
    needs_preposition: bool = False

    @property
    def is_end(self) -> bool:
        """Whether it names the close of a period."""
        return self.past.is_end


_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)\b"
_WORD_OF = r"(?:\s+of)?,?\s+"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_NOT_A_YEAR = (
    r"(?!\s*(?:%|percent|per\s?cent|people|employees|persons|workers|staff|units|shares|euros?|dollars|kroner|pounds|MW|GW|kW|"
    r"MWh|GWh|TWh|km|m\b|kg|tonnes|tons|million|billion|thousand|homes|households|patients|participants|customers))"
)


def _moment(year: int, month: int | None = None, day: int | None = None) -> Moment:
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    return Moment(datetime(year, month or 1, day or 1, tzinfo=UTC), precision)


def _months(year: int, month: int, count: int) -> Period:
    """Return `count` months from `month` of `year` on; months beyond twelve run into the next year."""
    after = month - 1 + count
    return Period(_moment(year, month), _moment(year + after // 12, after % 12 + 1))


Fields = dict[str, str | None]
Reader = Callable[[Fields, Moment | None], tuple[Period, Period] | Period | None]


def _full(fields: Fields, _: Moment | None) -> Period:
    month = MONTHS[str(fields["month"]).lower().rstrip(".")]
    return Period.of(_moment(int(str(fields["year"])), month, int(str(fields["day"]))))


def _iso(fields: Fields, _: Moment | None) -> Period:
    day = fields["day"]
    return Period.of(_moment(int(str(fields["year"])), int(str(fields["number"])), int(day) if day else None))


def _numeric(fields: Fields, _: Moment | None) -> Period | None:
    first, second, year = int(str(fields["first"])), int(str(fields["second"])), int(str(fields["year"]))
    if fields["mark"] == "." or first > 12 or first == second:
        return Period.of(_moment(year, second, first))
    return Period.of(_moment(year, first, second)) if second > 12 else None  # 03/04/2021 is ambiguous


def _month_year(fields: Fields, _: Moment | None) -> Period:
    return Period.of(_moment(int(str(fields["year"])), MONTHS[str(fields["month"]).lower().rstrip(".")]))


def _part_of_year(fields: Fields, _: Moment | None) -> Period:
    year, part = int(str(fields["year"])), str(fields["part"]).lower()
    if part.startswith(("end", "close", "year")):
        return Period.of(_moment(year)).at_its_end()
    if part.startswith("mid"):
        return _months(year, 6, 2)
    return _months(year, 10, 3) if part.startswith("late") else Period.of(_moment(year))


def _decade(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["decade"]))
    return Period(_moment(year), _moment(year + 10))


def _quarter(fields: Fields, reference: Moment | None) -> Period | None:
    number = _ORDINALS.get(str(fields["ordinal"]).lower()) or int(str(fields["ordinal"]))
    year = int(str(fields["year"])) if fields.get("year") else None
    if year is None:
        if reference is None:
            return None
        year = reference.at.year - (1 if 3 * (number - 1) + 1 > reference.at.month else 0)
    return _months(year, 3 * (number - 1) + 1, 3)


def _half(fields: Fields, reference: Moment | None) -> Period | None:
    word = str(fields["ordinal"]).lower()
    number = {"first": 1, "second": 2, "1": 1, "2": 2, "last": 2}[word]
    year = int(str(fields["year"])) if fields.get("year") else reference.at.year if reference else None
    return None if year is None else _months(year, 6 * number - 5, 6)


def _season(fields: Fields, reference: Moment | None) -> Period | None:
    year = int(str(fields["year"])) if fields.get("year") else None
    month = _SEASONS[str(fields["season"]).lower()]
    if year is None:
        if reference is None:
            return None
        shift = {"last": -1, "next": 1}.get(str(fields.get("which") or "").lower(), 0)
        year = reference.at.year + (shift if (month <= reference.at.month) == (shift > 0) else 0)
    return _months(year, month, 3)


def _fiscal(fields: Fields, _: Moment | None) -> Period:
    year = str(fields["year"])
    return Period.of(_moment(int(year) if len(year) == 4 else 2000 + int(year)))


def _year(fields: Fields, _: Moment | None) -> Period:
    return Period.of(_moment(int(str(fields["year"]))))


def _short_range(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["year"]))
    return Period(_moment(year), _moment(year // 100 * 100 + int(str(fields["close"]))), is_range=True)


def _yearless(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
    """'in March', 'on 3 May', 'last March': the nearest one behind and the nearest one ahead of the reference."""
    if reference is None:
        return None
    month = MONTHS[str(fields["month"]).lower().rstrip(".")]
    day = int(str(fields["day"])) if fields.get("day") else None
    here = reference.at
    this = _moment(here.year, month, day)
    ended = this.at <= here
    which = str(fields.get("which") or "").lower()
    past = _moment(here.year - (0 if ended else 1), month, day)
    ahead = _moment(here.year + (0 if this.end > here else 1), month, day)
    if which == "last" and past.at.year == here.year and past.at.month == here.month:
        past = _moment(here.year - 1, month, day)
    if which == "last":
        return Period.of(past), Period.of(past)
    return (Period.of(ahead), Period.of(ahead)) if which == "next" else (Period.of(past), Period.of(ahead))


def _weekday(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
    if reference is None or reference.precision not in (Precision.DAY, Precision.SECOND):
        return None
    today = Moment.of(reference.at, Precision.DAY).at
    wanted = _WEEKDAYS[str(fields["weekday"]).lower()]
    back = (today.weekday() - wanted) % 7
    if str(fields.get("which") or "").lower() == "last" and back == 0:
        back = 7
    ahead = (wanted - today.weekday()) % 7
    past, future = (Moment(today + timedelta(days=days), Precision.DAY) for days in (-back, ahead))
    return Period.of(past), Period.of(future)


def _named_day(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None or reference.precision not in (Precision.DAY, Precision.SECOND):
        return None
    shift = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}[str(fields["named"]).lower()]
    return Period.of(Moment.of(reference.at + timedelta(days=shift), Precision.DAY))


def _shifted(unit: str, count: int, reference: Moment) -> Period | None:
    """Return the day, week, month, quarter or year `count` of them away from the reference."""
    here = reference.at
    if unit == "year":
        return Period.of(_moment(here.year + count))
    if reference.precision is Precision.YEAR:
        return None
    if unit in ("month", "quarter"):
        size = 3 if unit == "quarter" else 1
        index = here.year * 12 + (here.month - 1) // size * size + count * size
        return _months(index // 12, index % 12 + 1, size)
    if reference.precision is Precision.MONTH:
        return None
    day = Moment.of(here + timedelta(days=count * (7 if unit == "week" else 1)), Precision.DAY)
    if unit == "day":
        return Period.of(day)
    monday = day.at - timedelta(days=day.at.weekday())
    return Period(Moment(monday, Precision.DAY), Moment(monday + timedelta(days=7), Precision.DAY))


def _relative(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None:
        return None
    count = {"last": -1, "past": -1, "previous": -1, "this": 0, "current": 0, "next": 1, "coming": 1}
    return _shifted(str(fields["unit"]).lower(), count[str(fields["which"]).lower()], reference)


def _ago(fields: Fields, reference: Moment | None) -> Period | None:
    word = str(fields["count"]).lower()
    count = int(word) if word.isdigit() else _NUMBERS[word]
    return None if reference is None else _shifted(str(fields["unit"]).lower(), -count, reference)


def _ahead(fields: Fields, reference: Moment | None) -> Period | None:
    word = str(fields["count"]).lower()
    count = int(word) if word.isdigit() else _NUMBERS[word]
    return None if reference is None else _shifted(str(fields["unit"]).lower(), count, reference)


_COUNT = r"(?P<count>\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_WHICH = r"(?P<which>last|this|next)\s+"
_EDGE = r"(?:early|late|mid|the\s+(?:beginning|start|end|middle)\s+of)[\s-]+"
_TERMS: tuple[tuple[re.Pattern[str], Reader, bool, bool], ...] = tuple(
    (re.compile(pattern, flags), reader, yearless, needs)
    for pattern, reader, yearless, needs, flags in (
        (rf"(?<![\d.,/-]){_YEAR[:-2]}-(?P<number>[01]\d)(?:-(?P<day>[0-3]\d))?(?![\d-])", _iso, False, False, 0),
        (rf"\b{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}", _full, False, False, re.IGNORECASE),
        (rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}", _full, False, False, re.IGNORECASE),
        (
            r"(?<![\d/.-])(?P<first>\d{1,2})(?P<mark>[/.])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\d/])",
            _numeric, False, False, 0,
        ),
        (rf"\b(?:{_EDGE})?{_MONTH}{_WORD_OF}{_YEAR}", _month_year, False, False, 0),
        (
            r"\b(?:the\s+)?(?P<part>early|late|mid|end of|end-|close of|year[- ]end|beginning of|start of|middle of)"
            rf"[\s-]*(?:in\s+)?{_YEAR}",
            _part_of_year, False, False, re.IGNORECASE,
        ),
        (r"\b(?:the\s+)?(?:early\s+|late\s+|mid-?)?(?P<decade>(?:1[5-9]|20)\d0)s\b", _decade, False, False, re.IGNORECASE),
        (
            r"\b(?:the\s+)?(?P<ordinal>first|second|third|fourth|final|[1-4](?:st|nd|rd|th))[\s-]quarter"
            rf"(?:\s+(?:of\s+)?(?:fiscal\s+|the\s+year\s+)?{_YEAR})?",
            _quarter, False, False, re.IGNORECASE,
        ),
        (rf"\bQ(?P<ordinal>[1-4])\s*(?:of\s+|/)?{_YEAR}", _quarter, False, False, 0),
        (rf"\b{_YEAR}\s+Q(?P<ordinal>[1-4])\b", _quarter, False, False, 0),
        (rf"\b(?:the\s+)?(?P<ordinal>first|second)\s+half(?:\s+(?:of\s+)?{_YEAR})?", _half, False, False, re.IGNORECASE),
        (rf"\bH(?P<ordinal>[12])\s*{_YEAR}", _half, False, False, 0),
        (
            rf"\b(?:the\s+)?(?:{_WHICH})?(?P<season>spring|summer|autumn|fall)(?:\s+of)?\s+{_YEAR}",
            _season, False, False, re.IGNORECASE,
        ),
        (rf"\b{_WHICH}(?P<season>spring|summer|autumn|fall)\b", _season, False, False, re.IGNORECASE),
        (
            rf"\b(?:fiscal|financial)\s+(?:year\s+)?{_YEAR}(?:\s*[/-]\s*\d{{2,4}}\b)?", _fiscal, False, False, re.IGNORECASE,
        ),
        (r"\bFY\s?'?(?P<year>(?:20)?\d\d)\b", _fiscal, False, False, 0),
        (rf"\b{_YEAR}\s?[–—-]\s?(?P<close>\d\d)\b(?!-)", _short_range, False, False, 0),
        (rf"(?<![\d.,/$€£#-]){_YEAR}(?![.,/]\d|-\d\d\b){_NOT_A_YEAR}", _year, False, False, 0),
        (rf"\b(?:{_WHICH})?{_DAY}(?:\s+of)?\s+{_MONTH}(?!\s+\d)", _yearless, True, True, 0),
        (rf"\b(?:{_WHICH})?{_MONTH}\s+{_DAY}\b(?!\s*[\d%,]\d)", _yearless, True, True, 0),
        (rf"\b{_WHICH}{_MONTH}", _yearless, False, False, 0),
        (rf"\b(?:{_EDGE})?{_MONTH}(?!\s+\d)", _yearless, True, True, 0),
        (
            r"\b(?:(?P<which>last|this|next|on)\s+)(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b",
            _weekday, False, False, 0,
        ),
        (r"\b(?P<named>yesterday|today|tonight|tomorrow)\b", _named_day, False, False, re.IGNORECASE),
        (
            rf"\b(?:earlier\s+|later\s+)?(?P<which>last|this|next|previous|coming)\s+{_UNIT}\b(?!-)",
            _relative, False, False, re.IGNORECASE,
        ),
        (rf"\b(?:about\s+|some\s+|almost\s+|nearly\s+)?{_COUNT}\s+{_UNIT}s?\s+ago\b", _ago, False, False, re.IGNORECASE),
        (rf"\bin\s+{_COUNT}\s+{_UNIT}s?['’]?\s+time\b", _ahead, False, False, re.IGNORECASE),
    )
)


def read_terms(text: str, reference: Moment | None) -> tuple[Reading, ...]:
    """Return the dates in `text` from left to right, the longest where several begin; none overlap."""
    found: list[Reading] = []
    for pattern, reader, yearless, needs in _TERMS:
        for match in pattern.finditer(text):
            try:
                meant = reader(match.groupdict(), reference)
            except (ValueError, OverflowError):  # 31 February, year 10000
                continue
            if meant is None:
                continue
            past, future = meant if isinstance(meant, tuple) else (meant, meant)
            if past.first.at < past.until.at:
                reading = Reading(match.start(), match.end(), past, future, yearless, needs)
                found.append(reading)
    found.sort(key=lambda reading: (reading.start, -reading.end))
    chosen: list[Reading] = []
    for reading in found:
        if not chosen or reading.start >= chosen[-1].end:
            chosen.append(reading)
    return tuple(chosen)
