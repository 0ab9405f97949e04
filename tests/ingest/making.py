"""Small files of every format, made here: what the tests of the readers and of hostile input start from."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from email.message import EmailMessage

SENTENCE = "Jane Roe has been the chair of Acme since March 2019."


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP file; a part named ``mimetype`` is stored first, as OpenDocument wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def encrypted_zip(content: bytes, password: bytes) -> bytes:
    """Return a ZIP with one stored file, encrypted as PKWARE's APPNOTE 6.1 says."""
    table = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in b"\0" * 11 + bytes([zlib.crc32(content) >> 24]) + content:
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (mask * (mask ^ 1) >> 8 & 0xFF))
        update(byte)
    sizes = struct.pack("<III", zlib.crc32(content), len(out), len(content))
    name = b"a.txt"
    local = struct.pack("<4sHHHHH", b"PK\3\4", 20, 1, 0, 0, 0x5221) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, 1, 0, 0, 0x5221) + sizes
    entry += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(local) + len(out), 0)
    return local + bytes(out) + entry + end


def tarred(parts: Mapping[str, bytes], mode: str = "w:gz", links: Mapping[str, str] | None = None) -> bytes:
    """Return a TAR file; `links` are symbolic ones."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1_600_000_000
            archive.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return out.getvalue()


def mail(text: str = f"{SENTENCE}\n", subject: str = "News", number: int = 1, **headers: str) -> EmailMessage:
    """Return a mail of Tom to Jane."""
    message = EmailMessage()
    message["From"] = "Tom Poe <tom@acme.example>"
    message["To"] = "Jane Roe <jane@acme.example>"
    message["Date"] = "Wed, 03 Mar 2021 12:00:00 +0200"
    message["Subject"] = subject
    message["Message-ID"] = f"<{number}@acme.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def mbox(count: int = 2) -> bytes:
    """Return a mailbox of mails that each answer the one before; one has a line that begins with From."""
    out = b""
    for number in range(1, count + 1):
        answers = {"In_Reply_To": f"<{number - 1}@acme.example>"} if number > 1 else {}
        text = f"Mail {number}. {SENTENCE}\n\n>From here on all is well.\n"
        out += b"From tom@acme.example Wed Mar  3 12:00:00 2021\n"
        out += bytes(mail(text, "Re: News" if answers else "News", number, **answers)) + b"\n"
    return out


def mhtml() -> bytes:
    """Return a saved page with a picture."""
    text = f"<h1>Acme</h1><p>{SENTENCE} {'Acme makes wheels. ' * 8}</p>"
    page = f"<html><head><title>Acme</title></head><body>{text}</body></html>"
    return (
        "From: <Saved by a browser>\r\nSnapshot-Content-Location: https://www.acme.example/about\r\nSubject: Acme\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: text/html; charset=utf-8\r\nContent-Location: https://www.acme.example/about\r\n\r\n{page}\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
    ).encode()


def calendar() -> bytes:
    """Return an invitation."""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTAMP:20210301T090000Z\r\nDTSTART:20210310T130000Z\r\n"
        "SUMMARY:Board meeting\r\nLOCATION:Oslo\\, Norway\r\nORGANIZER;CN=Tom Poe:mailto:tom@acme.example\r\n"
        f"DESCRIPTION:{SENTENCE[:30]}\r\n {SENTENCE[30:]}\r\nBEGIN:VALARM\r\nDESCRIPTION:Beep\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def pptx() -> bytes:
    """Return a presentation of two slides, out of order in the package, with a table and notes."""
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rel = "http://schemas.openxmlformats.org/package/2006/relationships"
    spaces = f'xmlns:a="{a}" xmlns:p="{p}" xmlns:r="{r}"'

    def shape(kind: str, *lines: str) -> str:
        text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        place = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
        return f"<p:sp>{place}<p:txBody>{text}</p:txBody></p:sp>"

    def slide(*shapes: str) -> str:
        return f"<p:sld {spaces}><p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld></p:sld>"

    def cell(text: str) -> str:
        return f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = "".join(f"<a:tr>{''.join(map(cell, row))}</a:tr>" for row in (("Item", "Price"), ("Wheel", "5")))
    table = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    ids = '<p:sldIdLst><p:sldId id="1" r:id="r2"/><p:sldId id="2" r:id="r1"/></p:sldIdLst>'
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": f"<p:presentation {spaces}>{ids}</p:presentation>",
            "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{rel}">'
            '<Relationship Id="r1" Target="slides/slide1.xml"/><Relationship Id="r2" Target="/ppt/slides/slide2.xml"/>'
            "</Relationships>",
            "ppt/slides/slide1.xml": slide(table, shape("title", "Prices"), shape("sldNum", "2")),
            "ppt/slides/slide2.xml": slide(shape("body", "One wheel", "Two wheels"), shape("ctrTitle", "Acme")),
            "ppt/slides/_rels/slide2.xml.rels": f'<Relationships xmlns="{rel}">'
            '<Relationship Id="r1" Target="../notesSlides/notesSlide1.xml"/></Relationships>',
            "ppt/notesSlides/notesSlide1.xml": slide(shape("body", SENTENCE)).replace("p:sld", "p:notes"),
        }
    )


def odt() -> bytes:
    """Return a text with a heading, a list, a table, a footnote and deleted text."""
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(f'xmlns:{key}="{names}{key}:1.0"' for key in ("office", "text", "table"))
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See the "
        "register.</text:p></text:note-body></text:note>"
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:p>Deleted.</text:p></text:changed-region></text:tracked-changes>"
        f'<text:h text:outline-level="2">Board</text:h><text:p>{SENTENCE}{note}</text:p>'
        "<text:list><text:list-item><text:p>One</text:p></text:list-item><text:list-item><text:p>Two</text:p></text:list-item>"
        "</text:list><table:table><table:table-row><table:table-cell><text:p>Item</text:p></table:table-cell>"
        "<table:table-cell><text:p>Price</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell>"
        "<text:p>Wheel</text:p></table:table-cell><table:table-cell><text:p>5</text:p></table:table-cell></table:table-row>"
        "</table:table>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}><office:body><office:text>{body}</office:text></office:body>"
            "</office:document-content>",
            "meta.xml": f'<office:document-meta {spaces} xmlns:meta="{names}meta:1.0" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>Minutes</dc:title><meta:initial-creator>Tom '
            "Poe</meta:initial-creator><dc:date>2021-03-03T12:00:00</dc:date></office:meta></office:document-meta>",
        }
    )


def epub() -> bytes:
    """Return a book of two chapters, second first in the package."""
    dc = "http://purl.org/dc/elements/1.1/"
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="{dc}"><metadata><dc:title>Wheels'
            "</dc:title><dc:creator>Jane Roe</dc:creator><dc:date>2019-05</dc:date></metadata><manifest>"
            '<item id="b" href="text/two.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="a" href="text/one%20.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
            "OEBPS/text/two.xhtml": "<html><body><h1>Two</h1><p>Acme makes wheels.</p></body></html>",
            "OEBPS/text/one .xhtml": f"<html><body><h1>One</h1><p>{SENTENCE}</p></body></html>",
        }
    )


def rtf() -> bytes:
    """Return a text with an umlaut, a smart quote and an information group."""
    return (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Minutes}{\author Tom Poe}"
        r"{\creatim\yr2021\mo3\dy3\hr12\min0}}\f0 "
        + SENTENCE
        + r"\par M\'fcller said \ldblquote yes\rdblquote  in \u8220?Oslo\u8221?.\par}"
    ).encode("ascii")


def json_lines() -> bytes:
    """Return two records."""
    records = [{"name": "Acme", "seat": {"city": "Oslo"}, "tags": ["a", "b"]}, {"name": "Beta", "about": SENTENCE * 5}]
    return "".join(json.dumps(record) + "\n" for record in records).encode()


# ------------------------------------------------------------------------------------------------ Outlook's own format

_STRING, _BINARY, _TIME, _LONG, _OBJECT = 0x1F, 0x102, 0x40, 0x3, 0xD


def _stored(properties: Mapping[tuple[int, int], bytes], header: bytes) -> dict[str, bytes]:
    """Return the streams of a storage of an MSG file: its properties, and the values that are too long for them."""
    listing, streams = header, {}
    for (number, kind), value in properties.items():
        head = struct.pack("<HHI", kind, number, 6)
        if kind in (_TIME, _LONG):
            listing += head + value.ljust(8, b"\0")
        else:
            listing += head + struct.pack("<II", len(value) + (2 if kind == _STRING else 0), 0)
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
    return {"__properties_version1.0": listing, **streams}


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def msg(*, body: str | None = SENTENCE, packed: bytes | None = None, inner: bool = True) -> bytes:
    """Return an Outlook mail with an attachment and a mail inside it."""
    own: dict[tuple[int, int], bytes] = {
        (0x001A, _STRING): _wide("IPM.Note"),
        (0x0037, _STRING): _wide("Wheels"),
        (0x0C1A, _STRING): _wide("Tom Poe"),
        (0x5D01, _STRING): _wide("tom@acme.example"),
        (0x1035, _STRING): _wide("<7@acme.example>"),
        (0x1042, _STRING): _wide("<6@acme.example>"),
        (0x0039, _TIME): struct.pack("<Q", (1614765600 + 11644473600) * 10_000_000),
    }
    if body is not None:
        own[0x1000, _STRING] = _wide(body)
    if packed is not None:
        own[0x1009, _BINARY] = packed
    person = {
        (0x0C15, _LONG): struct.pack("<I", 1),
        (0x3001, _STRING): _wide("Jane Roe"),
        (0x39FE, _STRING): _wide("jane@acme.example"),
    }
    attached = {
        (0x3705, _LONG): struct.pack("<I", 1),
        (0x3707, _STRING): _wide("note.txt"),
        (0x3701, _BINARY): b"Acme sold Gamma.",
    }
    tree: dict[str, object] = {
        **_stored(own, struct.pack("<8xIIII8x", 1, 2, 1, 2 if inner else 1)),
        "__recip_version1.0_#00000000": _stored(person, b"\0" * 8),
        "__attach_version1.0_#00000000": _stored(attached, b"\0" * 8),
    }
    if inner:
        within = {
            (0x0037, _STRING): _wide("Within"),
            (0x1000, _STRING): _wide("Acme buys Beta."),
            (0x0C1A, _STRING): _wide("Ann"),
        }
        holder = {(0x3705, _LONG): struct.pack("<I", 5), (0x3001, _STRING): _wide("Within")}
        tree["__attach_version1.0_#00000001"] = {
            **_stored(holder, b"\0" * 8),
            "__substg1.0_3701000D": _stored(within, b"\0" * 24),
        }
    return compound(tree)


def compound(tree: Mapping[str, object]) -> bytes:
    """Return an OLE file ([MS-CFB], version 3) of storages (mappings) and streams (bytes, each below 4096 bytes)."""
    entries: list[dict[str, int | str | bytes]] = []
    mini = bytearray()
    mini_fat: list[int] = []
    end, free, none = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF

    def add(name: str, value: object, kind: int) -> int:
        number = len(entries)
        entry: dict[str, int | str | bytes] = {
            "name": name,
            "kind": kind,
            "left": none,
            "right": none,
            "child": none,
            "start": end,
            "size": 0,
        }
        entries.append(entry)
        if isinstance(value, bytes):
            sectors = (len(value) + 63) // 64
            if sectors:
                first = len(mini_fat)
                mini_fat.extend([*range(first + 1, first + sectors), end])
                mini.extend(value.ljust(sectors * 64, b"\0"))
                entry |= {"start": first, "size": len(value)}
        else:
            assert isinstance(value, Mapping)
            # Siblings as a list to the right, in the order that the format prescribes: shorter names first.
            before: int | None = None
            for child in sorted(value, key=lambda one: (len(one), one.upper())):
                index = add(child, value[child], 2 if isinstance(value[child], bytes) else 1)
                if before is None:
                    entry["child"] = index
                else:
                    entries[before]["right"] = index
                before = index
        return number

    add("Root Entry", tree, 5)
    sector = 512
    mini_sectors = (len(mini) + sector - 1) // sector
    table_sectors = (len(mini_fat) * 4 + sector - 1) // sector
    entry_sectors = (len(entries) + 3) // 4
    entries[0] |= {"start": 1 + table_sectors + entry_sectors, "size": len(mini)}
    listing = b""
    for entry in entries:
        name = str(entry["name"]).encode("utf-16-le") + b"\0\0"
        listing += name.ljust(64, b"\0") + struct.pack("<HBB", len(name), entry["kind"], 1)
        listing += struct.pack(
            "<III16xI16xIQ", entry["left"], entry["right"], entry["child"], 0, entry["start"], entry["size"]
        )
    listing = listing.ljust(entry_sectors * sector, b"\0")
    chains = [0xFFFFFFFD]
    for count in (table_sectors, entry_sectors, mini_sectors):
        first = len(chains)
        chains += [*range(first + 1, first + count), end] if count else []
    assert len(chains) <= 128
    fat = struct.pack("<128I", *chains, *[free] * (128 - len(chains)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1 + table_sectors, 0, 4096, 1, table_sectors, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    small = struct.pack(f"<{len(mini_fat)}I", *mini_fat).ljust(table_sectors * sector, b"\xff")
    return head + fat + small + listing + bytes(mini).ljust(mini_sectors * sector, b"\0")
