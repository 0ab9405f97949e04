"""Workbooks of Excel 97 to 2003 (BIFF8), and of 5.0 and 95: their sheets as those of newer ones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from kgfuse.errors import Damaged, Encrypted, TooLarge
from kgfuse.ingest import sheets
from kgfuse.ingest.dates import read_moment
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.metadata import person
from kgfuse.ingest.sniff import XLS
from kgfuse.model import DateSource
from kgfuse.protocols import Failure, RawFile, Reading


def read(file: RawFile) -> Reading:
    """Read a workbook. Raises Damaged or Encrypted; one over the cell limit is read up to it, and the rest reported."""
    import xlrd

    layout = Layout()
    failures: list[Failure] = []
    try:
        book = xlrd.open_workbook(
            file_contents=file.content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Encrypted("an office file that needs a password") from error
        raise Damaged(f"the workbook cannot be opened: {str(error)[:100]}") from error
    budget = sheets.Budget(sheets.MAX_CELLS)
    for number in range(book.nsheets):
        sheet = book.sheet_by_index(number)
        try:
            sheets.add_sheet(layout, sheet.name, _rows(book, sheet, budget))
        except TooLarge as error:
            failures.append(Failure(file.uri, error))
        book.unload_sheet(number)
    return Reading((document_of(file, XLS, layout, _about(file)),), tuple(failures))


def _rows(book: Any, sheet: Any, budget: sheets.Budget) -> Iterator[sheets.Row]:
    """Yield the rows of a sheet, empty ones as empty lists. Raises TooLarge."""
    for number in range(sheet.nrows):
        row = sheet.row(number)
        cells = [
            sheets.Cell(number + 1, column, text, isinstance(value, str), bool(book.font_list[style.font_index].bold))
            for column, cell in enumerate(row)
            if (value := _value(book, cell)) is not None
            and (
                text := sheets.display(
                    value, book.format_map[(style := book.xf_list[cell.xf_index]).format_key].format_str
                )
            )
        ]
        budget.spend(len(cells), len(row))
        yield cells


def _value(book: Any, cell: Any) -> Any:
    """Return what a cell holds; `None` where it is empty or an error."""
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            when = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
        except (ValueError, OverflowError):  # no date at all: shown as the number that it is
            return cell.value
        return when.time() if cell.value < 1 else when
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return cell.value if cell.ctype in (xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER) else None


def _about(file: RawFile) -> About:
    """Return the title, the author and the date that the file gives itself."""
    import olefile

    title = file.name.rpartition(".")[0] or file.name
    try:
        with olefile.OleFileIO(io.BytesIO(file.content)) as parts:
            known = parts.get_metadata()
    except (OSError, ValueError, IndexError, TypeError, AttributeError):
        return About(title)
    page = f"cp{known.codepage % 65536}" if known.codepage else "cp1252"
    saved = known.last_saved_time or known.create_time
    when = read_moment(saved.isoformat()) if saved else None
    how = DateSource.METADATA if when else None
    return About(_text(known.title, page) or title, person(_text(known.author, page)), when, how)


def _text(value: bytes | None, page: str) -> str:
    try:
        return fold((value or b"").decode(page, "replace"))
    except LookupError:
        return fold((value or b"").decode("cp1252", "replace"))
