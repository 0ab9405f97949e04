"""The graph of layout and metadata beside the facts: what stands where, who sent what to whom, what is a copy of what.

Nodes are Document, Section, Table, Figure, Page and Chunk; edges HAS_PART, NEXT, CAPTION_OF, MENTIONS (a chunk, an entity),
HAS_ATTACHMENT, REPLIES_TO and SAME_AS (near duplicates, with their likeness). Ids are content hashes of the document's id
and the place in it. What a file says of itself comes as ``metadata`` with the line that says it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import TextIO

from kgfuse.ingest.copies import SIGNATURE, copies
from kgfuse.ingest.threads import Mail, mail_of, replies
from kgfuse.ledger import Ledger
from kgfuse.model import Block, BlockKind, Chunk, Document, Property, content_id

HAS_PART, NEXT, CAPTION_OF, MENTIONS = "HAS_PART", "NEXT", "CAPTION_OF", "MENTIONS"
HAS_ATTACHMENT, REPLIES_TO, SAME_AS = "HAS_ATTACHMENT", "REPLIES_TO", "SAME_AS"
_FIGURES = ("fig", "chart", "abb", "illustration", "photo", "image", "diagram")
_MAIL = ("message_id", "replies_to", "references", "sent_by")
_NAMED_ONLY = {SIGNATURE}


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


def between_documents(
    documents: Iterable[Document], properties: Mapping[str, Sequence[Property]], threshold: float = 0.8
) -> list[LayoutEdge]:
    """Return attachments, replies and near duplicates, sorted. Documents may come without text."""
    known = {document.id: document for document in documents}
    edges = [
        LayoutEdge(HAS_ATTACHMENT, document.parent_id, document.id)
        for document in known.values()
        if document.parent_id in known and document.parent_id is not None
    ]
    mails: list[Mail] = []
    signatures: dict[str, str] = {}
    for id, document in known.items():
        own = tuple(properties.get(id, ()))
        if (mail := mail_of(replace(document, properties=own))) is not None:
            mails.append(mail)
        signatures.update((id, one.value) for one in own if one.name == SIGNATURE)
    edges += [LayoutEdge(REPLIES_TO, answer, target) for answer, target in replies(mails).items()]
    edges += [LayoutEdge(SAME_AS, left, right, like) for left, right, like in copies(signatures, threshold)]
    return sorted(edges, key=lambda edge: (edge.type, edge.source, edge.target))


def relations(ledger: Ledger, threshold: float = 0.8) -> list[LayoutEdge]:
    """Return what holds between the documents of a ledger: attachments, replies, near duplicates."""
    properties: dict[str, list[Property]] = {}
    for document_id, one in ledger.properties(*_MAIL, SIGNATURE):
        properties.setdefault(document_id, []).append(one)
    return between_documents(ledger.documents(), properties, threshold)


def write_layout(ledger: Ledger, mentioned: Callable[[Sequence[str]], Iterable[tuple[str, str]]], out: TextIO) -> None:
    """Write the graph as JSON lines: ``kind`` is node, edge or metadata. Flat in memory but for the relations of documents.

    `mentioned` gives ``(chunk, entity)`` for chunks.
    """
    for light in ledger.documents():
        document = ledger.document(light.id)
        chunks = ledger.chunks(light.id)
        nodes, edges = layout_of(document, chunks)
        for node in nodes:
            _write(out, "node", asdict(node))
        links = sorted(set(mentioned([chunk.id for chunk in chunks])))
        for edge in (*edges, *(LayoutEdge(MENTIONS, chunk, entity) for chunk, entity in links)):
            _write(out, "edge", asdict(edge))
        for one in document.properties:
            if one.name not in _NAMED_ONLY:
                _write(out, "metadata", {"document": document.id, **asdict(one)})
    for edge in relations(ledger):
        _write(out, "edge", asdict(edge))


def _write(out: TextIO, kind: str, values: Mapping[str, object]) -> None:
    filled = {name: value for name, value in values.items() if value is not None}
    out.write(json.dumps({"kind": kind, **filled}, ensure_ascii=False, sort_keys=True) + "\n")
