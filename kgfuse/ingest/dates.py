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
        r"(?<![\d/.-])(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\d/-])",
        rf"^(?:\w[\w ]{{0,30}}, )?{_MONTH}\.?,?\s+(?P<year>(?:19|20)\d\d)$",
    )
)
_SHORT_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"^(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)'?(?P<year>\d\d)(?![\d/.-])",
        rf"^(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+{_MONTH}\.?,?[\s-]+['’]?(?P<year>\d\d)(?!\d)",
        rf"^{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,\s+['’]?(?P<year>\d\d)(?!\d)",
    )
)
"""Dates whose year has two digits, at the start of what a label says ('Date: 3/4/21'); elsewhere they may be anything."""

_CENTURY = 69
"""A year of two digits up to this is of the 2000s (POSIX, strptime)."""

_OTHER_MONTH = _MONTH.replace("month", "other")
_WRITTEN = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}\.?,?\s+\d{{4}}|\b{_OTHER_MONTH}\.?\s+\d{{1,2}},\s+\d{{4}}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:date|dated|published|publication date|posted|issued)(?: on)?\s*[:\-]?\s+", re.IGNORECASE)
_NAME = r"[^\W\d_][\w.'’-]*"
_AUTHOR = re.compile(
    rf"^(?:[Bb][Yy]|Author:|Written by|From:)[ \t]+(?P<name>{_NAME}(?:[ \t]+{_NAME}){{1,4}})\s*(?:<[^>\n]*>)?[ \t]*$",
    re.MULTILINE,
)
_HEAD_LINES = 15
_DATE_LINE_WORDS = 12
# What a line tells of another time than that of writing: a meeting to come, a deadline, a birthday, a term of validity.
_ELSEWHEN = re.compile(
    r"\b(?:next|upcoming|forthcoming|following|previous|last(?! (?:updated|modified|revised|changed|edited|reviewed))|"
    r"deadline|due|until|till|before|after|since|valid|expir\w+|starts?|"
    r"starting|begins?|effective|closes|closing|opens|opening|will|to be held|save the date|born|died|founded|established|"
    r"incorporated|copyright|no later than|as (?:of|at)|(?:period|year|quarter|months) (?:ended|ending))\b|[©†]",
    re.IGNORECASE,
)
# The record of a meeting bears the meeting's date; any other paper only the one it says it is dated.
_RECORD = re.compile(
    r"^\W*(?:(?:draft|final|approved|signed|unapproved|confirmed|short|summary|extracts?|transcript)\W+(?:(?:of|from)\s+)?)*(?:the\s+)?"
    r"(?:minutes?|protocols?|proceedings|notes|record|transcript|resolutions?|report)(?:\s+(?:no|nr)\.?\s*[\d/.-]+)?\s+(?:of|from|for)\b(?=.*\b"
    r"(?:meeting|assembly|session|hearing|conference|call|seminar|workshop|board|committee|council)\b)",
    re.IGNORECASE,
)
_HELD = re.compile(
    r"^\W*(?:(?!(?:the|a|an|at|in|was|were|is|to)\b)[\w’'-]+\s+){0,2}(?:(?:meeting|assembly|session|hearing)\b[^.!?]{0,80}?\b)?held\b",
    re.IGNORECASE,
)
_MEETING_WAS = re.compile(r"\b(?:was|were|is|are|has|have|had|be)\b", re.IGNORECASE)
_DATED = re.compile(
    r"^\W*(?:(?!(?:the|your|our|my|his|her|their|this|that|see|ref)\b)[\w’'-]+\s+){0,2}"
    r"(?:letter|memo|memorandum|notice|note|report|circular|statement|release|agreement|contract|opinion|decision)\b"
    r"[^.!?]{0,160}\bdated(?: on)?:?\s+",
    re.IGNORECASE,
)
_OF_ANOTHER = re.compile(r"\b(?:previous|last|preceding|prior|earlier|next|were|was|be)\b", re.IGNORECASE)
_LONGEST_OPENING = 240
_PLACES = re.compile(r"\W*(?:[A-ZÀ-Þ][\w.'’-]*,?\s+(?:\([A-Z]+\),?\s+)?){0,5}(?:[–—-]\s+)?")
_AFTER_DATELINE = re.compile(r"\)?\s*(?:[–—:]|\s-)\s|\)\s|\s*\([A-Z]")
_LONGEST_DATELINE = 70
_SENTENCE_ENDS = re.compile(r"(?<!\b[A-Z])(?<!\b[Nn]o)(?<!\b[Nn]r)(?<!\d)[.!?](?=\s|$)|(?<=\d{4})[.!?](?=\s|$)")


