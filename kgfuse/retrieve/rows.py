"""A row of a table whose cells name their columns, told by the cells that matter: ``Vessel: Havstril | … | Built: 2006``."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.asked_kind import asked_of, has_answer
from kgfuse.retrieve.passages import Quote, sentences_of
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import content_stems, holds_name

_CELL = re.compile(r"(?P<head>[^\W_][^:|]{0,80}?): (?P<value>.+)", re.DOTALL)
_BETWEEN = " | "
_LEFT_OUT = "…"
_FEWEST = 3
"""A row of two cells is short as it is."""


_OF_KIND = frozenset("dat day year time name number".split())
"""Stems by which the head of a column says what kind of value it holds: 'Start date' is when it started."""
_VAGUE = frozenset("work hold have belong list record give fly".split())
"""Stems of verbs that ask for no more than the column beside them: 'What department does she work in?'"""
_DOES = re.compile(r"^\W*who\s+(?!(?:is|was|are|were|does|did|do|has|had|have|will|would|can|could)\b)", re.IGNORECASE)


def asked_row(question: Question, hits: Iterable[Hit], year: int | None) -> tuple[Quote, str] | None:
    """Return the row about the thing that a question names that has the asked column, and its cell there.

    `None` where there is none, or rows say different things.
    The thing is what the row begins with, and the head of the column has nothing that is not asked for. 'Who manages Jane?'
    is told by the column 'Manager', 'Whom does Jane manage?' is not.
    """
    wanted = asked_of(question)
    names = [question.text[slice(*place)].lower() for place in question.names]
    if not wanted or not names or denies(question):
        return None
    found: dict[str, Quote] = {}
    for hit in hits:
        for start, row in sentences_of(hit.item.text) if isinstance(hit.item, Chunk) else ():
            first, *others = row.split(_BETWEEN)
            around = " ".join([*hit.item.heading_path, row]).lower() if isinstance(hit.item, Chunk) else ""
            if not any(holds_name(first.lower(), name) for name in names):
                continue
            if not all(holds_name(around, name) for name in names) or (year is not None and str(year) not in around):
                continue
            for cell in _cells_under(others, wanted, does=_DOES.match(question.text) is not None):
                if isinstance(hit.item, Chunk) and has_answer(question, cell):
                    found.setdefault(cell, Quote(hit.item, start, start + len(row), row, 1.0))
    return next(((quote, cell) for cell, quote in found.items()), None) if len(found) == 1 else None


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
