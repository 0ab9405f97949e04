"""One file, or one attachment, to a Reading."""

from __future__ import annotations

import importlib
import os
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kgfuse.config import IngestSettings
from kgfuse.errors import (
    Damaged,
    EmptyFile,
    FileChanged,
    IngestError,
    NoText,
    OutOfMemory,
    TooLarge,
    UnknownFormat,
    Unreadable,
)
from kgfuse.ingest import sniff
from kgfuse.ingest.attachments import Budget, Carrier, Folder, Lost, attachment_depth, attachment_uri
from kgfuse.model import Document
from kgfuse.protocols import Failure, RawFile, Reading

_READERS = {
    sniff.MARKDOWN: "text",
    sniff.TEXT: "text",
    sniff.HTML: "html",
    sniff.MAIL: "mail",
    sniff.PDF: "pdf",
    sniff.DOCX: "docx",
    sniff.XLS: "xls",
    sniff.XLSX: "xlsx",
    sniff.PPTX: "pptx",
    sniff.ODT: "odf",
    sniff.ODS: "odf",
    sniff.ODP: "odf",
    sniff.EPUB: "epub",
    sniff.RTF: "rtf",
    sniff.CSV: "csv_file",
    sniff.TSV: "csv_file",
    sniff.JSON: "json_file",
    sniff.JSON_LINES: "json_file",
    sniff.CALENDAR: "calendar",
    sniff.MSG: "msg",
    sniff.MBOX: "mbox",
    sniff.MHTML: "mhtml",
    sniff.ZIP: "archive",
    sniff.TAR: "archive",
    sniff.GZIP: "archive",
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


def read_raw(file: RawFile, settings: IngestSettings, budget: Budget | None = None) -> Reading:
    """Read bytes already at hand. Raises nothing. `budget` is what may still be taken out of files within files."""
    budget = budget or Budget(settings.max_members, settings.max_unpacked_bytes)
    file = replace(file, settings=settings)
    try:
        _check_size(len(file.content), settings)
        media_type = sniff.sniff(file.content, file.name, file.media_type)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parsers warn about files in the wild; nobody can act on it
            reading = _dispatch(file, media_type, settings, budget)
        if not reading.failures and not any(document.text.strip() for document in reading.documents):
            raise NoText("the file opens, but holds no text")
    except IngestError as error:
        return Reading((), (Failure(file.uri, error),))
    except MemoryError:
        return Reading((), (Failure(file.uri, too_greedy(settings)),))
    # Parsers raise anything on hostile input; one bad file must not stop the others.
    except Exception as error:  # noqa: BLE001
        damaged = Damaged(f"cannot be parsed: {type(error).__name__}: {str(error)[:200]}")
        damaged.__cause__ = error
        return Reading((), (Failure(file.uri, damaged),))
    return reading


def too_greedy(settings: IngestSettings) -> OutOfMemory:
    """What is told of a file whose reader wanted more memory than it may have."""
    return OutOfMemory(
        f"reading it took more than {settings.file_memory_bytes // 1_000_000} MB of memory",
        hint="Raise ingest.file_memory_bytes.",
    )


def _check_size(size: int, settings: IngestSettings) -> None:
    if size == 0:
        raise EmptyFile("the file is empty")
    if size > settings.max_file_bytes:
        raise TooLarge(f"{size} bytes, over the limit of {settings.max_file_bytes}")


def _dispatch(file: RawFile, media_type: str, settings: IngestSettings, budget: Budget) -> Reading:
    if media_type not in _READERS:
        raise UnknownFormat(f"no reader for {media_type} yet", hint="Convert it to Markdown or plain text.")
    reader = importlib.import_module(f"kgfuse.ingest.{_READERS[media_type]}")
    found: Reading | Carrier | Folder = reader.read(file)
    if settings.docling and not isinstance(found, Folder):
        found = _by_docling(found, file)
    if isinstance(found, Carrier):
        return _with_attachments(found, settings, budget)
    return _of_members(found, file, settings, budget) if isinstance(found, Folder) else found


def _by_docling(found: Reading | Carrier, file: RawFile) -> Reading | Carrier:
    """Lay out what docling can; where it fails our own layout stands, and the failure is told."""
    from kgfuse.ingest.docling_layout import MEDIA_TYPES, relaid

    documents = (found.document,) if isinstance(found, Carrier) else found.documents
    if len(documents) != 1 or documents[0].media_type not in MEDIA_TYPES:
        return found
    failures = found.failures
    document = documents[0]
    try:
        document = relaid(document, file)
    except IngestError as error:
        failures = (*failures, Failure(file.uri, error))
    except Exception as error:  # noqa: BLE001 - docling's parsers and models raise anything
        damaged = Damaged(f"docling cannot read it: {type(error).__name__}: {str(error)[:200]}")
        failures = (*failures, Failure(file.uri, damaged))
    if isinstance(found, Carrier):
        return replace(found, document=document, failures=failures)
    return Reading((document,), failures)


def _of_members(folder: Folder, file: RawFile, settings: IngestSettings, budget: Budget) -> Reading:
    """Read the files in an archive or a mailbox one by one; what cannot be read is a failure of its own."""
    documents: list[Document] = []
    failures: list[Failure] = []
    place = file.uri
    try:
        for number, member in enumerate(folder.members, 1):
            place = attachment_uri(file.uri, number, member.name)
            if isinstance(member, Lost):
                budget.spend(0)
                failures.append(Failure(place, member.error))
                continue
            budget.spend(len(member.content))
            if attachment_depth(place) > settings.max_attachment_depth:
                raise TooLarge("archives inside archives, too deep", hint=_DEEPER)
            name = member.name.rpartition("/")[2] or member.name
            raw = RawFile(place, name, member.content, member.media_type, member.modified_at, file.parent)
            inner = read_raw(raw, settings, budget)
            documents.extend(inner.documents)
            failures.extend(inner.failures)
    except IngestError as error:  # of the archive itself: it is truncated, or over a limit
        failures.append(Failure(place, error))
    return Reading(tuple(documents), tuple(failures))


def _with_attachments(carrier: Carrier, settings: IngestSettings, budget: Budget) -> Reading:
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
            budget,
        )
        documents.extend(inner.documents)
        failures.extend(inner.failures)
    return Reading(tuple(documents), tuple(failures))
