"""Input that means harm, or that nobody meant: each ends in a document or a record, soon and without harm to others."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import openpyxl
import pytest

from kgfuse.config import IngestSettings
from kgfuse.ingest import discover, file_uri, read_file
from kgfuse.protocols import Reading
from tests.ingest import making
from tests.ingest.reading import error, only, read

_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
_DEEP = 10_000
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _office(kind: str, xml: str, **others: str | bytes) -> bytes:
    names = {"docx": "word/document.xml", "pptx": "ppt/slides/slide1.xml", "xlsx": "xl/worksheets/sheet1.xml"}
    return making.zipped({"[Content_Types].xml": "<Types/>", names[kind]: xml, **others})


def _names(reading: Reading) -> set[str]:
    return {type(failure.error).__name__ for failure in reading.failures}


def _soon(content: bytes, name: str, seconds: float = 20.0) -> Reading:
    started = time.process_time()
    reading = read(content, name)
    assert time.process_time() - started < seconds
    assert reading.documents or reading.failures
    return reading


@pytest.mark.parametrize("prologue", [_LAUGHS, _OUTSIDE], ids=["bomb", "outside"])
def test_entities_are_neither_expanded_nor_fetched(prologue: str) -> None:
    body = f"<w:document {_WORD}><w:body><w:p><w:r><w:t>Acme &j; wheels</w:t></w:r></w:p></w:body></w:document>"
    assert error(_soon(_office("docx", prologue + body), "a.docx")) == "Damaged"
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = f'xmlns:office="{names}office:1.0" xmlns:text="{names}text:1.0"'
    inner = "<office:body><office:text><text:p>&j;</text:p></office:text></office:body>"
    text = f"<office:document-content {spaces}>{inner}</office:document-content>"
    odt = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": prologue + text}
    assert error(_soon(making.zipped(odt), "a.odt")) == "Damaged"
    page = f"{prologue.replace(' x ', ' html ')}<html><body><p>{making.SENTENCE} &j;</p></body></html>"
    reading = _soon(page.encode(), "a.html")
    assert all("root:" not in one.text and len(one.text) < 10_000 for one in reading.documents)


@pytest.mark.parametrize("prologue", [_LAUGHS, _OUTSIDE], ids=["bomb", "outside"])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_entities_in_workbooks_are_not_expanded(prologue: str, part: str) -> None:
    import zipfile

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "Acme makes wheels"
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    xml = bytes(parts[part]).decode()  # type: ignore[arg-type]
    head, _, rest = xml.partition("?>") if xml.startswith("<?xml") else ("", "", xml)
    parts[part] = (f"{head}?>" if head else "") + prologue + rest.replace("Acme", "Acme &j;")
    assert error(_soon(making.zipped(parts), "a.xlsx")) == "Damaged"


def test_an_office_file_that_unpacks_to_gigabytes_is_not_opened() -> None:
    assert error(_soon(_office("docx", "<x/>", **{"word/big.bin": b"\0" * 60_000_000}), "a.docx")) == "TooLarge"


def test_a_sheet_of_a_billion_cells_is_read_up_to_the_limit() -> None:
    rows = "".join(f'<row r="{row}"><c r="XFD{row}"><v>{row}</v></c></row>' for row in range(1, 60_000))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    content = making.zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" '
            'r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><dimension ref="A1:XFD1048576"/><sheetData>{rows}'
            "</sheetData></worksheet>",
        }
    )
    assert "TooLarge" in _names(_soon(content, "a.xlsx", 60.0))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", f"<html><body>{'<div>' * _DEEP}{making.SENTENCE}{'</div>' * _DEEP}</body></html>".encode()),
        ("b.html", f"<html><body>{'<ul><li>' * _DEEP}{making.SENTENCE}</body></html>".encode()),
        ("c.html", f"<html><body>{'<blockquote>' * _DEEP}{making.SENTENCE}</body></html>".encode()),
        ("d.html", f"<html><body>{'<table><tr><td>' * _DEEP}{making.SENTENCE}</body></html>".encode()),
        ("a.json", b"[" * _DEEP + b'"Acme"' + b"]" * _DEEP),
        ("b.json", b'{"a":' * _DEEP + b'"Acme"' + b"}" * _DEEP),
        ("a.rtf", b"{\\rtf1 " + b"{\\b " * _DEEP + making.SENTENCE.encode() + b"}" * _DEEP + b"}"),
        ("a.md", b"> " * _DEEP + making.SENTENCE.encode()),
        ("b.md", b"---\na: " + b"[" * _DEEP + b"\n---\nAcme makes wheels.\n"),
        ("a.eml", b"From: a@b.example\nMessage-ID: <1@b>\nSubject: x\n\n" + b">" * _DEEP + b" Acme makes wheels.\n"),
        ("a.docx", _office("docx", f"<w:document {_WORD}><w:body>{'<w:p>' * _DEEP}</w:body></w:document>")),
        ("a.ics", b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * _DEEP + b"SUMMARY:Acme meets\n" + b"END:VEVENT\n" * _DEEP),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_ten_thousand_levels_end_in_a_document_or_a_record(name: str, content: bytes) -> None:
    _soon(content, name)


def test_a_file_of_two_gigabytes_is_not_read(tmp_path: Path) -> None:
    place = tmp_path / "large.txt"
    with place.open("wb") as stream:
        stream.truncate(2 << 30)
    started = time.process_time()
    assert _names(read_file(place, file_uri(place), IngestSettings())) == {"TooLarge"}
    assert time.process_time() - started < 1.0


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "one").symlink_to(tmp_path / "a" / "two")
    (tmp_path / "a" / "two").symlink_to(tmp_path / "a" / "one")
    (tmp_path / "a" / "note.txt").write_text("Acme makes wheels.", "utf-8")
    assert [path.name for path, _ in discover([tmp_path]).files] == ["note.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "Protokoll für Ärzte.txt",
        "報告書.txt",
        "تقرير.txt",
        "отчёт.txt",
        "a\nb.txt",
        "e\u0301.txt",
        "🚲.txt",
        "-rf *.txt",
    ],
)
def test_names_in_any_script_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Acme makes wheels.", "utf-8")
    ((path, uri),) = discover([tmp_path]).files
    assert only(read_file(path, uri, IngestSettings())).text == "Acme makes wheels."


def test_a_name_that_is_no_text_is_read(tmp_path: Path) -> None:
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.txt"))
    try:
        place.write_text("Acme makes wheels.", "utf-8")
    except OSError:
        pytest.skip("this file system takes no such names")
    ((path, uri),) = discover([tmp_path]).files
    reading = read_file(path, uri, IngestSettings())
    assert uri.isascii()
    assert only(reading).title.encode()


def test_mixed_encodings_and_nul_bytes() -> None:
    mixed = "Zürich is a town.\n\n".encode() + "Genève is a town.\n".encode("latin-1")
    assert "is a town." in only(read(mixed, "a.txt")).text
    assert error(read(b"Acme\x00makes\x00wheels", "a.txt")) == "UnknownFormat"
    assert only(read("Acme makes wheels.".encode("utf-16"), "a.txt")).text == "Acme makes wheels."
    late = b"Acme makes wheels. " * 400 + b"\x00\x00 and tyres."
    assert "\x00" not in only(read(late, "a.txt")).text


def test_archives_packed_in_each_other_end_at_the_depth() -> None:
    content = making.zipped({"a.txt": "Acme makes wheels."})
    for _ in range(60):
        content = making.zipped({"inner.zip": content})
    assert error(read(content, "a.zip")) == "TooLarge"
