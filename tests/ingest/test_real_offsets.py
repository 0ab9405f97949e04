"""Every chunk of every real file is the document's text at its place; needs the folder of KGFUSE_BENCH_DATA."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.embedding import BUNDLED
from kgfuse.ingest import chunk, file_uri, read_file, token_counter

_FOLDERS = ("emails", "office", "pdfs", "html_articles")
_SETTINGS = IngestSettings(ocr=False)


def _data() -> Path | None:
    place = os.environ.get("KGFUSE_BENCH_DATA")
    return Path(place) if place and Path(place).is_dir() else None


def _files(folder: str) -> Iterator[Path]:
    data = _data()
    return (path for path in sorted((data / folder).rglob("*")) if path.is_file()) if data else iter(())


@pytest.mark.slow
@pytest.mark.skipif(_data() is None, reason="KGFUSE_BENCH_DATA names no folder")
@pytest.mark.parametrize("folder", _FOLDERS)
def test_chunks_of_real_files_are_the_text_at_their_place(folder: str) -> None:
    read = 0
    for path in _files(folder):
        reading = read_file(path, file_uri(path), _SETTINGS)
        assert reading.documents or reading.failures, path.name
        for document in reading.documents:
            read += 1
            end = 0
            for block in document.blocks:
                assert end <= block.start < block.end <= len(document.text), path.name
                end = block.end
            end = 0
            for piece in chunk(document, ChunkSettings(), token_counter(BUNDLED)):
                assert document.text[piece.start : piece.end] == piece.text, path.name
                assert piece.text.strip(), path.name
                assert end <= piece.start, path.name
                end = piece.end
    assert read
