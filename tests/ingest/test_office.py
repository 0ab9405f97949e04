"""Word documents and workbooks."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time

import docx
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
    ],
)
def test_values_of_an_old_workbook_are_shown_by_their_format(form: str, value: object, shown: str) -> None:
    content = _xls(("A", [["Name", "Value"], ["x", value]]), form=form)
    assert texts(only(read(content, "a.xls")), BlockKind.TABLE) == [f"Name: x | Value: {shown}"]


def test_old_binary_files_that_are_no_workbooks_are_reported_as_such() -> None:
    word = making.compound({"WordDocument": b"x" * 5000, "ObjectPool": {"_1": {"Workbook": b"x" * 5000}}})
    assert error(read(word, "a.doc")) == "UnknownFormat"
    told = making.compound({"Contents": "A Workbook\0".encode("utf-16-le") * 500})
    assert error(read(told, "a.xls")) == "UnknownFormat"
    binary = making.zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "x"})
    assert error(read(binary, "a.xlsb")) == "UnknownFormat"
    broken = making.compound({"Workbook": b"x" * 5000})
    assert error(read(broken, "a.xls")) == "Damaged"


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
