"""Columns that a reader ran together: '2016 2017 2018' over '74 118 164' are three columns, not one.

Where the figures can be parted in one way only, they are; where '12 345 678' could be two figures in two ways, the cell is
left empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgfuse.extract.passages import Row

_YEARS = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:\s+(?:FY\s?)?(?:19|20)\d\d)+")
_FIGURE = re.compile(r"[-−–(]?\d[\d.,]*\)?%?|[-–—]")
_HEAD = re.compile(r"[-−–(]?\d{1,3}")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?\)?%?")


def unmerged(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows with the cells parted that stand under several years in one cell of the first row."""
    if len(rows) < 2:
        return rows
    merged = {index: cell.split() for index, cell in enumerate(rows[0].cells) if _YEARS.fullmatch(cell)}
    if not merged:
        return rows
    width = len(rows[0].cells)
    return [_parted(row, merged) if len(row.cells) == width else row for row in rows]


def _parted(row: Row, merged: dict[int, list[str]]) -> Row:
    cells: list[str] = []
    for index, cell in enumerate(row.cells):
        if index not in merged:
            cells.append(cell)
            continue
        count = len(merged[index])
        ways = list(_ways(cell.replace(" %", "%").split(), count))
        cells.extend(ways[0] if len(ways) == 1 else [""] * count)
    return replace(row, cells=tuple(cells))


def _ways(words: Sequence[str], count: int) -> Iterator[list[str]]:
    """Yield the ways to read words as so many figures, with spaces between groups of three digits."""
    if not words or count == 0:
        if not words and count == 0:
            yield []
        return
    for length in range(1, len(words) - count + 2):
        if length > 1 and not (_HEAD.fullmatch(words[0]) and all(_GROUP.fullmatch(word) for word in words[1:length])):
            return
        if length == 1 and not _FIGURE.fullmatch(words[0]):
            return
        for rest in _ways(words[length:], count - 1):
            yield [" ".join(words[:length]), *rest]
