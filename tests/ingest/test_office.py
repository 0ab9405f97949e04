"""Word documents and workbooks."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import UTC, date, datetime, time

import docx
import olefile
import openpyxl
import pytest
import xlwt

from kgfuse.ingest import sheets
from kgfuse.model import BlockKind, DateSource, Moment
from tests.ingest import making
from tests.ingest.reading import blocks, error, only, read, texts


def _docx(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def _xlsx(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _xls(*sheets: tuple[str, list[list[object]]], form: str = "General") -> bytes:
    """Return an old workbook; headers over three columns are bold, dates and numbers have the format `form`."""
    book = xlwt.Workbook()
    for name, rows in sheets:
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                style = xlwt.easyxf("font: bold on" if number == 0 and len(row) > 2 else "", num_format_str=form)
                if value is not None:
                    sheet.write(number, column, value, style)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _strict(content: bytes) -> bytes:
    """Return an office file with the names of ISO 29500 strict."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            for kind in (b"spreadsheetml", b"officeDocument"):
                data = data.replace(
                    b"http://schemas.openxmlformats.org/" + kind + b"/2006/",
                    b"http://purl.oclc.org/ooxml/" + kind + b"/",
                )
            new.writestr(name, data)
    return out.getvalue()


def _replaced(content: bytes, part: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, data if name == part else old.read(name))
    return out.getvalue()


def test_a_word_document_keeps_its_structure_and_its_properties() -> None:
    document = docx.Document()
    document.core_properties.author = "Jane Roe"
    document.core_properties.title = "Annual report"
    document.core_properties.modified = datetime(2021, 3, 3, 12, tzinfo=UTC)
    document.add_heading("Results", 1)
    paragraph = document.add_paragraph("Acme ")
    paragraph.add_run("grew").bold = True
    paragraph.add_run(" in 2020.")
    document.add_paragraph("Oslo", style="List Bullet")
    document.add_paragraph("Bergen", style="List Bullet")
    table = document.add_table(2, 2)
    for row, values in enumerate((("Name", "Role"), ("Jane Roe", "Chair"))):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    document.add_heading("Outlook", 2)
    found = only(read(_docx(document), "a.docx"))
    assert blocks(found) == [
        (BlockKind.HEADING, "Results"),
        (BlockKind.PARAGRAPH, "Acme grew in 2020."),
        (BlockKind.LIST, "Oslo\nBergen"),
        (BlockKind.TABLE, "Name | Role\nJane Roe | Chair"),
        (BlockKind.HEADING, "Outlook"),
    ]
    assert [block.level for block in found.blocks if block.kind is BlockKind.HEADING] == [1, 2]
    assert (found.title, found.author, found.source) == ("Annual report", "Jane Roe", "author:Jane Roe")
    assert (found.published_at, found.date_source) == (Moment.parse("2021-03-03T12:00:00Z"), DateSource.METADATA)


def test_comments_are_their_writers_words() -> None:
    document = docx.Document()
    run = document.add_paragraph("Acme makes wheels.").add_run(" And tyres.")
    document.add_comment(run, text="It sold the tyres.", author="Jane Roe")
    assert blocks(only(read(_docx(document), "a.docx"))) == [
        (BlockKind.PARAGRAPH, "Acme makes wheels. And tyres."),
        (BlockKind.QUOTE, "Jane Roe: It sold the tyres."),
    ]


def test_the_date_a_document_gives_itself_beats_the_date_of_its_file() -> None:
    document = docx.Document()
    document.core_properties.modified = datetime(2021, 3, 3, tzinfo=UTC)
    document.add_paragraph("Oslo, 12 May 2020")
    document.add_paragraph("The board met.")
    found = only(read(_docx(document), "a.docx"))
    assert (str(found.published_at), found.date_source) == ("2020-05-12", DateSource.TEXT)


