"""Electronic books (EPUB 2 and 3): the chapters in the order of the spine, by the same reader of visible text as mails."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from kgfuse.errors import Damaged, Encrypted, NoText
from kgfuse.ingest import markup
from kgfuse.ingest.dates import dated, read_moment
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.metadata import person
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sniff import EPUB
from kgfuse.ingest.text import decode
from kgfuse.protocols import Failure, RawFile, Reading

_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_PAGES = {"application/xhtml+xml", "text/html"}


def read(file: RawFile) -> Reading:
    """Read a book. Raises Damaged, Encrypted, TooLarge or NoText; a chapter that cannot be read is reported."""
    package = Package(file.content)
    if "META-INF/rights.xml" in package.names:
        raise Encrypted("the book is protected against copying", hint="Fetch it without protection.")
    place, book = _book(package)
    layout = Layout()
    failures: list[Failure] = []
    for name in _chapters(book, posixpath.dirname(place)):
        try:
            content = package.read(name)
        except Damaged as error:
            failures.append(Failure(file.uri, error))
            continue
        tree = markup.parse(decode(content, markup.charset_named(content)))
        if tree is not None:
            layout.extend(markup.visible(tree))
    if not layout.blocks:
        raise NoText("the book holds no text")
    title, author = (fold(book.findtext(f".//{_DC}{name}") or "") or None for name in ("title", "creator"))
    when, how = dated(read_moment(book.findtext(f".//{_DC}date")), "")
    about = About(title, person(author), when, how)
    return Reading((document_of(file, EPUB, layout, about),), tuple(failures))


def _book(package: Package) -> tuple[str, etree._Element]:
    """Return the name and the tree of the package document."""
    container = package.tree("META-INF/container.xml") if "META-INF/container.xml" in package.names else None
    roots = container.iter(f"{_CONTAINER}rootfile") if container is not None else ()
    named = [item.get("full-path") or "" for item in roots]
    for name in [*named, *sorted(name for name in package.names if name.endswith(".opf"))]:
        tree = package.tree(name)
        if tree is not None:
            return name, tree
    raise Damaged("the book has no list of its chapters")


def _chapters(book: etree._Element, folder: str) -> Iterator[str]:
    items = {item.get("id"): item for item in book.iter(f"{_OPF}item")}
    for reference in book.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
            continue
        yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
