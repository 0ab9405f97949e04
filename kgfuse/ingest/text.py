"""Plain text and Markdown."""

from __future__ import annotations

import re

from kgfuse.errors import NoText
from kgfuse.ingest import prose
from kgfuse.ingest.dates import find_author, find_date, read_moment
from kgfuse.ingest.layout import About, Layout, clean, document_of
from kgfuse.ingest.sniff import MARKDOWN, TEXT
from kgfuse.model import BlockKind, DateSource
from kgfuse.protocols import RawFile, Reading

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE_LINE = re.compile(r"\s*([A-ZÀ-Þ][^\n]{3,120}?)[ \t]*\n[ \t]*\n(?=\s*\S)")
_NO_TITLE = re.compile(
    r"(?:from|to|cc|date|subject|re|ref|author|by|published|tel|phone|fax|e-?mail|title|present|attendees|venue|place)\s*:|"
    r"(?:dear|hi|hello|hei|hallo|to whom|good (?:morning|afternoon|evening))\b|[^\n]*\s\|\s|[^\n]*(?: {3}|\t)",
    re.IGNORECASE,
)
_LONGEST_TITLE = 18  # words
_RULE_ROW = re.compile(r"\|?[\s:|-]+\|?")
_MARKS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"\n]*\")?\)")


_MANGLED = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|[\u00e0-\u00ef][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2}"
)


def decode(content: bytes, charset: str | None = None) -> str:
    """Return the text: the named charset if it fits, else UTF-8 or UTF-16 by mark, else a guess."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for name in (charset, "utf-8-sig"):
        try:
            if name:
                return content.decode(name)
        except (LookupError, UnicodeError):
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(content[:200_000]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")


def repaired(text: str) -> str:
    """Return a text that was read as Windows-1252 while it was UTF-8, and written again, as it was: 'Ã©' is 'é'.

    Only runs that can be nothing else are touched: a lead byte and all its continuation bytes.
    """
    return _MANGLED.sub(_unmangled, text)


def _unmangled(match: re.Match[str]) -> str:
    try:
        return match[0].encode("cp1252").decode("utf-8")
    except UnicodeError:
        return match[0]


def read(file: RawFile) -> Reading:
    """Read a text. Raises NoText."""
    text = clean(decode(file.content))
    markdown = file.name.lower().endswith((".md", ".markdown")) or file.media_type == MARKDOWN
    fields: dict[str, str] = {}
    front = _FRONT.match(text)
    if front:
        fields, text = _front_matter(front[1]), text[front.end() :]
    layout = Layout()
    title = None if markdown else _TITLE_LINE.match(text)
    body = text
    if title is not None and _is_title(title[1]):
        layout.add(BlockKind.HEADING, title[1], level=1)
        fields, body = {"title": title[1], **fields}, text[title.end() :]
    add_text(layout, body, markdown=markdown)
    if not layout.blocks:
        raise NoText("the file holds nothing but white space")
    when, how = read_moment(fields.get("date")), DateSource.METADATA
    if when is None:  # from the lines as they stand: unwrapped ones hide a date line in a paragraph
        when, how = find_date(text[:20_000]), DateSource.TEXT
    author = fields.get("author") or find_author(text[:20_000])
    about = About(fields.get("title"), author, when, how if when else None)
    return Reading((document_of(file, MARKDOWN if markdown else TEXT, layout, about),))


def _is_title(line: str) -> bool:
    """Whether the first line of a plain text, with an empty one after it, is its title: no sentence, field or greeting."""
    words = line.split()
    return 2 <= len(words) <= _LONGEST_TITLE and line[-1] not in ".,;:!…" and not _NO_TITLE.match(line)


def add_text(layout: Layout, text: str, *, markdown: bool = False, page: int | None = None) -> None:
    """Add the paragraphs of `text`, divided by empty lines; with Markdown's headings, code, tables and quotes."""
    pending: list[str] = []
    fence: list[str] | None = None
    for line in text.split("\n"):
        if markdown and line.lstrip().startswith("```"):
            _flush(layout, pending, markdown, page)
            if fence is None:
                fence = []
            else:
                layout.add(BlockKind.CODE, "\n".join(fence), page=page)
                fence = None
        elif fence is not None:
            fence.append(line)
        elif markdown and (heading := _HEADING.match(line)):
            _flush(layout, pending, markdown, page)
            layout.add(BlockKind.HEADING, _plain(heading[2]), level=len(heading[1]), page=page)
        elif not line.strip():
            _flush(layout, pending, markdown, page)
        else:
            pending.append(line)
    _flush(layout, pending, markdown, page)
    if fence:
        layout.add(BlockKind.CODE, "\n".join(fence), page=page)


def _plain(text: str) -> str:
    return _MARKS.sub(r"\2", _LINK.sub(r"\1", text))


def _flush(layout: Layout, pending: list[str], markdown: bool, page: int | None) -> None:
    if not pending:
        return
    lines, kind = list(pending), BlockKind.PARAGRAPH
    pending.clear()
    if markdown and all(line.lstrip().startswith("|") for line in lines):
        rows = [line for line in lines if not _RULE_ROW.fullmatch(line.strip())]
        lines = [" | ".join(cell.strip() for cell in row.strip().strip("|").split("|")) for row in rows]
        kind = BlockKind.TABLE
    elif all(line.lstrip().startswith(">") for line in lines):
        lines, kind = [line.lstrip().lstrip("> ") for line in lines], BlockKind.QUOTE
    elif _ITEM.match(lines[0]):
        kind = BlockKind.LIST
    if not markdown:
        for piece in prose.pieces(lines, BlockKind.QUOTE if kind is BlockKind.QUOTE else BlockKind.PARAGRAPH):
            layout.add(piece.kind, piece.text, page=page)
        return
    if kind is BlockKind.PARAGRAPH or kind is BlockKind.QUOTE:
        lines = [_running(lines)]
    layout.add(kind, _plain("\n".join(lines)), page=page)


def _running(lines: list[str]) -> str:
    """Join lines as Markdown does: a line end is a space unless the line asks for a break (two spaces, a backslash)."""
    parts = [line.rstrip("\\ ") + ("\n" if line.endswith(("  ", "\\")) else " ") for line in lines]
    return "".join(parts).strip()


def _front_matter(text: str) -> dict[str, str]:
    import yaml

    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(fields, dict):
        return {}
    return {
        str(key).lower(): str(value) for key, value in fields.items() if isinstance(value, str | int) or key == "date"
    }
