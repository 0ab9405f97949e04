"""Tables on a PDF page without ruling lines: rows of short cells that stand below each other."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from statistics import median

from kgfuse.ingest.pdf_figures import are_years_over_figures, with_figures_apart
from kgfuse.ingest.pdf_lines import Line, around
from kgfuse.ingest.pdf_tables import DIGITS, Table


def open_tables(rows: list[list[Line]]) -> tuple[list[Table], list[Line]]:
    """Return the tables without ruling lines, and the pieces of the rows outside of them."""
    tables: list[Table] = []
    rest: list[Line] = []
    run: list[list[Line]] = []
    for row in [*with_figures_apart(rows), []]:
        if row and _tabular(row) and (not run or row[0].top - run[-1][0].bottom < 2.5 * row[0].size):
            run.append(row)
            continue
        if _is_table(run):
            tables.append(_aligned(run))
        else:
            rest.extend(line for item in run for line in item)
        run = [row] if row and _tabular(row) else []
        if not run:
            rest.extend(row)
    return tables, rest


def _tabular(row: list[Line]) -> bool:
    counts = [len(line.words) for line in row]
    if len(row) >= 3:
        return sum(counts) / len(counts) <= 5
    return len(row) == 2 and min(counts) <= 6


def _numeric(line: Line) -> bool:
    text = line.text
    return sum(character in DIGITS for character in text) >= 0.3 * len(text.replace(" ", ""))


def _is_table(run: list[list[Line]]) -> bool:
    if len(run) == 2 and are_years_over_figures(run):
        return True
    if len(run) < 3 or _prose(run):
        return False
    if median(len(row) for row in run) >= 3:
        return True
    pairs = [row for row in run if len(row) == 2]
    if sum(_numeric(row[1]) for row in pairs) >= 0.6 * len(pairs):
        return True
    widths = [row[0].right - row[0].left for row in pairs]
    aligned = max(row[1].left for row in pairs) - min(row[1].left for row in pairs) < 4
    return aligned and median(widths) < 0.7 * max(widths) and median(len(row[0].words) for row in pairs) <= 4


def _prose(run: list[list[Line]]) -> bool:
    """Whether the cells are the lines of narrow columns of text: many go on in lower case."""
    texts = [line.text for row in run for line in row]
    lower = sum(text[:1].islower() for text in texts)
    return lower >= 0.35 * len(texts) and sum(len(text.split()) for text in texts) >= 2.5 * len(texts)


def _aligned(run: list[list[Line]]) -> Table:
    """Put cells that stand below each other into one column."""
    lines = [line for row in run for line in row]
    columns: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda item: item.left):
        if columns and line.left < columns[-1][1] - 1:
            left, right = columns[-1]
            # A heading that spans columns must not join them.
            columns[-1] = (left, min(max(right, line.right), right + 40))
        else:
            columns.append((line.left, line.right))
    counts = {len(row) for row in run}
    if len(counts) == 1 and len(columns) < max(counts):  # a long label reaches over the next column
        return Table(tuple(tuple(line.text for line in row) for row in run), around(line.box for line in lines))
    if columns_of_most := _columns_of_most(run, len(columns)):
        placed = tuple(_by_words(row, columns_of_most) for row in run)
        return Table(_headed(list(placed)), around(line.box for line in lines))
    lefts = [left for left, _ in columns]
    rows = []
    for row in run:
        cells = [""] * len(columns)
        for line in row:
            column = max(bisect_right(lefts, line.left) - 1, 0)
            cells[column] = f"{cells[column]} {line.text}".strip()
        rows.append(tuple(cells))
    return Table(_headed(rows), around(line.box for line in lines))


def _columns_of_most(run: list[list[Line]], found: int) -> list[tuple[float, float]]:
    """Return the columns in which most rows stand, when those are more than were found by what lies over each other.

    A few rows whose cells stand so close that they are one piece, heads mostly, then do not join columns.
    """
    counts = Counter(len(row) for row in run)
    most, times = counts.most_common(1)[0]
    if most <= found or times < 0.6 * len(run):
        return []
    full = [row for row in run if len(row) == most]
    columns = [(min(row[at].left for row in full), max(row[at].right for row in full)) for at in range(most)]
    apart = all(before[1] <= after[0] for before, after in pairwise(columns))
    return columns if apart else []


def _by_words(row: list[Line], columns: list[tuple[float, float]]) -> tuple[str, ...]:
    """Put each word of a row into the column that it stands over, or nearest to."""
    if len(row) == len(columns):
        return tuple(line.text for line in row)
    cells: list[list[str]] = [[] for _ in columns]
    for word in (word for line in row for word in line.words):
        away = [max(left - word.right, word.left - right, 0.0) for left, right in columns]
        cells[away.index(min(away))].append(word.text)
    return tuple(" ".join(cell) for cell in cells)


def _headed(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Put a head that stands left of its figures over them: a column of nothing but a head and its headless neighbour.

    Figures are set flush right and heads flush left, so that neither reaches under the other.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    at = 0
    while at + 1 < len(columns):
        head, body = columns[at], columns[at + 1]
        if head[0] and not any(head[1:]) and not body[0] and any(body):
            columns[at : at + 2] = [[head[0], *body[1:]]]
        at += 1
    return tuple(zip(*columns, strict=True))
