"""The pages, tables and figures of a document, and what stands on or in which."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.document_layout import CAPTION_OF, layout_of
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node
from kgfuse.graph.neo4j.wording import cut
from kgfuse.model import BlockKind, Chunk, Document

_PARTS = frozenset({schema.PAGE, schema.TABLE, schema.FIGURE})
_TELLING = frozenset({BlockKind.TABLE, BlockKind.IMAGE, BlockKind.CAPTION})


def has_parts(document: Document) -> bool:
    """Whether a document has pages, tables or figures."""
    return any(block.page is not None or block.kind in _TELLING for block in document.blocks)


def parts(document: Document, chunks: Sequence[Chunk]) -> list[Element]:
    """Return the parts of a document: a page holds its tables, figures and chunks; a chunk has a part's caption."""
    found, edges = layout_of(document, chunks)
    kept = [one for one in found if one.label in _PARTS]
    page_of = {one.page: one.id for one in kept if one.label == schema.PAGE}
    elements: list[Element] = []
    for one in kept:
        held = {"document_id": document.id, "start": one.start, "end": one.end, "page": one.page}
        elements += [node(one.label, one.id, {**cut(one.name), **held}), layout(schema.HAS_PART, document.id, one.id)]
        if one.label != schema.PAGE and one.page in page_of:
            elements.append(layout(schema.HAS_PART, page_of[one.page], one.id))
    elements += [layout(schema.HAS_PART, page_of[c.page], c.id) for c in chunks if c.page in page_of]
    captions = {(edge.source, edge.target) for edge in edges if edge.type == CAPTION_OF}
    return elements + [layout(schema.CAPTION_OF, chunk, part) for chunk, part in sorted(captions)]
