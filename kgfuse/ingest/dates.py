"""Dates and authors written near the top of a text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from kgfuse.model import DateSource, Moment, Precision

_MONTHS = "january february march april may june july august september october november december".split()
_NUMBER = {name[:length]: i for i, name in enumerate(_MONTHS, 1) for length in (3, 4, len(name))}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<![\d/.-])(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?![\d-])",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH}\.?,?\s+(?P<year>(?:19|20)\d\d)\b",
        rf"\b{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)\b",
        r"(?<![\d/.-])(?P<first>\d{1,2})(?P<mark>[/.])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\d/])",
        rf"^(?:\w[\w ]{{0,30}}, )?{_MONTH}\.?,?\s+(?P<year>(?:19|20)\d\d)$",
    )
)
_LABEL = re.compile(r"^(?:date|dated|published|publication date|posted|issued)(?: on)?\s*[:\-]?\s+", re.IGNORECASE)
_NAME = r"[^\W\d_][\w.'’-]*"
_AUTHOR = re.compile(
    rf"^(?:[Bb][Yy]|Author:|Written by|From:)[ \t]+(?P<name>{_NAME}(?:[ \t]+{_NAME}){{1,4}})\s*(?:<[^>\n]*>)?[ \t]*$",
    re.MULTILINE,
)
_HEAD_LINES = 15
_DATE_LINE_WORDS = 12


def find_date(head: str) -> Moment | None:
    """Return the date that the head of a text gives itself, or `None`.

    Only short lines among the first 15 are believed: a date within a sentence is when something happened, not when it was
    written. A labelled line (``Date: ...``) wins. ``03/04/2021`` is ambiguous and refused.
    """
    lines = [line.strip(" \t*_#|") for line in head.split("\n") if line.strip()][:_HEAD_LINES]
    for line in lines:
        label = _LABEL.match(line)
        if label and (moment := read_date(line[label.end() :])):
            return moment
    for line in lines:
        if (
            len(line.split()) <= _DATE_LINE_WORDS
            and not re.search(r"[a-z]{2}[.!?]$", line)
            and (moment := read_date(line))
        ):
            return moment
    return None


def read_date(text: str) -> Moment | None:
    """Return the first unambiguous date written in `text` (English or ISO forms), between 1900 and 2100."""
    for form in _FORMS:
        for match in form.finditer(text):
            moment = _moment(match.groupdict())
            if moment is not None:
                return moment
    return None


def read_moment(text: str | None) -> Moment | None:
    """Return a metadata date: ISO 8601 of any precision, else the forms of `read_date`; `None` if it is none."""
    if not text:
        return None
    try:
        moment = Moment.parse(text)
    except (ValueError, OverflowError):
        return read_date(text)
    return moment if 1900 <= moment.at.year <= 2100 else None


def find_author(head: str) -> str | None:
    """Return who a ``By Jane Roe``, ``Author: Jane Roe`` or ``From: Jane Roe`` line near the top names, or `None`."""
    lines = "\n".join([line.strip() for line in head.split("\n") if line.strip()][:_HEAD_LINES])
    for match in _AUTHOR.finditer(lines):
        name = " ".join(match["name"].split())
        if all(
            word[0].isupper() or word in {"de", "da", "van", "von", "der", "den", "la", "le"} for word in name.split()
        ):
            return name
    return None


def _moment(found: dict[str, str | None]) -> Moment | None:
    year = int(found["year"] or 0)
    if found.get("first"):
        first, second = int(found["first"] or 0), int(found["second"] or 0)
        if first <= 12 and second <= 12 and first != second:
            return None
        day, month = (second, first) if second > 12 else (first, second)
    else:
        name = (found.get("month") or "").lower()
        month = int(found["number"] or 0) if found.get("number") else _NUMBER[name[:3]]
        if not found.get("day"):
            return Moment(datetime(year, month, 1, tzinfo=UTC), Precision.MONTH)
        day = int(found["day"] or 0)
    try:
        return Moment(datetime(year, month, day, tzinfo=UTC), Precision.DAY)
    except ValueError:
        return None


def dated(saved: Moment | None, head: str) -> tuple[Moment | None, DateSource | None]:
    """Return when a document was written and how we know, from a file property and the head of its text.

    A file is saved when it is finished or copied: the date it gives itself is better, unless it lies in the future of the
    saving (then it names an event to come, a meeting or a deadline).
    """
    written = find_date(head)
    if written is not None and (saved is None or written.at <= saved.at):
        return written, DateSource.TEXT
    return saved, DateSource.METADATA if saved is not None else None
