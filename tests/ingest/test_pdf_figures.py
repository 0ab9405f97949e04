"""Figures in columns that stand close together are cells of their own."""

from __future__ import annotations

import io

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from kgfuse.model import BlockKind
from tests.ingest.reading import only, read, texts


def _page(rows: list[list[str]], step: float, *, right: bool = True, label: float = 110, size: float = 10) -> bytes:
    """Return a PDF with a label and figures `step` points apart in each row, aligned on the right or the left."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", size)
    for number, (head, *figures) in enumerate(rows):
        y = 700 - 1.3 * size * number
        canvas.drawString(72, y, head)
        for column, figure in enumerate(figures):
            (canvas.drawRightString if right else canvas.drawString)(72 + label + step * column, y, figure)
    canvas.save()
    return stream.getvalue()


def _table(rows: list[list[str]], step: float, **options: bool | float) -> list[str]:
    return texts(only(read(_page(rows, step, **options), "a.pdf")), BlockKind.TABLE)  # type: ignore[arg-type]


_KEY_FIGURES = [
    ["NOK million", "2016", "2017", "2018"],
    ["Revenue", "74", "118", "164"],
    ["Profit", "-3", "4", "(12)"],
    ["Employees", "31", "45", "60"],
]


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("step", [26, 30, 36, 60])
@pytest.mark.parametrize("rows", [2, 3, 4])
def test_years_over_figures(rows: int, step: float, right: bool) -> None:
    wanted = "\n".join(" | ".join(row) for row in _KEY_FIGURES[:rows])
    assert _table(_KEY_FIGURES[:rows], step, right=right) == [wanted]


def test_spaces_within_figures_part_no_columns() -> None:
    rows = [
        ["NOK thousand", "2019", "2020"],
        ["Revenue", "1 234", "1 310"],
        ["Costs", "1 100", "1 205"],
        ["Margin", "11 %", "8 %"],
    ]
    assert _table(rows, 36) == ["\n".join(" | ".join(row) for row in rows)]
    assert _table(rows[1:], 36) == ["\n".join(" | ".join(row) for row in rows[1:])]


def test_a_long_label_near_its_figures() -> None:
    rows = [
        ["NOK million", "2019", "2020"],
        ["Result before tax and interest", "7", "8"],
        ["Revenue", "1 234 567", "1 310 402"],
    ]
    assert _table(rows, 60, label=160) == ["\n".join(" | ".join(row) for row in rows)]


def test_figures_between_other_columns() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 10)
    rows = [
        ("Country", "People (m)", "Area (km2)", "Capital"),
        ("Austria", "8.9", "83,879", "Vienna"),
        ("Belgium", "11.5", "30,689", "Brussels"),
        ("Denmark", "5.8", "42,951", "Aarhus"),
    ]
    for number, (country, people, area, town) in enumerate(rows):
        y = 700 - 13 * number
        canvas.drawString(72, y, country)
        canvas.drawCentredString(180, y, people)
        canvas.drawCentredString(234, y, area)
        canvas.drawString(290, y, town)
    canvas.save()
    assert texts(only(read(stream.getvalue(), "a.pdf")), BlockKind.TABLE) == [
        "\n".join(" | ".join(row) for row in rows)
    ]


def test_sentences_that_end_in_numbers_are_no_table() -> None:
    rows = [
        ["The two firms were founded in the years 1998 2004"],
        ["and were sold again to others in the years 2011 2015"],
    ]
    assert _table(rows, 30) == []
