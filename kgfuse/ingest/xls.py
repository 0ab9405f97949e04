"""Workbooks of Excel 97 to 2003 (BIFF8), and of 5.0 and 95: their sheets as those of newer ones."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from kgfuse.errors import Damaged, Encrypted, IngestError, TooLarge
from kgfuse.ingest import sheets
from kgfuse.ingest.cell_values import display, valued
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.metadata import person
from kgfuse.ingest.sniff import XLS
from kgfuse.model import DateSource, Moment
from kgfuse.protocols import Failure, RawFile, Reading

_BOOKS = ("Workbook", "Book")
_SUMMARY = "\x05SummaryInformation"
_CODE_PAGE, _TITLE, _AUTHOR, _CREATED, _SAVED = 1, 2, 4, 12, 13  # [MS-OLEPS] 3.1.1 and its table of properties
_SHORT, _TEXT, _WIDE_TEXT, _TIME = 2, 30, 31, 64
_LONGEST_SUMMARY, _MOST_PROPERTIES = 1_000_000, 100
_MAC = 10_000


def read(file: RawFile) -> Reading:
    """Read a workbook. Raises Damaged or Encrypted; one over the limit is read up to it, and the rest reported."""
    import xlrd

    content, summary = _parts(file.content)
    layout = Layout()
    failures: list[Failure] = []
    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Encrypted("an office file that needs a password") from error
        raise Damaged(f"the workbook cannot be opened: {str(error)[:100]}") from error
    budget = sheets.budget()
    for number in range(book.nsheets):
        try:
            sheet = book.sheet_by_index(number)
            sheets.add_sheet(layout, sheet.name, _rows(book, sheet, budget))
        except TooLarge as error:
            failures.append(Failure(file.uri, error))
        except (
            xlrd.XLRDError,
            AssertionError,
            LookupError,
            ValueError,
            TypeError,
            AttributeError,
            struct.error,
        ) as error:
            lost: IngestError = Damaged(
                f"sheet {number + 1} cannot be read: {type(error).__name__}: {str(error)[:100]}"
            )
            failures.append(Failure(file.uri, lost))
        book.unload_sheet(number)
    return Reading((document_of(file, XLS, layout, _about(file, summary)),), tuple(failures))


def _parts(content: bytes) -> tuple[bytes, bytes]:
    """Return the workbook within an OLE file, and what the file says of itself, if anything. Raises Damaged.

    olefile goes through a file only once, whatever its tables say; xlrd's own reader may not end.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(content)) as parts:
            name = next(name for name in _BOOKS if parts.exists(name))
            book = parts.openstream(name).read()
            summary = parts.openstream(_SUMMARY).read(_LONGEST_SUMMARY) if parts.exists(_SUMMARY) else b""
    except (
        OSError,
        StopIteration,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        struct.error,
    ) as error:
        raise Damaged(f"the workbook cannot be opened: {type(error).__name__}: {str(error)[:100]}") from error
    return book, summary


def _rows(book: Any, sheet: Any, budget: sheets.Budget) -> Iterator[sheets.Row]:
    """Yield the rows of a sheet, empty ones as empty lists. Raises TooLarge."""
    for number in range(sheet.nrows):
        cells: sheets.Row = []
        row = sheet.row(number)
        for column, cell in enumerate(row):
            form, bold = _style(book, cell)
            value = _value(book, cell, form)
            if value is not None and (text := display(value, form)):
                cells.append(sheets.Cell(number + 1, column, text, isinstance(value, str), bold))
        budget.spend(cells, len(row))
        yield cells


def _style(book: Any, cell: Any) -> tuple[str, bool]:
    """Return the number format of a cell and whether it is bold."""
    try:
        style = book.xf_list[cell.xf_index]
        return book.format_map[style.format_key].format_str, bool(book.font_list[style.font_index].bold)
    except (LookupError, TypeError):
        return "General", False


def _value(book: Any, cell: Any, form: str) -> Any:
    """Return what a cell holds; `None` where it is empty or an error."""
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return valued(cell.value, form, from_1904=book.datemode == 1)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return cell.value if cell.ctype == xlrd.XL_CELL_TEXT else None


# -------------------------------------------------------------------------------------------------------------- properties


def _about(file: RawFile, summary: bytes) -> About:
    """Return the title, the author and the date that the file gives itself."""
    said = _properties(summary)
    saved = next((told for id in (_SAVED, _CREATED) if isinstance(told := said.get(id), datetime)), None)
    title, author = (text if isinstance(text := said.get(id), str) else "" for id in (_TITLE, _AUTHOR))
    when = Moment.of(saved) if saved else None
    name = file.name.rpartition(".")[0] or file.name
    return About(title or name, person(author), when, DateSource.METADATA if when else None)


def _properties(summary: bytes) -> dict[int, str | datetime]:
    """Return the texts and times of a property set ([MS-OLEPS] 2.21) by their number, what is malformed left out."""
    found: dict[int, str | datetime] = {}
    try:
        (section,) = struct.unpack_from("<I", summary, 44)
        (count,) = struct.unpack_from("<I", summary, section + 4)
        places = [
            struct.unpack_from("<II", summary, section + 8 + 8 * at) for at in range(min(count, _MOST_PROPERTIES))
        ]
    except struct.error:
        return found
    page = "cp1252"
    for id, place in sorted(places):  # the code page comes first
        try:
            (kind,) = struct.unpack_from("<I", summary, section + place)
            at = section + place + 4
            if id == _CODE_PAGE and kind == _SHORT:
                (number,) = struct.unpack_from("<H", summary, at)
                page = "mac_roman" if number == _MAC else "utf_16_le" if number == 1200 else f"cp{number}"
            elif kind in (_TEXT, _WIDE_TEXT):
                (length,) = struct.unpack_from("<I", summary, at)
                wide = kind == _WIDE_TEXT
                text = summary[at + 4 : at + 4 + length * (2 if wide else 1)].decode(
                    "utf_16_le" if wide else page, "replace"
                )
                found[id] = fold(text.partition("\0")[0])
            elif kind == _TIME:
                (ticks,) = struct.unpack_from("<Q", summary, at)  # tenths of a microsecond since 1601
                found[id] = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
        except (struct.error, LookupError, OverflowError):
            continue
    return {id: value for id, value in found.items() if not isinstance(value, datetime) or 1980 <= value.year <= 2100}
