"""The visible text of an HTML tree as pieces: nothing is fetched, no script runs, no entity is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from kgfuse.ingest.layout import Piece, clean, fold
from kgfuse.model import BlockKind

_SILENT = {
    "script",
    "style",
    "head",
    "template",
    "noscript",
    "svg",
    "iframe",
    "object",
    "select",
    "button",
    "nav",
    "math",
}
_INLINE = set(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike strong "
    "sub sup time tt u var o:p wbr".split()
)
_LISTED = {"ul", "ol", "table"}
_LINKED = _LISTED | {"h1", "h2", "h3", "h4", "h5", "h6", "aside", "footer"}
_PERMALINK = {"headerlink", "anchor", "permalink"}  # classes of Sphinx, GitHub and Python-Markdown
_BESIDE = 3  # letters or digits beside a link, as a year or an office has them: fewer are a number, a count or a dash
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?:px|pt)?\s*(?:;|$)"
)
_QUOTING = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|divRplyFwdMsg|appendonsend|zmail_extra"
)
_CHARSET = re.compile(rb"<(?:meta\b[^>]+?\bcharset|\?xml\b[^>]+?\bencoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_MAX_DEPTH = 200
_LONGEST_CELL = 40  # words on average: more is a page laid out with a table


def charset_named(content: bytes) -> str | None:
    """Return the charset that the first 4 kB of a page name, or `None`."""
    match = _CHARSET.search(content[:4096])
    return match[1].decode("ascii", "ignore") if match and match[1] else None


def parse(text: str) -> html.HtmlElement | None:
    """Parse a page, without the edit links and permalinks of its headings; `None` when it holds no element."""
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8")
    try:
        tree = html.document_fromstring(clean(text).encode("utf-8"), parser=parser)
    except (etree.ParserError, ValueError):
        return None
    for link in dict.fromkeys(_beside_headings(tree)):  # once each, though headings be nested
        link.drop_tree()
    return tree


def visible(tree: html.HtmlElement) -> list[Piece]:
    """Return all visible text of a tree, block by block; block quotations and quoted replies are QUOTE pieces."""
    return _Walk().run(tree).out


def placed(tree: html.HtmlElement) -> list[tuple[Piece, html.HtmlElement | None]]:
    """Return what `visible` does, each block with the element that its own stands in.

    Lists, tables and headings that are links for the most part are left out.
    """
    walk = _Walk(links=False).run(tree)
    return list(zip(walk.out, walk.places, strict=True))


class _Walk:
    """Collects inline text until a block ends it."""

    def __init__(self, *, links: bool = True) -> None:
        self.links = links
        self.inline: list[str] = []
        self.out: list[Piece] = []
        self.places: list[html.HtmlElement | None] = []

    def run(self, tree: html.HtmlElement) -> _Walk:
        body = tree.find("body")
        self.visit(tree if body is None else body, BlockKind.PARAGRAPH, 0)
        self.flush(BlockKind.PARAGRAPH)
        return self

    def add(self, piece: Piece, element: html.HtmlElement | None) -> None:
        self.out.append(piece)
        self.places.append(None if element is None else element.getparent())

    def flush(self, kind: BlockKind, level: int | None = None, element: html.HtmlElement | None = None) -> None:
        text = fold("".join(self.inline))
        self.inline.clear()
        if text:
            self.add(Piece(kind, text, level), element)

    def visit(self, element: html.HtmlElement, kind: BlockKind, depth: int) -> None:
        """Add an element and what it holds (not its tail)."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _SILENT or _is_hidden(element):
            return
        if depth > _MAX_DEPTH:
            self.inline.append(" " + " ".join(element.itertext()) + " ")
        elif tag == "br":
            self._line_break(element, kind)
        elif tag in _INLINE:
            self._children(element, kind, depth)
        else:
            self.flush(kind)
            if self.links or tag not in _LINKED or not _leads_away(element):
                self._block(element, tag, kind, depth)

    def _line_break(self, element: html.HtmlElement, kind: BlockKind) -> None:
        """One break within prose is a space, unless the line before is closed; an empty line ends the paragraph."""
        following = element.getnext()
        twice = following is not None and following.tag == "br" and not (element.tail or "").strip()
        before = "".join(self.inline).rstrip()
        short = 0 < len(before) < 60
        if twice or short or before.endswith((".", "!", "?", ":", ",")):
            self.flush(kind)
        else:
            self.inline.append(" ")

    def _block(self, element: html.HtmlElement, tag: str, kind: BlockKind, depth: int) -> None:
        if tag == "blockquote" or _QUOTING.search(f"{element.get('class', '')} {element.get('id', '')}"):
            kind = BlockKind.QUOTE
        quoted = kind is BlockKind.QUOTE
        if re.fullmatch(r"h[1-6]", tag) and not quoted:
            self._children(element, BlockKind.HEADING, depth)
            self.flush(BlockKind.HEADING, int(tag[1]), element)
        elif tag == "table" and (rows := data_rows(element)):
            self.add(Piece(kind if quoted else BlockKind.TABLE, "\n".join(rows)), element)
        elif tag in {"ul", "ol"}:
            self._list(element, kind, depth)
        elif tag == "pre":
            text = clean(element.text_content()).strip("\n")
            if text.strip():
                self.add(Piece(kind if quoted else BlockKind.CODE, text), element)
        else:
            self._children(element, BlockKind.CAPTION if tag in {"figcaption", "caption"} else kind, depth)
            self.flush(BlockKind.CAPTION if tag in {"figcaption", "caption"} else kind, element=element)

    def _list(self, element: html.HtmlElement, kind: BlockKind, depth: int) -> None:
        lines: list[str] = []
        for item in element:
            inner = _Walk(links=self.links)
            inner.visit(item, kind, depth + 1)
            inner.flush(kind)
            own = " ".join(piece.text for piece in inner.out if piece.kind is not BlockKind.LIST)
            lines += [own] if own else []
            lines += [line for piece in inner.out if piece.kind is BlockKind.LIST for line in piece.text.split("\n")]
        if lines:
            self.add(Piece(kind if kind is BlockKind.QUOTE else BlockKind.LIST, "\n".join(lines)), element)

    def _children(self, element: html.HtmlElement, kind: BlockKind, depth: int) -> None:
        self.inline.append(element.text or "")
        for child in element:
            self.visit(child, kind, depth + 1)
            self.inline.append(child.tail or "")


