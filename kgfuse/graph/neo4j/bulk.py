"""A first load of millions: CSV files for ``neo4j-admin database import full``, which builds a database from them offline.

What is written is recorded as pushed, so that nothing need be made again: the next `push` makes constraints and indexes,
compares sums, and writes what has changed meanwhile and the few values that files cannot carry.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse.config import Neo4jSettings
from kgfuse.errors import UsageError
from kgfuse.graph.neo4j import beside, schema
from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.feed import Feed
from kgfuse.graph.neo4j.import_files import ImportFiles
from kgfuse.graph.neo4j.push import kb_name
from kgfuse.graph.neo4j.pushed import Owner, Placed, Pushed, ledger_identity
from kgfuse.graph.neo4j.sync import collected_rarely
from kgfuse.graph.schema import GRAPH
from kgfuse.ontology import Ontology
from kgfuse.sqlite import connect, ledger_errors, transaction

if TYPE_CHECKING:
    from kgfuse.protocols import Progress

_STAGE = "bulk"
_PLACE = "files"
"""Where the record says that its target stands, until a push finds it in a database."""
_WINDOW = 20_000


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
    """Write the graph of the ledger at `path` into an empty or absent folder. Raises UsageError or a leaf of LedgerError.

    The files of one call at a time are on record: a push to what was imported from earlier ones compares every element.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="Name a folder that is empty or absent.")
    kb, stamp, names = kb_name(path, settings), uuid.uuid4().hex, schema.names_of(ontology)
    with ExitStack() as stack:
        stack.enter_context(ledger_errors(path))
        state = stack.enter_context(closing(connect(path, GRAPH)))
        reading = stack.enter_context(closing(connect(path, GRAPH)))
        feed = stack.enter_context(closing(Feed(reading, names)))
        folder.mkdir(parents=True, exist_ok=True)
        pushed = Pushed(state, stamp, _PLACE)
        files = stack.enter_context(ImportFiles(folder, kb))
        owed = _write(path, feed, files, pushed, progress)
        pushed.reach(feed.position, schema.layout_id(names))
        with transaction(state):  # as if they had changed since: the next push looks at them
            state.executemany("INSERT INTO changed VALUES (?, ?)", owed)
        identity = ledger_identity(state)
    files.write_arguments(schema.KNOWLEDGE_BASE, id=stamp, name=kb, ledger=identity, complete=False)
    command = f"cd {folder} && neo4j-admin database import full @import.args -- {settings.database or 'neo4j'}"
    return BulkSummary(folder, files.nodes, files.relationships, command)


def _write(path: Path, feed: Feed, files: ImportFiles, pushed: Pushed, progress: Progress | None) -> list[Owner]:
    """Write every element and record it; return the owners of those that files cannot carry whole."""
    owed: list[Owner] = []
    window: dict[Owner, Sequence[Placed | Element]] = {}
    if progress:
        progress.start(_STAGE, feed.count(0))
    with collected_rarely(), closing(beside.runs(path, feed, 0, set())) as runs:
        for kind, owned in runs:
            for key, elements in owned:
                placed = window[kind, key] = [files.put(element) for element in elements]
                if any(isinstance(one, Placed) for one in placed):
                    owed.append((kind, key))
            if len(window) >= _WINDOW:
                pushed.record(window)
                window = {}
            if progress:
                progress.advance(_STAGE, len(owned))
    pushed.record(window)
    if progress:
        progress.finish(_STAGE)
    return owed
