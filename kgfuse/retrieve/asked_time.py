"""The time a question asks about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from kgfuse.model import Moment, Validity

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?P<year>(?:1[0-9]|20)\d\d)"
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
_SPAN = re.compile(r"\s*(?:to|and|until|till|through|–|-)\s*(?:the\s+)?$", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|prior to|until|till|up to|by)\s+(?:the\s+)?$", re.IGNORECASE)
_AFTER = re.compile(r"\b(?:after|since|following|from)\s+(?:the\s+)?$", re.IGNORECASE)
_LEADING = re.compile(
    r"\b(?:in|on|at|as of|during|for|around|between|from|before|prior to|until|till|up to|by|after|since|following|"
    r"(?:at\s+)?the\s+(?:end|start|beginning)\s+of|early|late|mid)[\s-]+(?:the\s+)?(?:year\s+)?$",
    re.IGNORECASE,
)
_END_OF = re.compile(r"\bend\s+of\s+$", re.IGNORECASE)
_START_OF = re.compile(r"\b(?:start|beginning)\s+of\s+$", re.IGNORECASE)
_NOW = re.compile(
    r"\b(?:current(?:ly)?|now(?:adays)?|today|at present|presently|at the moment|these days)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AskedTime:
    """When a question asks about: `period` is half-open; open on one side for 'before' and 'after'.

    `now` says that the question asks for the present ('currently'). `spans` are the places in the question that say so.
    """

    period: Validity | None = None
    now: bool = False
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def interval(self) -> tuple[datetime, datetime] | None:
        """The period with instants for its open sides."""
        if self.period is None:
            return None
        start, end = self.period.valid_from, self.period.valid_to
        return (
            start.at if start else datetime.min.replace(tzinfo=UTC),
            end.at if end else datetime.max.replace(tzinfo=UTC),
        )


def read_time(text: str) -> AskedTime:
    """Find the time a question asks about: a date, a period between two dates, before or after one, or now."""
    found = _periods(text)
    now = [match.span() for match in _NOW.finditer(text)]
    spans = tuple(sorted([*now, *((_lead(text, start), end) for start, end, _ in found)]))
    if not found:
        return AskedTime(None, bool(now), spans)
    if len(found) > 1 and _SPAN.fullmatch(text[found[0][1] : found[1][0]]):
        return AskedTime(Validity(found[0][2].valid_from, found[1][2].valid_to), False, spans)
    start, _, period = found[0]
    before = text[:start]
    if _BEFORE.search(before):
        period = Validity(None, period.valid_from)
    elif _AFTER.search(before):
        since = re.search(r"\b(?:since|from)\s+(?:the\s+)?$", before, re.IGNORECASE)
        period = Validity(period.valid_from if since else period.valid_to, None)
    elif period.valid_to is not None and _END_OF.search(before):
        last = Moment.of(datetime.fromtimestamp(period.valid_to.at.timestamp() - 1, UTC))
        period = Validity(last, period.valid_to)
    elif period.valid_from is not None and _START_OF.search(before):
        period = Validity(period.valid_from, Moment.of(Moment.parse(f"{period.valid_from.at:%Y-%m-%d}").end))
    return AskedTime(period, False, spans)


def _lead(text: str, start: int) -> int:
    """The start of a date with the words that lead to it."""
    match = _LEADING.search(text[:start])
    return match.start() if match else start


def _periods(text: str) -> list[tuple[int, int, Validity]]:
    found: list[tuple[int, int, Validity]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end, _ in found):
                continue
            period = _period(match.groupdict())
            if period is not None:
                found.append((match.start(), match.end(), period))
    return sorted(found, key=lambda item: item[:2])


def _period(parts: dict[str, str | None]) -> Validity | None:
    try:
        if iso := parts.get("iso"):
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
            number = next(at for at, name in enumerate(_MONTHS, 1) if name.startswith(month.lower()[:3]))
            text += f"-{number:02d}"
        if day := parts.get("day"):
            text += f"-{int(day):02d}"
        return _named(Moment.parse(text))
    except ValueError:
        return None  # 31 February: a number, but no date


def _named(moment: Moment) -> Validity:
    return Validity(moment, Moment.of(moment.end, moment.precision))
