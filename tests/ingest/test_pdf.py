"""PDF files: reading order, paragraphs, headings, tables, running heads, and what cannot be read."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from kgfuse.ingest.pdf import read_stamp
from kgfuse.model import BlockKind
from tests.ingest.reading import error, only, read, texts


def _pdf(draw: Callable[[Canvas], object], **options: object) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1, **options)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def _lines(canvas: Canvas, lines: list[str], x: float = 72, y: float = 700, size: float = 10) -> float:
    canvas.setFont("Helvetica", size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 1.2 * size
    return y


_FIRST = [
    "The board of Acme met in Oslo on Monday and elected Jane Roe as its",
    "new chair. She succeeds Tom Poe, who had led the com-",
    "pany for nine years.",
]


def test_lines_become_paragraphs_with_page_and_place() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 740, "Board minutes")
        y = _lines(canvas, _FIRST)
        _lines(canvas, ["A second paragraph stands apart from the first one."], y=y - 12)

    document = only(read(_pdf(draw), "a.pdf"))
    assert texts(document, BlockKind.HEADING) == ["Board minutes"]
    assert texts(document, BlockKind.PARAGRAPH) == [
        "The board of Acme met in Oslo on Monday and elected Jane Roe as its new chair. She succeeds Tom Poe, who had led "
        "the company for nine years.",
        "A second paragraph stands apart from the first one.",
    ]
    assert document.title == "Board minutes"
    block = document.blocks[1]
    assert block.page == 1
    assert block.bbox is not None
    left, top, right, bottom = block.bbox
    assert 70 < left < 74
    assert 128 < top < 140 < bottom < 175
    assert 300 < right < 500


def test_columns_are_read_one_after_the_other() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(150, 760, "A title over both of the columns below")
        for x, name in ((72, "left"), (300, "right")):
            _lines(canvas, [f"this {name} line number {n} of the column is" for n in range(20)], x=x)

    text = only(read(_pdf(draw), "a.pdf")).text
    assert text.index("A title") < text.index("this left line number 0")
    assert text.index("this left line number 19") < text.index("this right line number 0")


def test_running_heads_and_page_numbers_are_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 5):
            _lines(canvas, ["Annual report of Acme"], y=810)
            _lines(canvas, [f"Sentence {n} of page {page} says a thing." for n in range(6)])
            _lines(canvas, [f"Page {page} of 4"], y=30)
            canvas.showPage()

    text = only(read(_pdf(draw), "a.pdf")).text
    assert "Annual report" not in text
    assert "of 4" not in text
    assert all(f"Sentence 0 of page {page} says a thing." in text for page in range(1, 5))


def test_ruled_tables_become_rows() -> None:
    def draw(canvas: Canvas) -> None:
        _lines(canvas, ["Text before the table."])
        canvas.grid([72, 200, 330, 450], [560, 580, 600, 620])
        for row, cells in enumerate(
            (("Name", "Role", "Since"), ("Jane Roe", "Chair", "2020"), ("Tom Poe", "", "2011"))
        ):
            for column, cell in enumerate(cells):
                canvas.drawString(76 + 128 * column, 606 - 20 * row, cell)
        _lines(canvas, ["Text after the table."], y=500)

    document = only(read(_pdf(draw), "a.pdf"))
    assert [document.text[b.start : b.end] for b in document.blocks] == [
        "Text before the table.",
        "Name | Role | Since\nJane Roe | Chair | 2020\nTom Poe | | 2011",
        "Text after the table.",
    ]


def test_tables_without_rules_become_rows() -> None:
    def draw(canvas: Canvas) -> None:
        for row in range(5):
            for column, cell in enumerate((f"Person {row}", f"Town {row}", f"{row}00")):
                canvas.drawString(72 + 140 * column, 700 - 14 * row, cell)

    (table,) = texts(only(read(_pdf(draw), "a.pdf")), BlockKind.TABLE)
    assert table.split("\n")[2] == "Person 2 | Town 2 | 200"


def test_figures_without_a_rule_between_them_are_rows_of_their_own() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([72, 172, 272, 372], [560, 600, 620])
        for column, cells in enumerate((("Year", "2019", "2020"), ("Sales", "10", "12"), ("Profit", "3", "4"))):
            for row, cell in enumerate(cells):
                canvas.drawString(76 + 100 * column, 606 - 18 * row, cell)

    assert texts(only(read(_pdf(draw), "a.pdf")), BlockKind.TABLE) == [
        "Year | Sales | Profit\n2019 | 10 | 3\n2020 | 12 | 4",
    ]


def test_a_short_line_in_another_font_above_the_text_is_a_heading() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Oblique", 10)
        canvas.drawString(72, 720, "The new chair")
        _lines(canvas, _FIRST, y=706)

    assert texts(only(read(_pdf(draw), "a.pdf")), BlockKind.HEADING) == ["The new chair"]


def test_a_sideways_page_is_read_like_an_upright_one() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        _lines(canvas, _FIRST, y=400)

    assert "elected Jane Roe as its new chair." in only(read(_pdf(draw), "a.pdf")).text


def test_properties_of_the_file() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setAuthor("Jane Roe")
        canvas.setTitle("Annual report 2020")
        _lines(canvas, _FIRST)

    document = only(read(_pdf(draw), "a.pdf"))
    assert (document.title, document.author, document.source) == ("Annual report 2020", "Jane Roe", "author:Jane Roe")


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("D:20210603120000+02'00'", "2021-06-03T10:00:00Z"),
        ("D:20210603120000Z00'00'", "2021-06-03T12:00:00Z"),
        ("D:20210603", "2021-06-03"),
        ("D:2021", "2021"),
        ("D:20211399", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_dates_of_pdf_files(stamp: str | None, moment: str | None) -> None:
    found = read_stamp(stamp)
    assert (str(found) if found else None) == moment


def test_what_cannot_be_read_is_reported() -> None:
    whole = _pdf(lambda canvas: _lines(canvas, _FIRST))
    locked = _pdf(lambda canvas: _lines(canvas, _FIRST), encrypt=StandardEncryption("secret"))
    assert error(read(locked, "a.pdf")) == "Encrypted"
    assert error(read(b"%PDF-1.4\nnothing", "a.pdf")) == "Damaged"
    assert error(read(_pdf(lambda canvas: canvas.rect(1, 1, 9, 9)), "a.pdf")) == "NoText"
    assert "Jane Roe" in only(read(whole, "a.txt")).text
    for cut in range(0, len(whole), 97):
        reading = read(whole[:cut], "a.pdf")
        assert reading.documents or reading.failures
