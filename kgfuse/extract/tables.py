"""Tables: what a row says of the thing it is about.

Read are: periods as columns ('NOK million | 2019 | 2020' over 'Revenue | 231 | 312') or as rows ('Year | Revenue (MNOK)',
'Year | Pupils | Teachers'),
people and posts ('Name | Position | Since'), holders of the office that the heading names, things and their attributes
('Site | Owner | Opened'), and keys with values ('Founded | 4 May 2011'). Rows of ``Header: value`` cells carry their own
header. Anything else is left alone: a wrong statement does more harm than a missed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from kgfuse.extract.counts import count, counted, is_bare_money
from kgfuse.extract.measures import Measure, Unit, figure, measure_of, unit_of
from kgfuse.extract.merged_cells import unmerged
from kgfuse.extract.pairs import is_known_key, pair_statements
from kgfuse.extract.passages import Row
from kgfuse.extract.periods import Period
from kgfuse.extract.records import record_statements
from kgfuse.extract.rows import IMPLIED_CONFIDENCE, RowStatement
from kgfuse.extract.tenures import office_name, person_name, whole_date
from kgfuse.model import Moment, Precision, Validity

__all__ = ["RowStatement", "table_statements"]

_LABELLED = re.compile(r"(?P<label>[^\W_][\w /().,&'’%-]{0,48}?):\s+(?P<value>.*\S)", re.DOTALL)
_EMPTY_LABELLED = re.compile(r"(?P<label>[^\W_][\w /().,&'’%-]{0,48}?):\s*")
_PERIOD_HEADS = frozenset(
    {
        "date",
        "year",
        "as of",
        "at",
        "period",
        "year end",
        "fiscal year",
        "financial year",
        "school year",
        "academic year",
        "season",
        "census",
        "quarter",
        "month",
    }
)
_KEY_HEADS = frozenset(
    {
        "field",
        "value",
        "item",
        "fact",
        "facts",
        "key",
        "property",
        "attribute",
        "metric",
        "key figure",
        "detail",
        "details",
        "",
    }
)


@dataclass(frozen=True, slots=True)
class _Table:
    """A header's cells and the rows under it."""

    heads: tuple[str, ...]
    body: tuple[Row, ...]


def table_statements(rows: Sequence[Row], topic: str | None, published_at: Moment | None) -> Iterator[RowStatement]:
    """Yield what a table's rows say; `topic` is the organisation that the document is about."""
    rows = unmerged(rows)
    labelled = [_labels(row) for row in rows]
    if rows and all(labels is not None for labels in labelled):
        for row, labels in zip(rows, labelled, strict=True):
            if _EMPTY_LABELLED.fullmatch(row.cells[0]):
                continue  # about nothing, or about what an earlier row is
            if labels and len(labels) == 1:
                yield from pair_statements(replace(row, cells=labels[0]), topic, published_at)
            elif labels and len(labels) == 2 and {label.lower() for label, _ in labels} <= _KEY_HEADS:
                pair = replace(row, cells=(labels[0][1], labels[1][1]))
                yield from pair_statements(pair, topic, published_at, open_keys=True)
            elif labels:
                heads, values = zip(*labels, strict=True)
                yield from _under_heads(_Table(heads, (replace(row, cells=values),)), topic, published_at)
        return
    if len(rows) < 2:
        return
    header, *body = rows
    if _are_pairs(rows):
        open_keys = {cell.lower().strip(" :") for cell in header.cells} <= _KEY_HEADS
        for row in body if open_keys else rows:
            yield from pair_statements(row, topic, published_at, open_keys=open_keys)
    else:
        yield from _under_heads(_Table(header.cells, tuple(body)), topic, published_at)


def _labels(row: Row) -> list[tuple[str, str]] | None:
    """Return a row's cells as ``(header, value)`` pairs when each carries its own header; empty values are left out."""
    found: list[tuple[str, str]] = []
    for cell in row.cells:
        if match := _LABELLED.fullmatch(cell):
            found.append((match["label"].strip(), match["value"]))
        elif not _EMPTY_LABELLED.fullmatch(cell):
            return None
    return found or None


def _are_pairs(rows: Sequence[Row]) -> bool:
    """Whether the rows are keys and values: two columns, most of the first one known keys, or a header that says so."""
    if any(len(row.cells) != 2 for row in rows):
        return False
    heads = [cell.lower().strip(" :") for cell in rows[0].cells]
    if set(heads) <= _KEY_HEADS:
        return True
    if whole_date(rows[0].cells[1], None) is not None and all(measure_of(row.cells[0]) for row in rows[1:]):
        return False
    if all(person_name(row.cells[0]) and office_name(row.cells[1]) for row in rows):
        return True
    known = sum(is_known_key(row.cells[0]) for row in rows)
    return known >= max(2, len(rows) / 2) or not _names_columns(rows[0])


