"""What a cell shows: values by their number format (ECMA-376 part 1, 18.8.31), as text that needs no sheet to be read."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from kgfuse.ingest.layout import fold

_WRITTEN = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[[^\]]*\]")
"""What a number format writes out as it stands, or says of colours and conditions."""
_SCALED = re.compile(r"[0#?](,+)(?![0#?,])")  # a thousand for each comma behind the last digit
_OF_NUMBERS = re.compile(r"[^a-z]*[0#?]")  # a digit before any letter
_LASTING = re.compile(r"\[(?:h+|m+|s+)\]")
_OF_DATES, _IN_DATES, _OF_CLOCKS = frozenset("ymdhs"), frozenset("ymdhsapgeb"), frozenset("hmsap")
_CURRENCY = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"([^\"]{1,10})\"|([$€£¥])")


def display(value: Any, number_format: str = "General") -> str:
    """Return a cell's value as text: dates in ISO form, percentages and currencies with their sign, errors as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, int | float):
        return _number(value, number_format)
    text = fold(str(value))
    return "" if re.fullmatch(r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!)", text) else text


def valued(value: float, number_format: str, *, from_1904: bool = False) -> float | datetime | time | timedelta:
    """Return what a number stands for that is shown by a format: a date and time, a time of day, a duration, or itself."""
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

    form = number_format.partition(";")[0].lower()
    bare = _WRITTEN.sub("", form)
    letters = {letter for letter in bare if letter.isalpha()}
    lasts = _LASTING.search(form) is not None
    of_dates = letters & _OF_DATES and letters <= _IN_DATES and not _OF_NUMBERS.match(bare)
    if value < 0 or not (lasts or of_dates):
        return value
    try:
        if lasts:
            return timedelta(seconds=round(value * 86_400))
        if value < 1 and letters & {"y", "d"}:
            return value
        if value < 1 or (letters <= _OF_CLOCKS and letters & {"h", "s"}):
            minutes, second = divmod(round(value % 1 * 86_400) % 86_400, 60)
            return time(*divmod(minutes, 60), second)
        when: datetime = from_excel(value, CALENDAR_MAC_1904 if from_1904 else CALENDAR_WINDOWS_1900)
    except (ValueError, OverflowError):
        return value
    return when


def _number(value: float, number_format: str) -> str:
    shown = number_format.partition(";")[0]
    if shown.rstrip("_) ").endswith("\\%"):
        return f"{_plain(value)}%"
    if shown.rstrip("_) ").endswith("%"):
        return f"{_plain(value * 100)}%"
    if scaled := _SCALED.search(_WRITTEN.sub("", shown)):
        value = value / 1000 ** len(scaled[1])
    currency = _CURRENCY.search(shown)
    sign = next((group for group in currency.groups() if group), "").strip() if currency else ""
    if not sign:
        return _plain(value)
    if sign in "$€£¥":
        return f"-{sign}{_plain(-value)}" if value < 0 else f"{sign}{_plain(value)}"
    return f"{_plain(value)} {sign}"


def _plain(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
