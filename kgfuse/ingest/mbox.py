"""Mailboxes: a file of mails, each behind a line that begins with ``From `` (RFC 4155, and as programs really write it)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgfuse.ingest.attachments import Attachment, Folder, Lost
from kgfuse.ingest.sniff import MAIL
from kgfuse.protocols import RawFile

# A 'From ' line counts where a header follows it; in the text of a mail it is written '>From ', or no header follows.
_START = re.compile(rb"(?:\A|\r?\n\r?\n|(?<=\n))From [^\r\n]*\d{4}[^\r\n]{0,12}\r?\n(?=[!-9;-~]+[ \t]*:)")
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)
_NAME = re.compile(rb"^message-id[ \t]*:[ \t]*<?([^>\s]{1,100})", re.IGNORECASE | re.MULTILINE)


def read(file: RawFile) -> Folder:
    """Return the mails of a mailbox, each named by its Message-ID."""
    return Folder(_mails(file.content.lstrip()))


def _mails(content: bytes) -> Iterator[Attachment | Lost]:
    starts = list(_START.finditer(content))
    for number, match in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(content)
        mail = _STUFFED.sub(rb"\1", content[match.end() : end])
        named = _NAME.search(mail[:20_000])
        name = named[1].decode("ascii", "replace") if named else f"mail-{number + 1}"
        yield Attachment(f"{name}.eml", mail, MAIL)