def _beside_headings(tree: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Yield MediaWiki's "[edit]" and the permalinks in headings, save one that is the heading."""
    for span in tree.iter("span"):
        if "mw-editsection" in (span.get("class") or "").split():
            yield span
    for heading in tree.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        links = [link for link in heading.iter("a") if _is_permalink(link)]
        if sum(map(_letters, links)) < _letters(heading):
            yield from links


def _is_permalink(link: html.HtmlElement) -> bool:
    """Whether a link in a heading leads to a place on a page, by a sign for its text or by its class."""
    address = link.get("href") or ""
    marked = address.startswith("#") and not _PERMALINK.isdisjoint((link.get("class") or "").split())
    return marked or ("#" in address and not _letters(link))


def _leads_away(element: html.HtmlElement) -> bool:
    """Whether an element is links for the most part.

    Of a heading, a link to the page itself does not count. Of a list or a table it does, as in a table of contents; but
    where most lines have text beside the link, as the years of an office, it is no list of links.
    """
    listed = element.tag in _LISTED
    links = (link for link in _links(element) if listed or not link.get("href", "").startswith("#"))
    linked = sum(len(fold(link.text_content())) for link in links)
    if 2 * linked <= len(fold(element.text_content())):
        return False
    lines = [_letters(line) - sum(map(_letters, _links(line))) >= _BESIDE for line in element.iter("li", "tr")]
    return not listed or 2 * sum(lines) <= len(lines)


def _links(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    return (link for link in element.iter("a") if link.get("href") is not None)


def _letters(element: html.HtmlElement) -> int:
    return sum(letter.isalnum() for letter in element.text_content())


def _is_hidden(element: html.HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def data_rows(table: html.HtmlElement) -> list[str]:
    """Return a table's rows with `` | `` between cells; nothing when the table only lays out a page."""
    if table.xpath(".//table | .//h1 | .//h2 | .//h3 | .//td[count(.//p | .//div | .//ul | .//ol) > 1]"):
        return []
    rows = [[fold(cell.text_content()) for cell in row.xpath("./td | ./th")] for row in table.iter("tr")]
    rows = [row for row in rows if any(row)]
    words = [len(cell.split()) for row in rows for cell in row if cell]
    if len(rows) < 2 or max(len(row) for row in rows) < 2 or sum(words) > _LONGEST_CELL * len(words):
        return []
    return [" | ".join(row) for row in rows]
