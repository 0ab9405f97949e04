"""The parts of a document as a graph: sections, tables, figures, pages and chunks, and how they hang together.

Edges are HAS_PART, NEXT and CAPTION_OF here; MENTIONS, HAS_ATTACHMENT, REPLIES_TO and SAME_AS reach beyond a document
(`kgfuse.document_graph`). Ids are content hashes of the document's id and the place in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kgfuse.model import Block, BlockKind, Chunk, Document, content_id

HAS_PART, NEXT, CAPTION_OF, MENTIONS = "HAS_PART", "NEXT", "CAPTION_OF", "MENTIONS"
HAS_ATTACHMENT, REPLIES_TO, SAME_AS = "HAS_ATTACHMENT", "REPLIES_TO", "SAME_AS"
_FIGURES = ("fig", "chart", "abb", "illustration", "photo", "image", "diagram")


@dataclass(frozen=True, slots=True)
class LayoutNode:
    """A part of a document; `start` and `end` are offsets into its text, `None` where it has none (a page)."""

    id: str
    label: str
    document_id: str
    name: str
    start: int | None = None
    end: int | None = None
    page: int | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class LayoutEdge:
    """One of the relations above; `likeness` of near duplicates only."""

    type: str
    source: str
    target: str
    likeness: float | None = None


Layout = tuple[list[LayoutNode], list[LayoutEdge]]


def layout_of(document: Document, chunks: Sequence[Chunk]) -> Layout:
    """Return the parts of a document (with its text and blocks) and how they hang together; linear in its length."""
    nodes = [LayoutNode(document.id, "Document", document.id, document.title)]
    edges: list[LayoutEdge] = []
    open_sections: list[LayoutNode] = []
    parts: list[LayoutNode] = []
    owners: list[tuple[int, str]] = []  # from which offset on what belongs to which section
    for block in document.blocks:
        node = _node(document, block)
        if node is None:
            continue
        if node.label == "Section":
            open_sections = [one for one in open_sections if (one.level or 1) < (node.level or 1)]
        above = open_sections[-1].id if open_sections else document.id
        nodes.append(node)
        edges.append(LayoutEdge(HAS_PART, above, node.id))
        if node.label == "Section":
            open_sections.append(node)
            owners.append((block.start, node.id))
        else:
            parts.append(node)
    edges.extend(_captions(document, parts, chunks))
    pages = _pages(document)
    nodes += pages
    edges += [LayoutEdge(HAS_PART, document.id, page.id) for page in pages]
    edges += [LayoutEdge(NEXT, one.id, other.id) for one, other in pairwise(pages)]
    by_number = {page.page: page.id for page in pages}
    place = 0
    owner = document.id
    for chunk in chunks:
        while place < len(owners) and owners[place][0] <= chunk.start:
            owner, place = owners[place][1], place + 1
        name = " ".join(chunk.text[:80].split())
        nodes.append(LayoutNode(chunk.id, "Chunk", document.id, name, chunk.start, chunk.end, chunk.page))
        edges.append(LayoutEdge(HAS_PART, owner, chunk.id))
        if chunk.page in by_number:
            edges.append(LayoutEdge(HAS_PART, by_number[chunk.page], chunk.id))
    edges += [LayoutEdge(NEXT, one.id, other.id) for one, other in pairwise(chunks)]
    return nodes, edges


def _node(document: Document, block: Block) -> LayoutNode | None:
    text = document.text[block.start : block.end]
    label = {BlockKind.HEADING: "Section", BlockKind.TABLE: "Table", BlockKind.IMAGE: "Figure"}.get(block.kind)
    if label is None and block.kind is BlockKind.CAPTION and text.casefold().startswith(_FIGURES):
        label = "Figure"
    if label is None:
        return None
    id = content_id(label.lower(), document.id, block.start, block.end)
    name = " ".join(text[:200].split("\n", 1)[0].split())
    level = (block.level or 1) if label == "Section" else None
    return LayoutNode(id, label, document.id, name, block.start, block.end, block.page, level)


def _pages(document: Document) -> list[LayoutNode]:
    numbers = sorted({block.page for block in document.blocks if block.page is not None})
    return [
        LayoutNode(content_id("page", document.id, number), "Page", document.id, f"page {number}", page=number)
        for number in numbers
    ]


def _captions(document: Document, parts: Sequence[LayoutNode], chunks: Sequence[Chunk]) -> Iterator[LayoutEdge]:
    """Yield which chunk has the caption of which table or figure: the part next to the caption, or the caption's own."""
    by_place = {part.start: part for part in parts}
    blocks = document.blocks
    at = 0
    for index, block in enumerate(blocks):
        if block.kind is not BlockKind.CAPTION:
            continue
        near = [block, *(blocks[other] for other in (index + 1, index - 1) if 0 <= other < len(blocks))]
        part = next((by_place[one.start] for one in near if one.start in by_place), None)
        while at < len(chunks) and chunks[at].end <= block.start:
            at += 1
        if part is not None and at < len(chunks) and chunks[at].start <= block.start:
            yield LayoutEdge(CAPTION_OF, chunks[at].id, part.id)
