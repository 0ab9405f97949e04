"""What a mail or a PDF carries with it, and the addresses of such things."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from kgfuse.model import Document
from kgfuse.protocols import Failure

_MARK = "#attachment/"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file. Its name is what the sender wrote: a label, never a path."""

    name: str
    content: bytes
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A document that carries others, and the parts of it that could not be taken out."""

    document: Document
    attachments: tuple[Attachment, ...] = ()
    failures: tuple[Failure, ...] = ()


def attachment_uri(parent_uri: str, number: int, name: str) -> str:
    """Return the address of the attachment `number` (from 1) of the document at `parent_uri`."""
    return f"{parent_uri}{_MARK}{number}/{quote(name[:200], safe='')}"


def attachment_depth(uri: str) -> int:
    """Return how many documents an address lies inside of: 0 for a file, 1 for its attachment (names are escaped)."""
    return uri.count(_MARK)
