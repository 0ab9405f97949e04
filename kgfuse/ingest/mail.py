"""Mails (RFC 5322 and MIME), as broken as they come.

The subject is the title, the body is the text, the sender is the source; attachments are taken out for the readers of
their own formats. The parser is the standard library's with the lenient policy: it raises on nothing, and headers are
decoded here one by one, so that one malformed header costs no more than itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import parseaddr, parsedate_to_datetime

from kgfuse.errors import Damaged, Encrypted, IngestError, NoText
from kgfuse.ingest import markup
from kgfuse.ingest.attachments import Attachment, Carrier, attachment_uri
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.mail_body import mark_quotes, text_pieces
from kgfuse.ingest.sniff import MAIL
from kgfuse.ingest.text import decode
from kgfuse.model import BlockKind, DateSource, Moment
from kgfuse.protocols import Failure, RawFile

_NO_DOCUMENT = {
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys",
    "message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "message/external-body",
}  # fmt: skip
_CIPHER = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_MAX_DEPTH = 50


def read(file: RawFile) -> Carrier:
    """Read a mail. Raises Damaged, Encrypted or NoText."""
    content = file.content.lstrip(b"\r\n\t ")
    if content.startswith(b">From "):
        content = content[1:]
    try:
        message = message_from_bytes(content, policy=compat32)
    except RecursionError as error:
        raise Damaged("the parts are nested too deeply") from error
    found = _Parts(file.uri)
    found.visit(message, 0)
    layout = Layout()
    layout.extend(found.body)
    subject = header(message, "Subject")
    if not layout.blocks:
        if found.encrypted:
            raise Encrypted("the mail is encrypted", hint="Decrypt it in the mail program and save it again.")
        if subject:
            layout.add(BlockKind.HEADING, fold(subject), level=1)
        elif not found.attachments:
            raise NoText("the mail has neither a subject nor a text nor attachments")
    name, address = sender(message)
    when = sent_at(message)
    about = About(
        title=subject or _first_line(layout) or file.name,
        author=name,
        published_at=when,
        date_source=DateSource.HEADER if when else None,
        source=f"mail:{address}" if address else None,
    )
    return Carrier(document_of(file, MAIL, layout, about), tuple(found.attachments), tuple(found.failures))


def _first_line(layout: Layout) -> str | None:
    return fold(layout.parts[0])[:80] if layout.parts else None


# -------------------------------------------------------------------------------------------------------------- headers


def header(message: Message, name: str) -> str:
    """Return a header, decoded and on one line; empty when it is missing."""
    raw = message.get(name)
    if raw is None:
        return ""
    text = str(raw)
    if "\udc80" <= max(text, default="") <= "\udcff":
        text = decode(text.encode("utf-8", "surrogateescape"))
    if _ENCODED_WORD.search(text):
        text = _decoded(text)
    return fold(text)


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text)
    except (MessageError, ValueError):
        return text
    return "".join(part if isinstance(part, str) else decode(part, charset or "latin-1") for part, charset in parts)


def sender(message: Message) -> tuple[str | None, str | None]:
    """Return the sender's name and lower-case address, each `None` when unknown."""
    for field in ("From", "Sender", "Reply-To", "Return-Path"):
        raw = header(message, field)
        name, address = parseaddr(raw)
        if "@" not in address:
            found = re.search(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)*", raw)
            name, address = (raw[: found.start()].strip(" <\"'(") if found else raw, found[0] if found else "")
        if address or name:
            name = fold(name).strip(" \"'<>")
            return (None if not name or name.lower() == address.lower() else name), address.strip(" <>").lower() or None
    return None, None


def sent_at(message: Message) -> Moment | None:
    """Return when the mail was sent: its Date header, else the oldest Received header (UTC)."""
    received = [str(value).rpartition(";")[2] for value in message.get_all("Received", [])]
    for text in (header(message, "Date"), *reversed(received)):
        try:
            when = parsedate_to_datetime(re.sub(r"\s+", " ", text).strip())
            moment = Moment.of(when if when.tzinfo else when.replace(tzinfo=UTC))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if datetime(1970, 1, 2, tzinfo=UTC) < moment.at < datetime(2100, 1, 1, tzinfo=UTC):
            return moment
    return None


# ---------------------------------------------------------------------------------------------------------------- parts


