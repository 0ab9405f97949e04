"""The time a question asks about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from kgfuse.model import Validity
from kgfuse.retrieve.dates import Date, find_dates

_TO = frozenset(("to", "through", "until", "till", "up to", "–", "—", "-"))
_AND = frozenset(("and", "or", "and/or", "&", ",", ", and", ", or", "as well as", "but", ", but"))
_NOW = re.compile(
    r"\b(?:current(?:ly)?|now(?:adays)?|today|at present|presently|at the moment|these days)\b|"
    r"(?<=\bthe )present(?= (?!(?:to|for|from|in|on|by|that|which)\b)(?:[a-z-]+ ){1,3}(?:of|at)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskedTime:
    """When a question asks about: `period` is half-open; open on one side for 'before' and 'after'.

    `now` says that the question asks for the present ('currently'). `spans` are the places in the question that say so.
    `unclear`: it asks for a time, but for none that a period can be: 'in 2010 and 2020', 'in 2019-13'.
    """

    period: Validity | None = None
    now: bool = False
    spans: tuple[tuple[int, int], ...] = ()
    unclear: bool = False

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
    """Find the time a question asks about: a date, a period between two dates, before or after one, or now.

    Of several dates that make no period together one with a word of time before it is meant.
    """
    dates = find_dates(text)
    now = [match.span() for match in _NOW.finditer(text)]
    spans = tuple(sorted([*now, *((one.start, one.end) for one in dates if one.said or one.how)]))
    linked = [(a, b, link) for a, b in pairwise(dates) if (link := _link(text, a, b)) is not None]
    if linked:
        start, end = linked[0][0].start, linked[-1][1].end
        period = _span(*linked[0]) if len(linked) == 1 else None
        outside = [span for span in spans if span[1] <= start or end <= span[0]]
        return AskedTime(period, False, tuple(sorted([*outside, (start, end)])), period is None)
    meant = sorted(dates, key=lambda one: not (one.how or one.part))[:1]
    if not meant or (meant[0].said is None and not meant[0].how):
        return AskedTime(None, bool(now), spans)
    return AskedTime(meant[0].asked, False, spans, meant[0].asked is None)


def _link(text: str, one: Date, other: Date) -> str | None:
    """The words between two dates that are asked for together, else `None`."""
    link = " ".join(text[one.end : other.start].lower().split())
    return link if _is_span(one, other, link) or _is_both(one, other, link) else None


def _is_span(one: Date, other: Date, link: str) -> bool:
    """Whether two dates are the ends of a period: 'from 2018 to 2020', 'between 2018 and 2020'."""
    return (
        link in _TO
        or (not link and other.how in _TO and one.bound != "<")
        or (link == "and" and not other.how and one.how == "between")
    )


def _is_both(one: Date, other: Date, link: str) -> bool:
    """Whether two dates are asked for together: 'in 2010 and 2020', 'after 2012 but before 2015'."""
    bounds = (one.bound, other.bound)
    return (link in _AND and (bounds[0] == bounds[1] or "" not in bounds)) or (not link and bounds == (">", "<"))


def _span(one: Date, other: Date, link: str) -> Validity | None:
    """The period that two dates make, `None` where they make two."""
    if one.asked is None or other.asked is None or one.period is None or other.period is None:
        return None
    if _is_span(one, other, link):
        start, end = (one.asked if one.bound else one.period).valid_from, other.period.valid_to
    elif not one.bound:  # 'in 2019 and 2020': one period where they follow each other
        return _joined(one.period, other.period) or _joined(other.period, one.period)
    elif one.bound == other.bound or link.endswith("or"):
        return None
    else:
        start, end = one.asked.valid_from or other.asked.valid_from, one.asked.valid_to or other.asked.valid_to
    return Validity(start, end) if start and end and start.at < end.at else None


def _joined(first: Validity, last: Validity) -> Validity | None:
    touch = first.valid_to is not None and first.valid_to == last.valid_from
    return Validity(first.valid_from, last.valid_to) if touch else None
