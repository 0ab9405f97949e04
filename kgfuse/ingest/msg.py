"""Mails as Outlook saves them (MSG, [MS-OXMSG]), read by python-oxmsg; the rest is as with any mail."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import compat32, default
from email.utils import format_datetime, formataddr
from typing import Any

from kgfuse.errors import Damaged, NoText
from kgfuse.ingest import markup
from kgfuse.ingest.attachments import Attachment, Carrier, attachment_uri
from kgfuse.ingest.layout import Piece, fold
from kgfuse.ingest.mail import document_from
from kgfuse.ingest.mail_body import forwarded, mark_quotes, text_pieces
from kgfuse.ingest.mail_headers import header
from kgfuse.ingest.rtf import rtf_text
from kgfuse.ingest.sniff import MAIL, MSG
from kgfuse.ingest.text import repaired
from kgfuse.protocols import Failure, RawFile

_KEPT = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "In-Reply-To", "References", "Received")
_MESSAGE_ID, _IN_REPLY_TO, _REFERENCES, _RTF = 0x1035, 0x1042, 0x1039, 0x1009
_SENDER_SMTP, _SENDER_NAME, _DISPLAY_TO, _DISPLAY_CC = 0x5D01, 0x0C1A, 0x0E04, 0x0E03
_DELIVERED, _DISPLAY_NAME = 0x0E06, 0x3001
_EMBEDDED, _EMBEDDED_OFFSET = "__substg1.0_3701000D", 24
_DEEPEST = 8
# The dictionary that compressed RTF begins with ([MS-OXRTFCP] 2.1.3.1.1).
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_LONGEST_RTF = 50_000_000


def read(file: RawFile) -> Carrier:
    """Read an Outlook mail. Raises Damaged or NoText."""
    from oxmsg import Message as OutlookMessage

    try:
        saved = OutlookMessage.load(io.BytesIO(file.content))
        message = _headers(saved)
        body = _body(saved)
        attachments = list(_attachments(saved, file.uri))
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
        struct.error,
        AssertionError,
    ) as error:
        raise Damaged(f"a malformed Outlook mail: {type(error).__name__}") from error
    found = tuple(item for item in attachments if isinstance(item, Attachment))
    if not body and not found and not header(message, "Subject"):
        raise NoText("the mail has neither a subject nor a text nor attachments")
    failures = tuple(item for item in attachments if isinstance(item, Failure))
    inner = (Attachment(name, mail, MAIL) for name, mail in forwarded(body))
    return Carrier(document_from(file, message, body, MSG), (*found, *inner), failures)


def _headers(saved: Any) -> Message:
    """Return the headers of transport where they were kept, filled up with Outlook's own fields."""
    message = Message(policy=compat32)
    kept = {name.lower(): value for name, value in saved.message_headers.items()}
    for name in _KEPT:
        if value := kept.get(name.lower()):
            message[name] = fold(value)
    people = {kind: _of_kind(saved, kind) for kind in (1, 2)}
    sender = saved.sender or _text(saved, _SENDER_SMTP) or _text(saved, _SENDER_NAME)
    when = saved.sent_date or _date(saved, _DELIVERED)
    filled = {
        "From": _sender(sender, _text(saved, _SENDER_NAME)),
        "To": people[1] or _text(saved, _DISPLAY_TO),
        "Cc": people[2] or _text(saved, _DISPLAY_CC),
        "Date": format_datetime(when.replace(tzinfo=when.tzinfo or UTC)) if when else "",
        "Subject": saved.subject or "",
        "Message-ID": _text(saved, _MESSAGE_ID),
        "In-Reply-To": _text(saved, _IN_REPLY_TO),
        "References": _text(saved, _REFERENCES),
    }
    for name, value in filled.items():
        if name not in message and (folded := fold(value)):
            message[name] = folded
    return message


def _sender(address: str, name: str) -> str:
    return address if "<" in address or not name or name == address else formataddr((name, address))


def _text(saved: Any, number: int) -> str:
    value = saved.properties.str_prop_value(number)
    return value if isinstance(value, str) else ""


def _date(saved: Any, number: int) -> datetime | None:
    value = saved.properties.date_prop_value(number)
    return value if isinstance(value, datetime) else None


