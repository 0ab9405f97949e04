"""What the parts of a date in English prose mean: fields that `kgfuse.extract.calendar_terms` matched, to a period.

Each function takes the fields of a match and the date of the text. It returns a period, or two where looking back and looking
ahead differ; nothing where the date of the text is needed and not known, or the numbers are no date. Raises ValueError
(31 February) and OverflowError (the year 10000).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from kgfuse.extract.periods import Period, moment_of, months_from
from kgfuse.model import Moment, Precision

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


Fields = dict[str, str | None]
Reader = Callable[[Fields, Moment | None], tuple[Period, Period] | Period | None]


def in_relative_year(fields: Fields, reference: Moment | None) -> Period | None:
    """'in May last year', 'on 3 May this year', 'in the third quarter of last year'."""
    if reference is None:
        return None
    year = reference.at.year + {"last": -1, "this": 0, "next": 1}[str(fields["which"]).lower()]
    if fields.get("ordinal"):
        return months_from(year, 3 * _ORDINALS[str(fields["ordinal"]).lower()] - 2, 3)
    day = fields.get("day")
    return Period.of(moment_of(year, MONTHS[str(fields["month"]).lower().rstrip(".")], int(day) if day else None))


def full(fields: Fields, _: Moment | None) -> Period:
    month = MONTHS[str(fields["month"]).lower().rstrip(".")]
    return Period.of(moment_of(int(str(fields["year"])), month, int(str(fields["day"]))))


def iso(fields: Fields, _: Moment | None) -> Period:
    day = fields["day"]
    return Period.of(moment_of(int(str(fields["year"])), int(str(fields["number"])), int(day) if day else None))


def numeric(fields: Fields, _: Moment | None) -> Period | None:
    first, second, year = int(str(fields["first"])), int(str(fields["second"])), int(str(fields["year"]))
    if fields["mark"] == "." or first > 12 or first == second:
        return Period.of(moment_of(year, second, first))
    return Period.of(moment_of(year, first, second)) if second > 12 else None  # 03/04/2021 is ambiguous


def month_year(fields: Fields, _: Moment | None) -> Period:
    month = Period.of(moment_of(int(str(fields["year"])), MONTHS[str(fields["month"]).lower().rstrip(".")]))
    return month.at_its_end() if fields["close"] else month


def days(fields: Fields, _: Moment | None) -> Period:
    """'1-3 May 2019': both days are in it."""
    year, month = int(str(fields["year"])), MONTHS[str(fields["month"]).lower().rstrip(".")]
    last = moment_of(year, month, int(str(fields["day"])))
    return Period(moment_of(year, month, int(str(fields["first"]))), Moment(last.end, Precision.DAY), is_range=True)


def part_of_year(fields: Fields, _: Moment | None) -> Period:
    year, part = int(str(fields["year"])), str(fields["part"]).lower()
    if part.startswith(("end", "close", "year")):
        return Period.of(moment_of(year)).at_its_end()
    if part.startswith("mid"):
        return months_from(year, 6, 2)
    return months_from(year, 10, 3) if part.startswith("late") else Period.of(moment_of(year))


def decade(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["decade"]))
    return Period(moment_of(year), moment_of(year + 10))


def quarter(fields: Fields, reference: Moment | None) -> Period | None:
    number = _ORDINALS.get(str(fields["ordinal"]).lower()) or int(str(fields["ordinal"]))
    year = int(str(fields["year"])) if fields.get("year") else None
    if year is None:
        if reference is None:
            return None
        year = reference.at.year - (1 if 3 * (number - 1) + 1 > reference.at.month else 0)
    return months_from(year, 3 * (number - 1) + 1, 3)


def half(fields: Fields, reference: Moment | None) -> Period | None:
    word = str(fields["ordinal"]).lower()
    number = {"first": 1, "second": 2, "1": 1, "2": 2, "last": 2}[word]
    year = int(str(fields["year"])) if fields.get("year") else reference.at.year if reference else None
    return None if year is None else months_from(year, 6 * number - 5, 6)


def season(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | Period | None:
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


def fiscal(fields: Fields, _: Moment | None) -> Period:
    year = str(fields["year"])
    return Period.of(moment_of(int(year) if len(year) == 4 else 2000 + int(year)))


def split_year(fields: Fields, _: Moment | None) -> Period | None:
    """'2019/20': a year that does not begin in January, called by the first of the two as `fiscal` does."""
    year, close = int(str(fields["year"])), int(str(fields["close"]))
    return Period.of(moment_of(year)) if close % 100 == (year + 1) % 100 else None


def year(fields: Fields, _: Moment | None) -> Period:
    return Period.of(moment_of(int(str(fields["year"]))))


def short_range(fields: Fields, _: Moment | None) -> Period:
    year = int(str(fields["year"]))
    close = int(str(fields["close"]))
    return Period(moment_of(year), moment_of(close if close > 99 else year // 100 * 100 + close), is_range=True)


def yearless(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
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


def weekday(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
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


def named_day(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None or reference.precision not in (Precision.DAY, Precision.SECOND):
        return None
    shift = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}[str(fields["named"]).lower()]
    shift = 2 * shift if fields.get("twice") else shift
    return Period.of(Moment.of(reference.at + timedelta(days=shift), Precision.DAY))


def edge_of_this(fields: Fields, reference: Moment | None) -> tuple[Period, Period] | None:
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


def relative(fields: Fields, reference: Moment | None) -> Period | None:
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


def ago(fields: Fields, reference: Moment | None) -> Period | None:
    if reference is None:
        return None
    unit = str(fields["unit"]).lower()
    if fields.get("half"):
        return _shifted("month", -6, reference) if unit == "year" else None
    return _shifted(unit, -_counted(fields), reference)


def going_on(fields: Fields, reference: Moment | None) -> Period | None:
    """'for the past three years': since then, and still."""
    if reference is None:
        return None
    unit = str(fields["unit"]).lower()
    count = _counted(fields)
    begun = _shifted("year", -10 * count, reference) if unit == "decade" else _shifted(unit, -count, reference)
    return Period(begun.first, begun.until, is_open=True) if begun else None


def ahead(fields: Fields, reference: Moment | None) -> Period | None:
    return None if reference is None else _shifted(str(fields["unit"]).lower(), _counted(fields), reference)
