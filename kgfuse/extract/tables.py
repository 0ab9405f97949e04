"""Rows of tables: 'Name: Jane Roe | Role: CEO', and lines of the form 'Revenue: EUR 12.4 million'."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kgfuse.extract.arguments import Argument, clean
from kgfuse.extract.calendar_terms import Period, read_terms
from kgfuse.extract.lexicon import OFFICES
from kgfuse.extract.quantities import find_quantities
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.model import ALWAYS, Datatype, Literal, Validity

_CELL = re.compile(r"\s*(?P<header>[^:|]{1,60}?)\s*:\s+(?P<value>[^|]*?)\s*(?:\||$)")
_PERIOD = frozenset({"year", "period", "date", "quarter", "as of", "fiscal year", "month"})
_FROM = frozenset({"from", "since", "start", "start date", "valid from", "effective", "effective date", "begin"})
_TO = frozenset({"to", "until", "end", "end date", "valid to", "left"})
_PERSON = frozenset({"name", "person", "employee", "member", "full name", "holder"})
_ROLE = frozenset({"role", "position", "title", "job title", "office", "function"})
_ORGANISATION = frozenset(
    {"company", "organisation", "organization", "employer", "firm", "subsidiary", "unit", "entity"}
)
_WEAK = frozenset({"weak_pattern"})


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its column's header in lower case; `start` and `end` are offsets of the value in the line."""

    header: str
    value: str
    start: int
    end: int


def cells(line: str) -> tuple[Cell, ...]:
    """Return the cells of a line ``Header: value | Header: value``; nothing when the line has another form."""
    if "|" not in line:
        return ()
    found = tuple(
        Cell(" ".join(m["header"].lower().split()), m["value"], m.start("value"), m.end("value"))
        for m in _CELL.finditer(line)
    )
    return found if len(found) >= 2 and len(found) >= line.count("|") else ()


def row_statements(sentence: Sentence) -> Iterator[Statement]:
    """Yield the statements of a row: each cell is an attribute of what the first cell names, in the row's period."""
    row = tuple(cell for cell in cells(sentence.doc.text) if cell.value and cell.value not in {"-", "–", "n/a", "N/A"})
    if len(row) < 2:
        return
    when = _row_validity(row)
    key = next((c for c in row if not _is_time(c) and re.search(r"[^\W\d_]{2}", c.value)), None)
    if key is None:
        return
    subject = _argument(key, sentence)
    role = next((c for c in row if c.header in _ROLE), None)
    place = next((c for c in row if c.header in _ORGANISATION), None)
    if role is not None and place is not None and place is not role:
        person = next((c for c in row if c.header in _PERSON), None)
        if person is not None and role.value.split()[-1].lower() in OFFICES | {"officer"}:
            noun = role.value.lower()
            yield Statement(
                Argument(person.value, person.start, person.end, "name", "Person"), f"{noun} of",
                Argument(place.value, place.start, place.end, "name", "Organization"), validity=when,
            )  # fmt: skip
    for cell in row:
        if cell is key or _is_time(cell):
            continue
        value = _value(cell, sentence)
        if value is not None:
            yield Statement(subject, cell.header, value, validity=when, signals=_WEAK)


def _is_time(cell: Cell) -> bool:
    return cell.header in _PERIOD | _FROM | _TO


def _row_validity(row: tuple[Cell, ...]) -> Validity:
    found = ALWAYS
    for cell in row:
        period = _period(cell.value)
        if period is None:
            continue
        if cell.header in {"year", "period", "quarter", "fiscal year", "month"}:
            return Validity(period.first, period.until)
        if cell.header in _FROM | {"date", "as of"}:
            found = Validity(period.first, found.valid_to)
        elif cell.header in _TO:
            found = Validity(found.valid_from, period.first)
    return found


def _period(text: str) -> Period | None:
    terms = read_terms(text, None)
    return terms[0].past if terms else None


def _value(cell: Cell, sentence: Sentence) -> Argument | Literal | None:
    inside = [q for q in find_quantities(cell.value) if q.start == 0]
    if inside and inside[0].end == len(cell.value):
        return inside[0].literal(cell.value)
    if (period := _period(cell.value)) is not None and len(cell.value.split()) <= 4:
        return Literal(cell.value, Datatype.DATE, str(period.first))
    if len(cell.value.split()) > 12:
        return None
    return _argument(cell, sentence)


def _argument(cell: Cell, sentence: Sentence) -> Argument:
    text = clean(cell.value) or cell.value
    kind = sentence.types.get(text)
    if kind is None and cell.header in _PERSON and cell.value.istitle():
        kind = "Person"
    if kind is None and cell.header in _ORGANISATION:
        kind = "Organization"
    return Argument(text, cell.start, cell.end, "name" if text[:1].isupper() else "noun", kind)
