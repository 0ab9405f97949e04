"""Columns of figures that stand close to each other: what is below each other over several rows is a column of its own.

A gap between two figures may be as narrow as the space within '1 234'. It divides columns when no word of the rows around
crosses it and it is wider than a space, or is the widest between two figures that cannot be one ('2019 2020').
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kgfuse.ingest.pdf_lines import Line, line_of
from kgfuse.ingest.pdf_words import Word

_FIGURE = re.compile(r"[(\[]?[-+−–]?[€$£]?\d[\d.,'’]*%?[)\]]?\*?|[-−–—]|%|n/?a|n\.a\.", re.IGNORECASE)
_GROUP_HEAD = re.compile(r"[(\[]?[-+−–]?[€$£]?\d{1,3}")
_GROUP = re.compile(r"\d{3}(?:[.,]\d+)?%?[)\]]?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_LABEL = 8
_FEWEST_PIECES = 3
_SPACE = 0.5  # of the font's height: no space within a figure is wider
_SPACE_AFTER_LABEL = 0.4
_HAIR = 0.12  # of the font's height: the least that divides
_NEXT_ROW = 4.0  # of the font's height: rows further apart belong to different tables


_Strip = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _FigureRow:
    """A row with figures side by side: its number on the page, the words left of them and the figures, left to right."""

    number: int
    label: tuple[Word, ...]
    figures: tuple[Word, ...]

    @property
    def size(self) -> float:
        return self.figures[0].size


def with_figures_apart(rows: list[list[Line]]) -> list[list[Line]]:
    """Return the rows with the figures of neighbouring columns cut into pieces of their own; other rows unchanged."""
    cut = list(rows)
    for group in _groups(rows):
        borders = _borders(group)
        if borders:
            for row in group:
                cut[row.number] = _pieces(rows[row.number], row, borders)
            above = group[0].number - 1
            if above >= 0 and len(cut[above]) > 1 and _near(cut[above][0], group[0]):
                cut[above] = [piece for line in cut[above] for piece in _divided(line, borders)]
    return cut


def _near(line: Line, row: _FigureRow) -> bool:
    return row.figures[0].top - line.bottom < _NEXT_ROW * row.size


def _divided(line: Line, borders: list[_Strip]) -> list[Line]:
    """Cut a header's piece at the widest gap between its words that each border leaves."""
    words = sorted(line.words, key=lambda word: word.left)
    cuts: set[int] = set()
    for left, right in borders:
        gaps = [
            (after.left - before.right, index)
            for index, (before, after) in enumerate(pairwise(words), 1)
            if before.right < right and after.left > left
        ]
        if gaps and words[0].left < left and words[-1].right > right:
            cuts.add(max(gaps)[1])
    edges = [0, *sorted(cuts), len(words)]
    return [line_of(words[first:last]) for first, last in pairwise(edges)]


def are_years_over_figures(rows: list[list[Line]]) -> bool:
    """Whether the first row ends in years and each row below in as many figures: a table, however short."""
    heads = [line.text for line in rows[0]]
    years = [text for text in heads if _YEAR.fullmatch(text)]
    if len(years) < 2 or heads[-len(years) :] != years:
        return False
    return all(
        len(row) == len(years) + 1
        and all(_FIGURE.match(line.text) for line in row[1:])
        and not _FIGURE.match(row[0].text)
        for row in rows[1:]
    )


def _groups(rows: list[list[Line]]) -> Iterator[list[_FigureRow]]:
    """Yield runs of two rows or more with figures side by side that stand near each other."""
    group: list[_FigureRow] = []
    for number, row in enumerate(rows):
        found = _figure_row(number, row)
        if found is None:
            continue
        if group and found.figures[0].top - group[-1].figures[0].bottom > _NEXT_ROW * found.size:
            if len(group) > 1:
                yield group
            group = []
        group.append(found)
    if len(group) > 1:
        yield group


def _figure_row(number: int, row: list[Line]) -> _FigureRow | None:
    words = sorted((word for line in row for word in line.words), key=lambda word: word.left)
    last = len(words)
    while last > 0 and not _FIGURE.fullmatch(words[last - 1].text):
        last -= 1
    if last < len(words) and len(row) < _FEWEST_PIECES:
        return None  # a sentence with numbers in it
    first = last
    while first > 0 and _FIGURE.fullmatch(words[first - 1].text):
        first -= 1
    while 0 < first < last and _belongs(words[first - 1], words[first]):
        first += 1
    label, figures = tuple(words[:first]), tuple(words[first:last])
    digits = sum(any(character.isdigit() for character in word.text) for word in figures)
    return _FigureRow(number, label, figures) if digits >= 2 and len(label) <= _LONGEST_LABEL else None


def _belongs(word: Word, figure: Word) -> bool:
    """Whether a figure belongs to the words before it: 'Note 5', 'Town 2'."""
    return figure.left - word.right < _SPACE_AFTER_LABEL * figure.size


def _borders(group: list[_FigureRow]) -> list[_Strip]:
    """Return the strips on the x axis that divide the figures of all rows into columns."""
    boxes = sorted((word.left, word.right) for row in group for word in row.figures)
    labels = max((row.label[-1].right for row in group if row.label), default=boxes[0][0])
    strips: list[_Strip] = []
    reached = boxes[0][1]
    for left, right in boxes[1:]:
        if left > reached and right > labels - 1:
            strips.append((reached, left))
        reached = max(reached, right)
    return _dividing(strips, group)


def _dividing(strips: list[_Strip], group: list[_FigureRow]) -> list[_Strip]:
    """Return the strips that part columns: no gap there is as narrow as a space, or it is the widest between two figures."""
    size = min(row.size for row in group)
    gaps: dict[_Strip, list[float]] = {strip: [] for strip in strips if strip[1] - strip[0] >= _HAIR * size}
    parting: set[_Strip] = set()
    for row in group:
        for before, after in pairwise(row.figures):
            within = [strip for strip in gaps if before.right <= strip[0] + 0.01 and after.left >= strip[1] - 0.01]
            for strip in within:
                gaps[strip].append(after.left - before.right)
            if within and not _one_figure(before, after):
                parting.add(max(within, key=lambda strip: (strip[1] - strip[0], strip)))
    return [
        strip
        for strip, found in gaps.items()
        if len(found) >= max(2, len(group) / 2) and (strip in parting or min(found) > _SPACE * size)
    ]


def _one_figure(before: Word, after: Word) -> bool:
    """Whether two words may be parts of one figure: '1' and '234', '12' and '%'."""
    if after.text == "%":
        return True
    # '118' in '1 118 164' is both: a group, and the head of what follows.
    return bool(_GROUP_HEAD.fullmatch(before.text) and _GROUP.fullmatch(after.text))


def _pieces(row: list[Line], found: _FigureRow, borders: list[_Strip]) -> list[Line]:
    """Return the pieces as they were, without the figures, and the figures by column."""
    figures, first = set(map(id, found.figures)), found.figures[0].left
    others = [
        [word for word in line.words if id(word) not in figures and (word.left < first) == before]
        for before in (True, False)
        for line in row
    ]
    pieces = [line_of(words) for words in others if words]
    edges = [float("-inf"), *((left + right) / 2 for left, right in borders), float("inf")]
    for left, right in pairwise(edges):
        inside = [word for word in found.figures if left < (word.left + word.right) / 2 <= right]
        if inside:
            pieces.append(line_of(inside))
    return sorted(pieces, key=lambda piece: piece.left)
