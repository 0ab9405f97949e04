"""Tables: what a row says of the thing it is about.

Four kinds are read: years as columns ('NOK million | 2019 | 2020' over 'Revenue | 231 | 312'), people and posts ('Name |
Position'), things and their attributes ('Site | Owner | Opened'), and two columns of keys and values ('Founded | 4 May
2011'). Rows of ``Header: value`` cells carry their own header. Anything else is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kgfuse.extract.calendar_terms import Period
from kgfuse.extract.dates import find_times
from kgfuse.extract.lexicon import EVALUATIVE, FLOWS, OFFICES, STOCKS
from kgfuse.extract.passages import Row
from kgfuse.extract.quantities import Quantity, find_quantities
from kgfuse.model import ALWAYS, Datatype, Literal, Moment, Precision, Validity

_CONFIDENCE = 0.8
_IMPLIED_CONFIDENCE = 0.7
_YEAR = re.compile(r"(?:19|20)\d\d")
_LABELLED = re.compile(r"(?P<label>[^\W\d_][\w /().%-]{0,40}): (?P<value>.*\S)", re.DOTALL)
_UNIT_ROW = re.compile(
    r"(?:(?:in|amounts in|figures in)\s+)?(?P<unit>[A-Z]{3}|€|\$|£)\s*"
    r"(?P<scale>thousands?|millions?|billions?|m|mn|bn|k)?\.?",
    re.IGNORECASE,
)
_NAME_HEADS = frozenset("name person member director executive".split())
_POST_HEADS = frozenset("position role post title office function".split())
_START_HEADS = frozenset({"since", "from", "appointed", "in office since", "start", "start date", "elected"})
_END_HEADS = frozenset({"until", "to", "end", "end date", "left"})
_DATE_HEADS = frozenset({"date", "year", "as of", "at", "period", "year end"})
_VALUE_HEADS = frozenset({"field", "value", "item", "fact", "key", "property", "attribute", ""})
_COUNT_HEADS = frozenset({"employees", "headcount", "staff", "number of employees", "inhabitants", "population"})
_SPLIT_NAMES = re.compile(r"\s*(?:,|;|\band\b|&)\s*")


@dataclass(frozen=True, slots=True)
class RowStatement:
    """What a row says; `object` is a name or a literal."""

    row: Row
    subject: str
    predicate: str
    object: str | Literal
    validity: Validity = ALWAYS
    subject_type: str | None = None
    object_type: str | None = None
    confidence: float = _CONFIDENCE


def table_statements(rows: Sequence[Row], topic: str | None, published_at: Moment | None) -> Iterator[RowStatement]:
    """Yield what a table's rows say; `topic` is the organisation that the document is about."""
    labelled = [_labels(row) for row in rows]
    if rows and all(labels is not None for labels in labelled):
        for row, labels in zip(rows, labelled, strict=True):
            if labels:
                yield from _record(row, labels, topic, published_at)
        return
    if len(rows) < 2:
        return
    header, *body = rows
    heads = tuple(cell.lower() for cell in header.cells)
    if len(heads) > 1 and all(_YEAR.fullmatch(cell) for cell in header.cells[1:]):
        yield from _years(header, body, topic)
    elif all(len(row.cells) == 2 for row in rows) and (set(heads) <= _VALUE_HEADS or not _is_header(header, body)):
        for row in body if set(heads) <= _VALUE_HEADS else rows:
            yield from _pair(row, topic, published_at)
    elif _is_header(header, body):
        for row in body:
            if len(row.cells) == len(heads):
                yield from _record(row, list(zip(header.cells, row.cells, strict=True)), topic, published_at)


def _labels(row: Row) -> list[tuple[str, str]] | None:
    """Return a row's cells as ``(header, value)`` pairs when each carries its own header; empty cells are left out."""
    found = [_LABELLED.fullmatch(cell) for cell in row.cells]
    if len(row.cells) < 2 or any(match is None for match in found):
        return None
    return [(match["label"], match["value"]) for match in found if match]


def _is_header(header: Row, body: Sequence[Row]) -> bool:
    """Whether the first row names the columns: words without figures, over as many cells below."""
    words = all(cell and not re.search(r"\d", cell) and len(cell) <= 40 for cell in header.cells)
    return words and len(header.cells) > 1 and any(len(row.cells) == len(header.cells) for row in body)


# ------------------------------------------------------------------------------------------------------ years as columns


def _years(header: Row, body: Sequence[Row], topic: str | None) -> Iterator[RowStatement]:
    if topic is None:
        return
    scale = _UNIT_ROW.fullmatch(header.cells[0].strip())
    for row in body:
        name = _attribute(row.cells[0])
        if name is None or len(row.cells) != len(header.cells):
            continue
        for year, cell in zip(header.cells[1:], row.cells[1:], strict=True):
            literal = _figure(
                cell, scale if name not in _COUNT_HEADS else None, "employee" if name == "employees" else None
            )
            if literal is not None:
                yield RowStatement(
                    row, topic, name, literal, _of_year(name, int(year)), "Organization", confidence=_IMPLIED_CONFIDENCE
                )


