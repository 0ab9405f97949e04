"""The columns that a page is printed in, found by its running text, before any table in them is looked for.

A table beside a column of text, or across from another table, can only be told from the columns once each column stands
by itself. So the page is cut where lines of several words stand left and right of a clear vertical gap, from the top down
and from the outside in (XY cut, Nagy and Seth 1984, with text as the only witness).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kgfuse.ingest.bidi import mostly_right_to_left
from kgfuse.ingest.pdf_lines import Line, cut_rows, gutter_of, rows_of
from kgfuse.ingest.pdf_words import Box, Word

_RUNNING = 4
"""Words of a piece of a line from which on it is taken for running text: cells have fewer."""

_FEWEST = 5
"""Lines of running text on either side of a gap between columns."""

_PROSE = 0.35
"""Share of a column's lines that begin in the middle of a sentence; the cells of a table seldom do."""

_DEEPEST = 6
_ALL: Box = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that is read by itself: its words, and the box that no other region reaches into."""

    words: tuple[Word, ...]
    box: Box

    def holds(self, box: Box) -> bool:
        """Whether the middle of a box lies in the region."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return self.box[0] <= x < self.box[2] and self.box[1] <= y < self.box[3]


def regions_of(words: list[Word]) -> list[Region]:
    """Cut a page's words into regions, in the order in which they are read. The boxes cover the page."""
    return list(_cut(Region(tuple(words), _ALL), 0))


def _cut(region: Region, depth: int) -> Iterator[Region]:
    found = _gap(region.words) if depth < _DEEPEST else None
    if found is None:
        yield region
        return
    x, top, bottom = found
    left, high, right, low = region.box
    columns = ((left, top, x, bottom), (x, top, right, bottom))
    if mostly_right_to_left(word.text for word in region.words):
        columns = columns[::-1]
    for box in ((left, high, right, top), *columns, (left, bottom, right, low)):
        part = replace(region, box=box)
        inside = tuple(word for word in region.words if part.holds((word.left, word.top, word.right, word.bottom)))
        yield from _cut(Region(inside, box), depth + 1)


def _gap(words: tuple[Word, ...]) -> tuple[float, float, float] | None:
    """Return the gap with most running text beside it: where it lies, and from what height to what height it is clear."""
    lines = sorted((line for row in cut_rows(rows_of(words)) for line in row), key=lambda line: (line.top, line.left))
    running = [line for line in lines if len(line.words) >= _RUNNING]
    found = gutter_of(running, _side_by_side) if len(running) >= 2 * _FEWEST else None
    if found is None:
        return None
    x, first, last = found
    beside = running[first:last]
    x = (
        max(line.right for line in beside if line.right <= x) + min(line.left for line in beside if line.right > x)
    ) / 2
    return x, *_clear(lines, x, beside)


def _side_by_side(run: list[Line], x: float) -> bool:
    """Whether enough text stands left and right of `x` at the same heights; either column may go on alone."""
    sides = ([line for line in run if line.right <= x], [line for line in run if line.right > x])
    top = max(min(line.top for line in side) for side in sides)
    bottom = min(max(line.bottom for line in side) for side in sides)
    beside = [[line for line in side if top <= line.middle <= bottom] for side in sides]
    return all(len(side) >= _FEWEST and sum(map(_goes_on, side)) >= _PROSE * len(side) for side in beside)


def _goes_on(line: Line) -> bool:
    """Whether a line begins in the middle of a sentence: with a letter that is no capital, in scripts that have them."""
    first = line.text[:1]
    return first.isalpha() and not first.isupper()


def _clear(lines: list[Line], x: float, beside: list[Line]) -> tuple[float, float]:
    """How far up and down no line crosses the gap.

    Upwards a line on the left alone (the last line of a title) is left out; downwards everything belongs: columns end where
    they end.
    """
    top, bottom = min(line.top for line in beside), max(line.bottom for line in beside)
    crossing = [line for line in lines if line.left < x < line.right]
    ceiling = max((line.middle for line in crossing if line.middle < top), default=float("-inf"))
    floor = min((line.top for line in crossing if line.middle > bottom), default=float("inf"))
    right = [line for line in lines if line.left >= x and ceiling < line.middle < top]
    if right:
        highest = min(right, key=lambda line: line.top)
        top = min(top, highest.top - 0.5 * highest.size)
    return top - 1, floor
