"""The row of a table that answers a question, told by the cells that matter: ``Vessel: Havstril | … | Built: 2006``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.asked_kind import asked_of, has_answer, has_date
from kgfuse.retrieve.cells import BETWEEN, CELL, is_labelled, shortened
from kgfuse.retrieve.passages import Quote
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import PREPOSITIONS, content_stems, holds_name, is_past, words_of

_HEAD = re.compile(r"[^\W\d_][^\d]{0,40}")
_LINE = re.compile(r"[^\n]+")
_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")  # up to an empty line

_OF_DATES = frozenset("dat day year time".split())
"""Stems by which the head of a column says that it holds dates: 'Start date' is when it started."""
_VAGUE = frozenset("work hold have belong list record give fly".split())
"""Stems of verbs that ask for no more than the column beside them: 'What department does she work in?'"""
_PERIODS = frozenset({"year", "season", "date", "period", "as of", "month", "quarter", "fiscal year", "financial year"})
_ROLES = frozenset("manager landlord tenant owner lead leader sponsor author coach supervisor".split())
"""Who stands first under such a head need not be what the row is about."""
_DOES = re.compile(r"^\W*who\s+(?!(?:is|was|are|were|does|did|do|has|had|have|will|would|can|could)\b)", re.IGNORECASE)
_AUXILIARY = re.compile(r"\b(?:do|does|did)\b", re.IGNORECASE)
_WHOSE = re.compile(r"^\W*whose\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A row that answers, the line with the heads of its columns (where it does not name them), and what is told of it."""

    row: Quote
    heads: Quote | None
    text: str


def asked_row(question: Question, hits: Iterable[Hit], year: int | None) -> AskedRow | None:
    """Return the row about the thing that a question names that has the asked column.

    `None` where there is none, or rows say different things.

    The thing is what the row begins with, whole, and the head of the column has nothing that is not asked for. 'Who manages
    Jane?' is told by the column 'Manager', 'Whom does Jane manage?' is not, nor is 'Whom did Acme buy?' by 'Bought by'.
    A row must say that it is of an asked `year`.
    """
    wanted = asked_of(question)
    if not wanted or denies(question) or _WHOSE.match(question.text):
        return None
    if question.datatype != "date" and _AUXILIARY.search(question.text) and wanted.isdisjoint(_VAGUE):
        return None  # what it does to others is told by no column
    asking = question.text.lower()
    names = [question.text[slice(*place)].lower() for place in question.names]
    found: dict[str, AskedRow] = {}
    for chunk in (hit.item for hit in hits if isinstance(hit.item, Chunk)):
        for row in _rows_of(chunk):
            first = CELL.fullmatch(row.cells[0])
            thing = first["value"] if first else row.cells[0]
            if (first and first["head"].lower() in _ROLES) or not holds_name(asking, thing.lower()):
                continue
            for cell in row.cells[1:]:
                column = cell.partition(":")[0]
                around = " ".join([*chunk.heading_path, column]).lower()
                others = [name for name in names if not holds_name(thing.lower(), name)]
                if not all(holds_name(around, name) for name in others):
                    continue
                called = [name for name in others if holds_name(column.lower(), name)]
                ours = wanted.union(*map(content_stems, called)).difference(content_stems(thing))
                if _answers(question, cell, ours, year) and (year is None or _is_of(year, row, column, chunk)):
                    found.setdefault(cell, AskedRow(row.quote, row.heads, _told(row.cells, cell)))
    return next(iter(found.values())) if len(found) == 1 else None


def _told(cells: Sequence[str], answering: str) -> str:
    return shortened(BETWEEN.join(cells), lambda _: False, lambda head, value: f"{head}: {value}" == answering)


def _answers(question: Question, cell: str, wanted: Collection[str], year: int | None) -> bool:
    """Whether the head of a cell says what is asked, no less and no more, and its value is of the asked kind."""
    told = CELL.fullmatch(cell)
    if told is None or not has_answer(question, cell):
        return False
    words = [word.text.lower() for word in words_of(told["head"])]
    of_date = question.datatype == "date" and has_date(told["value"])
    if not of_date and any(word in PREPOSITIONS | {"by"} or is_past(word) for word in words):
        return False
    heads = {stem for stem in content_stems(told["head"]) if stem != str(year)}
    if _DOES.match(question.text):
        doing = {stem[:-2] for stem in heads if stem.endswith(("er", "or"))}
        if len(doing) != len(heads):
            return False
        heads = doing
    beside = _OF_DATES if of_date else frozenset[str]()
    return bool(heads - beside) and heads <= {*wanted, *beside} and {*wanted} <= {*heads, *_VAGUE, *beside}


def _is_of(year: int, row: _Row, column: str, chunk: Chunk) -> bool:
    """Whether a row says that what stands in a column of it is of a year."""
    periods = [cell.partition(":")[2] for cell in row.cells if cell.partition(":")[0].lower() in _PERIODS]
    told = [*chunk.heading_path, column, row.cells[0], *periods]
    return any(re.search(rf"(?<!\d){year}(?!\d)", text) for text in told)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, its filled cells with the heads of their columns, and where these stand if not in the row."""

    quote: Quote
    cells: tuple[str, ...]
    heads: Quote | None


def _rows_of(chunk: Chunk) -> Iterator[_Row]:
    """Yield the rows of tables in a passage: those whose cells name their columns, and those below a line that does."""
    for block in _BLOCK.finditer(chunk.text):
        lines = [
            Quote(chunk, block.start() + line.start(), block.start() + line.end(), line[0], 1.0)
            for line in _LINE.finditer(block[0])
        ]
        rows = [(line, tuple(cell.strip() for cell in line.text.split("|"))) for line in lines]
        if all(is_labelled(cells) for _, cells in rows):
            yield from (_Row(line, tuple(cell for cell in cells if cell), None) for line, cells in rows)
            continue
        (line, heads), *below = rows
        is_cut = (
            chunk.start > 0 and block.start() == 0 and not any(cell[:1].isdigit() for _, row in below for cell in row)
        )
        named = all(_HEAD.fullmatch(head) for head in heads) and len(set(heads)) == len(heads) > 1
        for at, cells in below if named and not is_cut else ():
            if len(cells) == len(heads) and cells[0]:
                yield _Row(at, tuple(f"{head}: {cell}" for head, cell in zip(heads, cells, strict=True) if cell), line)
