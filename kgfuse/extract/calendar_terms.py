"""The grammar of single dates in English prose: years, months, days, quarters, seasons, decades, relative terms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from kgfuse.extract.periods import Period, moment_of, months_from
from kgfuse.model import Moment, Precision

__all__ = ["MONTHS", "Period", "Reading", "read_terms"]

MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
    for length in (3, 4, len(name))
}
_WEEKDAYS = {name: n for n, name in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "final": 4,
    "last": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
}
_NUMBERS = {
    word: n for n, word in enumerate("a one two three four five six seven eight nine ten eleven twelve".split())
} | {"a": 1, "an": 1}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


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


Fields = dict[str, str | None]
Reader = Callable[[Fields, Moment | None], tuple[Period, Period] | Period | None]


def _in_relative_year(fields: Fields, reference: Moment | None) -> Period | None:
    """'in May last year', 'on 3 May this year', 'in the third quarter of last year'."""
    if reference is None:
        return None
    year = reference.at.year + {"last": -1, "this": 0, "next": 1}[str(fields["which"]).lower()]
    if fields.get("ordinal"):
        return months_from(year, 3 * _ORDINALS[str(fields["ordinal"]).lower()] - 2, 3)
    day = fields.get("day")
    return Period.of(moment_of(year, MONTHS[str(fields["month"]).lower().rstrip(".")], int(day) if day else None))


def _full(fields: Fields, _: Moment | None) -> Period:
    month = MONTHS[str(fields["month"]).lower().rstrip(".")]
    return Period.of(moment_of(int(str(fields["year"])), month, int(str(fields["day"]))))


def _iso(fields: Fields, _: Moment | None) -> Period:
    day = fields["day"]
    return Period.of(moment_of(int(str(fields["year"])), int(str(fields["number"])), int(day) if day else None))


def _numeric(fields: Fields, _: Moment | None) -> Period | None:
    first, second, year = int(str(fields["first"])), int(str(fields["second"])), int(str(fields["year"]))
    if fields["mark"] == "." or first > 12 or first == second:
        return Period.of(moment_of(year, second, first))
    return Period.of(moment_of(year, first, second)) if second > 12 else None  # 03/04/2021 is ambiguous


def _month_year(fields: Fields, _: Moment | None) -> Period:
    month = Period.of(moment_of(int(str(fields["year"])), MONTHS[str(fields["month"]).lower().rstrip(".")]))
    return month.at_its_end() if fields["close"] else month


def _days(fields: Fields, _: Moment | None) -> Period:
    """'1-3 May 2019': both days are in it."""
    year, month = int(str(fields["year"])), MONTHS[str(fields["month"]).lower().rstrip(".")]
    last = moment_of(year, month, int(str(fields["day"])))
    return Period(moment_of(year, month, int(str(fields["first"]))), Moment(last.end, Precision.DAY), is_range=True)


def _part_of_year(fields: Fields, _: Moment | None) -> Period:
    year, part = int(str(fields["year"])), str(fields["part"]).lower()
    if part.startswith(("end", "close", "year")):
        return Period.of(moment_of(year)).at_its_end()
    if part.startswith("mid"):
        return months_from(year, 6, 2)
    return months_from(year, 10, 3) if part.startswith("late") else Period.of(moment_of(year))


def _decade(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["decade"]))
    return Period(moment_of(year), moment_of(year + 10))


def _quarter(fields: Fields, reference: Moment | None) -> Period | None:
    number = _ORDINALS.get(str(fields["ordinal"]).lower()) or int(str(fields["ordinal"]))
    year = int(str(fields["year"])) if fields.get("year") else None
    if year is None:
        if reference is None:
            return None
        year = reference.at.year - (1 if 3 * (number - 1) + 1 > reference.at.month else 0)
    return months_from(year, 3 * (number - 1) + 1, 3)


def _half(fields: Fields, reference: Moment | None) -> Period | None:
    word = str(fields["ordinal"]).lower()
    number = {"first": 1, "second": 2, "1": 1, "2": 2, "last": 2}[word]
    year = int(str(fields["year"])) if fields.get("year") else reference.at.year if reference else None
    return None if year is None else months_from(year, 6 * number - 5, 6)


def _season(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | Period | None:
    """'the summer of 2019', 'last autumn' (the latest that is over), 'this summer', 'in the spring'."""
    month = _SEASONS[str(fields["season"]).lower()]
    if fields.get("year"):
        return months_from(int(str(fields["year"])), month, 3)
    if reference is None:
        return None
    year = reference.at.year
    near = [months_from(year + shift, month, 3) for shift in (-2, -1, 0, 1) if 1 <= year + shift < 9999]
    match str(fields.get("which") or "").lower():
        case "last":
            return max((p for p in near if p.until.at <= reference.at), key=lambda p: p.first.at, default=None)
        case "next":
            return min((p for p in near if p.first.at > reference.at), key=lambda p: p.first.at, default=None)
        case "this":
            here = [p for p in near if p.first.at <= reference.at < p.until.at]
            return here[0] if here else months_from(year, month, 3)
    past = max((p for p in near if p.first.at <= reference.at), key=lambda p: p.first.at, default=None)
    ahead = min((p for p in near if p.until.at > reference.at), key=lambda p: p.first.at, default=None)
    return (past, ahead) if past and ahead else None


def _fiscal(fields: Fields, _: Moment | None) -> Period:
    year = str(fields["year"])
    return Period.of(moment_of(int(year) if len(year) == 4 else 2000 + int(year)))


def _split_year(fields: Fields, _: Moment | None) -> Period | None:
    """'2019/20': a year that does not begin in January, called by the first of the two as `_fiscal` does."""
    year, close = int(str(fields["year"])), int(str(fields["close"]))
    return Period.of(moment_of(year)) if close % 100 == (year + 1) % 100 else None


def _year(fields: Fields, _: Moment | None) -> Period:
    return Period.of(moment_of(int(str(fields["year"]))))


def _short_range(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["year"]))
    close = int(str(fields["close"]))
    return Period(moment_of(year), moment_of(close if close > 99 else year // 100 * 100 + close), is_range=True)


def _yearless(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
    """'in March', 'on 3 May', 'last March': the nearest one behind and the nearest one ahead of the reference."""
    if reference is None:
        return None
    month = MONTHS[str(fields["month"]).lower().rstrip(".")]
    day = int(str(fields["day"])) if fields.get("day") else None
    here = reference.at
    this = moment_of(here.year, month, day)
    ended = this.at <= here
    which = str(fields.get("which") or "").lower()
    past = moment_of(here.year - (0 if ended else 1), month, day)
    ahead = moment_of(here.year + (0 if this.end > here else 1), month, day)
    if which == "last" and day is None and past.at.year == here.year and past.at.month == here.month:
        past = moment_of(here.year - 1, month, day)
    if which == "last":
        ahead = past
    elif which == "next":
        past = ahead
    behind, before = Period.of(past), Period.of(ahead)
    return (behind.at_its_end(), before.at_its_end()) if fields.get("close") else (behind, before)


def _weekday(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
    if reference is None or reference.precision not in (Precision.DAY, Precision.SECOND):
        return None
    today = Moment.of(reference.at, Precision.DAY).at
    wanted = _WEEKDAYS[str(fields["weekday"]).lower()]
    back, ahead = (today.weekday() - wanted) % 7, (wanted - today.weekday()) % 7
    which = str(fields.get("which") or "").lower()
    if fields.get("week"):  # 'on Tuesday last week'
        shift = {"last": -7, "this": 0, "next": 7}[str(fields["week"]).lower()]
        back = today.weekday() - wanted - shift
        ahead = -back
    elif which == "last":
        back = back or 7
        ahead = -back
    elif which == "next":
        ahead = ahead or 7
        back = -ahead
    past, future = (Moment(today + timedelta(days=days), Precision.DAY) for days in (-back, ahead))
    return Period.of(past), Period.of(future)


def _named_day(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None or reference.precision not in (Precision.DAY, Precision.SECOND):
        return None
    shift = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}[str(fields["named"]).lower()]
    shift = 2 * shift if fields.get("twice") else shift
    return Period.of(Moment.of(reference.at + timedelta(days=shift), Precision.DAY))


def _edge_of_this(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
    """'at the end of the year', 'year-end': the latest one that is over, and the one to come; the start is this one's."""
    unit = str(fields.get("unit") or "year").lower()
    this = _shifted(unit, 0, reference) if reference else None
    last = _shifted(unit, -1, reference) if reference else None
    if this is None or last is None or unit in ("day", "week"):
        return None
    if str(fields.get("edge") or "end").lower() != "end":
        return this, this
    return last.at_its_end(), this.at_its_end()


