"""Which stretches of a chunk are read as sentences and which as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgfuse.model import BlockKind, Chunk, Document

_BULLET = re.compile(r"\s*(?:[-–—*•▪◦·]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+")
_ATTRIBUTION = re.compile(r"On\s[^\n]{6,120}?\bwrote:\s*")
"""What a mail program sets above the mail that is answered."""
_ON = r"(?:[A-Z]\w+ )?\d{1,2}(?:st|nd|rd|th)?[. ]+[A-Z][a-z]+,?(?: \d{4})?|[A-Z][a-z]+ \d{1,2},? \d{4}"
_DATELINE = re.compile(
    r"(?:[A-ZÀ-Þ][\w.'’-]*(?:,? [A-ZÀ-Þ][\w.'’-]*){0,4}),? "
    rf"(?:{_ON}|\((?:{_ON}|Reuters|AP|AFP|dpa|NTB|TT|Bloomberg)\))\s*(?:[–—-]|:)+\s+(?=\S)"
)
"""What news begin with: 'Stockholm, 12 September 2023 – '. It tells when and where something was written."""
_CELL_END = re.compile(r"(?:^|\s)\|(?=\s|$)")  # an empty cell leaves two bars with one space between
_PROSE = {BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.CAPTION}


@dataclass(frozen=True, slots=True)
class Passage:
    """Running text at `start` of the document; `item` tells an item of a list.

    `introduced` is the line above a quoted mail that says who wrote it and when.
    """

    chunk: Chunk
    start: int
    text: str
    item: bool = False
    introduced: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: the cells with the offsets of each in the document."""

    chunk: Chunk
    start: int
    end: int
    cells: tuple[str, ...]


def passages(document: Document, chunks: Sequence[Chunk]) -> Iterator[Passage]:
    """Yield paragraphs whole and lists item by item, in order; headings, code and tables are no prose."""
    introduced = ""
    for chunk, kind, start, end in _blocks(document, chunks):
        text = document.text[start:end]
        if kind in _PROSE and _ATTRIBUTION.fullmatch(text):
            introduced = text
        elif kind in _PROSE:
            dateline = _DATELINE.match(text)
            skip = dateline.end() if dateline else 0
            yield Passage(chunk, start + skip, text[skip:], introduced=introduced if chunk.quoted else "")
        elif kind is BlockKind.LIST:
            for line in re.finditer(r"[^\n]+", text):
                bullet = _BULLET.match(line[0])
                skip = bullet.end() if bullet else 0
                yield Passage(chunk, start + line.start() + skip, line[0][skip:], item=True)


def lines_of(passage: Passage) -> Iterator[Row]:
    """Yield the lines of a passage, each with white space folded in the only cell."""
    for line in re.finditer(r"[^\n]+", passage.text):
        start = passage.start + line.start()
        yield Row(passage.chunk, start, start + len(line[0].rstrip()), (" ".join(line[0].split()),))


def tables(document: Document, chunks: Sequence[Chunk]) -> Iterator[tuple[Row, ...]]:
    """Yield tables as their rows; one that was cut into several chunks is put together again."""
    rows: list[Row] = []
    last: tuple[int, int] | None = None
    for chunk, kind, start, end, block in _numbered(document, chunks):
        if kind is not BlockKind.TABLE:
            continue
        if last is not None and block != last and rows:
            yield tuple(rows)
            rows = []
        last = block
        for line in re.finditer(r"[^\n]+", document.text[start:end]):
            cells = tuple(cell.strip() for cell in _CELL_END.split(line[0]))
            rows.append(Row(chunk, start + line.start(), start + line.end(), cells))
    if rows:
        yield tuple(rows)


def _blocks(document: Document, chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, BlockKind, int, int]]:
    for chunk, kind, start, end, _ in _numbered(document, chunks):
        yield chunk, kind, start, end


def _numbered(
    document: Document, chunks: Sequence[Chunk]
) -> Iterator[tuple[Chunk, BlockKind, int, int, tuple[int, int]]]:
    """Yield the parts of blocks that lie in each chunk, with the bounds of the whole block; linear in both."""
    blocks = sorted(document.blocks, key=lambda block: (block.start, block.end))
    first = 0
    for chunk in sorted(chunks, key=lambda chunk: chunk.start):
        while first < len(blocks) and blocks[first].end <= chunk.start:
            first += 1
        at = first
        while at < len(blocks) and blocks[at].start < chunk.end:
            block = blocks[at]
            start, end = max(block.start, chunk.start), min(block.end, chunk.end)
            if start < end:
                yield chunk, block.kind, start, end, (block.start, block.end)
            at += 1