def test_rows_of_a_sheet_explain_themselves() -> None:
    rows: list[list[object]] = [
        ["Staff of Acme"],
        ["Name", "Role", "Since", "Share"],
        ["Jane Roe", "Chair", date(2020, 5, 1), 0.25],
        ["Tom Poe", None, datetime(2019, 1, 2, 8, 30), 12.0],  # noqa: DTZ001 - workbooks know no time zone
    ]
    found = only(read(_xlsx(("Staff", rows), ("Empty", [])), "staff.xlsx"))
    assert blocks(found) == [
        (BlockKind.HEADING, "Staff"),
        (BlockKind.PARAGRAPH, "Staff of Acme"),
        (
            BlockKind.TABLE,
            "Name: Jane Roe | Role: Chair | Since: 2020-05-01 | Share: 0.25\n"
            "Name: Tom Poe | Since: 2019-01-02 08:30:00 | Share: 12",
        ),
    ]


def test_a_text_about_strict_names_stays_as_it_is() -> None:
    document = docx.Document()
    document.add_paragraph('The name "http://purl.oclc.org/ooxml/wordprocessingml/main" is a strict one.')
    assert "http://purl.oclc.org/ooxml/wordprocessingml/main" in only(read(_docx(document), "a.docx")).text


def test_a_workbook_with_strict_names_is_read_alike() -> None:
    content = _xlsx(("Staff", [["Name", "Since"], ["Jane Roe", date(2020, 5, 1)]]))
    assert _strict(content) != content
    found = blocks(only(read(_strict(content), "a.xlsx")))
    assert found == blocks(only(read(content, "a.xlsx")))
    assert found[1] == (BlockKind.TABLE, "Name: Jane Roe | Since: 2020-05-01")


def test_a_workbook_is_read_up_to_the_limit_within_a_table_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 100)
    rows: list[list[object]] = [["Name", "Age"], *([f"n{number}", number] for number in range(60))]
    for content in (_xlsx(("A", rows)), _xls(("A", rows))):
        reading = read(content, "a.xlsx")
        assert [type(failure.error).__name__ for failure in reading.failures] == ["TooLarge"]
        (table,) = texts(reading.documents[0], BlockKind.TABLE)
        assert table.splitlines() == [f"Name: n{number} | Age: {number}" for number in range(49)]


def test_an_old_workbook_is_read_like_a_new_one() -> None:
    rows: list[list[object]] = [
        ["Name", "Role", "Active"],
        ["Jane Roe", "Chair", True],
        ["Tom Poe", None, False],
        [],
        ["Seats", 12],
    ]
    facts: list[list[object]] = [["Company:", "Acme"], ["Founded:", 1999]]
    assert blocks(only(read(_xls(("Staff", rows), ("Empty", []), ("Facts", facts)), "staff.xls"))) == [
        (BlockKind.HEADING, "Staff"),
        (BlockKind.TABLE, "Name: Jane Roe | Role: Chair | Active: true\nName: Tom Poe | Active: false"),
        (BlockKind.TABLE, "Seats: 12"),
        (BlockKind.HEADING, "Facts"),
        (BlockKind.TABLE, "Company: Acme\nFounded: 1999"),
    ]


@pytest.mark.parametrize(
    ("form", "value", "shown"),
    [
        ("YYYY-MM-DD", date(2020, 5, 1), "2020-05-01"),
        ("D/M/YY h:mm", datetime(2019, 1, 2, 8, 30), "2019-01-02 08:30:00"),  # noqa: DTZ001 - workbooks know no time zone
        ("hh:mm", time(11, 12), "11:12:00"),
        ("0.00%", 0.25, "25%"),
        ('#,##0 "NOK"', 1200, "1200 NOK"),
        ("General", 0.1 + 0.2, "0.3"),
        ("[h]:mm:ss", 1.25, "30:00:00"),
        ("D/M/YY", -5.5, "-5.5"),
        ("D/M/YY", 0, "0"),
        ("$#,##0", -3, "-$3"),
    ],
)
def test_values_of_an_old_workbook_are_shown_by_their_format(form: str, value: object, shown: str) -> None:
    content = _xls(("A", [["Name", "Value"], ["x", value]]), form=form)
    assert texts(only(read(content, "a.xls")), BlockKind.TABLE) == [f"Name: x | Value: {shown}"]


def _book(*sheets: tuple[str, list[list[object]]]) -> bytes:
    """Return the stream of an old workbook, without the file around it."""
    with olefile.OleFileIO(io.BytesIO(_xls(*sheets))) as parts:
        return bytes(parts.openstream("Workbook").read())


