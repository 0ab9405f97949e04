"""Word documents: headings by style or outline level, lists, tables, text boxes, footnotes, comments.

The XML is walked directly (ECMA-376 part 1, both its strict and its transitional names): insertions count, deletions do
not, and what stands in content controls, hyperlinks and text boxes is text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from kgfuse.errors import Damaged
from kgfuse.ingest.charts import REFERENCES, Drawings
from kgfuse.ingest.dates import dated
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sniff import DOCX
from kgfuse.model import BlockKind
from kgfuse.protocols import RawFile, Reading

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {
    f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}rPr", f"{_W}pPr", f"{_W}sdtPr", f"{_W}tblPr", _FALLBACK,
    f"{_W}txbxContent",
}  # fmt: skip
_HEADING = re.compile(r"heading\s*([1-9])")
_STYLE_KINDS = (
    (re.compile(r"^(?:intense\s*)?quote$"), BlockKind.QUOTE),
    (re.compile(r"^caption$"), BlockKind.CAPTION),
    (re.compile(r"code|html preformatted|source"), BlockKind.CODE),
    (re.compile(r"^list\b(?!.*continue)"), BlockKind.LIST),
)


def read(file: RawFile) -> Reading:
    """Read a Word document. Raises Damaged, Encrypted or TooLarge."""
    package = Package(file.content)
    name = next((part for part in ("word/document.xml", "word/document2.xml") if part in package.names), None)
    root = package.tree(name) if name else None
    body = root.find(f"{_W}body") if root is not None else None
    if body is None:
        raise Damaged("the document has no body")
    styles = _styles(package)
    walk = _Walk(styles, Drawings(package, name or ""))
    found = list(walk.blocks(body))
    for part in ("word/footnotes.xml", "word/endnotes.xml"):
        notes, beside = package.tree(part), _Walk(styles, Drawings(package, part))
        for note in notes if notes is not None else ():
            if note.get(f"{_W}type") in (None, "normal"):
                found.extend(beside.blocks(note))
    found.extend(_comments(package, styles))
    layout = Layout()
    layout.extend(_merged_lists(found))
    core = package.properties()
    when, how = dated(core.dated, layout.text[:20_000])
    title = core.title or walk.title
    return Reading((document_of(file, DOCX, layout, About(title, core.author, when, how)),))


def _comments(package: Package, styles: _Styles) -> Iterator[Piece]:
    """Yield what readers wrote in the margin: not the author's words, so quotes, each with its writer."""
    try:
        comments = package.tree("word/comments.xml")
        walk = _Walk(styles, Drawings(package, "word/comments.xml"))
    except Damaged:
        return  # the text itself is whole
    for comment in comments if comments is not None else ():
        text = " ".join(piece.text for piece in walk.blocks(comment))
        name = fold(comment.get(f"{_W}author") or "")
        if text:
            yield Piece(BlockKind.QUOTE, f"{name}: {text}" if name else text)


def _merged_lists(found: list[Piece]) -> Iterator[Piece]:
    """Join list items that follow each other into one list; code lines likewise."""
    pending: list[Piece] = []
    for piece in found:
        if pending and (piece.kind is not pending[0].kind):
            yield Piece(pending[0].kind, "\n".join(item.text for item in pending))
            pending = []
        if piece.kind in (BlockKind.LIST, BlockKind.CODE):
            pending.append(piece)
        else:
            yield piece
    if pending:
        yield Piece(pending[0].kind, "\n".join(item.text for item in pending))


class _Styles:
    """Names, outline levels and numbering of paragraph styles, inheritance resolved."""

    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, etree._Element] = {}
        for style in root.iter(f"{_W}style") if root is not None else ():
            self._styles[style.get(f"{_W}styleId") or ""] = style

    def chain(self, style_id: str | None) -> Iterator[etree._Element]:
        """Yield a style and those it is based on."""
        seen: set[str] = set()
        while style_id and style_id not in seen and (style := self._styles.get(style_id)) is not None:
            seen.add(style_id)
            yield style
            style_id = _value(style.find(f"{_W}basedOn"))

    def name(self, style: etree._Element) -> str:
        """Return a style's name in lower case."""
        return (_value(style.find(f"{_W}name")) or "").lower()


def _styles(package: Package) -> _Styles:
    try:
        return _Styles(package.tree("word/styles.xml"))
    except Damaged:
        return _Styles(None)


