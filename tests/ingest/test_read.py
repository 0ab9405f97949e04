"""One file to a reading: what is read, and what is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.embedding import BUNDLED
from kgfuse.ingest import chunk, read_file, token_counter
from kgfuse.model import DateSource, Moment

_SETTINGS = IngestSettings()


def _write(folder: Path, name: str, content: bytes) -> tuple[Path, str]:
    path = folder / name
    path.write_bytes(content)
    return path, path.as_uri()


def test_a_markdown_note_becomes_a_document(tmp_path: Path) -> None:
    head = b"# Board minutes\r\n\r\nOslo, 12 May 2020\r\n\r\nThe board met.\r\n\r\n"
    text = head + b"## Decisions\r\n\r\nJane Roe was elected chair.\r\n"
    reading = read_file(*_write(tmp_path, "minutes.md", text), _SETTINGS)
    assert reading.failures == ()
    (document,) = reading.documents
    assert document.title == "Board minutes"
    assert (document.published_at, document.date_source) == (Moment.parse("2020-05-12"), DateSource.TEXT)
    assert "\r" not in document.text
    chunks = chunk(document, ChunkSettings(), token_counter(BUNDLED))
    assert chunks[-1].heading_path == ("Board minutes", "Decisions")
    assert "Jane Roe was elected chair." in chunks[-1].text


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("empty.txt", b"", "EmptyFile"),
        ("blank.txt", b" \n\n ", "NoText"),
        ("binary.txt", b"\x7fELF\x00\x01\x02\x00" * 20, "UnknownFormat"),
        ("scan.txt", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "Damaged"),
        ("large.txt", b"x" * 1001, "TooLarge"),
    ],
)
def test_bad_input_becomes_a_record(tmp_path: Path, name: str, content: bytes, error: str) -> None:
    path, uri = _write(tmp_path, name, content)
    reading = read_file(path, uri, IngestSettings(max_file_bytes=1000))
    assert reading.documents == ()
    (failure,) = reading.failures
    assert (failure.uri, type(failure.error).__name__) == (uri, error)
    assert failure.error.hint


def test_a_missing_file_or_a_folder_is_a_record(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.txt", tmp_path):
        (failure,) = read_file(path, path.as_uri(), _SETTINGS).failures
        assert type(failure.error).__name__ == "Unreadable"


def test_the_same_bytes_at_the_same_place_are_the_same_document(tmp_path: Path) -> None:
    path, uri = _write(tmp_path, "a.txt", b"Jane Roe runs Acme.")
    first, again = read_file(path, uri, _SETTINGS), read_file(path, uri, _SETTINGS)
    assert first == again
    path.write_bytes(b"Tom Poe runs Acme.")
    assert read_file(path, uri, _SETTINGS).documents[0].id != first.documents[0].id
