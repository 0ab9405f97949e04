"""ZIP, TAR and gzip files as folders: nothing is written to the disk, no name in them is taken for a path.

Sizes are counted as bytes come out, whatever the directory of the archive claims.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any

from kgfuse.config import IngestSettings
from kgfuse.errors import Damaged, Encrypted, IngestError, TooLarge, Unreadable
from kgfuse.ingest.attachments import Attachment, Folder, Lost
from kgfuse.ingest.discover import skipped
from kgfuse.ingest.passwords import passwords_of
from kgfuse.protocols import RawFile

_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, ValueError,
)  # fmt: skip
_SMALL = 10_000_000  # bytes; what is smaller may be packed as tight as it likes
_OPENERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7z": lzma.LZMAFile,
}
_TAR_NAME = re.compile(r"\.(?:tgz|tbz2?|txz|tar\.\w+)$", re.IGNORECASE)


def read(file: RawFile) -> Folder:
    """Return what an archive holds, in its order. Raises Damaged."""
    settings = file.settings or IngestSettings()
    if file.content.startswith(b"PK"):
        return Folder(_zipped(file, settings))
    opener = next((one for magic, one in _OPENERS.items() if file.content.startswith(magic)), None)
    if opener is None:
        return Folder(_tarred(io.BytesIO(file.content), file, settings))
    try:
        with opener(io.BytesIO(file.content)) as stream:
            head = stream.read(512)
    except _BROKEN as error:
        raise Damaged(f"cannot be unpacked: {error}") from error
    if head[257:262] == b"ustar" or _TAR_NAME.search(file.name):
        return Folder(_tarred(opener(io.BytesIO(file.content)), file, settings))
    return Folder(_single(opener(io.BytesIO(file.content)), file, settings))


def _limited(stream: IO[bytes], packed: int, settings: IngestSettings) -> bytes:
    """Return all bytes of a stream. Raises TooLarge when it holds too many for its `packed` size."""
    most = min(settings.max_file_bytes, settings.max_unpacked_bytes)
    content = stream.read(min(most, max(_SMALL, int(packed * settings.max_ratio))) + 1)
    if len(content) > most:
        raise TooLarge(f"unpacks to more than {most} bytes")
    if len(content) > max(_SMALL, packed * settings.max_ratio):
        raise TooLarge(f"{packed} bytes unpack to more than {len(content) - 1}: a bomb, not opened")
    return content


def _zipped(file: RawFile, settings: IngestSettings) -> Iterator[Attachment | Lost]:
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        for entry in archive.infolist():
            if entry.is_dir() or _litter(entry.filename):
                continue
            try:
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise Unreadable("a link in an archive is not followed", hint="Pack the file itself.")
                content = _unzipped(archive, entry, file, settings)
                yield Attachment(entry.filename, content, modified_at=_moment(entry))
            except IngestError as error:
                yield Lost(entry.filename, error)


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: RawFile, settings: IngestSettings) -> bytes:
    keys = [None, *(word.encode() for word in passwords_of(file))] if entry.flag_bits & 1 else [None]
    for key in keys:
        try:
            with archive.open(entry, pwd=key) as stream:
                return _limited(stream, entry.compress_size, settings)
        except RuntimeError:  # no password, or a wrong one
            continue
        except _BROKEN as error:
            if key is None:
                raise Damaged(f"cannot be unpacked: {error}") from error
    raise Encrypted("a file in an archive needs a password")


def _moment(entry: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*entry.date_time, tzinfo=UTC) if entry.date_time[0] > 1980 else None
    except ValueError:
        return None


def _tarred(stream: IO[bytes], file: RawFile, settings: IngestSettings) -> Iterator[Attachment | Lost]:
    counted = _Counted(stream, settings.max_unpacked_bytes + 100_000_000, len(file.content) * settings.max_ratio)
    try:
        with tarfile.open(fileobj=counted, mode="r|") as archive:
            for entry in archive:
                if entry.isdir() or _litter(entry.name):
                    continue
                if not entry.isreg():
                    lost = Unreadable("neither a file nor a folder: links in an archive are not followed")
                    yield Lost(entry.name, lost)
                    continue
                content = archive.extractfile(entry)
                if content is None or entry.size > settings.max_file_bytes:
                    yield Lost(entry.name, TooLarge(f"{entry.size} bytes, over the limit"))
                    continue
                yield Attachment(entry.name, content.read(), modified_at=datetime.fromtimestamp(entry.mtime, UTC))
    except (*_BROKEN, OverflowError, RecursionError) as error:
        raise Damaged(f"the archive is truncated or malformed: {error}") from error


class _Counted(io.RawIOBase):
    """A stream that ends in TooLarge after so many bytes."""

    def __init__(self, stream: IO[bytes], most: int, ratio: float) -> None:
        self._stream, self._left = stream, int(min(most, max(10 * _SMALL, ratio)))

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read. Raises TooLarge."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge("the archive unpacks to too many bytes: a bomb, not read on")
        return data


def _single(stream: IO[bytes], file: RawFile, settings: IngestSettings) -> Iterator[Attachment | Lost]:
    name = file.name.rpartition(".")[0] or file.name
    try:
        yield Attachment(name, _limited(stream, len(file.content), settings), modified_at=file.modified_at)
    except _BROKEN as error:
        raise Damaged(f"cannot be unpacked: {error}") from error


def _litter(name: str) -> bool:
    return any(skipped(part) for part in name.split("/") if part not in {"", ".", ".."})
