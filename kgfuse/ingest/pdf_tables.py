"""Tables on a PDF page that are drawn with ruling lines."""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kgfuse.ingest.pdf_lines import rows_of
from kgfuse.ingest.pdf_words import Box, Frame, Word

_NEAR = 3.0
_SHORTEST_RULE = 8.0
_MOST_RULES = 4_000
_MOST_CELLS = 20_000
_LONGEST_CELL = 60  # words on average: more is a page laid out with lines, not a table
DIGITS = set("0123456789")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and where they stand."""

    rows: tuple[tuple[str, ...], ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight horizontal or vertical line: at `at` on one axis, from `start` to `end` on the other."""

    horizontal: bool
    at: float
    start: float
    end: float


def rules_of(page: Any, frame: Frame) -> list[Rule]:
    """Return the ruling lines drawn on a pypdfium2 page; none when there are so many that they are a drawing."""
    from pypdfium2 import raw

    rules: list[Rule] = []
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        for x0, y0, x1, y1 in _strokes(raw, item):
            (left, top), (right, bottom) = frame.point(x0, y0), frame.point(x1, y1)
            left, right, top, bottom = min(left, right), max(left, right), min(top, bottom), max(top, bottom)
            if bottom - top <= 1.5 and right - left >= _SHORTEST_RULE:
                rules.append(Rule(True, (top + bottom) / 2, left, right))
            elif right - left <= 1.5 and bottom - top >= _SHORTEST_RULE:
                rules.append(Rule(False, (left + right) / 2, top, bottom))
        if len(rules) > _MOST_RULES:
            return []
    return rules


def _strokes(raw: Any, item: Any) -> Iterator[tuple[float, float, float, float]]:
    """Yield the straight strokes of a path object in page coordinates; a thin box counts as one stroke."""
    left, bottom, right, top = item.get_bounds()
    if min(right - left, top - bottom) <= 2.5:
        if right - left >= top - bottom:
            yield left, (bottom + top) / 2, right, (bottom + top) / 2
        else:
            yield (left + right) / 2, bottom, (left + right) / 2, top
        return
    count = raw.FPDFPath_CountSegments(item)
    if not 2 <= count <= 400:
        return
    matrix = item.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    before = opened = (0.0, 0.0)
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = matrix.on_point(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            opened = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield (*before, *point)
        before = point
        if raw.FPDFPathSegment_GetClose(segment):
            yield (*before, *opened)
            before = opened


def ruled_tables(words: list[Word], rules: list[Rule]) -> tuple[list[Table], list[Word]]:
    """Return the tables whose cells are drawn with lines, and the words outside of them."""
    tables: list[Table] = []
    for horizontal, vertical in _grids(rules):
        xs, ys = _positions(vertical), _positions(horizontal)
        if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MOST_CELLS:
            continue
        box = (xs[0], ys[0], xs[-1], ys[-1])
        inside = [word for word in words if _within(word, box)]
        rows = _cells(inside, xs, ys, horizontal, vertical)
        filled = [cell for row in rows for cell in row if cell]
        if len(filled) < 3 or sum(len(cell.split()) for cell in filled) > _LONGEST_CELL * len(filled):
            continue
        if max(sum(bool(cell) for cell in row) for row in rows) < 2:
            continue
        tables.append(Table(tuple(tuple(row) for row in rows), box))
        taken = set(map(id, inside))
        words = [word for word in words if id(word) not in taken]
    return tables, words


def _within(word: Word, box: Box) -> bool:
    x = (word.left + word.right) / 2
    return box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= word.middle <= box[3] + 1


def _positions(rules: list[Rule]) -> list[float]:
    positions: list[float] = []
    for rule in sorted(rules, key=lambda item: item.at):
        if not positions or rule.at - positions[-1] > _NEAR:
            positions.append(rule.at)
    return positions


def _grids(rules: list[Rule]) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Yield the connected groups of rules, as horizontal and vertical ones."""
    parent = list(range(len(rules)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    horizontal = sorted((i for i, rule in enumerate(rules) if rule.horizontal), key=lambda i: rules[i].at)
    heights = [rules[i].at for i in horizontal]
    for index, rule in enumerate(rules):
        if rule.horizontal:
            continue
        for other in horizontal[bisect_right(heights, rule.start - _NEAR) : bisect_right(heights, rule.end + _NEAR)]:
            if rules[other].start - _NEAR <= rule.at <= rules[other].end + _NEAR:
                parent[root(index)] = root(other)
    groups: dict[int, list[Rule]] = defaultdict(list)
    for index, rule in enumerate(rules):
        groups[root(index)].append(rule)
    for group in sorted(
        groups.values(), key=lambda group: min(rule.at if rule.horizontal else rule.start for rule in group)
    ):
        across, down = [r for r in group if r.horizontal], [r for r in group if not r.horizontal]
        if across and down:
            yield across, down


def _cells(
    words: list[Word], xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]
) -> list[list[str]]:
    """Return the texts of the cells; a cell that spans several columns or rows stands in its first."""
    columns, rows = len(xs) - 1, len(ys) - 1
    contents: dict[tuple[int, int], list[Word]] = defaultdict(list)
    for word in words:
        column = min(max(bisect_right(xs, (word.left + word.right) / 2) - 1, 0), columns - 1)
        row = min(max(bisect_right(ys, word.middle) - 1, 0), rows - 1)
        while column > 0 and not _divided(down, xs[column], (ys[row] + ys[row + 1]) / 2):
            column -= 1
        while row > 0 and not _divided(across, ys[row], (xs[column] + xs[column + 1]) / 2):
            row -= 1
        contents[row, column].append(word)
    grid = [[rows_of(contents.get((row, column), [])) for column in range(columns)] for row in range(rows)]
    used = [column for column in range(columns) if any(row[column] for row in grid)]
    return [line for row in grid for line in _table_rows([row[column] for column in used])]


def _table_rows(cells: list[list[list[Word]]]) -> list[list[str]]:
    """Return a row of cells as one row, or as several when its cells hold equally many lines, most of them figures."""
    filled = [cell for cell in cells if cell]
    heights = {len(cell) for cell in filled}
    lines = [_joined([line]) for cell in filled for line in cell]
    figures = sum(any(character in DIGITS for character in line) for line in lines)
    if len(filled) >= 3 and len(heights) == 1 and figures >= 0.7 * len(lines):
        return [[_joined(cell[index : index + 1]) for cell in cells] for index in range(heights.pop())]
    return [[_joined(cell) for cell in cells]]


def _divided(rules: list[Rule], at: float, where: float) -> bool:
    return any(abs(rule.at - at) <= _NEAR and rule.start - _NEAR <= where <= rule.end + _NEAR for rule in rules)


def _joined(lines: list[list[Word]]) -> str:
    return " ".join(word.text for line in lines for word in line).replace("\u00ad ", "").replace("\u00ad", "-")