def find_date(head: str) -> Moment | None:
    """Return the date that the head of a text gives itself, or `None`.

    Only short lines among the first 15 are believed: a date within a sentence is when something happened, not when it was
    written. A labelled line (``Date: ...``) wins, then the opening of a record ('Minutes of the board meeting held in Oslo
    on 14 March 2016'), however long its line. A line about another time ('Next meeting 30 May 2016') dates nothing.
    ``03/04/2021`` is read as the other dates of `head` are written (`day_first`), and refused where they do not tell.
    """
    lines = [line.strip(" \t*_#|") for line in head.split("\n") if line.strip()][:_HEAD_LINES]
    order = day_first(head)
    for line in lines:
        label = _LABEL.match(line)
        if label and (moment := read_date(line[label.end() :], order) or _short_date(line[label.end() :], order)):
            return moment
    for read in (_record_date, _dateline, _line_date):
        for line in lines:
            if moment := read(line, order):
                return moment
    return None


def day_first(text: str) -> bool | None:
    """Return whether a text writes the day before the month in numbers; `None` where nothing in it tells, or it does both.

    Told by numbers above 12 (``25/03/2021``, ``03/25/2021``), then by full stops between (``03.04.2021``), then by dates
    with the month in letters ('3 April 2021', 'April 3, 2021').
    """
    numbers, stops = set(), False
    for match in _FORMS[3].finditer(text):
        first, second = int(match["first"]), int(match["second"])
        if (first > 12) != (second > 12):
            numbers.add(first > 12)
        stops = stops or match["mark"] == "."
    if numbers:
        return None if len(numbers) > 1 else numbers.pop()
    if stops:
        return True
    letters = {match["day"] is not None for match in _WRITTEN.finditer(text)}
    return letters.pop() if len(letters) == 1 else None


def _short_date(text: str, order: bool | None) -> Moment | None:
    for form in _SHORT_FORMS:
        if match := form.match(text):
            year = int(match["year"])
            found = {**match.groupdict(), "year": str(year + (2000 if year <= _CENTURY else 1900))}
            return _moment(found, order)
    return None


def _record_date(line: str, order: bool | None) -> Moment | None:
    """Return the date of the meeting that a line opens the record of."""
    opening = _SENTENCE_ENDS.split(line[:_LONGEST_OPENING], maxsplit=1)[0]
    held = _HELD.match(opening)
    dated_as = _DATED.match(opening)
    if dated_as:
        return read_date(opening[dated_as.end() : dated_as.end() + 30], order)
    if not _RECORD.match(opening) and (held is None or _MEETING_WAS.search(held[0])):
        return None
    return None if _OF_ANOTHER.search(opening) else read_date(opening, order)


def _dateline(line: str, order: bool | None) -> Moment | None:
    """Return the date of a dateline: 'Oslo, Norway, 14 March 2016 – Acme today announced …'."""
    for form in _FORMS:
        match = form.search(line[:_LONGEST_DATELINE])
        if match and _PLACES.fullmatch(line, 0, match.start()) and _AFTER_DATELINE.match(line, match.end()):
            return read_date(match[0], order)
    return None


def _line_date(line: str, order: bool | None) -> Moment | None:
    """Return the date of a short line that is no sentence: a place and a date, a title and a date."""
    words = len(line.split())
    if words > _DATE_LINE_WORDS or re.search(r"[a-z]{2}[.!?]$", line) or _ELSEWHEN.search(line):
        return None
    if re.search(r"\b(?:was|were)\b", line):
        return None
    if re.search(r"[.!?]$", line) and (words > 6 or _SENTENCE_ENDS.search(line[:-1])):
        return None
    return read_date(line, order)


def read_date(text: str, order: bool | None = None) -> Moment | None:
    """Return the first unambiguous date written in `text` (English or ISO forms), between 1900 and 2100.

    `order` says whether the day comes before the month in numbers (`day_first`).
    """
    for form in _FORMS:
        for match in form.finditer(text):
            moment = _moment(match.groupdict(), order)
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


def _moment(found: dict[str, str | None], order: bool | None) -> Moment | None:
    year = int(found["year"] or 0)
    if found.get("first"):
        first, second = int(found["first"] or 0), int(found["second"] or 0)
        if first <= 12 and second <= 12 and first != second and order is None:
            return None
        swapped = second > 12 or (order is False and first <= 12)
        day, month = (second, first) if swapped else (first, second)
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
