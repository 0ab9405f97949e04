"""The sentences and lines of a chunk, with what kind of block they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kgfuse.model import BlockKind, Chunk, Document

_END = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9À-Þ])|\n\s*\n|\n(?=\s*[-*•] )")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Inc|Ltd|Co|Corp|vs|etc|cf|al|approx|Fig|Eq|Sec|pp?|Jan|Feb|Mar|Apr|Aug|Sept?|"
    r"Oct|Nov|Dec|Gov|Sen|Rep|Gen|Lt|Col|[A-Z]|e\.g|i\.e|U\.S|U\.K))\.$"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or a line at ``[start, end)`` of the document's text."""

    start: int
    end: int
    kind: BlockKind


def passages(document: Document, chunk: Chunk) -> Iterator[Passage]:
    """Yield the sentences of a chunk's prose and the lines of its lists and tables, in order."""
    blocks = [b for b in document.blocks if b.start < chunk.end and b.end > chunk.start]
    if not blocks:
        yield from _sentences(document.text, chunk.start, chunk.end, BlockKind.PARAGRAPH)
    for block in sorted(blocks, key=lambda b: (b.start, b.end)):
        start, end = max(block.start, chunk.start), min(block.end, chunk.end)
        if block.kind in {BlockKind.TABLE, BlockKind.LIST, BlockKind.HEADING}:
            yield from _lines(document.text, start, end, block.kind)
        elif block.kind not in {BlockKind.CODE, BlockKind.IMAGE}:
            yield from _sentences(document.text, start, end, block.kind)


def _lines(text: str, start: int, end: int, kind: BlockKind) -> Iterator[Passage]:
    for match in re.finditer(r"[^\n]+", text[start:end]):
        if kind is BlockKind.LIST:
            yield from _sentences(text, start + match.start(), start + match.end(), kind)
        else:
            yield from _trimmed(text, start + match.start(), start + match.end(), kind)


def _sentences(text: str, start: int, end: int, kind: BlockKind) -> Iterator[Passage]:
    begin = start
    for match in _END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(begin, match.start() - 12), match.start() + 1):
            continue
        yield from _trimmed(text, begin, match.end(), kind)
        begin = match.end()
    yield from _trimmed(text, begin, end, kind)


def _trimmed(text: str, start: int, end: int, kind: BlockKind) -> Iterator[Passage]:
    while start < end and (text[start].isspace() or text[start] in "*•>#|" or text.startswith("- ", start)):
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Passage(start, end, kind)
