"""Times that are told from today, 'five years ago' or 'last month', written as dates.

What reads questions further on knows dates alone, and so needs no clock.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from kgfuse.retrieve.time_amount import COUNT, UNIT, moved, number

_DAYS = {"yesterday": -1, "tomorrow": 1, "day before yesterday": -2, "day after tomorrow": 2}
_WHICH = {"last": -1, "past": -1, "this": 0, "next": 1, "coming": 1}
_FORMS = re.compile(
    rf"\b{COUNT} {UNIT}s? ago\b"
    rf"|\b(?:(?:in|over|during|within|for|throughout) )?(?:the )?(?P<span>last|past|next|coming) "
    rf"(?:{COUNT.replace('count', 'length')} )?{UNIT.replace('unit', 'measure')}s?\b(?! (?:of|before)\b)"
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
        return _period(today, match["unit"], -number(count), match)
    if which := match["which"]:
        return _period(today, match["named"], _WHICH[which], match)
    span, unit, length = _WHICH[match["span"]], match["measure"], match["length"]
    if length is None and (unit == "day" or match[0].startswith("the ")):
        return match[0]
    if length is None and not re.match(r"\w+ the ", match[0]):  # of the calendar, where 'in the last year' ends today
        return _period(today, unit, span, match)
    first, last = sorted((moved(today, unit, span * number(length or "one")), today))
    return f"between {first} and {last}"


def _period(today: date, unit: str, count: int, match: re.Match[str]) -> str:
    """The year, month, week or day so many of them from today.

    A decade that is counted is the year so far away; of a week after 'since' and the like its first day is returned.
    """
    then = moved(today, unit, count)
    if unit == "decade" and match["count"] is None:
        return f"{then.year // 10 * 10}s"
    if unit in ("year", "decade"):
        return f"{then.year:04d}"
    if unit == "month":
        return f"{then:%Y-%m}"
    if unit == "day":
        return str(then)
    monday = then - timedelta(days=then.weekday())
    bound = _BOUND.search(match.string[: match.start()])
    return str(monday) if bound else f"{monday} to {monday + timedelta(days=6)}"
