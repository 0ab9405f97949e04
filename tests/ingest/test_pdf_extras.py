"""PDFs beside their pages: passwords, outlines, links, pages that are pictures."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kgfuse.config import IngestSettings
from tests.ingest.making import SENTENCE
from tests.ingest.reading import error, only, read


def _pdf(**options: object) -> tuple[io.BytesIO, Canvas]:
    out = io.BytesIO()
    return out, Canvas(out, **options)


def _scan(canvas: Canvas) -> None:
    image = Image.new("L", (1600, 2200), 255)
    ImageDraw.Draw(image).text((120, 200), "Acme makes wheels in Oslo.", fill=0, font=ImageFont.load_default(64))
    canvas.drawImage(ImageReader(image), 0, 0, 595, 842)
    canvas.showPage()


def test_a_password_opens_a_file_and_without_it_the_file_is_reported(tmp_path: Path) -> None:
    out, canvas = _pdf(encrypt="secret")
    canvas.drawString(72, 700, SENTENCE)
    canvas.save()
    assert error(read(out.getvalue(), "a.pdf")) == "Encrypted"
    words = tmp_path / "words"
    words.write_text("wrong\nsecret\n", "utf-8")
    assert only(read(out.getvalue(), "a.pdf", IngestSettings(password_file=words))).text == SENTENCE


def test_the_outline_and_the_links_are_kept() -> None:
    out, canvas = _pdf()
    canvas.bookmarkPage("a")
    canvas.addOutlineEntry("First part", "a", 0)
    canvas.drawString(72, 700, SENTENCE)
    canvas.linkURL("https://acme.example/a", (72, 690, 200, 710))
    canvas.showPage()
    canvas.bookmarkPage("b")
    canvas.addOutlineEntry("A chapter", "b", 1)
    canvas.drawString(72, 700, "Acme makes wheels.")
    canvas.linkURL("https://acme.example/a", (72, 690, 200, 710))
    canvas.save()
    found = [one for one in only(read(out.getvalue(), "a.pdf")).properties if one.name != "signature"]
    assert [(one.name, one.value, one.quote) for one in found] == [
        ("outline", "First part", "level 1, page 1"),
        ("outline", "A chapter", "level 2, page 2"),
        ("link", "https://acme.example/a", "page 1"),
    ]


def test_pages_that_are_pictures_are_reported_without_tesseract(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    out, canvas = _pdf()
    canvas.drawString(72, 700, SENTENCE)
    canvas.showPage()
    _scan(canvas)
    canvas.save()
    reading = read(out.getvalue(), "a.pdf")
    assert reading.documents[0].text == SENTENCE
    assert "1 pages without a text layer were not read: 2" in str(reading.failures[0].error)
    assert "Tesseract" in reading.failures[0].error.hint


def test_pages_that_are_pictures_go_through_tesseract_in_their_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\necho 'Acme makes wheels in'\necho 'Oslo.'\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    out, canvas = _pdf()
    _scan(canvas)
    canvas.drawString(72, 700, SENTENCE)
    canvas.showPage()
    _scan(canvas)
    canvas.save()
    document = only(read(out.getvalue(), "a.pdf"))
    assert [block.page for block in document.blocks if "Oslo" in document.text[block.start : block.end]] == [1, 3]
    assert document.text.index("Oslo") < document.text.index(SENTENCE)


def test_a_tesseract_that_hangs_costs_its_time_and_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text("#!/bin/sh\nexec /bin/sleep 60\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    out, canvas = _pdf()
    _scan(canvas)
    canvas.save()
    assert error(read(out.getvalue(), "a.pdf", IngestSettings(ocr_page_seconds=0.3))) == "NoText"


@pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="Tesseract is not installed: apt-get install tesseract-ocr"
)
def test_tesseract_itself_reads_a_page() -> None:
    out, canvas = _pdf()
    _scan(canvas)
    canvas.save()
    assert only(read(out.getvalue(), "a.pdf")).text == "Acme makes wheels in Oslo."
