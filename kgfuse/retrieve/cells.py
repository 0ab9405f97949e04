"""Cells of a row of a table, as text has them: ``Vessel: Havstril | IMO number: 9345121 | Built: 2006``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

CELL = re.compile(r"(?P<head>[^\W_][^:|]{0,80}?): (?P<value>.+)", re.DOTALL)
BETWEEN = " | "
_LEFT_OUT = "…"
_FEWEST = 3
"""A row of two cells is short as it is, and may be no row."""


def is_row(text: str) -> bool:
    """Whether a sentence is a row of a table, of which only a cell can answer anything."""
    cells = text.split(BETWEEN)
    return len(cells) >= _FEWEST or (len(cells) > 1 and is_labelled(cells))


def is_labelled(cells: Sequence[str]) -> bool:
    """Whether the cells of a row, but for the first and empty ones, name their columns."""
    return len(cells) > 1 and all(CELL.fullmatch(cell) for cell in cells[1:] if cell)


def told_below_heads(
    row: str, is_subject: Callable[[str], bool], is_object: Callable[[str], bool], head: str
) -> str | None:
    """Return what a row below the heads of its columns says under one of them: its subject, and its object with that head.

    `None` where it is no such row, or not one cell each is the subject and the object.
    """
    cells = [cell.strip() for cell in row.split("|")]
    subjects, objects = ([at for at, cell in enumerate(cells) if is_it(cell)] for is_it in (is_subject, is_object))
    if len(cells) < _FEWEST or len(subjects) != 1 or len(objects) != 1 or subjects == objects:
        return None
    told = {subjects[0]: cells[subjects[0]], objects[0]: f"{head[:1].upper()}{head[1:]}: {cells[objects[0]]}"}
    first, last = sorted(told)
    return BETWEEN.join([told[first], *([_LEFT_OUT] if last > first + 1 else []), told[last]])


def shortened(row: str, is_named: Callable[[str], bool], is_asked: Callable[[str, str], bool]) -> str:
    """Return a row with the cells that are asked for, a mark where others are left out.

    `is_asked` looks at the head and the value of a cell, `is_named` at its value: what the row is about (its first cell) and
    what is named are kept beside. What is no such row, or holds nothing that is asked for, comes back as it is.
    """
    cells = row.split(BETWEEN)
    told = [CELL.fullmatch(cell) for cell in cells]
    if len(cells) < _FEWEST or not all(told[1:]):
        return row
    asked = [at for at, cell in enumerate(told) if cell and is_asked(cell["head"], cell["value"])]
    if not asked:
        return row
    named = {at for at, cell in enumerate(told) if at == 0 or (cell and is_named(cell["value"]))}
    kept = sorted(named.union(asked))
    parts: list[str] = []
    for before, at in zip([-1, *kept], [*kept, len(cells)], strict=False):
        if at > before + 1:
            parts.append(_LEFT_OUT)
        parts += cells[at : at + 1]
    return BETWEEN.join(parts)
