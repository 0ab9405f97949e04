"""Which mail answers which: by the ids in References and In-Reply-To (RFC 5322), by the subject only as a last resort."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kgfuse.model import Document

_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|antw|fwd?|wg|tr|vs|rv|res|ang|odp)(?:\s*\[\d+\]|\s*\^\d+)?\s*:\s*|\[[^\]]{1,40}\]\s*(?=\S))+",
    re.IGNORECASE,
)
_REPLY = re.compile(r"^\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|antw|vs|rv|res|odp)\b[^:]{0,6}:", re.IGNORECASE)
_SAME_TALK = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Mail:
    """What threading needs of a mail: the ids it names, and its subject for want of them."""

    document_id: str
    message_id: str
    replies_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    is_reply: bool
    sent_at: datetime | None


def base_subject(subject: str) -> str:
    """Return a subject without Re:, Fwd: and the names of mailing lists, in lower case, white space folded."""
    return " ".join(_PREFIX.sub("", subject).split()).casefold()


def is_reply(subject: str) -> bool:
    """Whether a subject says that the mail answers another."""
    return _REPLY.match(subject) is not None


def mail_of(document: Document) -> Mail | None:
    """Return what threading needs of a document; `None` when it is no mail."""
    named: dict[str, list[str]] = defaultdict(list)
    for one in document.properties:
        named[one.name].append(one.value)
    if "message_id" not in named and "sent_by" not in named:
        return None
    return Mail(
        document.id,
        next(iter(named["message_id"]), ""),
        tuple(named["replies_to"]),
        tuple(named["references"]),
        base_subject(document.title),
        is_reply(document.title),
        document.published_at.at if document.published_at else None,
    )


def replies(mails: Sequence[Mail]) -> dict[str, str]:
    """Return for each mail (by document) the one that it answers, where that is among `mails`.

    In-Reply-To counts first, then References from the last; a mail that says 'Re:' but names none answers the latest
    earlier mail of the same subject within 90 days. Of two mails with one id the first in order of document counts.
    """
    known: dict[str, str] = {}
    for mail in sorted(mails, key=lambda item: item.document_id):
        if mail.message_id:
            known.setdefault(mail.message_id, mail.document_id)
    talks: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        if mail.subject and mail.sent_at:
            talks[mail.subject].append(mail)
    for talk in talks.values():
        talk.sort(key=lambda item: (item.sent_at, item.document_id))
    answered: dict[str, str] = {}
    for mail in mails:
        named = [known[id] for id in (*mail.replies_to, *reversed(mail.references)) if id in known]
        target = next((id for id in named if id != mail.document_id), None)
        if target is None and mail.is_reply and not mail.replies_to and not mail.references:
            target = _by_subject(mail, talks.get(mail.subject, ()))
        if target is not None:
            answered[mail.document_id] = target
    return answered


def _by_subject(mail: Mail, talk: Iterable[Mail]) -> str | None:
    earlier = [
        other
        for other in talk
        if mail.sent_at and other.sent_at and timedelta(0) < mail.sent_at - other.sent_at <= _SAME_TALK
    ]
    return earlier[-1].document_id if earlier else None


def threads(mails: Sequence[Mail]) -> dict[str, str]:
    """Return for each mail (by document) the least document id of its thread.

    Mails are in one thread that answer each other, or that name the same mail, be it among them or not.
    """
    first: dict[str, str] = {}

    def root(key: str) -> str:
        while first.setdefault(key, key) != key:
            first[key] = first[first[key]]
            key = first[key]
        return key

    def join(left: str, right: str) -> None:
        one, other = sorted((root(left), root(right)))
        first[other] = one

    for mail in mails:
        for id in (mail.message_id, *mail.replies_to, *mail.references):
            if id:
                join(mail.document_id, f"~{id}")  # sorts behind every document id
    for answer, target in replies(mails).items():
        join(answer, target)
    return {mail.document_id: root(mail.document_id) for mail in mails}
