"""A row of a table whose cells name their columns, told by the cells that matter: ``Vessel: Havstril | … | Built: 2006``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.asked_kind import asked_of, has_answer
from kgfuse.retrieve.passages import Quote
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import content_stems, holds_name

_CELL = re.compile(r"(?P<head>[^\W_][^:|]{0,80}?): (?P<value>.+)", re.DOTALL)
_HEAD = re.compile(r"[^\W\d_][^\d]{0,40}")
_LINE = re.compile(r"[^\n]+")
_BETWEEN = " | "
_LEFT_OUT = "…"
_FEWEST = 3
"""A row of two cells is short as it is."""


_OF_KIND = frozenset("dat day year time name number".split())
"""Stems by which the head of a column says what kind of value it holds: 'Start date' is when it started."""
_VAGUE = frozenset("work hold have belong list record give fly".split())
"""Stems of verbs that ask for no more than the column beside them: 'What department does she work in?'"""
_DOES = re.compile(r"^\W*who\s+(?!(?:is|was|are|were|does|did|do|has|had|have|will|would|can|could)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row that answers, the line with the heads of its columns (where it does not name them), and what is told of it."""

    row: Quote
    heads: Quote | None
    text: str


def asked_row(question: Question, hits: Iterable[Hit], year: int | None) -> AskedRow | None:
    """Return the row about the thing that a question names that has the asked column.

    `None` where there is none, or rows say different things.

    The thing is what the row begins with, and the head of the column has nothing that is not asked for. 'Who manages Jane?'
    is told by the column 'Manager', 'Whom does Jane manage?' is not.
    """
    wanted = asked_of(question)
    names = [question.text[slice(*place)].lower() for place in question.names]
    if not wanted or not names or denies(question):
        return None
    does = _DOES.match(question.text) is not None
    found: dict[str, AskedRow] = {}
    for chunk in (hit.item for hit in hits if isinstance(hit.item, Chunk)):
        for row in _rows_of(chunk):
            first, *others = row.cells
            around = " ".join([*chunk.heading_path, *row.cells]).lower()
            if not any(holds_name(first.lower(), name) for name in names):
                continue
            if not all(holds_name(around, name) for name in names) or (year is not None and str(year) not in around):
                continue
            called = [name for name in names if not holds_name(first.lower(), name) and _heads_hold(others, name)]
            for cell in _cells_under(others, wanted.union(*map(content_stems, called)), does=does):
                if has_answer(question, cell):
                    told = _told(row.cells, names, cell)
                    found.setdefault(cell, AskedRow(row.quote, row.heads, told))
    return next(iter(found.values())) if len(found) == 1 else None


def _heads_hold(cells: Iterable[str], name: str) -> bool:
    """Whether what looks like a name stands in the head of a column: 'IMO number'."""
    return any(holds_name(cell.partition(":")[0].lower(), name) for cell in cells)


def _told(cells: Sequence[str], names: Iterable[str], answering: str) -> str:
    return shortened(
        _BETWEEN.join(cells),
        lambda value: any(holds_name(value.lower(), name) for name in names),
        lambda head, value: f"{head}: {value}" == answering,
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, its filled cells with the heads of their columns, and where these stand if not in the row."""

    quote: Quote
    cells: tuple[str, ...]
    heads: Quote | None


def _rows_of(chunk: Chunk) -> Iterator[_Row]:
    """Yield the rows of tables in a passage: those whose cells name their columns, and those below a line that does."""
    heads: tuple[str, ...] = ()
    head_line: Quote | None = None
    for line in _LINE.finditer(chunk.text):
        cells = tuple(cell.strip() for cell in line[0].split("|"))
        if len(cells) == 1:
            heads, head_line = (), None
            continue
        quote = Quote(chunk, line.start(), line.end(), line[0], 1.0)
        if all(_CELL.fullmatch(cell) for cell in cells[1:]):
            yield _Row(quote, cells, None)
        elif not heads:
            if not all(_HEAD.fullmatch(cell) for cell in cells) or len(set(cells)) < len(cells):
                continue
            heads, head_line = cells, quote
        elif len(cells) == len(heads) and cells[0]:
            yield _Row(
                quote, tuple(f"{head}: {cell}" for head, cell in zip(heads, cells, strict=True) if cell), head_line
            )


def _cells_under(cells: Iterable[str], wanted: Collection[str], *, does: bool) -> Iterator[str]:
    """Yield the cells whose head says what is asked; with `does` the head may be who does it."""
    for cell in cells:
        told = _CELL.fullmatch(cell)
        if told is None:
            continue
        heads = [stem for stem in content_stems(told["head"]) if stem not in _OF_KIND] or list(
            content_stems(told["head"])
        )
        doing = [stem[:-2] if stem.endswith(("er", "or")) else stem for stem in heads]
        for said in (heads, doing) if does else (heads,):
            if said and set(said) <= set(wanted) and set(wanted) <= {*said, *_VAGUE, *_OF_KIND}:
                yield cell
                break


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
    return _BETWEEN.join([told[first], *([_LEFT_OUT] if last > first + 1 else []), told[last]])


def shortened(row: str, is_named: Callable[[str], bool], is_asked: Callable[[str, str], bool]) -> str:
    """Return a row with the cells that are asked for, a mark where others are left out.

    `is_asked` looks at the head and the value of a cell, `is_named` at its value: what the row is about (its first cell) and
    what is named are kept beside. What is no such row, or holds nothing that is asked for, comes back as it is.
    """
    cells = row.split(_BETWEEN)
    told = [_CELL.fullmatch(cell) for cell in cells]
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
    return _BETWEEN.join(parts)
