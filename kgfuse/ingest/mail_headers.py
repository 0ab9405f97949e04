"""The headers of a mail: decoded one by one, so that one malformed header costs no more than itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from inspect import signature

from kgfuse.ingest.dates import read_date
from kgfuse.ingest.layout import fold
from kgfuse.ingest.text import decode
from kgfuse.model import Moment, Property

ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_ID = re.compile(r"<([^<>\s]{3,998})>")
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MOST_PEOPLE = 200
# Since a security fix `getaddresses` drops what it finds doubtful; who wrote the header is not trusted here anyway.
_LENIENT: dict[str, bool] = {"strict": False} if "strict" in signature(getaddresses).parameters else {}


def header(message: Message, name: str) -> str:
    """Return a header, decoded and on one line; empty when it is missing."""
    raw = message.get(name)
    return "" if raw is None else _readable(str(raw))


def _readable(text: str) -> str:
    if "\udc80" <= max(text, default="") <= "\udcff":
        text = decode(text.encode("utf-8", "surrogateescape"))
    return fold(decoded(text) if ENCODED_WORD.search(text) else text)


def decoded(text: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded; as it is where they are malformed."""
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
    date = header(message, "Date")
    received = [str(value).rpartition(";")[2] for value in message.get_all("Received", [])]
    moments = (_moment(text) for text in (date, *reversed(received)))
    return next((moment for moment in moments if moment is not None), None) or read_date(date)


def moment_in(text: str) -> Moment | None:
    """Return the time that a date line names, also as programs write it above a forwarded mail: '1 March 2021 10:00'."""
    return _moment(text) or read_date(text)


def _moment(text: str) -> Moment | None:
    when = _parsed(text)
    moment = Moment.of(when if when.tzinfo else when.replace(tzinfo=UTC)) if when is not None else None
    return moment if moment is not None and _EARLIEST < moment.at < _LATEST else None


def _parsed(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(re.sub(r"\s+", " ", text).strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def properties(message: Message) -> tuple[Property, ...]:
    """Return what the headers state: ids, who sent the mail to whom and when (in the sender's time zone)."""
    return tuple(_stated(message))


def _stated(message: Message) -> Iterator[Property]:
    for name, field in (("message_id", "Message-ID"), ("replies_to", "In-Reply-To"), ("references", "References")):
        text = header(message, field)
        ids = _ID.findall(text)
        if not ids and name == "message_id" and re.fullmatch(r"\S{3,998}", text):
            ids = [text]  # without brackets, against the standard
        for id in dict.fromkeys(ids[:1] if name == "message_id" else ids):
            yield Property(name, id, f"{field}: {text}")
    who, address = sender(message)
    if who or address:
        yield Property("sent_by", _person(who or "", address or ""), f"From: {header(message, 'From')}")
    for kind, field in (("sent_to", "To"), ("copied_to", "Cc")):
        for person in _people(message, field):
            yield Property(kind, person, f"{field}: {header(message, field)}"[:2000])
    if (when := _parsed(header(message, "Date"))) is not None and 1970 <= when.year < 2100:
        yield Property("sent_on", when.isoformat(), f"Date: {header(message, 'Date')}")


def _people(message: Message, field: str) -> list[str]:
    raw = [_readable(str(value)) for value in message.get_all(field, [])]
    try:
        pairs = getaddresses(raw, **_LENIENT)
    except (ValueError, IndexError, TypeError):
        return []
    found = [
        _person(fold(name).strip(" \"'<>"), address.strip(" <>").lower()) for name, address in pairs[:_MOST_PEOPLE]
    ]
    return list(dict.fromkeys(person for person in found if person))


def _person(name: str, address: str) -> str:
    if not name or name.lower() == address:
        return address
    return f"{name} <{address}>" if address else name
