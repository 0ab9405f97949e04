"""What format some bytes are in: the content decides first, the name second."""

from __future__ import annotations

import io
import re
import zipfile

from kgfuse.errors import Damaged, Encrypted, TooLarge, UnknownFormat

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAIL = "message/rfc822"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MAIL_FIELDS = re.compile(
    rb"^(received|return-path|message-id|mime-version|delivered-to|x-[\w-]+|from|to|date|subject|content-type)[ \t]*:",
    re.I,
)
_MAIL_PROOF = re.compile(rb"^(received|return-path|message-id|mime-version|delivered-to|x-mailer)[ \t]*:", re.I)
_HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_MAX_UNPACKED = 1_000_000_000
_MAX_RATIO = 200
_BINARY = {
    b"\x1f\x8b": "gzip",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"{\\rtf": "RTF",
    b"%!PS": "PostScript",
    b"BZh": "bzip2",
}


def sniff(content: bytes, name: str, media_type: str | None = None) -> str:
    """Return the media type of `content`. Raises UnknownFormat, Encrypted, Damaged or TooLarge (a zip bomb)."""
    head = content[:4096]
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _zip(content)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Encrypted("an office file that needs a password")
        raise UnknownFormat(
            "an old binary office file", hint="Save it as DOCX, XLSX or PDF (in mail programs: as EML)."
        )
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise UnknownFormat(f"the content is {what}", hint="Unpack or convert it first.")
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    extension = name.lower().rpartition(".")[2] if "." in name else ""
    if is_mail(content, extension in {"eml", "mbox"} or media_type == MAIL):
        return MAIL
    if b"\x00" in head and not wide:
        raise UnknownFormat("binary data of no known format")
    if _HTML.match(head.replace(b"\x00", b"")) or extension in {"html", "htm", "xhtml"} or media_type == HTML:
        return HTML
    expected = {"pdf": PDF, "docx": DOCX, "xlsx": XLSX}.get(extension)
    if expected and not _printable(head):
        raise Damaged(f"named .{extension}, but the content is not")
    return MARKDOWN if extension in {"md", "markdown"} or media_type == MARKDOWN else TEXT


def is_mail(content: bytes, named: bool) -> bool:
    """Whether the bytes begin with the header of a mail; a memo with From, To and Date lines is none unless `named`."""
    lines = content[:20000].lstrip().splitlines()
    if lines and lines[0].startswith((b"From ", b">From ")):
        lines = lines[1:]
    known = proof = 0
    for line in lines[:100]:
        if not line.strip():
            break
        if line[:1] in b" \t":
            continue
        if not _FIELD.match(line):
            if known < 3:
                return named and known > 0
            break
        known += bool(_MAIL_FIELDS.match(line))
        proof += bool(_MAIL_PROOF.match(line))
    return known >= 1 if named else known >= 2 and proof >= 1


def _printable(head: bytes) -> bool:
    return sum(byte >= 32 or byte in b"\r\n\t" for byte in head) >= len(head) * 0.95


def _zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Damaged(f"a truncated or malformed zip container: {error}") from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        raise UnknownFormat("a zip archive", hint="Unpack it and ingest the folder.")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > _MAX_UNPACKED or (unpacked > 50_000_000 and unpacked > _MAX_RATIO * len(content)):
        raise TooLarge(f"unpacks to {unpacked} bytes", hint="It looks like a zip bomb; it is not opened.")
    if any(name.startswith("word/") for name in names):
        return DOCX
    if any(name.startswith("xl/") for name in names):
        return XLSX
    raise UnknownFormat("an office file of another kind", hint="Save it as PDF.")
