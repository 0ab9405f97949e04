"""OpenDocument texts, sheets and presentations: headings, lists, tables and notes; deleted text is left out.

The XML is walked directly (ISO/IEC 26300), by the package reader of the office formats and with its limits.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from kgfuse.errors import Damaged, Encrypted
from kgfuse.ingest import ods
from kgfuse.ingest.dates import dated, read_moment
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.metadata import person
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sniff import ODT
from kgfuse.model import BlockKind, DateSource, Moment
from kgfuse.protocols import Failure, RawFile, Reading

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TEXT, _TABLE, _DRAW, _META, _STYLE = (
    f"{{{_NAMES}{name}:1.0}}" for name in ("office", "text", "table", "drawing", "meta", "style")
)
_DC = "{http://purl.org/dc/elements/1.1/}"
_SILENT = {
    f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}annotation-end", f"{_TEXT}sequence-decls",
    f"{_OFFICE}forms", f"{_TEXT}table-of-content", f"{_TEXT}note-citation", f"{_DRAW}object-ole", f"{_TABLE}shapes",
}  # fmt: skip
_NOTE = f"{_TEXT}note"
_CELLS = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}
_DEEPEST = 200


def read(file: RawFile) -> Reading:
    """Read an OpenDocument file. Raises Damaged, Encrypted or TooLarge."""
    package = Package(file.content)
    _refuse_encrypted(package)
    root = package.tree("content.xml")
    body = root.find(f"{_OFFICE}body") if root is not None else None
    if root is None or body is None:
        raise Damaged("the document has no body")
    title, author, saved = _meta(package)
    layout, failures = Layout(), tuple[Failure, ...]()
    if body.find(f"{_OFFICE}spreadsheet") is not None:
        failures = tuple(Failure(file.uri, lost) for lost in ods.add_sheets(layout, root, _Walk().inline))
        when, how = saved, DateSource.METADATA if saved else None  # a date in a cell is one of the sheet's data
    else:
        walk = _Walk()
        layout.extend(walk.blocks(body, 0))
        layout.extend(walk.notes)
        title = title or walk.title
        when, how = dated(saved, layout.text[:20_000])
    kind = package.read("mimetype").decode("ascii", "replace").strip() if "mimetype" in package.names else ODT
    return Reading((document_of(file, kind, layout, About(title, author, when, how)),), failures)


def _refuse_encrypted(package: Package) -> None:
    manifest = package.tree("META-INF/manifest.xml") if "META-INF/manifest.xml" in package.names else None
    if manifest is not None and any(str(item.tag).endswith("}encryption-data") for item in manifest.iter()):
        raise Encrypted("the document needs a password")


def _meta(package: Package) -> tuple[str | None, str | None, Moment | None]:
    try:
        root = package.tree("meta.xml")
    except Damaged:
        root = None
    if root is None:
        return None, None, None

    def first(*names: str) -> str | None:
        return next((fold(text) for name in names for item in root.iter(name) if (text := item.text)), None)

    author = person(first(f"{_META}initial-creator", f"{_DC}creator"))
    return first(f"{_DC}title"), author, read_moment(first(f"{_DC}date", f"{_META}creation-date"))


class _Walk:
    """Turns the elements of a body into pieces; collects notes for the end."""

    def __init__(self) -> None:
        self.notes: list[Piece] = []
        self.title: str | None = None

    def blocks(self, parent: etree._Element, depth: int) -> Iterator[Piece]:
        """Yield the pieces of everything in `parent`, in order."""
        if depth > _DEEPEST:
            return
        for element in parent:
            tag = element.tag
            if tag in _SILENT or not isinstance(tag, str):
                continue
            if tag == f"{_TEXT}h":
                level = element.get(f"{_TEXT}outline-level") or "1"
                yield Piece(BlockKind.HEADING, fold(self.inline(element)), int(level) if level.isdigit() else 1)
            elif tag == f"{_TEXT}p":
                yield from self._paragraph(element, depth)
            elif tag == f"{_TEXT}list":
                yield Piece(BlockKind.LIST, "\n".join(self._items(element, depth)))
            elif tag == f"{_TABLE}table":
                yield from self._table(element)
            else:
                yield from self.blocks(element, depth + 1)

    def _paragraph(self, element: etree._Element, depth: int) -> Iterator[Piece]:
        style = (element.get(f"{_TEXT}style-name") or "").lower()
        text = fold(self.inline(element))
        if style == "title" and text:
            self.title = self.title or text
            yield Piece(BlockKind.HEADING, text, 1)
        else:
            kind = BlockKind.QUOTE if style.startswith("quotation") else BlockKind.PARAGRAPH
            yield Piece(BlockKind.CAPTION if style in {"caption", "illustration", "table", "figure"} else kind, text)
        for frame in element.iter(f"{_DRAW}text-box"):
            yield from self.blocks(frame, depth + 1)

    def _items(self, element: etree._Element, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            return
        for item in element:
            own = " ".join(fold(self.inline(part)) for part in item if part.tag in {f"{_TEXT}p", f"{_TEXT}h"})
            if own:
                yield own
            for inner in item:
                if inner.tag == f"{_TEXT}list":
                    yield from self._items(inner, depth + 1)

    def _table(self, table: etree._Element) -> Iterator[Piece]:
        rows: list[str] = []
        for row in table.iter(f"{_TABLE}table-row"):
            cells = [fold(self.inline(cell)) for cell in row if cell.tag in _CELLS]
            if any(cells):
                rows.append(" | ".join(cells).rstrip(" |"))
        kind = BlockKind.TABLE if any(" | " in row for row in rows) else BlockKind.PARAGRAPH
        yield Piece(kind, "\n".join(rows))

    def inline(self, element: etree._Element) -> str:
        """Return the text of an element without its notes and text boxes, which stand elsewhere."""
        parts = [element.text or ""]
        for child in element:
            tag = child.tag
            if tag == _NOTE:
                self.notes.extend(
                    Piece(BlockKind.PARAGRAPH, fold(self.inline(part))) for part in child.iter(f"{_TEXT}p")
                )
            elif tag in {f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"}:
                parts.append(" ")
            elif isinstance(tag, str) and tag not in _SILENT and tag != f"{_DRAW}text-box":
                parts.append(self.inline(child))
                parts.append(" " if tag == f"{_TEXT}p" else "")
            parts.append(child.tail or "")
        return "".join(parts)
