"""PDFs whose table of cross-references lies are read all the same."""

from __future__ import annotations

import io
import re

import pytest
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