def _attribute(cell: str) -> str | None:
    """Return the name of what a row measures, when it is a measure that sentences speak of too."""
    words = re.sub(
        r"\(.*?\)|\bat (?:year[ -]?end|the end of the year)\b|\b(?:31 )?december\b", " ", cell.lower()
    ).split()
    words = [word.strip(".,:*") for word in words if word.strip(".,:*") not in EVALUATIVE | {"total", "number", "of"}]
    if not words or len(words) > 3:
        return None
    last = words[-1]
    if last in {"employees", "headcount", "staff"} or words[0] == "employees":
        return "employees"
    return " ".join(words) if last in FLOWS | STOCKS else None


def _of_year(name: str, year: int) -> Validity:
    first = Moment.parse(f"{year:04}")
    if set(name.split()) & FLOWS:
        return Validity(first, Moment(first.end, Precision.YEAR))
    return Validity(Moment.parse(f"{year:04}-12-31"), None)


def _figure(cell: str, scale: re.Match[str] | None, unit: str | None = None) -> Literal | None:
    """Return the figure in a cell, in the unit and the magnitude of the table's corner ('NOK million')."""
    text = cell.replace("−", "-").replace("–", "-").strip()
    bracketed = re.fullmatch(r"\((.*)\)", text)
    written = f"-{bracketed[1]}" if bracketed else text
    if scale:
        written = f"{scale['unit'].upper()} {written.removeprefix('-')} {(scale['scale'] or '').rstrip('s')}".strip()
    found = find_quantities(written)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(written)):
        return None
    literal = replace(found[0].literal(written, unit), lexical=cell.strip())
    negative = bool(scale) and (bool(bracketed) or text.startswith("-"))
    return replace(literal, value=f"-{literal.value}") if negative else literal


# --------------------------------------------------------------------------------------------------- keys and values


def _pair(row: Row, topic: str | None, published_at: Moment | None) -> Iterator[RowStatement]:
    """Read 'Founded | 4 May 2011' as a statement about the document's topic."""
    if topic is None or len(row.cells) != 2:
        return
    key, value = row.cells
    predicate = key.lower().strip(" :")
    when, bare = _parenthesis(value, published_at)
    if predicate in {"name", ""} or not bare:
        return
    if _is_post(predicate):
        for name in _people(bare):
            yield RowStatement(row, name, f"{predicate} of", topic, when, "Person", "Organization", _IMPLIED_CONFIDENCE)
        return
    if predicate in {"former name", "also known as", "previous name", "short name", "abbreviation", "trading name"}:
        yield RowStatement(row, topic, "also known as", bare, ALWAYS, "Organization", confidence=_IMPLIED_CONFIDENCE)
        return
    if predicate in {"founders", "founder", "founded by"}:
        for name in _people(bare):
            yield RowStatement(row, name, "found", topic, ALWAYS, "Person", "Organization", _IMPLIED_CONFIDENCE)
        return
    if predicate in {"subsidiaries", "subsidiary"}:
        for name in _SPLIT_NAMES.split(bare):
            yield RowStatement(
                row, name, "subsidiary of", topic, when, "Organization", "Organization", _IMPLIED_CONFIDENCE
            )
        return
    yield from _value(row, topic, predicate, bare, when, "Organization", published_at, _IMPLIED_CONFIDENCE)


def _parenthesis(value: str, published_at: Moment | None) -> tuple[Validity, str]:
    """Take the time in brackets off a value: 'NOK 402 million (2021)', 'Fjord AS (until 2017)'."""
    match = re.fullmatch(r"(?P<bare>.*?)\s*\((?P<note>[^()]*)\)", value)
    if match is None:
        return ALWAYS, value
    year = _YEAR.fullmatch(match["note"].strip())
    if year:
        first = Moment.parse(year[0])
        return Validity(first, Moment(first.end, Precision.YEAR)), match["bare"]
    times = find_times(match["note"], published_at)
    if times and times[0].relation.value == "from":
        return Validity(times[0].past.first, None), match["bare"]
    if times and times[0].relation.value == "to":
        return Validity(None, times[0].past.first), match["bare"]
    return ALWAYS, match["bare"]


# ---------------------------------------------------------------------------------------------------------- records