def _value(element: etree._Element | None) -> str | None:
    return element.get(f"{_W}val") if element is not None else None


class _Walk:
    """Turns body elements into pieces; remembers the first title. `drawings` are those of the part that they are in."""

    def __init__(self, styles: _Styles, drawings: Drawings) -> None:
        self.styles = styles
        self._drawings = drawings
        self.title: str | None = None

    def blocks(self, parent: etree._Element) -> Iterator[Piece]:
        """Yield the pieces of everything in `parent`, in order."""
        for element in parent:
            if element.tag == f"{_W}p":
                yield from self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                yield from self._table(element)
            elif element.tag in _SKIPPED or not isinstance(element.tag, str):
                continue
            else:
                yield from self.blocks(element)

    def _paragraph(self, paragraph: etree._Element) -> Iterator[Piece]:
        kind, level = self._kind(paragraph)
        for text in _inline(paragraph).split("\n"):
            if folded := text.rstrip() if kind is BlockKind.CODE else fold(text):
                yield Piece(kind, folded, level)
        yield from self._drawings.pieces(_own(paragraph, *REFERENCES))
        for box in _own(paragraph, f"{_W}txbxContent"):
            yield from self.blocks(box)

    def _kind(self, paragraph: etree._Element) -> tuple[BlockKind, int | None]:
        properties = paragraph.find(f"{_W}pPr")
        chain = list(self.styles.chain(_value(properties.find(f"{_W}pStyle")) if properties is not None else None))
        for name in (self.styles.name(style) for style in chain):
            if name == "title":
                self.title = self.title or fold(_inline(paragraph)) or None
                return BlockKind.HEADING, 1
            if heading := _HEADING.match(name):
                return BlockKind.HEADING, int(heading[1])
            for form, kind in _STYLE_KINDS:
                if form.search(name):
                    return kind, None
        owners = [properties, *(style.find(f"{_W}pPr") for style in chain)]
        outline = next((value for owner in owners if (value := _in(owner, "outlineLvl"))), None)
        if outline and outline.isdigit() and int(outline) < 9:
            return BlockKind.HEADING, int(outline) + 1
        numbered = next((value for owner in owners if (value := _in(owner, "numPr/numId"))), None)
        return (BlockKind.LIST if numbered and numbered != "0" else BlockKind.PARAGRAPH), None

    def _table(self, table: etree._Element) -> Iterator[Piece]:
        """Yield a table as rows; one that is a single cell, or only lays out paragraphs, as its contents."""
        rows = [
            [cell for cell in row.iter(f"{_W}tc") if _owner(cell) is table]
            for row in table.iter(f"{_W}tr")
            if _owner(row) is table
        ]
        if max((len(row) for row in rows), default=0) < 2:
            for row in rows:
                for cell in row:
                    yield from self.blocks(cell)
            return
        lines = [[self._cell(cell) for cell in row] for row in rows]
        yield Piece(BlockKind.TABLE, "\n".join(" | ".join(line) for line in lines if any(line)))

    def _cell(self, cell: etree._Element) -> str:
        merge = cell.find(f"{_W}tcPr/{_W}vMerge")
        if merge is not None and _value(merge) != "restart":
            return ""
        return fold(" ".join(piece.text for piece in self.blocks(cell)))


def _owner(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{_W}tbl"), None)


def _in(owner: etree._Element | None, path: str) -> str | None:
    return _value(owner.find("/".join(f"{_W}{step}" for step in path.split("/")))) if owner is not None else None


def _own(paragraph: etree._Element, *tags: str) -> Iterator[etree._Element]:
    """Yield what is anchored in a paragraph, each once: not in a box within it, not deleted, no copies for old programs."""
    for element in paragraph.iter(*tags):
        outer = next(element.iterancestors(f"{_W}txbxContent", _FALLBACK, f"{_W}del", f"{_W}moveFrom"), None)
        if outer is None or not any(ancestor is paragraph for ancestor in outer.iterancestors()):
            yield element


def _inline(element: etree._Element) -> str:
    parts: list[str] = []
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        if tag in (f"{_W}t", f"{_M}t"):
            parts.append(child.text or "")
        elif tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n" if child.get(f"{_W}type") in (None, "textWrapping") else " ")
        elif tag in (f"{_W}tab", f"{_W}ptab"):
            parts.append("\t")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        else:
            parts.append(_inline(child))
    return "".join(parts)