class _Parts:
    """Collects the body and the attachments of a message."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.body: list[Piece] = []
        self.attachments: list[Attachment] = []
        self.failures: list[Failure] = []
        self.encrypted = False

    def visit(self, part: Message, depth: int) -> None:
        kind = part.get_content_type()
        if depth > _MAX_DEPTH:
            raise Damaged("the parts are nested too deeply")
        if kind in _CIPHER:
            self.encrypted = True
        elif kind == "multipart/alternative":
            self._alternative(part, depth)
        elif kind == "message/rfc822":
            self._mail(part)
        elif part.is_multipart() and kind not in _NO_DOCUMENT:
            for child in _children(part):
                self.visit(child, depth + 1)
        elif kind not in _NO_DOCUMENT:
            self._leaf(part, kind)

    def _alternative(self, part: Message, depth: int) -> None:
        """Take the first alternative in plain text that says something, else the last one that does."""
        options = []
        for child in _children(part):
            inner = _Parts(self.uri)
            inner.visit(child, depth + 1)
            options.append((child, inner))
            self.attachments.extend(inner.attachments)
            self.failures.extend(inner.failures)
            self.encrypted = self.encrypted or inner.encrypted
        spoken = [(child, inner) for child, inner in options if inner.body]
        plain = [inner for child, inner in spoken if child.get_content_type() == "text/plain" and _worth(inner, spoken)]
        if spoken:
            self.body.extend((plain[0] if plain else spoken[-1][1]).body)

    def _leaf(self, part: Message, kind: str) -> None:
        name = _file_name(part)
        disposition = (part.get_content_disposition() or "").lower()
        main, _, _ = kind.partition("/")
        if main == "image" and disposition != "attachment":
            return
        if (
            disposition != "attachment"
            and kind in {"text/plain", "text/html"}
            and (not name or disposition == "inline")
        ):
            self.body.extend(_body(part, kind))
        elif (
            main == "text"
            and not name
            and disposition != "attachment"
            and kind not in {"text/calendar", "text/x-vcard"}
        ):
            self.body.extend(_body(part, "text/html" if kind == "text/enriched" else "text/plain"))
        else:
            self._attach(name or f"unnamed-{len(self.attachments) + 1}", part, kind)

    def _attach(self, name: str, part: Message, kind: str) -> None:
        content = _payload(part)
        generic = kind in {"application/octet-stream", "text/plain"}
        self.attachments.append(Attachment(name, content, None if generic else kind))

    def _mail(self, part: Message) -> None:
        inner = next(iter(_children(part)), None)
        name = _file_name(part) or (header(inner, "Subject") if inner is not None else "") or "mail"
        try:
            content = inner.as_bytes(policy=compat32) if inner is not None else _payload(part)
        except (ValueError, KeyError, TypeError, AttributeError, LookupError, RecursionError) as error:
            number = len(self.attachments) + len(self.failures) + 1
            damaged: IngestError = Damaged(f"a mail inside the mail cannot be taken out: {type(error).__name__}")
            self.failures.append(Failure(attachment_uri(self.uri, number, name), damaged))
            return
        self.attachments.append(Attachment(name, content, MAIL))


def _worth(inner: _Parts, spoken: list[tuple[Message, _Parts]]) -> bool:
    """Whether a plain-text alternative says what the mail says, and not only 'view this in a browser'."""
    most = max(_words(other) for _, other in spoken)
    return _words(inner) >= min(30, most) or _words(inner) >= 0.5 * most


def _words(inner: _Parts) -> int:
    return sum(len(piece.text.split()) for piece in inner.body)


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (child for child in payload if isinstance(child, Message))


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _body(part: Message, kind: str) -> list[Piece]:
    text = decode(_payload(part), _charset(part))
    if kind == "text/html":
        tree = markup.parse(text)
        return mark_quotes(markup.visible(tree)) if tree is not None else []
    flowed = _parameter(part, "format") == "flowed"
    return text_pieces(text, flowed=flowed, delete_space=_parameter(part, "delsp") == "yes")


def _parameter(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name, "")).lower()
    except (ValueError, LookupError, TypeError):
        return ""


def _charset(part: Message) -> str | None:
    try:
        charset = part.get_content_charset()
    except (ValueError, LookupError, TypeError):
        return None
    return None if charset in {"us-ascii", "ascii", "default", "unknown-8bit", "iso-8859-1"} else charset


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return ""
    if not name:
        return ""
    return fold(_decoded(name) if _ENCODED_WORD.search(name) else name)[:255]
