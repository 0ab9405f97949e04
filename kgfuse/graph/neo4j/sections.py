"""The sections of a document: one per path of headings, and the way from it down to its chunks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node
from kgfuse.graph.neo4j.wording import cut
from kgfuse.model import content_id

Path = tuple[str, ...]


def sections(document_id: str, chunks: Sequence[tuple[str, Path]]) -> list[Element]:
    """Return the sections of a document whose chunks (id, headings above it) come in order."""
    elements: list[Element] = []
    seen: set[Path] = set()
    for chunk_id, path in chunks:
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            if here in seen:
                continue
            seen.add(here)
            id = _section(document_id, here)
            properties = {**cut(here[-1]), "level": depth, "document_id": document_id}
            above = _section(document_id, here[:-1])
            elements += [node(schema.SECTION, id, properties), layout(schema.HAS_SECTION, above, id)]
        elements.append(layout(schema.HAS_CHUNK, _section(document_id, path), chunk_id))
    elements += [layout(schema.NEXT, one, other) for (one, _), (other, _) in pairwise(chunks)]
    return elements


def _section(document_id: str, path: Path) -> str:
    return content_id("section", document_id, *path) if path else document_id
