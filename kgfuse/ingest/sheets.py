"""Sheets of cells: each a heading, each table rows that explain themselves (``Header: value | Header: value``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from kgfuse.errors import TooLarge
from kgfuse.ingest.layout import Layout, fold
from kgfuse.model import BlockKind

MAX_CELLS = 5_000_000
MAX_CHARACTERS = 100_000_000  # a text that cells share is stored once and read as often as it is shown
_ROWS_PER_BLOCK = 5_000
_EMPTY = 10  # empty cells cost as much as one that is filled: a last cell far out makes its row that wide
_HEADER_LENGTH = 80
_WIDEST = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell: its row (from 1) and column (from 0), its text, whether it is text, whether it is set in bold."""

    row: int
    column: int
    text: str
    textual: bool
    bold: bool


Row = list[Cell]


@dataclass
class Budget:
    """How many cells of a workbook, and characters in them, may still be read."""

    cells: int
    characters: int

    def spend(self, row: Row, wide: int = 0) -> None:
        """Take a row, so many columns wide. Raises TooLarge."""
        self.cells -= max(1, len(row), wide // _EMPTY)
        self.characters -= sum(len(cell.text) for cell in row)
        if self.cells < 0:
            raise TooLarge(f"more than {MAX_CELLS} cells; the rest is left out", hint="Split the workbook.")
        if self.characters < 0:
            raise TooLarge(f"more than {MAX_CHARACTERS} characters; the rest is left out", hint="Split the workbook.")


def budget() -> Budget:
    """Return what may be read of one workbook."""
    return Budget(MAX_CELLS, MAX_CHARACTERS)


def add_sheet(layout: Layout, title: str, rows: Iterable[Row]) -> None:
    """Add a sheet: its title as a heading, then its tables; of an empty one nothing.

    Raises TooLarge as `rows` does, what came before it being added.
    """
    before = len(layout.blocks)
    layout.add(BlockKind.HEADING, fold(title) or "Sheet", level=1)
    try:
        for region in _regions(rows):
            for table in _side_by_side(region):
                add_region(layout, table)
    finally:
        if len(layout.blocks) == before + 1:
            layout.drop_last()


def _regions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield runs of rows between empty rows. Raises what `rows` raises, after what came before."""
    region: list[Row] = []
    try:
        for row in rows:
            if row:
                region.append(row)
            elif region:
                yield region
                region = []
    except TooLarge:
        if region:
            yield region
        raise
    if region:
        yield region


def _side_by_side(rows: list[Row]) -> list[list[Row]]:
    """Return the tables that stand beside each other in a region, an empty column between them.

    An empty column alone divides nothing: the right part must begin in another row, or repeat a column name of the left.
    """
    used = sorted({cell.column for row in rows for cell in row})
    starts = [column for before, column in pairwise(used) if column > before + 1]
    if not starts or len(used) > _WIDEST:
        return [rows]
    edges = [used[0], *starts, used[-1] + 1]
    parts = [
        [cut for row in rows if (cut := [cell for cell in row if left <= cell.column < right])]
        for left, right in pairwise(edges)
    ]
    tables = all(len(part) >= 2 and max(len(row) for row in part) >= 2 for part in parts)
    names = [{cell.text for cell in part[0]} for part in parts]
    top = [part[0][0].row for part in parts]
    repeated = any(names[0] & other for other in names[1:])
    return parts if tables and (repeated or len(set(top)) > 1) else [rows]


def add_region(layout: Layout, rows: list[Row]) -> None:
    """Add a region: lines of text above it as paragraphs, then its rows with the headers of their columns."""
    start = 0
    while start < len(rows) and len(rows[start]) == 1 and (start + 1 < len(rows) or rows[start][0].textual):
        if all(len(row) == 1 for row in rows[start:]) and len(rows) - start > 2:
            break
        layout.add(BlockKind.PARAGRAPH, rows[start][0].text)
        start += 1
    rows = rows[start:]
    headers = _headers(rows)
    lines = (_line(row, headers) for row in (rows[1:] if headers else rows))
    pending: list[str] = []
    for line in lines:
        pending.append(line)
        if len(pending) == _ROWS_PER_BLOCK:
            layout.add(BlockKind.TABLE, "\n".join(pending))
            pending = []
    if headers and len(rows) == 1:
        pending = [" | ".join(headers.values())]
    layout.add(BlockKind.TABLE, "\n".join(pending))


def _headers(rows: list[Row]) -> dict[int, str]:
    """Return the column names when the first row holds them: different texts, over at least two columns, one a column."""
    if len(rows) < 2:
        return {}
    first = rows[0]
    texts = [cell.text for cell in first]
    named = len(first) >= 2 and all(cell.textual and len(cell.text) <= _HEADER_LENGTH for cell in first)
    widest = max(len(row) for row in rows[1:50])
    if not named or len(set(texts)) != len(texts) or len(first) < 0.6 * widest:
        return {}
    if len(first) == 2 and not all(cell.bold for cell in first) and _labels(rows):
        return {}
    return {cell.column: cell.text.rstrip(":").replace("|", "/") for cell in first}


def _labels(rows: list[Row]) -> bool:
    """Whether two columns are labels and their values: different kinds of values below each other, or colons."""
    pairs = [row for row in rows if len(row) == 2]
    if all(row[0].text.endswith(":") for row in pairs):
        return True
    kinds = {row[1].textual for row in pairs[1:]}
    return len(kinds) == 2 and len({row[0].text for row in pairs}) == len(pairs)


def _line(row: Row, headers: dict[int, str]) -> str:
    """Return a row as a line; where its first column is empty, that is told, for what follows is about nothing."""
    cells = {cell.column: cell.text.replace("|", "/") for cell in row}
    if headers:
        first = min(headers)
        told = [] if row[0].column <= first else [f"{headers[first]}:"]
        told += [f"{headers[column]}: {text}" if column in headers else text for column, text in cells.items()]
        return " | ".join(told)
    if len(row) == 2 and row[0].textual and row[0].text.rstrip(":"):
        return ": ".join((cells[row[0].column].rstrip(":"), cells[row[1].column]))
    return " | ".join(cells.values())
