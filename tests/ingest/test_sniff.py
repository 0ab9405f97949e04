"""What a file is, its content says: also where it holds, or speaks of, a file of another kind."""

from __future__ import annotations

import io
import zipfile

import pytest
from reportlab.pdfgen.canvas import Canvas

from kgfuse.ingest.sniff import MAIL, PDF, TEXT, sniff
from tests.ingest.reading import read


def _pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0)
    canvas.drawString(72, 700, "Jane Roe runs Acme.")
    canvas.save()
    return file.getvalue()


def test_an_archive_whose_first_member_is_an_unpacked_pdf_is_an_archive() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("report.pdf", _pdf())
        archive.writestr("note.txt", "John Poe runs Beta.")
    reading = read(file.getvalue(), "all.zip")
    assert [document.text for document in reading.documents] == ["Jane Roe runs Acme.", "John Poe runs Beta."]
    assert reading.failures == ()


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf\r\n", b"HTTP/1.1 200 OK\nContent-Length: 99\n", b"\x01junk\n"])
def test_a_pdf_is_one_whatever_stands_before_its_header(before: bytes) -> None:
    assert sniff(before + _pdf(), "a.pdf") == PDF


def test_what_speaks_of_pdf_is_not_one() -> None:
    assert (
        sniff(b"Every such file begins with its version:\n%PDF-1.7\nand ends with an end-of-file mark.\n", "a.txt")
        == TEXT
    )
    head = b"From: a@example.com\nTo: b@example.com\nSubject: the file\nDate: Mon, 3 May 2021 10:00:00 +0000\n\n"
    assert sniff(head + _pdf(), "a.eml") == MAIL
