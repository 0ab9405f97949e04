"""Columns, tables inside columns, heads over figures, titles of two lines, running heads of short files."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from benchmarks.pdf import cells_of, in_order, words
from benchmarks.typeset_pdf import typeset
from kgfuse.model import BlockKind, Document
from tests.ingest.reading import only, read, texts

_LEFT = [
    "The ferry company said that its crews had been",
    "paid for all of June. It denied a report that the",
    "wages of two ships were late, and said that the",
    "bank had been slow. The union answered that the",
    "men of both ships had seen no money at all, and",
    "that it would not wait for another month. Nobody",
    "at the bank was ready to say when it had been",
    "asked for the transfer. Three of the ships were at",
    "sea when the company spoke, and their masters had",
    "heard nothing from the owners since the spring. A",
    "fourth lies in dock with a broken shaft, and those",
    "who mend it want to be paid before they begin.",
]
_RIGHT_TOP = ["In the capital the ministry spoke of rules that", "nobody had broken so far:"]
_RIGHT_END = [
    "which is more than in any month before. It is",
    "not known who will pay for the repairs, though",
    "some say the state.",
]
_TABLE = [("Ship", "Crew", "Days late"), ("Tern", "14", "9"), ("Petrel", "11", "12"), ("Puffin", "8", "3")]


def page_of(draw_more: bool = False) -> Document:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    pages = 2 if draw_more else 1
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica-Oblique", 8)
        canvas.drawString(60, 806, "Coastal shipping today")
        canvas.drawCentredString(297, 30, str(number))
        canvas.setFont("Helvetica", 10)
        for at, line in enumerate(_LEFT):
            canvas.drawString(60, 700 - 12 * at, line)
        y = 700
        for line in _RIGHT_TOP:
            canvas.drawString(310, y, line)
            y -= 12
        for row, cells in enumerate(_TABLE):
            y -= 13
            canvas.drawString(313, y, cells[0])
            for column, cell in enumerate(cells[1:], 1):
                left = 310 + 75 * column
                # heads flush left, figures flush right: neither reaches under the other
                canvas.drawString(left, y, cell) if row == 0 else canvas.drawRightString(left + 70, y, cell)
        y -= 18
        for at, line in enumerate(_RIGHT_END):
            canvas.drawString(310, y - 12 * at, line)
        canvas.showPage()
    canvas.save()
    return only(read(stream.getvalue(), "a.pdf"))


def test_a_table_in_one_column_is_told_from_the_text_beside_it() -> None:
    document = page_of()
    assert texts(document, BlockKind.TABLE) == [
        "Ship | Crew | Days late\nTern | 14 | 9\nPetrel | 11 | 12\nPuffin | 8 | 3"
    ]
    text = " ".join(document.text.split())
    order = [" ".join(_LEFT), "nobody had broken so far:", "Tern | 14 | 9", " ".join(_RIGHT_END)]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_running_heads_of_two_pages_and_the_number_of_one_are_left_out() -> None:
    assert "Coastal shipping today" not in page_of(draw_more=True).text
    alone = page_of()
    assert "Coastal shipping today" in alone.text  # a single page: it may be all that the page is called
    assert not alone.text.rstrip().endswith("\n1")


def test_a_bold_title_of_two_lines_is_one_heading() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(60, 760, "A long account of what the harbour board has")
    canvas.drawString(60, 736, "been doing all winter")
    canvas.setFont("Helvetica", 10)
    for at, line in enumerate(_LEFT):
        canvas.drawString(60, 700 - 12 * at, line)
    canvas.save()
    document = only(read(stream.getvalue(), "a.pdf"))
    assert texts(document, BlockKind.HEADING) == ["A long account of what the harbour board has been doing all winter"]


def test_what_is_set_from_known_text_is_read_back() -> None:
    columns, right, cells = set(), 0, 0
    for seed in range(9000, 9012):
        content, truth, style = typeset(seed)
        document = only(read(content, "a.pdf"))
        columns.add(style.columns)
        assert in_order(words(" ".join(truth.text)), words(document.text)) > 0.93  # footnotes stand where they stand
        assert set(truth.headings) <= {" ".join(text.split()) for text in texts(document, BlockKind.HEADING)}
        right += len(set(cells_of(document)) & set(truth.cells))
        cells += len(truth.cells)
    assert right >= 0.9 * cells > 100
    assert columns == {1, 2, 3}
