"""OpenDocument workbooks."""

from __future__ import annotations

import pytest

from kgfuse.ingest import sheets
from kgfuse.model import BlockKind, DateSource
from tests.ingest import making
from tests.ingest.reading import blocks, only, read, texts

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = " ".join(
    f'xmlns:{short}="{_NAMES}{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("table", "table"), ("text", "text"), ("style", "style")),
        *(("fo", "xsl-fo-compatible"), ("meta", "meta")),
    )
)


def _cell(text: str = "", kind: str = "string", **values: str) -> str:
    told = "".join(f' office:{name.replace("_", "-")}="{value}"' for name, value in values.items())
    return f'<table:table-cell office:value-type="{kind}"{told}><text:p>{text}</text:p></table:table-cell>'


def _row(*cells: str, more: str = "") -> str:
    written = (cell if cell.startswith("<") else _cell(cell) for cell in cells)
    return f"<table:table-row {more}>{''.join(written)}</table:table-row>"


def _ods(*rows: str, name: str = "Staff", styles: str = "", meta: str = "") -> bytes:
    table = f'<table:table table:name="{name}">{"".join(rows)}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    return making.zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {_SPACES}>{styles}{body}</office:document-content>",
            "meta.xml": f"<office:document-meta {_SPACES}>{meta}</office:document-meta>",
        }
    )


def test_rows_explain_themselves_and_values_are_told_not_their_looks() -> None:
    made = "<office:meta><meta:creation-date>2021-03-03T12:00:00</meta:creation-date></office:meta>"
    document = only(
        read(
            _ods(
                _row("Name", "Since", "Share", "Pay", "Starts", "Active", "Seats"),
                _row(
                    "Jane Roe",
                    _cell("01/05/20", "date", date_value="2020-05-01"),
                    _cell("25.00%", "percentage", value="0.25"),
                    _cell("1,200 kr", "currency", value="1200", currency="NOK"),
                    _cell("8:30", "time", time_value="PT08H30M00S"),
                    _cell("WAHR", "boolean", boolean_value="true"),
                    _cell("12,0", "float", value="12"),
                ),
                meta=made,
            ),
            "staff.ods",
        )
    )
    assert blocks(document) == [
        (BlockKind.HEADING, "Staff"),
        (
            BlockKind.TABLE,
            "Name: Jane Roe | Since: 2020-05-01 | Share: 25% | Pay: 1200 NOK | Starts: 08:30:00 | Active: true | Seats: 12",
        ),
    ]
    assert (str(document.published_at), document.date_source) == ("2021-03-03T12:00:00Z", DateSource.METADATA)


def test_what_is_repeated_is_told_as_often_and_keeps_its_place() -> None:
    empty = '<table:table-cell table:number-columns-repeated="2"/>'
    twice = _cell("x").replace("cell ", 'cell table:number-columns-repeated="2" ', 1)
    content = _ods(
        _row("A", "B", "C", "D"),
        _row("1", empty, "4", more='table:number-rows-repeated="2"'),
        _row(twice),
        _row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048000"'),
        _row("Total", "9"),
    )
    assert texts(only(read(content, "a.ods")), BlockKind.TABLE) == [
        "A: 1 | D: 4\nA: 1 | D: 4\nA: x | B: x",
        "Total: 9",
    ]


def test_two_columns_with_a_bold_head_are_a_table() -> None:
    styles = (
        '<office:automatic-styles><style:style style:name="ce1"><style:text-properties fo:font-weight="bold"/></style:style>'
        "</office:automatic-styles>"
    )
    head = "".join(
        f'<table:table-cell table:style-name="ce1" office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("Year", "Remark")
    )
    rows = (_row("2019", _cell("7", "float", value="7")), _row("2020", "none"))
    assert texts(only(read(_ods(_row(head), *rows, styles=styles), "a.ods")), BlockKind.TABLE) == [
        "Year: 2019 | Remark: 7\nYear: 2020 | Remark: none"
    ]
    assert texts(only(read(_ods(_row(head), *rows), "a.ods")), BlockKind.TABLE) == ["Year: Remark\n2019: 7\n2020: none"]


@pytest.mark.parametrize(
    "cell",
    [
        _cell("soon", "date", date_value="soon"),
        _cell("soon", "time", time_value="PT99H"),
        _cell("soon", "time", time_value="PT99H00M00S"),
        _cell("soon", "float"),
        _cell("soon", "percentage", value="x"),
        _cell("soon", "unheard-of", value="1"),
        '<table:table-cell office:value-type="string" office:string-value="soon"/>',
    ],
)
def test_values_that_cannot_be_read_are_told_as_they_look(cell: str) -> None:
    assert texts(only(read(_ods(_row("Name", "When"), _row("x", cell)), "a.ods")), BlockKind.TABLE) == [
        "Name: x | When: soon"
    ]


@pytest.mark.parametrize("shown", ["#VALUE!", "#N/A", "#REF!", "Err:502"])
def test_errors_are_no_values(shown: str) -> None:
    content = _ods(_row("Name", "A", "B"), _row("x", _cell(shown, "float", value="0"), "y"))
    assert texts(only(read(content, "a.ods")), BlockKind.TABLE) == ["Name: x | B: y"]


def test_a_row_repeated_without_end_is_told_often_enough() -> None:
    content = _ods(_row("A", "B"), _row("x", "y", more='table:number-rows-repeated="999999999"'), _row("1", "2"))
    (table,) = texts(only(read(content, "a.ods")), BlockKind.TABLE)[-1:]
    assert table.endswith("A: 1 | B: 2")
    assert len(table) < 200_000


def test_a_sheet_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_CELLS", 1000)
    content = _ods(
        _row("A", "B"), _row("1", "2"), _row(), _row("x", "y", more='table:number-rows-repeated="999999999"')
    )
    reading = read(content, "a.ods")
    assert [type(failure.error).__name__ for failure in reading.failures] == ["TooLarge"]
    small, large = texts(reading.documents[0], BlockKind.TABLE)
    assert small == "A: 1 | B: 2"
    assert set(large.splitlines()) == {"x: x | y: y"}
    assert len(large.splitlines()) == 496  # 1,000 cells less 5 above are 497 rows, and the first is the head
