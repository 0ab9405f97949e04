"""PDFs whose table of cross-references lies are read all the same."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tests.ingest.reading import only, read


def _pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(72, 700, "Acme makes wheels in a town by the sea.")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [(rb"startxref\n\d+", b"startxref\n7"), (rb"\d{10} 00000 n", b"0000000003 00000 n"), (rb"%%EOF\s*$", b"")],
    ids=["start", "places", "end"],
)
def test_a_damaged_table_of_references_is_mended(pattern: bytes, instead: bytes) -> None:
    damaged = re.sub(pattern, instead, _pdf())
    assert damaged != _pdf()
    assert only(read(damaged, "a.pdf")).text == "Acme makes wheels in a town by the sea."


def test_ligatures_are_read_as_their_letters() -> None:
    font = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not font.is_file():
        pytest.skip("needs a font with ligatures: apt-get install fonts-dejavu-core")
    pdfmetrics.registerFont(TTFont("DejaVu", str(font)))
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.setFont("DejaVu", 12)
    canvas.drawString(72, 700, "The o\ufb03ce \ufb01led its \ufb02at report in an e\ufb00ort.")
    canvas.save()
    assert only(read(file.getvalue(), "a.pdf")).text == "The office filed its flat report in an effort."
