"""From words to lines in reading order.

Words on one height form a row; a row is cut where a wide gap or a column's edge divides it. Columns are then found by
recursive cuts in the manner of the XY-cut (Nagy & Seth 1984), but the vertical cut is tried first and over the longest run
of lines that it crosses without touching one, so that a title above two columns does not hide them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from kgfuse.ingest.bidi import in_order, mostly_right_to_left
from kgfuse.ingest.pdf_words import Box, Word

_WIDE_GAP = 1.6  # of the font's height: more than any space between words of justified text
_COLUMN_GAP = 0.6
_FEWEST_ROWS = 4
_FEWEST_LINES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one height, in the order they are read."""

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    bold: bool
    font: str

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def middle(self) -> float:
        """The height of the middle."""
        return (self.top + self.bottom) / 2

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return self.left, self.top, self.right, self.bottom


def line_of(words: Iterable[Word]) -> Line:
    """Return the line that some words form, in the order in which they are read."""
    ordered = in_order(sorted(words, key=lambda word: word.left))
    length = sum(len(word.text) for word in ordered)
    return Line(
        tuple(ordered),
        min(word.left for word in ordered),
        min(word.top for word in ordered),
        max(word.right for word in ordered),
        max(word.bottom for word in ordered),
        median(word.size for word in ordered),
        sum(len(word.text) for word in ordered if word.bold) > 0.6 * length,
        max(ordered, key=lambda word: len(word.text)).font,
    )


def around(boxes: Iterable[Box]) -> Box:
    """Return the box around some boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def rows_of(words: Iterable[Word]) -> list[list[Word]]:
    """Return the words grouped by height, top to bottom, each row left to right."""
    rows: list[list[Word]] = []
    centres: list[float] = []
    for word in sorted(words, key=lambda item: item.middle):
        for index in range(len(rows) - 1, max(-1, len(rows) - 4), -1):
            size = max(min(word.size, rows[index][0].size), 1.0)
            if abs(word.middle - centres[index]) < 0.4 * size:
                rows[index].append(word)
                break
        else:
            rows.append([word])
            centres.append(word.middle)
    for row in rows:
        row.sort(key=lambda item: item.left)
    return rows


def cut_rows(rows: list[list[Word]]) -> list[list[Line]]:
    """Return the pieces of each row, cut at wide gaps and at the edges of columns."""
    edges = _column_edges(rows)
    return [_cut(row, edges) for row in rows]


def _cut(row: list[Word], edges: list[tuple[float, float, float]]) -> list[Line]:
    pieces: list[list[Word]] = [[row[0]]]
    for before, after in pairwise(row):
        gap = after.left - max(word.right for word in pieces[-1])
        size = min(before.size, after.size)
        at_edge = gap > _COLUMN_GAP * size and any(
            before.right <= x < after.left + 2 and top - 2 <= after.middle <= bottom + 2 for x, top, bottom in edges
        )
        if gap > _WIDE_GAP * size or at_edge:
            pieces.append([])
        pieces[-1].append(after)
    return [line_of(piece) for piece in pieces]


def _column_edges(rows: list[list[Word]]) -> list[tuple[float, float, float]]:
    """Return ``(x, top, bottom)`` of the left edges that words after a gap share, and that no word crosses.

    Where a page is read from the right, these are the right edges of words before a gap.
    """
    if mostly_right_to_left(word.text for row in rows for word in row):
        mirrored = [[replace(word, left=-word.right, right=-word.left) for word in reversed(row)] for row in rows]
        return [(-x, top, bottom) for x, top, bottom in _left_edges(mirrored)]
    return _left_edges(rows)


def _left_edges(rows: list[list[Word]]) -> list[tuple[float, float, float]]:
    starts: dict[int, list[Word]] = defaultdict(list)
    for row in rows:
        for before, after in pairwise(row):
            if after.left - before.right > _COLUMN_GAP * min(before.size, after.size):
                starts[round(after.left / 3)].append(after)
    edges = []
    for key, found in starts.items():
        near = [*found, *starts.get(key + 1, [])]
        if len(near) < _FEWEST_ROWS:
            continue
        x, top, bottom = min(word.left for word in near) - 1, min(w.top for w in near), max(w.bottom for w in near)
        crossing = sum(
            word.left < x - 1 and word.right > x + 1 for row in rows for word in row if top <= word.middle <= bottom
        )
        spanned = sum(top <= row[0].middle <= bottom for row in rows)
        if crossing <= 0.1 * len(near) and len(near) >= 0.3 * spanned:
            edges.append((x, top, bottom))
    return edges


def in_reading_order(lines: list[Line]) -> list[list[Line]]:
    """Return the lines as columns in the order they are read; within a column from top to bottom."""
    columns: list[list[Line]] = []
    _split(sorted(lines, key=lambda line: (line.top, line.left)), columns, 0)
    return columns


def _split(lines: list[Line], out: list[list[Line]], depth: int) -> None:
    if not lines:
        return
    gutter = gutter_of(lines) if depth < 12 else None
    if gutter is None:
        out.append(lines)
        return
    x, first, last = gutter
    run = lines[first:last]
    _split(lines[:first], out, depth + 1)
    columns = [line for line in run if line.right <= x], [line for line in run if line.right > x]
    for column in reversed(columns) if mostly_right_to_left(line.text for line in run) else columns:
        _split(column, out, depth + 1)
    _split(lines[last:], out, depth + 1)


def gutter_of(
    lines: list[Line], beside: Callable[[list[Line], float], bool] | None = None
) -> tuple[float, int, int] | None:
    """Return the vertical cut with most lines beside it: x, and the lines (a range of `lines`) that it divides.

    `beside` says whether the lines left and right of x stand beside each other; default: at least half of them do.
    """
    beside = beside or _beside
    best: tuple[tuple[int, float], float, int, int] | None = None
    rights = sorted({round(line.right, 0) for line in lines})
    lefts = sorted(line.left for line in lines)
    for right in rights:
        x = right + 0.6
        start = bisect_right(lefts, x)
        if start == len(lefts):
            continue
        for first, last in _clear_runs(lines, x):
            run = lines[first:last]
            before = sum(line.right <= x for line in run)
            after = len(run) - before
            if min(before, after) >= _FEWEST_LINES and beside(run, x):
                width = lefts[bisect_left(lefts, x)] - right
                if best is None or (min(before, after), width) > best[0]:
                    best = ((min(before, after), width), x, first, last)
    return best[1:] if best else None


def _clear_runs(lines: list[Line], x: float) -> Iterator[tuple[int, int]]:
    first = 0
    for index, line in enumerate(lines):
        if line.left < x < line.right:
            if index > first:
                yield first, index
            first = index + 1
    if first < len(lines):
        yield first, len(lines)


def _beside(run: list[Line], x: float) -> bool:
    """Whether the lines left and right of `x` stand beside each other, and not below each other."""
    left = [line for line in run if line.right <= x]
    right = [line for line in run if line.right > x]
    top = max(min(line.top for line in left), min(line.top for line in right))
    bottom = min(max(line.bottom for line in left), max(line.bottom for line in right))
    shared = sum(top <= line.top and line.bottom <= bottom + 1 for line in run)
    return shared >= 0.5 * len(run)
