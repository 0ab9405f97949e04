"""Mails (RFC 5322 and MIME), as broken as they come.

The subject is the title, the body is the text, the sender is the source; attachments are taken out for the readers of
their own formats. The parser is the standard library's with the lenient policy: it raises on nothing, and headers are
decoded here one by one, so that one malformed header costs no more than itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from kgfuse.errors import Damaged, Encrypted, IngestError, NoText
from kgfuse.ingest import markup
from kgfuse.ingest.attachments import Attachment, Carrier, attachment_uri
from kgfuse.ingest.layout import About, Layout, Piece, document_of, fold
from kgfuse.ingest.mail_body import forwarded, mark_quotes, text_pieces
from kgfuse.ingest.mail_headers import ENCODED_WORD, decoded, header, properties, sender, sent_at
from kgfuse.ingest.sniff import MAIL
from kgfuse.ingest.text import decode, repaired
from kgfuse.model import BlockKind, DateSource, Document
from kgfuse.protocols import Failure, RawFile

_NO_DOCUMENT = {
    "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys",
    "message/delivery-status", "message/disposition-notification", "text/rfc822-headers", "message/external-body",
}  # fmt: skip
_CIPHER = {"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"}
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
    if not found.body and found.encrypted:
        raise Encrypted("the mail is encrypted", hint="Decrypt it in the mail program and save it again.")
    if not found.body and not found.attachments and not header(message, "Subject"):
        raise NoText("the mail has neither a subject nor a text nor attachments")
    document = document_from(file, message, found.body)
    children = (*found.attachments, *(Attachment(name, mail, MAIL) for name, mail in forwarded(found.body)))
    return Carrier(document, children, tuple(found.failures))


def document_from(file: RawFile, message: Message, body: Sequence[Piece], media_type: str = MAIL) -> Document:
    """Return the document of a mail with these headers and this body."""
    layout = Layout()
    layout.extend(replace(piece, level=None) if piece.kind is BlockKind.QUOTE else piece for piece in body)
    subject = header(message, "Subject")
    if not layout.blocks and subject:
        layout.add(BlockKind.HEADING, subject, level=1)
    name, address = sender(message)
    when = sent_at(message)
    about = About(
        title=subject or _first_line(layout) or file.name,
        author=name,
        published_at=when,
        date_source=DateSource.HEADER if when else None,
        source=f"mail:{address}" if address else None,
        properties=properties(message),
    )
    return document_of(file, media_type, layout, about)


def _first_line(layout: Layout) -> str | None:
    return fold(layout.parts[0])[:80] if layout.parts else None


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
        content = payload(part)
        generic = kind in {"application/octet-stream", "text/plain"}
        self.attachments.append(Attachment(name, content, None if generic else kind))

    def _mail(self, part: Message) -> None:
        inner = next(iter(_children(part)), None)
        name = _file_name(part) or (header(inner, "Subject") if inner is not None else "") or "mail"
        try:
            content = inner.as_bytes(policy=compat32) if inner is not None else payload(part)
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


def payload(part: Message) -> bytes:
    """Return the bytes of a part, its transfer encoding undone as far as it goes."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def _body(part: Message, kind: str) -> list[Piece]:
    text = repaired(decode(payload(part), _charset(part)))
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
    if charset in {"iso-8859-1", "latin-1", "latin1"}:  # what programs call Windows' superset of it, or UTF-8
        try:
            payload(part).decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
    return None if charset in {"us-ascii", "ascii", "default", "unknown-8bit", "iso-8859-1"} else charset


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return ""
    if not name:
        return ""
    return fold(decoded(name) if ENCODED_WORD.search(name) else name)[:255]