def _record(
    row: Row, cells: Sequence[tuple[str, str]], topic: str | None, published_at: Moment | None
) -> Iterator[RowStatement]:
    """Read a row under a header: a person and a post, or a thing and its attributes."""
    heads = [head.lower().strip(" :") for head, _ in cells]
    values = [value for _, value in cells]
    when = _row_time(heads, values, published_at)
    people = [value for head, value in zip(heads, values, strict=True) if head in _NAME_HEADS]
    posts = [value for head, value in zip(heads, values, strict=True) if head in _POST_HEADS]
    if people and posts:
        where = next(
            (
                v
                for h, v in zip(heads, values, strict=True)
                if h in {"company", "organisation", "organization", "employer"}
            ),
            topic,
        )
        if where is not None:
            yield from _posts(row, people[0], posts[0], where, when)
        return
    subject, subject_type = values[0], _type_of_head(heads[0])
    if heads[0] in _DATE_HEADS or not re.match(r"[A-ZÀ-Þ]", subject) or len(subject.split()) > 8:
        return
    for head, value in list(zip(heads, values, strict=True))[1:]:
        if head not in _DATE_HEADS | _START_HEADS | _END_HEADS and value:
            yield from _value(row, subject, head, value, when, subject_type, published_at, _CONFIDENCE)


def _posts(row: Row, person: str, posts: str, where: str, when: Validity) -> Iterator[RowStatement]:
    for post in _SPLIT_NAMES.split(posts.lower()):
        if _is_post(post):
            yield RowStatement(row, person, f"{post} of", where, when, "Person", "Organization", _IMPLIED_CONFIDENCE)


def _is_post(text: str) -> bool:
    words = re.split(r"[\s-]+", text)
    return bool(words) and words[-1] in OFFICES and not {"former", "deputy", "vice"} & set(words)


def _people(text: str) -> list[str]:
    """Return the personal names that a cell lists."""
    return [name for name in _SPLIT_NAMES.split(text) if re.fullmatch(r"[^\W\d_][\w.'’-]*(?: [\w.'’-]+){1,4}", name)]


def _row_time(heads: Sequence[str], values: Sequence[str], published_at: Moment | None) -> Validity:
    start = end = None
    for head, value in zip(heads, values, strict=True):
        period = _date(value, published_at)
        if period is None:
            continue
        if head in _START_HEADS | _DATE_HEADS:
            start = period.first
        elif head in _END_HEADS:
            end = period.first
    return Validity(start, end) if start is None or end is None or start.at < end.at else Validity(start, None)


def _date(value: str, published_at: Moment | None) -> Period | None:
    """Return the date that a cell is, and nothing but that."""
    text = re.sub(r"[T ]00:00(?::00)?Z?$", "", value.strip())
    if _YEAR.fullmatch(text):
        return Period.of(Moment.parse(text))
    times = find_times(text, published_at)
    whole = len(times) == 1 and times[0].core == 0 and times[0].end == len(text)
    return times[0].past if whole else None


def _type_of_head(head: str) -> str | None:
    if head in {"company", "organisation", "organization", "subsidiary", "supplier", "customer"}:
        return "Organization"
    if head in {"site", "plant", "facility"}:
        return "Facility"
    if head in {"city", "country", "place", "location", "town", "municipality"}:
        return "Place"
    return "Person" if head in _NAME_HEADS - {"name"} | {"employee"} else None


def _value(  # noqa: PLR0913, PLR0917 - a cell, its head and what its row gives
    row: Row,
    subject: str,
    predicate: str,
    value: str,
    when: Validity,
    subject_type: str | None,
    published_at: Moment | None,
    confidence: float,
) -> Iterator[RowStatement]:
    period = _date(value, published_at)
    if period is not None:
        verb = predicate if re.search(r"\b(?:in|on|date)\b", predicate) else f"{predicate} in"
        literal = Literal(value, Datatype.DATE, str(period.first))
        yield RowStatement(row, subject, verb, literal, ALWAYS, subject_type, confidence=confidence)
        return
    found = find_quantities(value)
    if len(found) == 1 and (found[0].start, found[0].end) == (0, len(value)):
        literal = _measured(found[0], value, predicate)
        flow = bool(set(predicate.split()) & FLOWS)
        span = when if flow or when.valid_to is None else Validity(when.valid_from, None)
        yield RowStatement(row, subject, predicate, literal, span, subject_type, confidence=confidence)
        return
    if re.search(r"\d", value) or len(value.split()) > 8 or not re.match(r"[A-ZÀ-Þ]", value):
        return
    if predicate in {"owner", "operator", "supplier", "manufacturer", "customer"}:
        yield RowStatement(row, value, f"{predicate} of", subject, when, None, subject_type, confidence)
    elif _is_post(predicate):
        yield RowStatement(row, value, f"{predicate} of", subject, when, "Person", subject_type, confidence)
    else:
        place = (
            "Place"
            if predicate in {"location", "city", "country", "head office", "headquarters", "seat", "place"}
            else None
        )
        verb = "located in" if predicate in {"location", "city", "place"} else predicate
        yield RowStatement(row, subject, verb, value, when, subject_type, place, confidence)


def _measured(quantity: Quantity, text: str, predicate: str) -> Literal:
    counted = "employee" if predicate in {"employees", "headcount", "staff", "number of employees"} else None
    return replace(quantity.literal(text, counted), lexical=text)
