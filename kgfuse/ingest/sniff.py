"""What format some bytes are in: the content decides first, the name second."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile

from kgfuse.errors import Damaged, Encrypted, TooLarge, UnknownFormat

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLS = "application/vnd.ms-excel"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
EPUB = "application/epub+zip"
RTF = "application/rtf"
MAIL = "message/rfc822"
MSG = "application/vnd.ms-outlook"
MBOX = "application/mbox"
MHTML = "multipart/related"
CALENDAR = "text/calendar"
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/jsonl"
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_MAIL_FIELDS = re.compile(
    rb"^(received|return-path|message-id|mime-version|delivered-to|x-[\w-]+|from|to|date|subject|content-type)[ \t]*:",
    re.I,
)
_MAIL_PROOF = re.compile(rb"^(received|return-path|message-id|mime-version|delivered-to|x-mailer)[ \t]*:", re.I)
_SECOND_MAIL = re.compile(rb"\n\r?\nFrom [^\r\n]*\d{4}[^\r\n]{0,12}\r?\n[!-9;-~]+[ \t]*:")
_FIRST_MAIL = re.compile(rb"From [^\r\n]*\d{4}[^\r\n]{0,12}\r?\n[!-9;-~]+[ \t]*:")
_SAVED_PAGE = re.compile(rb"^(?:snapshot-content-location[ \t]*:|from:[ \t]*\"?<?saved by)", re.I | re.M)
_RELATED = re.compile(rb"^content-type[ \t]*:[ \t]*multipart/related", re.I | re.M)
_ADDRESSED = re.compile(rb"^(?:to|received|return-path|delivered-to)[ \t]*:", re.I | re.M)
_HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_MAX_UNPACKED = 1_000_000_000
_MAX_RATIO = 200
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"%!PS": "PostScript",
}
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_BY_NAME = {"csv": CSV, "tsv": TSV, "tab": TSV, "md": MARKDOWN, "markdown": MARKDOWN, "ics": CALENDAR}
_BY_TYPE = {CSV, TSV, MARKDOWN}
_MAILDIR = re.compile(r":2,[A-Za-z]*$")
_LATE_PDF = re.compile(rb"^%PDF-\d\.\d", re.MULTILINE)
"""PDF readers accept anything before the header within the first kilobyte (ISO 32000-2, annex I)."""
_LONGEST_PROBE = 1_000_000


def sniff(content: bytes, name: str, media_type: str | None = None) -> str:
    """Return the media type of `content`. Raises UnknownFormat, Encrypted, Damaged or TooLarge (a zip bomb)."""
    head = content[:4096]
    extension = name.lower().rpartition(".")[2] if "." in name else ""
    if (kind := _binary(content, head)) is not None:
        return kind
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if (kind := _mail(content, name, extension, media_type)) is not None:
        return kind
    if _LATE_PDF.search(head, 0, 1024) and b" obj" in content and b"startxref" in content:
        return PDF
    if b"\x00" in head and not wide:
        raise UnknownFormat("binary data of no known format")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR":
        return CALENDAR
    if (kind := _json(content, extension)) is not None:
        return kind
    if _HTML.match(head.replace(b"\x00", b"")) or extension in {"html", "htm", "xhtml"} or media_type == HTML:
        return HTML
    if extension in {"pdf", "docx", "xlsx", "xls", "pptx", "odt", "epub", "msg", "zip", "tar"} and not _printable(head):
        raise Damaged(f"named .{extension}, but the content is not")
    known = _BY_NAME.get(extension)
    return known if known and known != CALENDAR else media_type if media_type in _BY_TYPE else TEXT


def _binary(content: bytes, head: bytes) -> str | None:
    """Return the type of what begins with a magic number, or `None`. Raises as `sniff`."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(content)
    if head.startswith(_OLE):
        return _compound(content)
    if head[257:262] == b"ustar":
        return TAR
    if head.startswith(_PACKED):
        return GZIP
    if head.lstrip().startswith(b"{\\rtf"):
        return RTF
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise UnknownFormat(f"the content is {what}", hint="Unpack or convert it first.")
    return None


