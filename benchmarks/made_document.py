"""A document made of passages, a chunk each, for benchmarks of the LLM side."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.model import Chunk, Document, chunk_id, document_id


def document_of(passages: Sequence[str]) -> tuple[Document, list[Chunk]]:
    """Return the document and its chunks; passages are parted by an empty line."""
    text = "\n\n".join(passages)
    id = document_id("file:///made.txt", text.encode())
    chunks, start = [], 0
    for passage in passages:
        chunks.append(Chunk(chunk_id(id, start, start + len(passage)), id, start, start + len(passage), passage))
        start += len(passage) + 2
    return Document(id, "file:///made.txt", "text/plain", "Made", text, (), "file:made"), chunks
