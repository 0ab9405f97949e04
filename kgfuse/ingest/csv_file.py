"""Tables in plain text (CSV, RFC 4180, and with tabs or semicolons): rows that explain themselves, as in a workbook."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from kgfuse.errors import NoText, TooLarge
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.sheets import MAX_CELLS, Cell, add_region
from kgfuse.ingest.sniff import CSV, TSV
from kgfuse.ingest.text import decode
from kgfuse.protocols import Failure, RawFile, Reading

_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d%?|")
_LONGEST_FIELD = 10_000_000


def read(file: RawFile) -> Reading:
    """Read a table. Raises NoText; a table over the cell limit is read up to it, and the rest reported."""
    text = decode(file.content).replace("\x00", "")
    delimiter = _delimiter(text[:100_000])
    layout = Layout()
    failures: tuple[Failure, ...] = ()
    rows: list[list[Cell]] = []
    budget = MAX_CELLS
    for row in _rows(text, delimiter):
        budget -= max(1, len(row))
        if budget < 0:
            lost = TooLarge(f"more than {MAX_CELLS} cells; the rest is left out", hint="Split the table.")
            failures = (Failure(file.uri, lost),)
            break
        if row:
            rows.append(row)
    add_region(layout, rows)
    if not layout.blocks:
        raise NoText("the table is empty")
    title = file.name.rpartition(".")[0] or file.name
    media_type = TSV if delimiter == "\t" else CSV
    return Reading((document_of(file, media_type, layout, About(title)),), failures)


def _rows(text: str, delimiter: str) -> Iterator[list[Cell]]:
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a field without end: what follows is read as lines
            continue
        yield [
            Cell(number, column, cell, _NUMBER.fullmatch(cell) is None, False)
            for column, value in enumerate(row)
            if (cell := fold(value))
        ]


def _delimiter(sample: str) -> str:
    """Return the mark that divides most lines into the same number of fields, more than one."""
    lines = [line for line in sample.splitlines()[:100] if line.strip()]
    best, score = ",", 0
    for mark in ("\t", ";", ",", "|"):
        try:
            widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark))
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]), default=(1, 0))
        if width > 1 and count > score:
            best, score = mark, count
    return best