def _summary(**properties: tuple[int, bytes]) -> bytes:
    """Return a set of properties: number, type and value of each."""
    head, body = b"", b""
    for name, (kind, value) in properties.items():
        place = 8 + 8 * len(properties) + len(body)
        head += struct.pack("<II", int(name.removeprefix("p")), place)
        body += struct.pack("<I", kind) + value + bytes(-len(value) % 4)
    section = struct.pack("<II", 8 + len(head) + len(body), len(properties)) + head + body
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, b"", 1, b"", 48) + section


def _told(text: bytes) -> tuple[int, bytes]:
    return 30, struct.pack("<I", len(text)) + text


_SMALL: list[tuple[str, list[list[object]]]] = [("A", [["Name", "Age"], ["Jane", 40]])]


def _with(**streams: object) -> bytes:
    book = _book(*_SMALL)
    return making.compound({"Workbook": book[:4000] if len(book) > 4000 else book, **streams})


def _filed(moment: datetime) -> tuple[int, bytes]:
    return 64, struct.pack("<Q", int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000)


def test_an_old_workbook_has_a_title_an_author_and_a_date() -> None:
    said = _summary(
        p1=(2, b"\xe4\x04"), p2=_told("Pläne\0".encode("cp1252")), p4=_told(b"Jane Roe\0"), p13=_filed(_SAVED)
    )
    document = only(read(_with(**{"\x05SummaryInformation": said}), "a.xls"))
    assert (document.title, document.author, document.published_at) == ("Pläne", "Jane Roe", Moment.of(_SAVED))
    assert document.date_source is DateSource.METADATA


_SAVED = datetime(2004, 5, 6, 7, 8, 9, tzinfo=UTC)
_WIDE = (31, struct.pack("<I", 5) + "Plan\0".encode("utf-16-le"))


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (_summary(p2=_WIDE), "Plan"),
        (_summary(p1=(2, struct.pack("<H", 10_000)), p2=_told("Årsplan\0".encode("mac_roman"))), "Årsplan"),
        (_summary(p1=(30, b"\4\0\0\0cp12"), p2=(3, b"\1\0\0\0"), p4=(3, b"\1\0\0\0"), p13=(3, b"\1\0\0\0")), "a"),
        (_summary(p2=(0x1000, b"\xff\xff\xff\xff"), p4=(0x1000, b"\xff\xff\xff\xff")), "a"),
        (_summary(p13=(64, b"\xff" * 8)), "a"),
        (b"x" * 60, "a"),
        (b"", "a"),
    ],
)
def test_odd_properties_of_an_old_workbook_cost_neither_its_text_nor_time(said: bytes, title: str) -> None:
    document = only(read(_with(**{"\x05SummaryInformation": said}), "a.xls"))
    assert (document.title, texts(document, BlockKind.TABLE)) == (title, ["Name: Jane | Age: 40"])


@pytest.mark.parametrize(
    "inside", ["WordDocument", "PowerPoint Document", "__properties_version1.0", "EncryptedPackage"]
)
def test_what_lies_within_an_old_workbook_does_not_hide_it(inside: str) -> None:
    document = only(read(_with(MBD0001={inside: b"x" * 500}), "a.xls"))
    assert texts(document, BlockKind.TABLE) == ["Name: Jane | Age: 40"]


def test_names_of_parts_may_be_written_large() -> None:
    content = making.compound({"WORKBOOK": _book(*_SMALL)[:4000]})
    assert texts(only(read(content, "a.xls")), BlockKind.TABLE) == ["Name: Jane | Age: 40"]


def test_a_damaged_sheet_leaves_the_others() -> None:
    whole = _book(("First", [["Name", "Age"], ["Jane", 40]]), ("Second", [["Town", "Age"], ["Oslo", 900]]))
    begin = b"\x09\x08\x10\x00"  # the record that a sheet begins with
    last = whole.rindex(begin)
    reading = read(making.compound({"Workbook": (whole[:last] + b"\xff\xff" + whole[last + 2 :])[:4090]}), "a.xls")
    assert [type(failure.error).__name__ for failure in reading.failures] == ["Damaged"]
    assert texts(reading.documents[0], BlockKind.TABLE) == ["Name: Jane | Age: 40"]