def _compound(content: bytes) -> str:
    """Return MSG for an OLE file that is a mail, XLS for a workbook. Raises Encrypted, Damaged or UnknownFormat."""
    parts = _parts_of(content)
    if "encryptedpackage" in parts:
        raise Encrypted("an office file that needs a password")
    if "__properties_version1.0" in parts:
        return MSG
    if parts & {"workbook", "book"} and not parts & {"worddocument", "powerpoint document", "visiodocument"}:
        return XLS
    raise UnknownFormat("an old binary office file", hint="Save it as DOCX, XLSX, PPTX or PDF.")


def _parts_of(content: bytes) -> set[str]:
    """Return the names of the streams in the root of an OLE file, in lower case. Raises Damaged."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as parts:
            return {name[0].lower() for name in parts.listdir() if len(name) == 1}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error) as error:
        raise Damaged(f"a malformed compound file: {type(error).__name__}: {str(error)[:100]}") from error


def _mail(content: bytes, name: str, extension: str, media_type: str | None) -> str | None:
    """Return MAIL, MBOX or MHTML, or `None`."""
    start = content[:4096].lstrip()
    if (
        start.startswith(b"From ")
        and _FIRST_MAIL.match(start)
        and (extension == "mbox" or _SECOND_MAIL.search(content))
    ):
        return MBOX
    saved = _SAVED_PAGE.search(start) or (extension in {"mht", "mhtml"} and _FIELD.match(start))
    if _RELATED.search(start) and (saved or media_type == MHTML) and not _ADDRESSED.search(start.partition(b"\n\n")[0]):
        return MHTML
    named = extension in {"eml", "mbox"} or media_type == MAIL or _MAILDIR.search(name) is not None
    return MAIL if is_mail(content, named) else None


def _json(content: bytes, extension: str) -> str | None:
    """Return JSON or JSON_LINES when the content is that (or, too long to try, begins like it and is named so)."""
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith((b"{", b"[")):
        return None
    lines = [line for line in content[:_LONGEST_PROBE].splitlines() if line.strip()]
    if len(content) > _LONGEST_PROBE:
        lines = lines[:-1]
    if len(lines) > 1 and start.startswith(b"{") and all(_is_json(line) for line in lines[:20]):
        return JSON_LINES
    if extension in {"jsonl", "ndjson"}:
        return JSON_LINES
    return JSON if extension in {"json", "geojson"} or (len(content) <= _LONGEST_PROBE and _is_json(content)) else None


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


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
            kind = archive.read("mimetype")[:100].decode("ascii", "replace").strip() if _typed(parts) else ""
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Damaged(f"a truncated or malformed zip container: {error}") from error
    names = {part.filename for part in parts}
    office = "[Content_Types].xml" in names
    if kind not in {ODT, ODS, ODP, EPUB} and not office:
        return ZIP  # its members are limited one by one as they are taken out
    unpacked = sum(part.file_size for part in parts)
    if unpacked > _MAX_UNPACKED or (unpacked > 50_000_000 and unpacked > _MAX_RATIO * len(content)):
        raise TooLarge(f"unpacks to {unpacked} bytes", hint="It looks like a zip bomb; it is not opened.")
    if not office:
        return kind
    if "xl/workbook.bin" in names:
        raise UnknownFormat("a binary workbook (XLSB)", hint="Save it as XLSX.")
    for folder, media_type in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(name.startswith(folder) for name in names):
            return media_type
    raise UnknownFormat("an office file of another kind", hint="Save it as PDF.")


def _typed(parts: list[zipfile.ZipInfo]) -> bool:
    return any(part.filename == "mimetype" and part.file_size < 200 for part in parts[:20])
