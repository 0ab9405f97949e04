"""Cutting a document into passages along its headings and sentences, measured in the embedding model's tokens.

A chunk never crosses a heading or a quotation's edge. A table that fits is kept whole; a longer one is cut between rows, and
the chunks after the first carry its header (`Chunk.table_header`). Offsets are exact:
``document.text[chunk.start:chunk.end] == chunk.text``, and every visible character of every block is in exactly one chunk.
Cost is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgfuse.config import ChunkSettings
from kgfuse.ingest.tokens import TokenCounter
from kgfuse.model import Block, BlockKind, Chunk, Document, chunk_id

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9À-Þ])|\n{2,}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|No|Nos|Inc|Ltd|Co|Corp|vs|etc|cf|al|approx|Fig|Eq|Sec|pp?|[A-Z]|e\.g|i\.e))\.$"
)
_WHOLE_LINES = {BlockKind.TABLE, BlockKind.LIST, BlockKind.CODE}
_LABELLED = re.compile(r"[^|:]{1,60}: ")
_LONGEST_HEADER = 40
"""Characters of a cell that can name a column."""

_MONSTER = 8
"""A sentence or row stays whole up to so many times the longest chunk: half of one says something else. A longer one is
nobody's sentence (encoded bytes, a page without a full stop) and is cut between words."""


@dataclass(frozen=True, slots=True)
class _Span:
    """What is not cut; `header` (of `named` tokens): the names of the columns, for a later row of a table that is cut."""

    start: int
    end: int
    tokens: int
    page: int | None
    header: str = ""
    named: int = 0


@dataclass(frozen=True, slots=True)
class _Sizes:
    """In tokens."""

    target: int
    longest: int

    @classmethod
    def of(cls, settings: ChunkSettings, counter: TokenCounter) -> _Sizes:
        longest = min(settings.max_tokens, counter.window or settings.max_tokens)
        return cls(min(settings.target_tokens, longest), longest)

    def beside(self, tokens: int) -> _Sizes:
        """What is left where so many tokens are embedded with every chunk; at least half."""
        longest = max(self.longest - tokens, self.longest // 2)
        return _Sizes(min(self.target, longest), longest)


def chunk(document: Document, settings: ChunkSettings, counter: TokenCounter) -> tuple[Chunk, ...]:
    """Return the document's chunks in order of their offsets.

    `settings` give their size, the heading that is embedded with them included; what the model does not read is not used.
    """
    sizes = _Sizes.of(settings, counter)
    found: list[Chunk] = []
    for path, quoted, blocks in _sections(document):
        left = sizes.beside(counter.counts([path[-1]])[0]) if path else sizes
        spans = _spans(document.text, blocks, left, counter)
        found.extend(_chunk(document, part, path, quoted) for part in _pack(spans, left))
    return tuple(found)


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


def _spans(text: str, blocks: Iterable[Block], sizes: _Sizes, counter: TokenCounter) -> Iterator[_Span]:
    """Yield what is not cut: sentences of prose, lines of lists and code, whole headings, whole tables or their rows."""
    for block in blocks:
        if block.kind in _WHOLE_LINES:
            pieces = list(_lines(text, block.start, block.end))
        elif block.kind is BlockKind.HEADING:
            pieces = list(_trimmed(text, block.start, block.end))
        else:
            pieces = list(sentences(text, block.start, block.end))
        counts = counter.counts([text[start:end] for start, end in pieces])
        header = ""
        if block.kind is BlockKind.TABLE and pieces:
            if sum(counts) <= sizes.longest:
                yield _Span(pieces[0][0], pieces[-1][1], sum(counts), block.page)
                continue
            header = _header(text[slice(*pieces[0])])
        for number, ((start, end), tokens) in enumerate(zip(pieces, counts, strict=True)):
            above = (header, counts[0]) if header and number else ("", 0)
            if tokens <= _MONSTER * sizes.longest:
                yield _Span(start, end, tokens, block.page, *above)
            else:
                for at, to, some in _torn(text, start, end, tokens, sizes.longest, counter):
                    yield _Span(at, to, some, block.page, *above)


def _header(row: str) -> str:
    """Return a table's first row where it names the columns: short words without figures, no ``name: value``."""
    cells = row.split(" | ")
    named = len(cells) > 1 and not any(map(_LABELLED.match, cells))
    short = all(len(cell) <= _LONGEST_HEADER and not any(map(str.isdigit, cell)) for cell in cells)
    return row if named and short and any(map(str.isalpha, row)) else ""


def _torn(
    text: str, start: int, end: int, tokens: int, longest: int, counter: TokenCounter
) -> Iterator[tuple[int, int, int]]:
    """Cut into pieces of at most `longest` tokens, between words where there are any; yield their offsets and tokens."""
    if tokens <= longest or end - start < 2:
        yield start, end, tokens
        return
    pieces = list(_cut(text, start, end, max((end - start) * longest // tokens * 7 // 8, 1)))
    for (at, to), some in zip(pieces, counter.counts([text[at:to] for at, to in pieces]), strict=True):
        yield from _torn(text, at, to, some, longest, counter)


def _cut(text: str, start: int, end: int, length: int) -> Iterator[tuple[int, int]]:
    while end - start > length:
        half, stop = start + length // 2 + 1, start + length
        stop = max(text.rfind(" ", half, stop), text.rfind("\n", half, stop), -1)
        stop = stop if stop > 0 else start + length
        yield from _trimmed(text, start, stop)
        start = stop
    yield from _trimmed(text, start, end)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield from _trimmed(text, start, stop)
        start = stop + 1


def _pack(spans: Iterable[_Span], sizes: _Sizes) -> Iterator[list[_Span]]:
    """Fill chunks up to the target; none exceeds the longest unless a single span does."""
    full: list[_Span] = []
    tokens = 0
    for span in spans:
        if full and (tokens >= sizes.target or tokens + span.tokens > sizes.longest):
            yield full
            full, tokens = [], 0
        tokens += span.tokens if full else span.named + span.tokens
        full.append(span)
    if full:
        yield full


def _chunk(document: Document, spans: list[_Span], path: tuple[str, ...], quoted: bool) -> Chunk:
    start, end = spans[0].start, spans[-1].end
    text = document.text[start:end]
    return Chunk(
        chunk_id(document.id, start, end), document.id, start, end, text, path, spans[0].page, quoted, spans[0].header
    )
