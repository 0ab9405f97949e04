"""Workbooks: their sheets with the values last computed by the program that saved the file.

Sheets are streamed, so a sheet of a million rows needs the memory of its text only.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kgfuse.errors import Damaged, TooLarge
from kgfuse.ingest import sheets
from kgfuse.ingest.cell_values import display
from kgfuse.ingest.layout import About, Layout, document_of
from kgfuse.ingest.ooxml import Package
from kgfuse.ingest.sniff import XLSX
from kgfuse.model import DateSource
from kgfuse.protocols import Failure, RawFile, Reading


def read(file: RawFile) -> Reading:
    """Read a workbook. Raises Damaged; a workbook over the cell limit is read up to it, and the rest reported."""
    import openpyxl

    package = Package(file.content)
    package.refuse_document_types()
    core = package.properties()
    layout = Layout()
    failures: list[Failure] = []
    content = io.BytesIO(package.transitional() or file.content)
    try:
        book = openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile, OSError) as error:
        raise Damaged(f"the workbook cannot be opened: {type(error).__name__}: {str(error)[:100]}") from error
    budget = sheets.budget()
    for sheet in book.worksheets:
        try:
            sheets.add_sheet(layout, sheet.title, _rows(sheet, budget))
        except TooLarge as error:
            failures.append(Failure(file.uri, error))
    when, how = core.dated, DateSource.METADATA if core.dated else None  # a date in a cell is one of the sheet's data
    title = core.title or file.name.rpartition(".")[0] or file.name
    return Reading((document_of(file, XLSX, layout, About(title, core.author, when, how)),), tuple(failures))


def _rows(sheet: Any, budget: sheets.Budget) -> Iterator[sheets.Row]:
    """Yield the rows of a sheet, empty ones as empty lists. Raises TooLarge."""
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        cells = [
            sheets.Cell(cell.row, cell.column - 1, text, isinstance(cell.value, str), bool(cell.font and cell.font.b))
            for cell in row
            if cell.value is not None and (text := display(cell.value, cell.number_format or ""))
        ]
        budget.spend(cells, len(row))
        yield cells
