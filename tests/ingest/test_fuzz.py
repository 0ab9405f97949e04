"""Damaged copies of files of every format: each ends in a document or a clear record, in time, and no process dies."""

from __future__ import annotations

import io
import multiprocessing
import random
import resource
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import FrameType

import docx
import openpyxl
import pytest
import xlwt
from reportlab.pdfgen.canvas import Canvas

from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.embedding import BUNDLED
from kgfuse.ingest import chunk, read_raw, token_counter
from kgfuse.protocols import RawFile
from tests.ingest import making

_COPIES = 125  # of each of the formats: more than 2,000 files
_SECONDS = 20
_LEAK = 250 * 1024  # KiB that a process may grow by between its hundredth file and its last


def originals() -> dict[str, bytes]:
    """Return a whole file of each format."""
    word, book, old, pdf = io.BytesIO(), io.BytesIO(), io.BytesIO(), io.BytesIO()
    text = docx.Document()
    text.add_heading("Board")
    text.add_paragraph(making.SENTENCE)
    text.add_table(2, 2)
    text.save(word)
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    for row in (["Name", "Seat"], ["Acme", "Oslo"], ["Beta", 7]):
        workbook.active.append(row)
    workbook.save(book)
    sheet = (old_book := xlwt.Workbook()).add_sheet("Seats")
    for number, values in enumerate((("Name", "Seat"), ("Acme", "Oslo"), ("Beta", 7))):
        for column, value in enumerate(values):
            sheet.write(number, column, value)
    old_book.save(old)
    canvas = Canvas(pdf)
    for line in range(30):
        canvas.drawString(72, 760 - 14 * line, f"{line} {making.SENTENCE}")
    canvas.save()
    mail = making.mail()
    mail.add_attachment(making.rtf(), maintype="application", subtype="rtf", filename="a.rtf")
    return {
        "a.docx": word.getvalue(),
        "a.xlsx": book.getvalue(),
        "a.xls": old.getvalue(),
        "a.pdf": pdf.getvalue(),
        "a.eml": bytes(mail),
        "a.mbox": making.mbox(4),
        "a.msg": making.msg(),
        "a.mht": making.mhtml(),
        "a.html": b"<html><head><title>A</title></head><body><p>"
        + making.SENTENCE.encode() * 5
        + b"</p></body></html>",
        "a.pptx": making.pptx(),
        "a.odt": making.odt(),
        "a.epub": making.epub(),
        "a.rtf": making.rtf(),
        "a.csv": b'Name,Seat\r\nAcme,Oslo\r\nBeta,"Ber\ngen"\r\n',
        "a.jsonl": making.json_lines(),
        "a.ics": making.calendar(),
        "a.zip": making.zipped({"a.txt": making.SENTENCE, "b.eml": bytes(mail)}),
        "a.tar.gz": making.tarred({"a.txt": making.SENTENCE.encode(), "b.eml": bytes(mail)}),
        "a.md": b"# Acme\n\n" + making.SENTENCE.encode() + b"\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n",
    }


def damaged(content: bytes, seed: int) -> bytes:
    """Return a copy with bits flipped, cut off, bytes put in, a piece doubled, or nothing but noise."""
    chance = random.Random(seed)
    data = bytearray(content)
    match seed % 5:
        case 0:
            for _ in range(chance.randint(1, 40)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case 1:
            del data[chance.randrange(len(data)) :]
        case 2:
            place = chance.randrange(len(data))
            data[place:place] = chance.randbytes(chance.randint(1, 500))
        case 3:
            start, end = sorted(chance.sample(range(len(data) + 1), 2))
            data[start:start] = data[start:end]
        case _:
            keep = chance.randrange(min(len(data), 600))
            data[keep:] = chance.randbytes(len(data) - keep)
    return bytes(data)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the copies of one file; `grown` is in KiB."""

    outcomes: Counter[str]
    grown: int


class _Late(BaseException):
    """Raised where a reader takes too long; a reader cannot catch it by accident."""


def read_copies(name: str, content: bytes, first: int) -> Fate:
    """Read damaged copies in this process. Raises AssertionError or _Late."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise _Late(name)

    signal.signal(signal.SIGALRM, late)
    outcomes: Counter[str] = Counter()
    before = 0
    for seed in range(first, first + _COPIES):
        signal.alarm(_SECONDS)
        reading = read_raw(RawFile(f"file:///in/{name}", name, damaged(content, seed) or b"x"), IngestSettings())
        assert reading.documents or reading.failures, (name, seed)
        for document in reading.documents:
            for piece in chunk(document, ChunkSettings(), token_counter(BUNDLED)):
                assert document.text[piece.start : piece.end] == piece.text, (name, seed)
        for failure in reading.failures:
            assert str(failure.error), (name, seed)
            assert failure.error.hint, (name, seed)
        outcomes.update(["read" if reading.documents else type(reading.failures[0].error).__name__])
        signal.alarm(0)
        if seed == first + 40:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Fate(outcomes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_damaged_files_end_in_a_document_or_a_record() -> None:
    files = originals()
    assert len(files) * _COPIES >= 2_000
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:  # a process that dies breaks the pool, and this test
        fates = [
            pool.submit(read_copies, name, content, 1_000 * number)
            for number, (name, content) in enumerate(files.items())
        ]
        results = {name: fate.result(timeout=600) for name, fate in zip(files, fates, strict=True)}
    assert all(fate.outcomes.total() == _COPIES for fate in results.values())
    assert {name: fate.grown for name, fate in results.items() if fate.grown > _LEAK} == {}
    assert any(fate.outcomes["read"] for fate in results.values())


@pytest.mark.parametrize("name", sorted(originals()))
def test_a_few_damaged_copies_of_each_format(name: str) -> None:
    content = originals()[name]
    assert read_raw(RawFile(f"file:///in/{name}", name, content), IngestSettings()).documents
    for seed in range(5):
        reading = read_raw(RawFile(f"file:///in/{name}", name, damaged(content, seed) or b"x"), IngestSettings())
        assert reading.documents or reading.failures
