"""Web pages: the main text without menus and advertisements, who wrote it, when and where.

The main text is found by trafilatura (Barbaresi, ACL 2021), the date by htmldate; where trafilatura finds nothing, all
visible text is taken. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from lxml import etree, html

from kgfuse.errors import NoText
from kgfuse.ingest import markup
from kgfuse.ingest.dates import read_moment
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.main_text import with_structure
from kgfuse.ingest.metadata import person
from kgfuse.ingest.sniff import HTML
from kgfuse.ingest.text import decode
from kgfuse.model import BlockKind, DateSource, Moment
from kgfuse.protocols import RawFile, Reading

_ADDRESS = (
    "//link[@rel='canonical']/@href",
    "//meta[@property='og:url']/@content",
    "//meta[@name='twitter:url']/@content",
    "//link[@rel='alternate'][@hreflang='x-default']/@href",
    "//base/@href",
)
_SHORTEST_MAIN = 80  # characters; less than what is found may be anything, so all is taken


def read(file: RawFile) -> Reading:
    """Read a page. Raises NoText."""
    return read_page(file, file.content)


def read_page(file: RawFile, content: bytes, address: str | None = None) -> Reading:
    """Read the page `content` that `file` holds; `address` is where it was saved from, when known. Raises NoText."""
    text = decode(content, markup.charset_named(content))
    tree = markup.parse(text)
    if tree is None:
        raise NoText("the page holds no text")
    host = _host(tree) or _host_of(address or "")
    found = _main_text(tree)
    pieces = list(_pieces(found.body)) if found is not None and found.body is not None else []
    if _length(pieces) < _SHORTEST_MAIN or _is_flat(pieces, tree):
        everything = markup.visible(tree)
        pieces = everything or pieces
    else:
        pieces = with_structure(pieces, markup.placed(tree))
    layout = Layout()
    title = fold((getattr(found, "title", None) or "") or tree.findtext(".//title") or "")
    if title and not any(piece.kind is BlockKind.HEADING and piece.text == title for piece in pieces[:3]):
        layout.add(BlockKind.HEADING, title, level=1)
    layout.extend(pieces)
    if not pieces:
        raise NoText("the page holds no text")
    when = _published(tree, found)
    author = person(getattr(found, "author", None))
    about = About(title, author, when, DateSource.METADATA if when else None, _source(host, found))
    return Reading((document_of(file, HTML, layout, about),))


def _main_text(tree: html.HtmlElement) -> Any:
    """Return trafilatura's document (title, author, body …) or `None`."""
    import trafilatura

    return trafilatura.bare_extraction(
        tree,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
        config=_config(),
    )


@cache
def _config() -> Any:
    """trafilatura's settings, read once; the time is limited from outside."""
    from trafilatura.settings import use_config

    config = use_config()
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
    return config


def _is_flat(pieces: list[Piece], tree: html.HtmlElement) -> bool:
    """Whether all the page is one paragraph: of a page of tables alone trafilatura gives nothing but their words."""
    if len(pieces) != 1:
        return False
    words = [word for piece in markup.visible(tree) for word in piece.text.replace("|", " ").split()]
    return sorted(words) == sorted(pieces[0].text.split())


def _length(pieces: list[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


def _pieces(body: html.HtmlElement) -> Iterator[Piece]:
    """Yield the blocks of trafilatura's XML."""
    for element in body:
        text = fold(" ".join(element.itertext()) if element.tag == "list" else _inline(element))
        if element.tag == "head":
            yield Piece(BlockKind.HEADING, text, _level(element))
        elif element.tag == "list":
            items = (fold(_inline(item)) for item in element.iter("item"))
            yield Piece(BlockKind.LIST, "\n".join(item for item in items if item))
        elif element.tag == "table":
            rows = ([fold(_inline(cell)) for cell in row.iter("cell")] for row in element.iter("row"))
            yield Piece(BlockKind.TABLE, "\n".join(" | ".join(row) for row in rows if any(row)))
        elif element.tag == "quote":
            yield Piece(BlockKind.QUOTE, text)
        elif element.tag == "code":
            yield Piece(BlockKind.CODE, "".join(element.itertext()))
        else:
            yield Piece(BlockKind.PARAGRAPH, text)
        if element.tail and element.tail.strip():
            yield Piece(BlockKind.PARAGRAPH, fold(element.tail))


def _inline(element: html.HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(" " if child.tag == "lb" else "")
        parts.append(_inline(child))
        parts.append(" " if child.tag in {"p", "item", "head", "cell"} else "")
        parts.append(child.tail or "")
    return "".join(parts)


def _level(element: html.HtmlElement) -> int:
    rend = element.get("rend") or "h2"
    return int(rend[1]) if rend[1:2].isdigit() else 2


def _host(tree: html.HtmlElement) -> str | None:
    for path in _ADDRESS:
        for address in tree.xpath(path):
            if host := _host_of(str(address)):
                return host
    return None


def _host_of(address: str) -> str | None:
    try:
        host = urlsplit(address.strip()).hostname
    except ValueError:
        return None
    return host.lower().removeprefix("www.") if host and "." in host else None


def _source(host: str | None, found: Any) -> str | None:
    if host:
        return f"web:{host}"
    site = fold(getattr(found, "sitename", None) or "")
    return f"site:{site}" if site else None


def _published(tree: html.HtmlElement, found: Any) -> Moment | None:
    when = read_moment(getattr(found, "date", None))
    if when is not None:
        return when
    import htmldate

    try:
        return read_moment(htmldate.find_date(tree, extensive_search=False, original_date=True))
    except (ValueError, TypeError, etree.LxmlError):
        return None
