"""Cutting a document into passages along its headings and sentences.

A chunk never crosses a heading, a quotation's edge or a page's table; tables are cut between rows. Offsets are exact:
``document.text[chunk.start:chunk.end] == chunk.text``, and every visible character of every block is in exactly one chunk.
Cost is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgfuse.config import ChunkSettings
from kgfuse.model import Block, BlockKind, Chunk, Document, chunk_id

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9À-Þ])|\n{2,}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Inc|Ltd|Co|Corp|vs|etc|cf|al|approx|Fig|Eq|Sec|pp?|[A-Z]|e\.g|i\.e))\.$"
)
_WHOLE_LINES = {BlockKind.TABLE, BlockKind.LIST, BlockKind.CODE}


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    words: int
    page: int | None


def chunk(document: Document, settings: ChunkSettings) -> tuple[Chunk, ...]:
    """Return the document's chunks in order of their offsets."""
    return tuple(
        _chunk(document, spans, path, quoted)
        for path, quoted, blocks in _sections(document)
        for spans in _pack(_spans(document.text, blocks), settings)
    )


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the half-open offsets of the sentences of ``text[start:end]``, white space at the edges left out."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(begin, match.start() - 12), match.start() + 1):
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], bool, list[Block]]]:
    """Yield runs of blocks under the same headings and of the same voice; a heading opens the run that it heads."""
    path: list[tuple[int, str]] = []
    run: list[Block] = []
    for block in sorted(document.blocks, key=lambda item: (item.start, item.end)):
        if block.kind is BlockKind.HEADING:
            if any(item.kind is not BlockKind.HEADING for item in run):
                yield tuple(title for _, title in path), _quoted(run), run
                run = []
            level = block.level or 1
            path = [entry for entry in path if entry[0] < level]
            path.append((level, " ".join(document.text[block.start : block.end].split())))
        elif run and run[-1].kind is not BlockKind.HEADING and _quoted(run) != (block.kind is BlockKind.QUOTE):
            yield tuple(title for _, title in path), _quoted(run), run
            run = []
        run.append(block)
    if run:
        yield tuple(title for _, title in path), _quoted(run), run


def _quoted(run: list[Block]) -> bool:
    return bool(run) and run[-1].kind is BlockKind.QUOTE


def _spans(text: str, blocks: Iterable[Block]) -> Iterator[_Span]:
    """Yield what is not cut: sentences of prose, lines of tables and lists, whole headings."""
    for block in blocks:
        if block.kind in _WHOLE_LINES:
            pieces = _lines(text, block.start, block.end)
        elif block.kind is BlockKind.HEADING:
            pieces = _trimmed(text, block.start, block.end)
        else:
            pieces = sentences(text, block.start, block.end)
        for start, end in pieces:
            yield _Span(start, end, len(text[start:end].split()), block.page)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield from _trimmed(text, start, stop)
        start = stop + 1


def _pack(spans: Iterable[_Span], settings: ChunkSettings) -> Iterator[list[_Span]]:
    """Fill chunks up to the target; none exceeds the maximum unless a single span does."""
    full: list[_Span] = []
    words = 0
    for span in spans:
        if full and (words >= settings.target_words or words + span.words > settings.max_words):
            yield full
            full, words = [], 0
        full.append(span)
        words += span.words
    if full:
        yield full


def _chunk(document: Document, spans: list[_Span], path: tuple[str, ...], quoted: bool) -> Chunk:
    start, end = spans[0].start, spans[-1].end
    text = document.text[start:end]
    return Chunk(chunk_id(document.id, start, end), document.id, start, end, text, path, spans[0].page, quoted)
