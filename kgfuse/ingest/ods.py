"""The sheets of an OpenDocument workbook (ISO/IEC 26300), read like those of Excel: values, not their looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time

from lxml import etree

from kgfuse.errors import TooLarge
from kgfuse.ingest import sheets
from kgfuse.ingest.cell_values import display
from kgfuse.ingest.layout import Layout, fold

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_OFFICE, _TABLE, _TEXT, _STYLE, _FO = (
    f"{{{_NAMES}{name}:1.0}}" for name in ("office", "table", "text", "style", "xsl-fo-compatible")
)
_CELLS = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}
_TIME = re.compile(r"PT(\d{1,9})H(\d{1,2})M(\d{1,2})(?:[.,]\d+)?S")
_ERROR = re.compile(r"Err:\d|#[A-Z/0]+[!?]?$")
_MOST_ALIKE = 10_000  # rows that are repeated as one: more say no more
_WIDEST = 16_384  # columns that LibreOffice and Excel have


def add_sheets(layout: Layout, root: etree._Element, inline: Callable[[etree._Element], str]) -> list[TooLarge]:
    """Add the sheets below `root` to the layout; `inline` gives the text of a paragraph. Returns what was too large."""
    bold = _bold(root)
    budget = sheets.budget()
    lost: list[TooLarge] = []
    for table in root.iter(f"{_TABLE}table"):
        if (parent := table.getparent()) is None or parent.tag != f"{_OFFICE}spreadsheet":
            continue
        try:
            sheets.add_sheet(layout, table.get(f"{_TABLE}name") or "", _rows(table, bold, budget, inline))
        except TooLarge as error:
            lost.append(error)
    return lost


def _bold(root: etree._Element) -> set[str]:
    """Return the names of the styles whose text is bold."""
    weights = ((style, style.find(f"{_STYLE}text-properties")) for style in root.iter(f"{_STYLE}style"))
    return {
        style.get(f"{_STYLE}name") or ""
        for style, text in weights
        if text is not None and text.get(f"{_FO}font-weight") == "bold"
    }


def _rows(
    table: etree._Element, bold: set[str], budget: sheets.Budget, inline: Callable[[etree._Element], str]
) -> Iterator[sheets.Row]:
    """Yield the rows of a sheet, empty ones as empty lists, the repeated ones repeated. Raises TooLarge."""
    number = 1
    for row in table.iter(f"{_TABLE}table-row"):
        repeated = _count(row, f"{_TABLE}number-rows-repeated")
        cells = list(_cells(row, number, bold, inline))
        for offset in range(min(repeated, _MOST_ALIKE) if cells else 1):
            budget.spend(cells)
            yield [replace(cell, row=number + offset) for cell in cells] if offset else cells
        number += repeated


def _cells(
    row: etree._Element, number: int, bold: set[str], inline: Callable[[etree._Element], str]
) -> Iterator[sheets.Cell]:
    column = 0
    for cell in row.iterchildren(*_CELLS):
        repeated = _count(cell, f"{_TABLE}number-columns-repeated")
        if column < _WIDEST and (text := _shown(cell, inline)):
            textual = cell.get(f"{_OFFICE}value-type", "string") == "string"
            strong = cell.get(f"{_TABLE}style-name", "") in bold
            for at in range(column, min(column + repeated, _WIDEST)):
                yield sheets.Cell(number, at, text, textual, strong)
        column += repeated


def _count(element: etree._Element, name: str) -> int:
    count = element.get(name) or ""
    return max(1, int(count)) if count.isdecimal() and len(count) < 10 else 1


def _shown(cell: etree._Element, inline: Callable[[etree._Element], str]) -> str:
    """Return a cell's value as text: dates in ISO form, percentages and currencies with their sign."""
    kind, value = cell.get(f"{_OFFICE}value-type"), cell.get(f"{_OFFICE}value")
    text = fold(" ".join(inline(paragraph) for paragraph in cell.iterchildren(f"{_TEXT}p")))
    text = text or fold(cell.get(f"{_OFFICE}string-value") or "")
    if _ERROR.match(text):
        return ""
    try:
        match kind:
            case "percentage":
                return display(float(value or ""), "0%")
            case "currency":
                return display(float(value or ""), f"[${cell.get(f'{_OFFICE}currency') or ''}-0]")
            case "float":
                return display(float(value or ""))
            case "boolean":
                return display(cell.get(f"{_OFFICE}boolean-value") == "true")
            case "date":
                return display(datetime.fromisoformat(cell.get(f"{_OFFICE}date-value") or ""))
            case "time":
                told = _TIME.fullmatch(cell.get(f"{_OFFICE}time-value") or "")
                return display(time(int(told[1]), int(told[2]), int(told[3]))) if told else text
    except (ValueError, OverflowError):
        pass
    return display(text)
