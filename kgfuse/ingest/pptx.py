"""Presentations: a slide is a page; its title a heading, then text, tables and the speaker's notes.

The XML is walked directly (ECMA-376 part 1), like that of Word documents in this folder: python-pptx would open the same
parts without the limits and the tolerance of `ooxml.Package`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from kgfuse.errors import Damaged, NoText
from kgfuse.ingest.charts import REFERENCES, Drawings
from kgfuse.ingest.dates import dated
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sniff import PPTX
from kgfuse.model import BlockKind
from kgfuse.protocols import RawFile, Reading

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"sldNum", "dt", "ftr", "hdr", "sldImg"}
_NUMBER = re.compile(r"(\d+)\.xml$")


def read(file: RawFile) -> Reading:
    """Read a presentation. Raises Damaged, Encrypted, NoText or TooLarge."""
    package = Package(file.content)
    layout = Layout()
    slides = _slides(package)
    if not slides:
        raise NoText("the presentation has no slides")
    for number, name in enumerate(slides, 1):
        root = package.tree(name)
        if root is None:
            continue
        pieces = [*_shapes(root, Drawings(package, name)), *_notes(package, name)]
        for piece in pieces:
            layout.add(piece.kind, piece.text, level=piece.level, page=number)
    core = package.properties()
    when, how = dated(core.dated, layout.text[:20_000])
    return Reading((document_of(file, PPTX, layout, About(core.title, core.author, when, how)),))


def _slides(package: Package) -> list[str]:
    """Return the names of the slides in the order they are shown; by number when the presentation does not say."""
    try:
        root = package.tree("ppt/presentation.xml")
    except Damaged:
        root = None
    targets = package.related("ppt/presentation.xml")
    shown = [targets.get(item.get(f"{_R}id") or "", "") for item in root.iter(f"{_P}sldId")] if root is not None else []
    shown = [name for name in shown if name in package.names]
    every = [name for name in package.names if re.fullmatch(r"ppt/slides/[^/]+\.xml", name)]
    return shown or sorted(every, key=lambda name: (int(match[1]) if (match := _NUMBER.search(name)) else 0, name))


def _notes(package: Package, slide: str) -> Iterator[Piece]:
    for name in sorted(set(package.related(slide).values())):
        if name.startswith("ppt/notesSlides/") and (root := package.tree(name)) is not None:
            yield from (Piece(BlockKind.PARAGRAPH, piece.text) for piece in _shapes(root, Drawings(package, name)))


def _shapes(root: etree._Element, drawings: Drawings) -> Iterator[Piece]:
    """Yield the texts of a slide: its title first, then its shapes in the order of the file, drawings among them."""
    shapes = [
        shape
        for shape in root.iter(f"{_P}sp", f"{_P}graphicFrame")
        if next(shape.iterancestors(_FALLBACK), None) is None and _place(shape) not in _FURNITURE
    ]
    shapes.sort(key=lambda shape: _place(shape) not in _TITLES)
    for shape in shapes:
        if shape.tag == f"{_P}graphicFrame":
            yield from _tables(shape)
            yield from drawings.pieces(shape.iter(*REFERENCES))
        elif _place(shape) in _TITLES:
            yield Piece(BlockKind.HEADING, fold(" ".join(_paragraphs(shape))), 1)
        else:
            yield from _body(shape)


def _place(shape: etree._Element) -> str:
    found = next(shape.iter(f"{_P}ph"), None)
    return (found.get("type") or "body") if found is not None else ""


def _body(shape: etree._Element) -> Iterator[Piece]:
    """Yield a shape's paragraphs; several in a place for a list are one."""
    lines = [line for line in map(fold, _paragraphs(shape)) if line]
    if len(lines) > 1 and _place(shape) in {"body", "obj"} and all(len(line.split()) < 30 for line in lines):
        yield Piece(BlockKind.LIST, "\n".join(lines))
    else:
        yield from (Piece(BlockKind.PARAGRAPH, line) for line in lines)


def _tables(frame: etree._Element) -> Iterator[Piece]:
    """Yield the tables of a frame, or the paragraphs of one that holds none."""
    for table in frame.iter(f"{_A}tbl"):
        rows = [[fold(" ".join(_paragraphs(cell))) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
        yield Piece(BlockKind.TABLE, "\n".join(" | ".join(row) for row in rows if any(row)))
    if next(frame.iter(f"{_A}tbl"), None) is None:
        yield from (Piece(BlockKind.PARAGRAPH, line) for line in map(fold, _paragraphs(frame)) if line)


def _paragraphs(element: etree._Element) -> Iterator[str]:
    for paragraph in element.iter(f"{_A}p"):
        runs = paragraph.iter(f"{_A}t", f"{_A}br", f"{_A}tab")
        yield "".join((run.text or "") if run.tag == f"{_A}t" else " " for run in runs)
