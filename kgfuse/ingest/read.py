"""One file, or one attachment, to a Reading."""

from __future__ import annotations

import importlib
import os
import warnings
from datetime import UTC, datetime
from pathlib import Path

from kgfuse.config import IngestSettings
from kgfuse.errors import Damaged, EmptyFile, FileChanged, IngestError, NoText, TooLarge, UnknownFormat, Unreadable
from kgfuse.ingest import sniff
from kgfuse.ingest.attachments import Carrier, attachment_depth, attachment_uri
from kgfuse.protocols import Failure, RawFile, Reading

_READERS = {
    sniff.MARKDOWN: "text",
    sniff.TEXT: "text",
    sniff.HTML: "html",
    sniff.MAIL: "mail",
    sniff.PDF: "pdf",
    sniff.DOCX: "docx",
    sniff.XLSX: "xlsx",
}
"""The module that reads a media type; what is not here is reported as unknown."""

_MORE_ATTACHMENTS = "Raise ingest.max_attachments."
_DEEPER = "Raise ingest.max_attachment_depth."


def read_bytes(path: Path, settings: IngestSettings) -> bytes:
    """Return a file's bytes. Raises Unreadable, EmptyFile, TooLarge (before reading) or FileChanged."""
    try:
        before = path.stat()
        if not path.is_file():
            raise Unreadable(f"{path.name} is no regular file", hint="Only regular files are read.")
        _check_size(before.st_size, settings)
        with path.open("rb") as stream:
            content = stream.read(settings.max_file_bytes + 1)
            after = os.fstat(stream.fileno())
    except OSError as error:
        raise Unreadable(f"cannot read the file: {error.strerror or error}") from error
    same = (before.st_size, before.st_mtime_ns, before.st_ino) == (after.st_size, after.st_mtime_ns, after.st_ino)
    if not same or len(content) != after.st_size:
        raise FileChanged("the file changed while it was read")
    return content


def read_file(path: Path, uri: str, settings: IngestSettings) -> Reading:
    """Read one file. Raises nothing: what cannot be read comes back as failures."""
    try:
        content = read_bytes(path, settings)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except IngestError as error:
        return Reading((), (Failure(uri, error),))
    except (OSError, OverflowError, ValueError) as error:
        return Reading((), (Failure(uri, Unreadable(f"cannot read the file: {error}")),))
    return read_raw(RawFile(uri, path.name, content, modified_at=modified), settings)


def read_raw(file: RawFile, settings: IngestSettings) -> Reading:
    """Read bytes already at hand. Raises nothing."""
    try:
        _check_size(len(file.content), settings)
        media_type = sniff.sniff(file.content, file.name, file.media_type)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parsers warn about files in the wild; nobody can act on it
            reading = _dispatch(file, media_type, settings)
        if not any(document.text.strip() for document in reading.documents):
            raise NoText("the file opens, but holds no text")
    except IngestError as error:
        return Reading((), (Failure(file.uri, error),))
    # Parsers raise anything on hostile input; one bad file must not stop the others.
    except Exception as error:  # noqa: BLE001
        damaged = Damaged(f"cannot be parsed: {type(error).__name__}: {str(error)[:200]}")
        damaged.__cause__ = error
        return Reading((), (Failure(file.uri, damaged),))
    return reading


def _check_size(size: int, settings: IngestSettings) -> None:
    if size == 0:
        raise EmptyFile("the file is empty")
    if size > settings.max_file_bytes:
        raise TooLarge(f"{size} bytes, over the limit of {settings.max_file_bytes}")


def _dispatch(file: RawFile, media_type: str, settings: IngestSettings) -> Reading:
    if media_type not in _READERS:
        raise UnknownFormat(f"no reader for {media_type} yet", hint="Convert it to Markdown or plain text.")
    reader = importlib.import_module(f"kgfuse.ingest.{_READERS[media_type]}")
    found: Reading | Carrier = reader.read(file)
    return found if isinstance(found, Reading) else _with_attachments(found, settings)


def _with_attachments(carrier: Carrier, settings: IngestSettings) -> Reading:
    """Read what a mail or a PDF carries; each attachment becomes documents or a failure of its own."""
    documents, failures = [carrier.document], list(carrier.failures)
    uri = carrier.document.uri
    for number, attachment in enumerate(carrier.attachments, 1):
        place = attachment_uri(uri, number, attachment.name)
        if number > settings.max_attachments:
            left = len(carrier.attachments) - settings.max_attachments
            failures.append(Failure(place, TooLarge(f"{left} attachments over the limit", hint=_MORE_ATTACHMENTS)))
            break
        if attachment_depth(place) > settings.max_attachment_depth:
            failures.append(Failure(place, TooLarge("attachments inside attachments, too deep", hint=_DEEPER)))
            continue
        inner = read_raw(
            RawFile(place, attachment.name, attachment.content, attachment.media_type, parent=carrier.document),
            settings,
        )
        documents.extend(inner.documents)
        failures.extend(inner.failures)
    return Reading(tuple(documents), tuple(failures))