def _shifted(unit: str, count: int, reference: Moment) -> Period | None:
    """Return the day, week, month, quarter or year `count` of them away from the reference."""
    here = reference.at
    if unit == "year":
        return Period.of(moment_of(here.year + count))
    if reference.precision is Precision.YEAR:
        return None
    if unit in ("month", "quarter"):
        size = 3 if unit == "quarter" else 1
        index = here.year * 12 + (here.month - 1) // size * size + count * size
        return months_from(index // 12, index % 12 + 1, size)
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
    unit, shift = str(fields["unit"]).lower(), count[str(fields["which"]).lower()]
    edge = str(fields.get("edge") or "").lower()
    if unit == "day":  # 'to this day'
        return None
    if unit == "year" and edge in ("late", "mid"):
        return (
            months_from(reference.at.year + shift, 10, 3)
            if edge == "late"
            else months_from(reference.at.year + shift, 6, 2)
        )
    period = _shifted(unit, shift, reference)
    return period.at_its_end() if period and edge.endswith("end of") else period


def _counted(fields: Fields) -> int:
    word = str(fields.get("count") or "one").lower()
    return int(word) if word.isdigit() else _NUMBERS[word]


def _ago(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None:
        return None
    unit = str(fields["unit"]).lower()
    if fields.get("half"):
        return _shifted("month", -6, reference) if unit == "year" else None
    return _shifted(unit, -_counted(fields), reference)


def _going_on(fields: Fields, reference: Moment | None) -> Period | None:
    """'for the past three years': since then, and still."""
    if reference is None:
        return None
    unit = str(fields["unit"]).lower()
    count = _counted(fields)
    begun = _shifted("year", -10 * count, reference) if unit == "decade" else _shifted(unit, -count, reference)
    return Period(begun.first, begun.until, is_open=True) if begun else None


def _ahead(fields: Fields, reference: Moment | None) -> Period | None:
    return None if reference is None else _shifted(str(fields["unit"]).lower(), _counted(fields), reference)


_COUNT = r"(?P<count>\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_WHICH = r"(?P<which>last|this|next)\s+"
_EDGE = r"(?:early|late|mid|the\s+(?:beginning|start|middle)\s+of)[\s-]+"
_CLOSE = r"(?P<close>(?:[Tt]he\s+)?(?:end|close)\s+of\s+)?"
_DAYNAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_ON_DAYNAME = rf"(?:(?:last\s+)?{_DAYNAME},?\s+(?:the\s+)?)?(?<![\d.,:/–-])"  # 'Monday 3 May', not '16.10. May'
_DAYNAME_FIRST = re.compile(rf"(?:last\s+)?{_DAYNAME},?\s")
_NOT_OVER = r"(?<!more than )(?<!over )(?<!least )(?<!less than )"
_TERMS: tuple[tuple[re.Pattern[str], Reader, bool, bool], ...] = tuple(
    (re.compile(pattern, flags), reader, yearless, needs)
    for pattern, reader, yearless, needs, flags in (
        (rf"(?<![\d.,/-]){_YEAR[:-2]}-(?P<number>[01]\d)(?:-(?P<day>[0-3]\d))?(?![\d-])", _iso, False, False, 0),
        (
            rf"(?<![\d.,:/–-])(?P<first>[0-3]?\d)\s?(?:[–—-]|\bto\b)\s?{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}",
            _days,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\b{_MONTH}\s+(?P<first>[0-3]?\d)\s?[–—-]\s?{_DAY},?\s+{_YEAR}", _days, False, False, re.IGNORECASE),
        (rf"\b{_ON_DAYNAME}{_DAY}(?:\s+of)?,?\s+{_MONTH},?\s+{_YEAR}", _full, False, False, re.IGNORECASE),
        (rf"\b{_ON_DAYNAME}{_MONTH}\s+{_DAY},?\s+{_YEAR}", _full, False, False, re.IGNORECASE),
        (
            r"(?<![\d/.-])(?P<first>\d{1,2})(?P<mark>[/.])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\d/])",
            _numeric,
            False,
            False,
            0,
        ),
        (rf"\b(?:{_EDGE})?{_CLOSE}(?<!\d\s)(?<!\d\s\s){_MONTH}{_WORD_OF}{_YEAR}", _month_year, False, False, 0),
        (
            r"\b(?:the\s+)?(?P<part>early|late|mid|end of|end-|close of|year[- ]end|beginning of|start of|middle of)"
            rf"[\s-]*(?:in\s+)?{_YEAR}",
            _part_of_year,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?:early\s+|late\s+|mid-?)?(?P<decade>(?:1[5-9]|20)\d0)s\b",
            _decade,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?P<ordinal>first|second|third|fourth|final|[1-4](?:st|nd|rd|th))[\s-]quarter\b(?!-)"
            rf"(?:\s+(?:of\s+)?(?:fiscal\s+|the\s+year\s+)?{_YEAR})?",
            _quarter,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"(?<![–—-])\bQ(?P<ordinal>[1-4])\s*(?:of\s+|/)?{_YEAR}", _quarter, False, False, 0),
        (rf"\b{_YEAR}\s+Q(?P<ordinal>[1-4])\b", _quarter, False, False, 0),
        (
            rf"\b(?:the\s+)?(?P<ordinal>first|second)\s+half(?:\s+(?:of\s+)?{_YEAR})?",
            _half,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\bH(?P<ordinal>[12])\s*{_YEAR}", _half, False, False, 0),
        (
            rf"\b(?:the\s+)?(?:{_WHICH})?(?P<season>spring|summer|autumn|fall)(?:\s+of)?\s+{_YEAR}",
            _season,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\b{_WHICH}(?P<season>spring|summer|autumn|fall|winter)\b", _season, False, False, re.IGNORECASE),
        (r"\bthe\s+(?P<season>spring|summer|autumn)\b(?!\s+of\b|\s+\w+ing\b)", _season, True, True, 0),
        (
            rf"\b(?:fiscal|financial)\s+(?:year\s+)?{_YEAR}(?:\s*[/-]\s*\d{{2,4}}\b)?",
            _fiscal,
            False,
            False,
            re.IGNORECASE,
        ),
        (r"\bFY\s?'?(?P<year>(?:20)?\d\d)\b", _fiscal, False, False, 0),
        (rf"\b{_YEAR}\s?[–—-]\s?(?P<close>(?:1[5-9]|20)?\d\d)\b(?!-)", _short_range, False, False, 0),
        (rf"(?<![\d.,/$€£#-]){_YEAR}/(?P<close>(?:20)?\d\d)\b(?![/\d-])", _split_year, False, False, 0),
        (rf"(?<![\d.,/$€£#-]){_YEAR}(?![.,/]\d|-\d\d\b){_NOT_A_YEAR}", _year, False, False, 0),
        (
            rf"\b(?:{_DAY}(?:\s+of)?\s+)?{_MONTH},?\s+(?:of\s+)?(?P<which>last|this|next)\s+year\b",
            _in_relative_year,
            False,
            False,
            0,
        ),
        (
            r"\b(?:the\s+)?(?P<ordinal>first|second|third|fourth|[1-4](?:st|nd|rd|th))[\s-]quarter,?\s+(?:of\s+)?"
            r"(?P<which>last|this|next)\s+year\b",
            _in_relative_year,
            False,
            False,
            0,
        ),
        (rf"\b(?:{_WHICH})?{_ON_DAYNAME}{_DAY}(?:\s+of)?\s+{_MONTH}(?!,?\s+\d)", _yearless, True, True, 0),
        (rf"\b(?:{_WHICH})?{_ON_DAYNAME}{_MONTH}\s+{_DAY}\b(?!\s*[\d%,]\d|,\s+\d)", _yearless, True, True, 0),
        (rf"\b{_WHICH}{_MONTH}", _yearless, False, False, 0),
        (rf"\b(?:{_EDGE})?{_CLOSE}(?<!\d\s){_MONTH}(?!\s+\d)", _yearless, True, True, 0),
        (rf"\b{_WHICH}(?P<weekday>{_DAYNAME})\b(?!,?\s+(?:the\s+)?\d)", _weekday, False, False, 0),
        (
            rf"\b(?P<weekday>{_DAYNAME})\b(?:,?\s+(?P<week>last|this|next)\s+week)?(?!,?\s+(?:the\s+)?\d)",
            _weekday,
            True,
            True,
            0,
        ),
        (
            r"\b(?P<twice>the\s+day\s+(?:before|after)\s+)?(?P<named>yesterday|today|tonight|tomorrow)\b",
            _named_day,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:(?P<edge>early|late|mid|the\s+(?:beginning|start|end|middle)\s+of)[\s-]+|earlier\s+|later\s+)?"
            rf"(?P<which>last|this|next|previous|coming)\s+{_UNIT}\b(?!-)",
            _relative,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?P<edge>end|close|beginning|start)\s+of\s+the\s+(?P<unit>month|quarter|year)\b(?!\s+(?:of\s+)?\d|\s+ended)",
            _edge_of_this,
            True,
            True,
            re.IGNORECASE,
        ),
        (r"\byear[- ]end\b(?!\s+(?:of\s+|in\s+)?\d)", _edge_of_this, True, True, re.IGNORECASE),
        (
            rf"{_NOT_OVER}\b(?:about\s+|some\s+|almost\s+|nearly\s+)?(?P<half>half\s+)?{_COUNT}\s+{_UNIT}s?\s+ago\b",
            _ago,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            rf"\bfor\s+(?:about\s+|almost\s+|nearly\s+)?(?:the\s+)?(?:past|last)\s+(?:{_COUNT}\s+)?"
            r"(?P<unit>day|week|month|quarter|year|decade)s?\b",
            _going_on,
            False,
            False,
            re.IGNORECASE,
        ),
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
                named = reader is _yearless and _DAYNAME_FIRST.match(match[0]) is not None
                reading = Reading(match.start(), match.end(), past, future, yearless, needs and not named)
                found.append(reading)
    found.sort(key=lambda reading: (reading.start, -reading.end))
    chosen: list[Reading] = []
    for reading in found:
        if not chosen or reading.start >= chosen[-1].end:
            chosen.append(reading)
    return tuple(chosen)
