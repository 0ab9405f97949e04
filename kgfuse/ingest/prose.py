"""Plain text as people and programs wrap it, to running paragraphs.

A sentence must not be cut by a line end, and an address or a list must not be run together. A line end is taken for a
wrap when the next word would not have fitted into the line, or when the sentence visibly goes on; else it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kgfuse.ingest.layout import Piece, fold
from kgfuse.model import BlockKind

ITEM = re.compile(r"\s*(?:[-*+•‣◦▪●○■□–]\s+|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+|\(?[A-Z]\)\s+)\S")
_FIELD = re.compile(r"[A-Z][\w /-]{0,24}:\s")
_COLUMN_GAP = re.compile(r"(?<=\S)(?:\s*\t\s*| {3,})(?=\S)")
_OPEN_END = re.compile(r"[^.!?:;…]$")
_WIDEST_WRAP = 100
_NARROWEST_WRAP = 40
_SLACK = 6


def runs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the runs of lines between empty lines."""
    run: list[str] = []
    for line in lines:
        if line.strip():
            run.append(line)
        elif run:
            yield run
            run = []
    if run:
        yield run


def pieces(lines: Sequence[str], kind: BlockKind = BlockKind.PARAGRAPH, *, flowed: bool = False) -> Iterator[Piece]:
    """Yield the paragraphs, lists and tables in a run of lines without an empty line; prose gets the kind `kind`.

    `flowed` says that a trailing space marks a wrap (RFC 3676).
    """
    if _columns(lines):
        rows = (" | ".join(fold(cell) for cell in _COLUMN_GAP.split(line.strip())) for line in lines)
        yield Piece(kind if kind is BlockKind.QUOTE else BlockKind.TABLE, "\n".join(rows))
        return
    items: list[str] = []
    for joined in _unwrapped(lines, flowed):
        text = fold(joined)
        if ITEM.match(joined):
            items.append(text)
            continue
        if items:
            yield Piece(kind if kind is BlockKind.QUOTE else BlockKind.LIST, "\n".join(items))
            items = []
        yield Piece(kind, text)
    if items:
        yield Piece(kind if kind is BlockKind.QUOTE else BlockKind.LIST, "\n".join(items))


def _columns(lines: Sequence[str]) -> bool:
    gaps = [len(_COLUMN_GAP.findall(line.strip())) for line in lines]
    return len(lines) >= 3 and sum(count > 0 for count in gaps) >= 0.7 * len(lines)


def _unwrapped(lines: Sequence[str], flowed: bool) -> Iterator[str]:
    width = max((len(line.rstrip()) for line in lines if len(line.rstrip()) <= _WIDEST_WRAP), default=0)
    current = ""
    for line in lines:
        if current and _goes_on(current, line, width, flowed):
            current = f"{current.rstrip()}\n{line.strip()}"
        else:
            if current:
                yield current
            current = line
    if current:
        yield current


def _goes_on(before: str, line: str, width: int, flowed: bool) -> bool:
    if ITEM.match(line):
        return False
    last = before.rpartition("\n")[2]
    if flowed and last.endswith(" "):
        return True
    last, following = last.rstrip(), line.strip()
    if following[:1].islower() and _OPEN_END.search(last) and len(last) >= 25:
        return True
    if _FIELD.match(following) and _FIELD.match(before):
        return False
    word = following.split(maxsplit=1)[0]
    fits = len(last) + 1 + len(word) <= width - _SLACK
    return width >= _NARROWEST_WRAP and len(last) <= _WIDEST_WRAP and not fits
