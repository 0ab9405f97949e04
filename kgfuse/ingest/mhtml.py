"""Saved web pages in one file (MHTML, RFC 2557): the page is read, its images and styles are not."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from kgfuse.errors import NoText
from kgfuse.ingest import html
from kgfuse.ingest.mail import payload
from kgfuse.ingest.mail_headers import header
from kgfuse.protocols import RawFile, Reading


def read(file: RawFile) -> Reading:
    """Read a saved page. Raises NoText."""
    message = message_from_bytes(file.content.lstrip(), policy=compat32)
    address = header(message, "Snapshot-Content-Location")
    pages = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    if not pages:
        raise NoText("the saved page holds no page")
    page = next((part for part in pages if _is_root(part, message)), pages[0])
    return html.read_page(file, payload(page), address or header(page, "Content-Location") or None)


def _is_root(part: Message, message: Message) -> bool:
    start = str(message.get_param("start", "") or "")
    return bool(start) and header(part, "Content-ID") == start
