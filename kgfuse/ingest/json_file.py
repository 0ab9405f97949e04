"""JSON and JSON Lines: objects of one shape become a table, others paths with their values.

``{"name": "Acme", "seat": {"city": "Oslo"}}`` is ``name: Acme | seat.city: Oslo``; a list of such objects is a table of such
rows. Long texts in a field become paragraphs, so that they are read as prose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kgfuse.errors import Damaged, NoText
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.sniff import JSON, JSON_LINES
from kgfuse.ingest.text import decode
from kgfuse.model import BlockKind
from kgfuse.protocols import Failure, RawFile, Reading

_PROSE = 200  # characters; a longer text is no value of a table
_DEEPEST = 100
_ROWS_PER_BLOCK = 1_000


def read(file: RawFile) -> Reading:
    """Read JSON. Raises Damaged or NoText; lines that are none are reported, the others read."""
    text = decode(file.content)
    try:
        values, media_type, bad = [json.loads(text)], JSON, 0
    except (ValueError, RecursionError):
        values, bad = _lines(text)
        media_type = JSON_LINES
    if not values:
        raise Damaged("no line of it is JSON")
    layout = Layout()
    rows: list[str] = []
    for value in values:
        for record in value if isinstance(value, list) else [value]:
            rows.append(_add_record(layout, record, rows))
            if len(rows) >= _ROWS_PER_BLOCK:
                _flush(layout, rows)
    _flush(layout, rows)
    if not layout.blocks:
        raise NoText("the JSON holds no text")
    failures = (Failure(file.uri, Damaged(f"{bad} lines are no JSON and left out")),) if bad else ()
    return Reading((document_of(file, media_type, layout, About(file.name.rpartition(".")[0] or file.name)),), failures)


def _lines(text: str) -> tuple[list[Any], int]:
    values, bad = [], 0
    for line in text.splitlines():
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError):
                bad += 1
    return values, bad


def _add_record(layout: Layout, record: Any, rows: list[str]) -> str:
    """Add the prose of a record to the layout, and return its short values as a row."""
    cells: list[str] = []
    for path, value in _leaves(record, "", 0):
        if len(value) > _PROSE:
            if cells or rows:
                rows.append(" | ".join(cells))
                _flush(layout, rows)
                cells = []
            layout.add(BlockKind.PARAGRAPH, value)
        else:
            cells.append(f"{path}: {fold(value)}" if path else fold(value))
    return " | ".join(cells)


def _flush(layout: Layout, rows: list[str]) -> None:
    filled = [row for row in rows if row]
    is_table = len(filled) > 1 or any(" | " in row for row in filled)
    layout.add(BlockKind.TABLE if is_table else BlockKind.PARAGRAPH, "\n".join(filled))
    rows.clear()


def _leaves(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield the dotted path and the text of each value; a list of plain values is one, joined by commas."""
    if depth > _DEEPEST or value is None or value == "":
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{fold(str(key))}" if path else fold(str(key)), depth + 1)
    elif isinstance(value, list):
        plain = [item for item in value if not isinstance(item, dict | list)]
        if plain and len(plain) == len(value) and all(len(str(item)) <= _PROSE for item in plain):
            yield path, ", ".join(_word(item) for item in plain if item is not None)
            return
        for item in value:
            yield from _leaves(item, path, depth + 1)
    else:
        yield path, _word(value)


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