def _of_kind(saved: Any, kind: int) -> str:
    """Return the recipients of a kind (1: to, 2: copied)."""
    pairs = [
        (one.name or "", one.email_address or "")
        for one in saved.recipients
        if (one.properties.int_prop_value(0x0C15) or 1) == kind
    ]
    return ", ".join(
        formataddr(("" if name == address else name, address)) for name, address in pairs if address or name
    )


def _body(saved: Any) -> list[Piece]:
    """Return the body: in plain text, else as a page, else out of compressed RTF."""
    if (saved.body or "").strip():
        return text_pieces(repaired(saved.body))
    if page := saved.html_body:
        tree = markup.parse(page)
        return mark_quotes(markup.visible(tree)) if tree is not None else []
    packed = saved.properties.binary_prop_value(_RTF)
    if not packed:
        return []
    return text_pieces(rtf_text(unpacked_rtf(packed).decode("latin-1")).replace("\n", "\n\n"))


def unpacked_rtf(packed: bytes) -> bytes:
    """Return RTF that was compressed as [MS-OXRTFCP] says. Raises Damaged."""
    if len(packed) < 16:
        raise Damaged("the compressed text is truncated")
    size, kind = struct.unpack_from("<I", packed, 4)[0], packed[8:12]
    if kind == b"MELA":
        return packed[16 : 16 + size]
    if kind != b"LZFu" or size > _LONGEST_RTF:
        raise Damaged("the compressed text is of an unknown kind")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    at, out, place = len(_DICTIONARY), bytearray(), 16
    while place < len(packed) and len(out) < size:
        control, place = packed[place], place + 1
        for bit in range(8):
            if place >= len(packed) or len(out) >= size:
                break
            if control >> bit & 1:
                if place + 1 >= len(packed):
                    break
                offset, length = packed[place] << 4 | packed[place + 1] >> 4, (packed[place + 1] & 15) + 2
                place += 2
                if offset == at:
                    return bytes(out)
                run = [offset + step for step in range(length)]
            else:
                window[at] = packed[place]
                out.append(packed[place])
                at, place = (at + 1) % _WINDOW, place + 1
                continue
            for source in run:
                byte = window[source % _WINDOW]
                window[at] = byte
                out.append(byte)
                at = (at + 1) % _WINDOW
    return bytes(out)


def _attachments(saved: Any, uri: str, depth: int = 0) -> Iterator[Attachment | Failure]:
    for number, item in enumerate(saved.attachments, 1):
        name = fold(item.file_name or _text(item, _DISPLAY_NAME)) or f"unnamed-{number}"
        kind = item.mime_type
        inner = next((one for one in item._storage.storages if one.name == _EMBEDDED), None)
        if inner is not None and depth < _DEEPEST:
            yield Attachment(name, _as_mime(_embedded(inner), uri, depth + 1), MAIL)
        elif (content := item.file_bytes) is not None:
            yield Attachment(name, content, kind if kind and kind != "application/octet-stream" else None)
        else:
            lost = Damaged("an attachment that holds no file", hint="Save it from Outlook as a file and ingest that.")
            yield Failure(attachment_uri(uri, number, name), lost)


def _embedded(storage: Any) -> Any:
    """Return a mail inside a mail; its properties begin eight bytes sooner ([MS-OXMSG] 2.4.1.2)."""
    from oxmsg import Message as OutlookMessage
    from oxmsg.properties import Properties

    message = OutlookMessage(storage)
    message.__dict__["_properties"] = Properties(storage, _EMBEDDED_OFFSET)
    return message


def _as_mime(saved: Any, uri: str, depth: int) -> bytes:
    """Return a mail inside a mail in the form that the reader of mails takes."""
    headers = _headers(saved)
    mail = EmailMessage()
    for name, value in headers.items():
        mail[name] = str(value)
    page = None if (saved.body or "").strip() else saved.html_body
    mail.set_content(page or "\n\n".join(piece.text for piece in _body(saved)), subtype="html" if page else "plain")
    for item in _attachments(saved, uri, depth):
        if isinstance(item, Attachment) and item.media_type == MAIL:
            mail.add_attachment(message_from_bytes(item.content, policy=default), filename=item.name)
        elif isinstance(item, Attachment):
            mail.add_attachment(item.content, maintype="application", subtype="octet-stream", filename=item.name)
    return mail.as_bytes()
