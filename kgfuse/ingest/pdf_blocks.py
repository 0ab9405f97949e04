"""From lines in reading order to paragraphs, headings, lists and captions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from kgfuse.ingest.bidi import mostly_right_to_left
from kgfuse.ingest.pdf_lines import Line, around, line_of
from kgfuse.ingest.pdf_words import Box
from kgfuse.ingest.prose import ITEM
from kgfuse.model import BlockKind

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,5}\.|[A-Z]\.)\s+[A-Z]")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Exhibit|Chart)\s+[\dIVX]+\b", re.IGNORECASE)
_ENDED = re.compile(r"[.!?:;][\"'”’)\]]*$")
_MARGIN = 0.12  # of the height of the text: where running heads and page numbers stand
_FIELD = re.compile(r"[^:]{2,40}:\s+\S")
_DIVIDED = re.compile(r"(?P<head>[^\W\d_]+)[-\u2010\u00ad]$")


@dataclass(frozen=True, slots=True)
class Part:
    """A block to be, on one page; `size` and `bold` describe its type."""

    kind: BlockKind
    text: str
    page: int
    box: Box
    size: float = 0.0
    bold: bool = False
    lines: int = 1
    level: int | None = None
    font: str = ""


def without_running_heads(pages: list[list[list[Line]]]) -> list[list[list[Line]]]:
    """Leave out what stands at the top or the bottom of at least three pages, numbers aside.

    Of two pages, what stands outermost on both and well apart from the rest; of any page, its own number alone there.
    """
    lines = [line for page in pages for column in page for line in column]
    if not lines:
        return pages
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    margin = _MARGIN * (bottom - top)
    outermost = [_outermost([line for column in page for line in column]) for page in pages]
    fewest = 2.0
    if len(pages) <= 2:
        edges = outermost
    else:
        edges = [
            _edge_lines([line for column in page for line in column], top + margin, bottom - margin) for page in pages
        ]
        fewest = max(3, 0.3 * len(pages))
    counts = Counter(text for page in edges for text in {_pattern(line.text) for line in page})
    out = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        gone = {id(line) for line in edge if counts[_pattern(line.text)] >= fewest}
        gone |= {id(line) for line in outermost[number] if line.text == str(number + 1)}
        kept = [[line for line in column if id(line) not in gone] for column in page]
        out.append(kept if any(kept) else page)
    return out


def _outermost(lines: list[Line]) -> list[Line]:
    """Return the lines of a page's first and last height where more than a line's room parts them from the rest."""
    heights = sorted({round(line.middle) for line in lines})
    if len(heights) < 3:
        return []
    first = [line for line in lines if round(line.middle) <= heights[0] + 1]
    last = [line for line in lines if round(line.middle) >= heights[-1] - 1]
    rest = [line for line in lines if heights[0] + 1 < round(line.middle) < heights[-1] - 1]
    if not rest:
        return []
    top, bottom = min(line.top for line in rest), max(line.bottom for line in rest)
    return [line for line in first if top - line.bottom > line.size] + [
        line for line in last if line.top - bottom > line.size
    ]


def _edge_lines(lines: list[Line], top: float, bottom: float) -> list[Line]:
    """Return the lines in the outer margins among the first four and the last three heights of a page."""
    heights = sorted({round(line.top) for line in lines})
    if len(heights) < 2:
        return []
    first, last = heights[:4][-1] + 1, heights[-3:][0] - 1
    return [
        line for line in lines if (line.top <= first and line.top < top) or (line.top >= last and line.bottom > bottom)
    ]


def _pattern(text: str) -> str:
    return re.sub(r"\d+|\b[ivx]+\b", "#", text.lower()).strip()


def vocabulary(pages: Iterable[list[list[Line]]]) -> Counter[str]:
    """Return how often each word is written in the document, those at line ends aside."""
    return Counter(
        word.text.strip(".,;:()\"'").lower()
        for page in pages
        for column in page
        for line in column
        for word in line.words[:-1]
    )


def parts_of(column: list[Line], page: int, words: Counter[str]) -> list[Part]:
    """Return the paragraphs, lists and headings that the lines of a column form."""
    lines = _joined_rows(column)
    if not lines:
        return []
    steps = [b.top - a.top for a, b in pairwise(lines) if 0 < b.top - a.top < 2.5 * a.size]
    leading = median(steps) if steps else lines[0].size * 1.2
    margin = _Margin.of(lines)
    groups: list[list[Line]] = [[lines[0]]]
    for line in lines[1:]:
        if not _goes_on(groups[-1], line, leading, margin):
            groups.append([])
        groups[-1].append(line)
    return [_part(group, page, words) for group in groups]


@dataclass(frozen=True, slots=True)
class _Margin:
    """Where the lines of a column end; those that are read from the right end at the left."""

    x: float
    leftwards: bool

    @classmethod
    def of(cls, lines: list[Line]) -> _Margin:
        few = len(lines) // 20
        if mostly_right_to_left(line.text for line in lines):
            return cls(sorted(line.left for line in lines)[few], leftwards=True)
        return cls(sorted(line.right for line in lines)[-1 - few], leftwards=False)

    def room(self, line: Line) -> float:
        """The room that a line leaves at its end."""
        return line.left - self.x if self.leftwards else self.x - line.right

    def indent(self, line: Line, before: Line) -> float:
        """How much later than the line before it a line begins."""
        return before.right - line.right if self.leftwards else line.left - before.left


def _joined_rows(column: list[Line]) -> list[Line]:
    """Put the pieces of a row together again that no column divides."""
    out: list[Line] = []
    for line in column:
        if out and abs((line.top + line.bottom) - (out[-1].top + out[-1].bottom)) < 0.6 * min(line.size, out[-1].size):
            out[-1] = line_of((*out[-1].words, *line.words))
        else:
            out.append(line)
    return out


def _goes_on(group: list[Line], line: Line, leading: float, margin: _Margin) -> bool:
    """Whether a line belongs to the paragraph of the lines before it."""
    before = group[-1]
    step = line.top - before.top
    if step <= 0 or step > max(1.35 * leading, _title_step(before, line)) + 0.1 or step > 2.2 * before.size:
        return False
    if abs(line.size - before.size) > 0.12 * max(line.size, before.size):
        return False
    text, following = before.text, line.text
    if ITEM.match(following) and not (following[:1].islower() and not _ENDED.search(text)):
        return False
    ended, lower = _ENDED.search(text) is not None, following[:1].islower()
    if lower and not ended:
        return True
    if line.bold != before.bold and (ended or margin.room(before) > 3 * line.size):
        return False
    if margin.indent(line, before) > 0.8 * line.size and ended and not ITEM.match(group[0].text):
        return False
    first = line.words[0]
    return margin.room(before) <= (first.right - first.left) + 1.2 * line.size


def _title_step(before: Line, line: Line) -> float:
    """How far apart lines of one size may stand in any case; those of a bold title are set wider than they are high."""
    return (1.5 if before.bold and line.bold and before.font == line.font else 1.2) * before.size


def _part(group: list[Line], page: int, words: Counter[str]) -> Part:
    text = group[0].text
    for line in group[1:]:
        text = join(text, line.text, words)
    text = text.replace("\u00ad", "-") if text.endswith("\u00ad") else text.replace("\u00ad", "")
    box = around(line.box for line in group)
    kind = BlockKind.CAPTION if _CAPTION.match(text) else BlockKind.LIST if ITEM.match(text) else BlockKind.PARAGRAPH
    size = median(line.size for line in group)
    return Part(kind, text, page, box, size, all(line.bold for line in group), len(group), font=group[0].font)


def join(before: str, after: str, words: Counter[str]) -> str:
    """Return two lines as running text; a word divided at the line end is made whole.

    A hyphen stays when the document writes the compound with it elsewhere, or when what follows is no lower-case letter.
    """
    divided = _DIVIDED.search(before)
    if divided is None or not after[:1].isalpha():
        return (
            f"{before}{after}" if before.endswith(("-", "\u00ad")) and before[-2:-1].isalnum() else f"{before} {after}"
        )
    tail = re.match(r"[^\W\d_]+", after)
    head, rest = divided["head"], tail[0] if tail else ""
    compound = words[f"{head}-{rest}".lower()] > words[f"{head}{rest}".lower()]
    if compound or after[0].isupper():
        return f"{before[:-1]}-{after}"
    return f"{before[:-1]}{after}"


def with_headings(parts: list[Part]) -> list[Part]:
    """Tell headings from paragraphs, by the size and the weight of their type and by numbers; set their levels."""
    letters, fonts = Counter[float](), Counter[str]()
    bold = 0
    for part in parts:
        if part.kind is not BlockKind.TABLE:
            letters[round(part.size * 2) / 2] += len(part.text)
            fonts[part.font] += len(part.text)
            bold += len(part.text) if part.bold else 0
    body = letters.most_common(1)[0][0] if letters else 0.0
    mostly_bold = bold > 0.5 * sum(letters.values())
    text_font = fonts.most_common(1)[0][0] if fonts else ""
    following = [*parts[1:], None]
    heads = {
        index
        for index, part in enumerate(parts)
        if _is_heading(part, body, mostly_bold) or _stands_out(part, following[index], text_font)
    }
    sizes = sorted({round(parts[index].size) for index in heads if parts[index].size > 1.12 * body}, reverse=True)
    out = []
    for index, part in enumerate(parts):
        if index not in heads:
            out.append(part)
            continue
        number = _NUMBERED.match(part.text)
        rank = sizes.index(round(part.size)) + 1 if round(part.size) in sizes else len(sizes) + 1
        depth = number["number"].strip(".").count(".") if number and number["number"][0].isdigit() else 0
        out.append(replace(part, kind=BlockKind.HEADING, level=min(rank + depth, 6)))
    return out


def _is_heading(part: Part, body: float, mostly_bold: bool) -> bool:
    words = part.text.split()
    letters = sum(character.isalpha() for character in part.text)
    if part.kind in (BlockKind.TABLE, BlockKind.CAPTION) or part.lines > 3 or len(words) > 20 or letters < 3:
        return False
    if letters < 0.5 * len(part.text.replace(" ", "")) or part.text.endswith((",", ";")):
        return False
    numbered = _NUMBERED.match(part.text) is not None
    if part.kind is BlockKind.LIST and not numbered:
        return False
    if part.size > 1.12 * body:
        return part.size > 1.4 * body or not _FIELD.match(part.text)
    if part.text.endswith(".") or part.size < 0.9 * body or len(words) > 12:
        return False
    return (part.bold and not mostly_bold) or (part.text.isupper() and letters >= 4 and part.lines == 1)


def _stands_out(part: Part, following: Part | None, text_font: str) -> bool:
    """Whether a short line in another font than the text stands above a paragraph of the text."""
    if part.kind is not BlockKind.PARAGRAPH or part.lines > 1 or part.font == text_font or following is None:
        return False
    words = part.text.split()
    shaped = len(words) <= 10 and part.text[:1].isupper() and part.text[-1:].isalpha()
    above = following.kind is BlockKind.PARAGRAPH and following.font == text_font and following.page == part.page
    return shaped and above and len(following.text) > 80 and following.size <= 1.05 * part.size


def across_breaks(parts: list[Part], words: Counter[str]) -> list[Part]:
    """Join a paragraph that a column or a page breaks with its other half, and list items with each other."""
    out: list[Part] = []
    for part in parts:
        before = out[-1] if out else None
        if before and before.kind is part.kind is BlockKind.PARAGRAPH and _broken(before, part):
            out[-1] = replace(before, text=join(before.text, part.text, words), lines=before.lines + part.lines)
        elif before and before.kind is part.kind is BlockKind.LIST and before.page == part.page:
            out[-1] = replace(before, text=f"{before.text}\n{part.text}", box=around([before.box, part.box]))
        else:
            out.append(part)
    return out


def _broken(before: Part, part: Part) -> bool:
    elsewhere = part.page != before.page or part.box[1] < before.box[3]
    similar = abs(before.size - part.size) < 0.12 * max(before.size, part.size)
    return (
        elsewhere
        and similar
        and part.text[:1].islower()
        and not _ENDED.search(before.text)
        and (before.lines > 1 or len(before.text) > 60)
    )
