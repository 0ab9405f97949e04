"""CSV files as ``neo4j-admin database import`` reads them: https://neo4j.com/docs/operations-manual/5/import/."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.pushed import Placed

_BETWEEN = "\x1f"  # between the items of a list
_OPTIONS = (
    "--array-delimiter=U+001F",
    "--multiline-fields=true",
    "--trim-strings=false",
    "--normalize-types=false",
    "--overwrite-destination=true",
)
_TYPES: dict[type, str] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    list: "string[]",
    bytes: "float[]",
}

Names = tuple[str, ...]
"""What a file holds: ``(label,)``, or ``(type, label of the start, label of the end)``."""


class ImportFiles:
    """The files of one knowledge base in a folder: elements are put, and `write_arguments` comes last."""

    def __init__(self, folder: Path, kb: str) -> None:
        self.nodes = self.relationships = 0
        self._folder = folder
        self._kb = _cell(kb)
        self._tables: dict[Names, list[_Table]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for table in self._all():
            table.close()

    def put(self, element: Element) -> Element | Placed:
        """Write an element; return it as it then stands there, with a checksum of 0 where a value of it had to be left out.

        That is a list with an item that holds the separator of items, or no item but an empty one; and infinity.
        """
        if element.ends is None:
            self.nodes += 1
            names: Names = (element.name,)
            first = [_cell(_BETWEEN.join(filter(None, (element.name, element.label))))]
        else:
            self.relationships += 1
            label, start, other, end = element.ends
            names = (element.name, label, other)
            first = [_cell(start), _cell(end)]
        tables = self._tables.setdefault(names, [])
        for table in tables:
            if (cells := table.cells(element)) is not None:
                break
        else:  # the first of its kind, or a property is a number here and a text there
            table = _Table(self._folder, names, len(tables))
            tables.append(table)
            cells = table.cells(element)
            assert cells is not None
        held = len(element.properties) + (element.embedding is not None)
        whole = len(cells) - cells.count("") == held
        table.write([*first, self._kb, str(element.checksum if whole else 0), *cells])
        return element if whole else Placed(element.key, 0, element.label)

    def write_arguments(self, label: str, **properties: str | bool) -> None:
        """Write the headers, one node more with an ``id``, and ``import.args``, the arguments of the command."""
        kinds = (f"{name}:{_TYPES[type(value)]}" for name, value in properties.items())
        header = ",".join((f"kb:ID({label})", *kinds, ":LABEL"))
        (self._folder / f"{label}.header.csv").write_text(header + "\n", "utf-8")
        cells = ",".join((self._kb, *map(_cell, properties.values()), _cell(label)))
        (self._folder / f"{label}.rows.csv").write_text(cells + "\n", "utf-8")
        lines = [*_OPTIONS, f"--nodes={label}.header.csv,{label}.rows.csv"]
        for table in self._all():
            (self._folder / f"{table.name}.header.csv").write_text(table.header() + "\n", "utf-8")
            kind = "nodes" if len(table.names) == 1 else f"relationships={table.names[0]}"
            lines.append(f"--{kind}={table.name}.header.csv,{table.name}.rows.csv")
        (self._folder / "import.args").write_text("\n".join(lines) + "\n", "utf-8")

    def _all(self) -> Iterator[_Table]:
        for names in sorted(self._tables):
            yield from self._tables[names]


class _Table:
    """One file. Columns are found as elements come: a row ends before those that came later, as the format allows."""

    def __init__(self, folder: Path, names: Names, number: int) -> None:
        self.names = names
        self.name = "-".join(names) + (f"-{number}" if number else "")
        self._columns: dict[str, int] = {}
        self._types: list[type] = []
        self._stream = (folder / f"{self.name}.rows.csv").open("w", encoding="utf-8", newline="")

    def close(self) -> None:
        self._stream.close()

    def cells(self, element: Element) -> list[str] | None:
        """Return the cells of all it holds; `None` where a column is of another type than one of its values."""
        cells = [""] * len(self._columns)
        values = element.properties
        if element.embedding is not None:
            values = {**values, "embedding": element.embedding}  # type: ignore[dict-item]
        for name, value in values.items():
            at = self._columns.setdefault(name, len(cells))
            if at == len(cells):
                cells.append("")
                self._types.append(type(value))
            elif self._types[at] is not type(value):
                return None
            cells[at] = _cell(value)
        while cells and not cells[-1]:  # an empty one at the end of a short row would take the first of the next
            cells.pop()
        return cells

    def write(self, cells: list[str]) -> None:
        self._stream.write(",".join(cells) + "\n")

    def header(self) -> str:
        held = [f"{name}:{_TYPES[kind]}" for name, kind in zip(self._columns, self._types, strict=True)]
        if len(self.names) > 1:
            first = [f":START_ID({self.names[1]})", f":END_ID({self.names[2]})"]
        else:
            first = [":LABEL"]
            held[self._columns["id"]] = f"id:ID({self.names[0]})"
        return ",".join([*first, "kb:string", "checksum:long", *held])


def _cell(value: object) -> str:
    """Return a value as a cell holds it, empty where none can."""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, bytes):
        import numpy as np

        return '"' + _BETWEEN.join(map(str, np.frombuffer(value, "<f4"))) + '"'
    assert isinstance(value, list)
    text = _BETWEEN.join(value)
    return _cell(text) if text and text.count(_BETWEEN) == len(value) - 1 else ""