def test_a_text_that_many_cells_share_is_counted_as_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CHARACTERS", 1000)
    rows: list[list[object]] = [["x" * 90, "y"] for _ in range(20)]
    for content in (_xlsx(("A", rows)), _xls(("A", rows))):
        reading = read(content, "a.xlsx")
        assert [type(failure.error).__name__ for failure in reading.failures] == ["TooLarge"]
        assert reading.documents[0].text.count("y") == 10


def test_old_binary_files_that_are_no_workbooks_are_reported_as_such() -> None:
    word = making.compound({"WordDocument": b"x" * 500, "ObjectPool": {"_1": {"Workbook": b"x" * 500}}})
    assert error(read(word, "a.doc")) == "UnknownFormat"
    told = making.compound({"Contents": "A Workbook\0".encode("utf-16-le") * 150})
    assert error(read(told, "a.xls")) == "UnknownFormat"
    binary = making.zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "x"})
    assert error(read(binary, "a.xlsb")) == "UnknownFormat"
    drawing = making.compound({"VisioDocument": b"x" * 500, "Workbook": b"x" * 500})
    assert error(read(drawing, "a.vsd")) == "UnknownFormat"
    for broken in (making.compound({"Workbook": b"x" * 4000}), making.compound({"Workbook": b""}), _with()[:700]):
        assert error(read(broken, "a.xls")) == "Damaged"


def test_a_row_without_its_first_cell_is_about_nothing() -> None:
    rows: list[list[object]] = [["Employee", "Team", "Manager"], ["Ann", "Tax", "Bo"], [None, "Audit", "Cy"]]
    document = only(read(_xlsx(("A", rows)), "a.xlsx"))
    assert texts(document, BlockKind.TABLE) == [
        "Employee: Ann | Team: Tax | Manager: Bo\nEmployee: | Team: Audit | Manager: Cy"
    ]


def test_a_cell_cannot_make_another() -> None:
    rows: list[list[object]] = [["Name", "Note"], ["Ann", "x | Manager: Eve"], ["Bo", "y"]]
    assert texts(only(read(_xlsx(("A", rows)), "a.xlsx")), BlockKind.TABLE) == [
        "Name: Ann | Note: x / Manager: Eve\nName: Bo | Note: y"
    ]


def test_labels_and_values_are_read_as_such() -> None:
    rows: list[list[object]] = [["Company:", "Acme"], ["Founded:", 1999], ["Seat:", "Oslo"]]
    document = only(read(_xlsx(("Facts", rows)), "a.xlsx"))
    assert texts(document, BlockKind.TABLE) == ["Company: Acme\nFounded: 1999\nSeat: Oslo"]


def test_tables_beside_each_other_are_kept_apart() -> None:
    rows: list[list[object]] = [
        ["Name", "Age", None, None, None],
        ["Jane", 40, None, "Name", "Town"],
        ["Tom", 50, None, "Acme", "Oslo"],
    ]
    assert texts(only(read(_xlsx(("A", rows)), "a.xlsx")), BlockKind.TABLE) == [
        "Name: Jane | Age: 40\nName: Tom | Age: 50",
        "Name: Acme | Town: Oslo",
    ]


def test_a_wrong_extension_does_not_matter() -> None:
    document = docx.Document()
    document.add_paragraph("Jane Roe runs Acme.")
    assert only(read(_docx(document), "a.xlsx")).text == "Jane Roe runs Acme."


def test_entities_in_office_xml_are_refused_and_damage_is_reported() -> None:
    content = _docx(docx.Document())
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert error(read(_replaced(content, "word/document.xml", bomb), "a.docx")) == "Damaged"
    assert error(read(_replaced(content, "word/document.xml", b"<w:document"), "a.docx")) == "Damaged"
    assert error(read(content[: len(content) // 2], "a.docx")) == "Damaged"
    assert error(read(content, "a.docx")) == "NoText"


def test_a_zip_bomb_is_not_opened() -> None:
    content = _replaced(_docx(docx.Document()), "word/document.xml", b"<x>" + b" " * 60_000_000 + b"</x>")
    assert error(read(content, "a.docx")) == "TooLarge"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_damaged_workbooks_are_reported(part: str) -> None:
    content = _replaced(_xlsx(("A", [["x", 1], ["y", 2]])), part, b"<broken")
    assert error(read(content, "a.xlsx")) == "Damaged"
