"""A first load of millions: CSV files for ``neo4j-admin database import full``, which builds a database from them offline.

The format: https://neo4j.com/docs/operations-manual/5/import/. The next `push` makes constraints and indexes, compares
the database with the ledger and puts right what CSV cannot carry (a property that is a number here and a text there).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kgfuse.config import Neo4jSettings
from kgfuse.errors import UsageError
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.feed import KINDS, Feed
from kgfuse.graph.neo4j.push import kb_name
from kgfuse.graph.neo4j.pushed import ledger_identity
from kgfuse.graph.schema import GRAPH
from kgfuse.ontology import Ontology
from kgfuse.sqlite import connect, ledger_errors

if TYPE_CHECKING:
    from kgfuse.protocols import Progress

_BETWEEN = "\x1f"  # between the items of a list; a text that holds it is left to the next push
_OPTIONS = (
    "--array-delimiter=U+001F",
    "--multiline-fields=true",
    "--trim-strings=false",
    "--normalize-types=false",
    "--overwrite-destination=true",
)
_STAGE = "bulk"
_CSV_TYPES = {str: "string", int: "long", float: "double", bool: "boolean", list: "string[]"}

Table = tuple[str, ...]
"""What one file holds: ``(label,)``, or ``(type, label of the start, label of the end)``."""


@dataclass(frozen=True, slots=True)
class BulkSummary:
    """The files of a first load; `command` is run where the server's ``neo4j-admin`` is, while the database is stopped."""

    folder: Path
    nodes: int
    relationships: int
    command: str


def write_bulk(
    path: Path, ontology: Ontology, settings: Neo4jSettings, folder: Path, progress: Progress | None = None
) -> BulkSummary:
    """Write the graph of the ledger at `path` into an empty or absent folder. Raises UsageError or a leaf of LedgerError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="Name a folder that is empty or absent.")
    with ExitStack() as stack:
        stack.enter_context(ledger_errors(path))
        connection = stack.enter_context(closing(connect(path, GRAPH)))
        identity = ledger_identity(connection)
        feed = stack.enter_context(closing(Feed(connection, schema.names_of(ontology))))
        folder.mkdir(parents=True, exist_ok=True)
        if progress:
            progress.start(_STAGE, 2 * feed.count(0))
        columns = _columns(_elements(feed, progress))
        counts = _write(folder, _elements(feed, progress), columns, kb_name(path, settings))
        if progress:
            progress.finish(_STAGE)
    _write_base(folder, kb_name(path, settings), identity)
    (folder / "import.args").write_text(_arguments(sorted(columns)), "utf-8")
    nodes = sum(count for table, count in counts.items() if len(table) == 1)
    command = f"cd {folder} && neo4j-admin database import full @import.args -- {settings.database or 'neo4j'}"
    return BulkSummary(folder, nodes, sum(counts.values()) - nodes, command)


def _elements(feed: Feed, progress: Progress | None) -> Iterator[Element]:
    for kind in KINDS:
        for keys in feed.owners(kind, 0):
            for _, elements in feed.elements(kind, keys):
                yield from elements
            if progress:
                progress.advance(_STAGE, len(keys))


def _table(element: Element) -> Table:
    return (element.name, element.ends[0], element.ends[2]) if element.ends else (element.name,)


def _columns(elements: Iterator[Element]) -> dict[Table, dict[str, type]]:
    """Return the columns of every file and the type of each: text where it is not one and the same."""
    found: dict[Table, dict[str, set[type]]] = defaultdict(lambda: defaultdict(set))
    for element in elements:
        columns = found[_table(element)]
        for name, value in element.properties.items():
            columns[name].add(type(value))
        if element.embedding is not None:
            columns["embedding"].add(bytes)
    return {
        table: {name: next(iter(types)) if len(types) == 1 else str for name, types in sorted(columns.items())}
        for table, columns in found.items()
    }


def _write(
    folder: Path, elements: Iterator[Element], columns: dict[Table, dict[str, type]], kb: str
) -> dict[Table, int]:
    counts: dict[Table, int] = dict.fromkeys(columns, 0)
    with ExitStack() as stack:
        files: dict[Table, IO[str]] = {}
        for table, types in columns.items():
            (folder / _file(table, "header")).write_text(_header(table, types) + "\n", "utf-8")
            path = folder / _file(table, "rows")
            files[table] = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        for element in elements:
            table = _table(element)
            files[table].write(_line(element, columns[table], kb) + "\n")
            counts[table] += 1
    return counts


def _file(table: Table, part: str) -> str:
    return f"{'-'.join(table)}.{part}.csv"


def _header(table: Table, types: dict[str, type]) -> str:
    held = [_column(name, kind) for name, kind in types.items() if len(table) > 1 or name != "id"]
    own = ["kb:string", "checksum:long"]
    if len(table) == 1:
        return ",".join([f"id:ID({table[0]})", *own, *held, ":LABEL"])
    return ",".join([f":START_ID({table[1]})", *own, *held, f":END_ID({table[2]})"])


def _column(name: str, kind: type) -> str:
    return f"{name}:{'float[]' if kind is bytes else _CSV_TYPES[kind]}"


def _line(element: Element, types: dict[str, type], kb: str) -> str:
    held = {name: value for name, value in element.properties.items() if _fits(value, types[name])}
    checksum = element.checksum if len(held) == len(element.properties) else 0  # 0: the next push puts it right
    cells = [_cell(held.get(name)) for name in types if name != "embedding" and (element.ends or name != "id")]
    if "embedding" in types:
        at = [name for name in types if element.ends or name != "id"].index("embedding")
        cells.insert(at, _vector(element))
    own = [_cell(kb), str(checksum)]
    if element.ends is None:
        labels = _BETWEEN.join(filter(None, (element.name, element.label)))
        return ",".join([_cell(element.key[1]), *own, *cells, _cell(labels)])
    return ",".join([_cell(element.ends[1]), *own, *cells, _cell(element.ends[3])])


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, list):
        return not any(_BETWEEN in item for item in value)
    return type(value) is kind


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = _BETWEEN.join(value) if isinstance(value, list) else str(value)
    return '"' + text.replace('"', '""') + '"'


def _vector(element: Element) -> str:
    if element.embedding is None:
        return ""
    import numpy as np

    return '"' + _BETWEEN.join(map(str, np.frombuffer(element.embedding, "<f4"))) + '"'


def _write_base(folder: Path, kb: str, identity: str) -> None:
    """The node that says whose graph this is; it is complete once `push` has looked at it."""
    base = schema.KNOWLEDGE_BASE
    header = f"kb:ID({base}),id:string,name:string,ledger:string,complete:boolean,:LABEL\n"
    (folder / f"{base}.header.csv").write_text(header, "utf-8")
    cells = [_cell(value) for value in (kb, uuid.uuid4().hex, kb, identity, False, base)]
    (folder / f"{base}.rows.csv").write_text(",".join(cells) + "\n", "utf-8")


def _arguments(tables: list[Table]) -> str:
    lines = [*_OPTIONS, f"--nodes={schema.KNOWLEDGE_BASE}.header.csv,{schema.KNOWLEDGE_BASE}.rows.csv"]
    for table in tables:
        files = f"{_file(table, 'header')},{_file(table, 'rows')}"
        lines.append(f"--nodes={files}" if len(table) == 1 else f"--relationships={table[0]}={files}")
    return "\n".join(lines) + "\n"