def _names_columns(header: Row) -> bool:
    """Whether a row can name columns: words without figures."""
    return all(
        cell[:1].isalpha() and len(cell) <= 40 and not re.search(r"\d", re.sub(r"\([^()]*\)", "", cell))
        for cell in header.cells
    )


def _under_heads(table: _Table, topic: str | None, published_at: Moment | None) -> Iterator[RowStatement]:
    heads, body = table.heads, [row for row in table.body if len(row.cells) == len(table.heads)]
    if len(heads) < 2 or not body:
        return
    periods = [whole_date(head, None) or _fiscal(head) for head in heads[1:]]
    if all(period is not None for period in periods):
        if topic is not None:
            yield from _across(heads[0], [period for period in periods if period], body, topic)
        return
    if heads[0].lower().strip(" :") in _PERIOD_HEADS and all(measure_of(head) or counted(head) for head in heads[1:]):
        if topic is not None:
            yield from _down(heads, body, topic, published_at)
        return
    if _names_columns(Row(body[0].chunk, 0, 0, heads)) and len({head.casefold() for head in heads}) == len(heads):
        for row in body:
            yield from record_statements(row, heads, topic, published_at)


def _fiscal(head: str) -> Period | None:
    """Return the year that 'FY2020', '2020 (restated)' or '2020-21' heads."""
    if season := re.fullmatch(r"((?:19|20)\d\d)[-–/](?:19|20)?(\d\d)", head.strip()):
        following = (int(season[1]) + 1) % 100 == int(season[2])
        return Period.of(Moment.parse(season[1])) if following else None  # called by the year that it begins in
    match = re.fullmatch(
        r"(?:FY\s?)?((?:19|20)\d\d)(?:\s*\((?:restated|audited|unaudited|actual)\))?\*?", head.strip(), re.I
    )
    return Period.of(Moment.parse(match[1])) if match else None


def _across(corner: str, periods: Sequence[Period], body: Sequence[Row], topic: str) -> Iterator[RowStatement]:
    unit = unit_of(corner) or next((unit_of(part) for part in re.split(r"[,;]| in ", corner) if unit_of(part)), None)
    plain = unit is None and not any(is_bare_money(measure_of(row.cells[0])) for row in body)
    for row in body:
        head = row.cells[0]
        for period, cell in zip(periods, row.cells[1:], strict=True):
            if measure := measure_of(head):
                yield from _measured(row, topic, measure, period, cell, unit)
            elif plain and (things := counted(head)):
                yield from _numbered(row, topic, things, period, cell)


def _down(heads: Sequence[str], body: Sequence[Row], topic: str, published_at: Moment | None) -> Iterator[RowStatement]:
    plain = not any(is_bare_money(measure_of(head)) for head in heads[1:])
    for row in body:
        period = whole_date(row.cells[0], published_at) or _fiscal(row.cells[0])
        if period is None:
            continue
        for head, cell in zip(heads[1:], row.cells[1:], strict=True):
            if measure := measure_of(head):
                yield from _measured(row, topic, measure, period, cell, None)
            elif plain and (things := counted(head)):
                yield from _numbered(row, topic, things, period, cell)


def _numbered(row: Row, topic: str, things: str, period: Period, cell: str) -> Iterator[RowStatement]:
    """Yield how many there were in a period: '640' under 'Pupils'."""
    if (literal := count(cell, things)) is not None:
        when = Validity(period.first, period.until)
        yield RowStatement(row, topic, things, literal, when, "Organization", confidence=IMPLIED_CONFIDENCE)


def _measured(
    row: Row, topic: str, measure: Measure, period: Period, cell: str, unit: Unit | None
) -> Iterator[RowStatement]:
    literal, when = figure(cell, measure, unit), _of_period(measure, period)
    if literal is not None and when is not None:
        yield RowStatement(row, topic, measure.name, literal, when, "Organization", confidence=IMPLIED_CONFIDENCE)


def _of_period(measure: Measure, period: Period) -> Validity | None:
    """Return when a figure holds: a flow over its period, a stock from the period's last day on."""
    if measure.flow:
        return None if period.first.precision is Precision.DAY else Validity(period.first, period.until)
    return Validity(Moment.of(period.until.at - timedelta(days=1), Precision.DAY))
