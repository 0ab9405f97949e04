"""Times that are told from today, 'five years ago' or 'last month', written as dates.

What reads questions further on knows dates alone, and so needs no clock.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "hundred": 100, "a hundred": 100,
}  # fmt: skip
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_UNIT = r"(?P<unit>day|week|month|year|decade)"
_DAYS = {"yesterday": -1, "tomorrow": 1, "day before yesterday": -2, "day after tomorrow": 2}
_WHICH = {"last": -1, "past": -1, "this": 0, "next": 1, "coming": 1}
_FORMS = re.compile(
    rf"\b{_COUNT} {_UNIT}s? ago\b"
    rf"|\b(?:(?:in|over|during|within|for|throughout) )?(?:the )?(?P<span>last|past|next|coming) "
    rf"(?:{_COUNT.replace('count', 'length')} )?{_UNIT.replace('unit', 'measure')}s?\b(?! (?:of|before)\b)"
    r"|(?<!the )\b(?P<which>last|this|next) (?P<named>week|month|year|decade)\b(?! (?:of|before)\b)"
    r"|\b(?:the )?(?P<day>day before yesterday|day after tomorrow|yesterday|tomorrow)\b"
    r"|\b(?:the )?(?P<before>year|month|week) before last\b"
)
_LED = re.compile(
    r"\b(?:in|on|of|during|for|until|till|before|after|since|from|by|to|and|between|early|late|mid)[\s-]+(?:the\s+)?$",
    re.IGNORECASE,
)
_BOUND = re.compile(r"\b(?:before|after|since|until|till|from|by)\s+(?:the\s+)?$", re.IGNORECASE)


def with_dates(text: str, today: date) -> str:
    """Return a question with the times that it tells from today as dates: 'last year' -> '2025'.

    A capital within the text makes a name of it ('Last Year at Marienbad') and no time.
    """
    lowered = text[:1].lower() + text[1:]
    try:
        return _FORMS.sub(lambda match: _led(match, _date_of(match, today)), lowered if _FORMS.match(lowered) else text)
    except (ValueError, OverflowError):
        return text  # before the calendar begins


def _led(match: re.Match[str], date: str) -> str:
    """A date with a preposition before it: 'Acme 2021' would be a name."""
    led = _LED.search(match.string[: match.start()]) or date.startswith("between") or date == match[0]
    return date if led else f"in {date}"


def _date_of(match: re.Match[str], today: date) -> str:
    if day := match["day"]:
        return str(today + timedelta(days=_DAYS[day]))
    if unit := match["before"]:
        return _period(today, unit, -2, match)
    if count := match["count"]:
        return _period(today, match["unit"], -_number(count), match)
    if which := match["which"]:
        return _period(today, match["named"], _WHICH[which], match)
    span, unit, length = _WHICH[match["span"]], match["measure"], match["length"]
    if length is None and (unit == "day" or match[0].startswith("the ")):
        return match[0]
    if length is None and not re.match(r"\w+ the ", match[0]):  # of the calendar, where 'in the last year' ends today
        return _period(today, unit, span, match)
    first, last = sorted((_moved(today, unit, span * _number(length or "one")), today))
    return f"between {first} and {last}"


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text]


def _moved(day: date, unit: str, count: int) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = count * {"month": 1, "year": 12, "decade": 120}[unit]
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _period(today: date, unit: str, count: int, match: re.Match[str]) -> str:
    """The year, month, week or day so many of them from today.

    A decade that is counted is the year so far away; of a week after 'since' and the like its first day is returned.
    """
    moved = _moved(today, unit, count)
    if unit == "decade" and match["count"] is None:
        return f"{moved.year // 10 * 10}s"
    if unit in ("year", "decade"):
        return f"{moved.year:04d}"
    if unit == "month":
        return f"{moved:%Y-%m}"
    if unit == "day":
        return str(moved)
    monday = moved - timedelta(days=moved.weekday())
    bound = _BOUND.search(match.string[: match.start()])
    return str(monday) if bound else f"{monday} to {monday + timedelta(days=6)}"
