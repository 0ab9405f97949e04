"""What a mail, a PDF or an archive carries with it, and the addresses of such things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from kgfuse.errors import IngestError, TooLarge
from kgfuse.model import Document
from kgfuse.protocols import Failure

_MARK = "#attachment/"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file. Its name is what the sender wrote: a label, never a path. `modified_at` is UTC."""

    name: str
    content: bytes
    media_type: str | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A document that carries others, and the parts of it that could not be taken out."""

    document: Document
    attachments: tuple[Attachment, ...] = ()
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A file inside a file that could not be taken out, and why."""

    name: str
    error: IngestError


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that lie in one file without a document around them: an archive, a mailbox. Taken out one by one."""

    members: Iterator[Attachment | Lost]


@dataclass(slots=True)
class Budget:
    """What may still be taken out of one file and of all that lies in it, however deep."""

    members: int
    bytes: int

    def spend(self, size: int) -> None:
        """Count one more file of `size` bytes. Raises TooLarge."""
        self.members -= 1
        self.bytes -= size
        if self.members < 0:
            raise TooLarge("too many files in one archive", hint="Unpack it, or raise ingest.max_members.")
        if self.bytes < 0:
            raise TooLarge(
                "the archive unpacks to too many bytes", hint="Unpack it, or raise ingest.max_unpacked_bytes."
            )


def attachment_uri(parent_uri: str, number: int, name: str) -> str:
    """Return the address of the attachment `number` (from 1) of the document at `parent_uri`."""
    label = name[:200].encode("utf-8", "replace").decode("utf-8")
    return f"{parent_uri}{_MARK}{number}/{quote(label, safe='')}"


def attachment_depth(uri: str) -> int:
    """Return how many documents an address lies inside of: 0 for a file, 1 for its attachment (names are escaped)."""
    return uri.count(_MARK)
