"""Values and dates as a model writes them: read strictly, checked against the text, dropped when it does not carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from kgfuse.extract.grounding import fold
from kgfuse.model import ALWAYS, Datatype, Literal, Moment, Validity

_FIGURES = re.compile(r"\d+(?:[.,' ]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
_WORDS = {"hundred": 2, "thousand": 3, "tsd": 3, "lakh": 5, "million": 6, "mio": 6, "mn": 6, "crore": 7,
          "billion": 9, "milliard": 9, "bn": 9, "mrd": 9, "trillion": 12, "tn": 12}  # fmt: skip
_LETTERS = {"k": 3, "m": 6, "mm": 6, "b": 9, "t": 12}
"""Magnitudes that may also be units: '12.4m' is metres or millions."""
_RELATIVE = re.compile(
    r"\b(?:ago|earlier|later|previous|following|next|last|since then|decades?|years?|anniversary|century)\b",
    re.IGNORECASE,
)
_FOREVER = 9999
"""The year by which people and models say that something has no end."""

_RELATIVE_YEARS = 60
"""How far from the document's date a relative expression ('two decades ago') may reach."""


def read_literal(kind: str, written: str, value: str | None, unit: str | None) -> Literal | None:
    """Return the literal that a model wrote, or `None` when it is no such value or contradicts how the text writes it."""
    written = " ".join(written.split())
    normal = (value or written).strip()
    match kind:
        case "number" | "quantity":
            number = _decimal(normal)
            if number is None or not _agrees(number, written):
                return None
            datatype = Datatype.QUANTITY if unit and unit.strip() else Datatype.NUMBER
            return Literal(written, datatype, number, _unit(unit))
        case "date":
            moment = read_moment(normal)
            return Literal(written, Datatype.DATE, str(moment)) if moment else None
        case "boolean":
            truth = {"true": "true", "yes": "true", "false": "false", "no": "false"}.get(normal.lower())
            return Literal(written, Datatype.BOOLEAN, truth) if truth else None
        case _:
            return Literal(written, Datatype.STRING, written) if written else None


def read_moment(text: str | None) -> Moment | None:
    """Return the moment of an ISO 8601 date, or `None` when it is none."""
    if not text:
        return None
    try:
        return Moment.parse(text)
    except (ValueError, OverflowError):
        return None


def read_validity(
    valid_from: str | None, valid_to: str | None, near: Iterable[str], published: Moment | None
) -> Validity:
    """Return the interval that a model states, without the ends that the text does not carry.

    A year is carried when it stands in `near` (the passage, its headings, the title), when it is the document's own or one
    beside it ('last March'), or when a relative expression reaches it. Models know dates that the text does not say; those
    are no evidence. An interval that would be empty is read as the whole period if both ends are the same, else dropped.
    """
    texts = list(near)
    start, end = (
        moment if moment and _carried(moment, texts, published) else None
        for moment in (read_moment(valid_from), read_moment(valid_to))
    )
    if end is not None and end.at.year == _FOREVER:
        end = None
    if start is None or end is None or start.at < end.at:
        return Validity(start, end)
    if start == end:
        return Validity(start, Moment.of(end.end, end.precision))
    return ALWAYS


def _carried(moment: Moment, texts: list[str], published: Moment | None) -> bool:
    year = moment.at.year
    # The half-open end of a period that the text names ('2020') is the year after it.
    spellings = re.compile(rf"(?<!\d)(?:{year}|{year - 1}|['’‘]{year % 100:02d}|FY ?{year % 100:02d})(?!\d)")
    if any(spellings.search(text) for text in texts):
        return True
    if published is None:
        return False
    apart = abs(year - published.at.year)
    return apart <= 1 or (apart <= _RELATIVE_YEARS and any(_RELATIVE.search(text) for text in texts))


def _decimal(text: str) -> str | None:
    """Return a plain decimal without superfluous zeros, or `None`; commas may only group thousands."""
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not -30 < number.adjusted() < 30:
        return None
    plain = format(number, "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if number == 0 else plain.removeprefix("+")


def _agrees(value: str, written: str) -> bool:
    """Whether a number is one that the text writes in figures, times the magnitude that it names; words alone agree."""
    folded = fold(written).text
    figures = _FIGURES.findall(folded)
    if not figures:
        return True
    words = re.findall(r"[a-z]+", folded)
    named = {_WORDS[word.removesuffix("s")] for word in words if word.removesuffix("s") in _WORDS}
    powers = named or {0, *(_LETTERS[word] for word in words if word in _LETTERS)}
    wanted = abs(Decimal(value))
    return any(wanted == number.scaleb(power) for figure in figures for number in _readings(figure) for power in powers)


def _readings(figure: str) -> Iterator[Decimal]:
    """Every number that a figure may be: '1.200' is 1.2 and 1200."""
    if _GROUPED.fullmatch(figure):
        yield Decimal(re.sub(r"\D", "", figure))
    whole, mark, fraction = figure.rpartition(max((c for c in figure if c in ".,"), key=figure.rindex, default="."))
    whole = re.sub(r"\D", "", whole)
    yield Decimal(f"{whole or 0}.{fraction}") if mark else Decimal(re.sub(r"\D", "", figure))


def _unit(unit: str | None) -> str | None:
    folded = " ".join((unit or "").split())
    return folded or None
