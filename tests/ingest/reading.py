"""What the tests of all readers share."""

from __future__ import annotations

from pathlib import Path

from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.embedding import BUNDLED
from kgfuse.ingest import chunk, read_raw, token_counter
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile, Reading

_ROOT = Path(__file__).resolve().parents[2]
"""Where the checkout lies: no message to a user tells of it."""


def read(content: bytes, name: str, settings: IngestSettings | None = None) -> Reading:
    """Read bytes and check what must hold of every document."""
    reading = read_raw(RawFile(f"file:///in/{name}", name, content), settings or IngestSettings())
    for document in reading.documents:
        end = 0
        for block in document.blocks:
            assert end <= block.start < block.end <= len(document.text)
            end = block.end
        for piece in chunk(document, ChunkSettings(), token_counter(BUNDLED)):
            assert document.text[piece.start : piece.end] == piece.text
    for failure in reading.failures:
        assert failure.uri.startswith("file:///in/")
        assert failure.error.hint
        assert str(_ROOT) not in str(failure.error)
        assert "/tmp" not in str(failure.error)
    return reading


def only(reading: Reading) -> Document:
    """Return the one document of a reading without failures."""
    assert reading.failures == ()
    (document,) = reading.documents
    return document


def blocks(document: Document) -> list[tuple[BlockKind, str]]:
    """Return kind and text of each block."""
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def texts(document: Document, kind: BlockKind) -> list[str]:
    """Return the texts of the blocks of a kind."""
    return [text for found, text in blocks(document) if found is kind]


def error(reading: Reading) -> str:
    """Return the name of the one failure of a reading without documents."""
    assert reading.documents == ()
    (failure,) = reading.failures
    return type(failure.error).__name__
