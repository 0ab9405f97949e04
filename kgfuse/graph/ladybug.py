"""Cypher without a server: the graph as it stands in Neo4j, laid out in an embedded LadybugDB file beside the ledger.

The file is a projection: made when it is first asked for and made anew when the ledger has changed. It holds the same nodes,
relationships and properties as Neo4j (see `kgfuse.graph.neo4j.schema`), save vectors; a node has one label there, so that an
entity is ``(:Entity {type: 'Person'})``.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kgfuse.errors import QueryFailed
from kgfuse.graph.cypher import Parameters, Rows, check_reads_only, used
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import ENDS, Element
from kgfuse.graph.neo4j.feed import KINDS, Feed
from kgfuse.graph.schema import GRAPH
from kgfuse.model import content_id
from kgfuse.ontology import Ontology
from kgfuse.sqlite import connect, ledger_errors

if TYPE_CHECKING:
    from kgfuse.protocols import Progress

LAYOUT = 2
"""Raised when the same elements are laid out otherwise: every projection is then made anew."""

_STAGE = "project"
_AT_ONCE = 20_000
_TYPES: Mapping[type, str] = {str: "STRING", bool: "BOOLEAN", int: "INT64", float: "DOUBLE", list: "STRING[]"}
_INTERNAL = frozenset({"_ID", "_SRC", "_DST", "_LABEL"})


def projection_path(ledger: Path) -> Path:
    """Return where the projection of a ledger lies: beside it, with the suffix ``.lbug`` added."""
    return ledger.with_name(f"{ledger.name}.lbug")


def refresh(ledger: Path, kb: str, ontology: Ontology, progress: Progress | None = None) -> Path:
    """Return the projection of a ledger, made anew when the ledger has changed since; `kb` is its name, as in Neo4j.

    It appears whole or not at all; whoever reads an older one goes on reading that. Raises leaves of LedgerError.
    """
    target = projection_path(ledger)
    names = schema.names_of(ontology)
    with (
        ledger_errors(ledger),
        closing(connect(ledger, GRAPH, read_only=True)) as connection,
        closing(Feed(connection, names)) as feed,
    ):
        stamp = content_id("projection", LAYOUT, schema.SCHEMA_VERSION, feed.position, kb, repr(names))
        if _stamp_of(target) == stamp:
            return target
        with tempfile.TemporaryDirectory(prefix=".kgfuse-", dir=ledger.parent) as folder:
            spool = _Spool(Path(folder), kb)
            _fill(spool, feed, progress)
            draft = Path(folder) / "draft.lbug"
            _load(draft, spool, names, stamp)
            draft.replace(target)
    return target


def _stamp_of(path: Path) -> str | None:
    if not path.exists():
        return None
    import ladybug

    try:
        with ladybug.Database(str(path), read_only=True) as database, ladybug.Connection(database) as connection:
            found: Any = connection.execute("CALL show_tables() RETURN name, comment")
            comments: dict[str, str] = dict(found.get_all())
            found.close()
    except RuntimeError:  # half a file, or one of another version: it is made anew
        return None
    return comments.get(schema.ENTITY)


# ----------------------------------------------------------------------------------------------------------------- making


Table = tuple[str, str, str]
"""A label or type, and for a relationship the labels at its ends."""


@dataclass
class _Spool:
    """Elements on the disk by table, until it is known which properties each has; memory stays flat."""

    folder: Path
    kb: str
    types: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[Table, int] = field(default_factory=lambda: defaultdict(int))
    _waiting: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, element: Element) -> None:
        ends = (element.ends[0], element.ends[2]) if element.ends else ("", "")
        table = (element.name, *ends)
        known = self.types[element.name]
        for name, value in element.properties.items():
            kind = _TYPES[type(value)]
            known[name] = "DOUBLE" if {known.get(name, kind), kind} == {"INT64", "DOUBLE"} else kind
        row: dict[str, Any] = {**element.properties, "kb": self.kb}
        if element.ends:
            row["from"], row["to"] = element.ends[1], element.ends[3]
        self.counts[table] += 1
        self._waiting[table].append(row)
        if len(self._waiting[table]) >= _AT_ONCE:
            self._flush(table)

    def _flush(self, table: Table) -> None:
        rows = self._waiting.pop(table, [])
        if rows:
            with self._file(table).open("ab") as stream:
                pickle.dump(rows, stream, pickle.HIGHEST_PROTOCOL)

    def _file(self, table: Table) -> Path:
        return self.folder / ".".join(table)

    def batches(self, table: Table) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a table, some thousands at once."""
        self._flush(table)
        with self._file(table).open("rb") as stream:
            yield from _pickles(stream)


def _pickles(stream: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    while True:
        try:
            yield pickle.load(stream)  # our own, written a moment ago into a folder that only we can read
        except EOFError:
            return


def _fill(spool: _Spool, feed: Feed, progress: Progress | None) -> None:
    if progress is not None:
        progress.start(_STAGE, feed.count(0))
    for kind in KINDS:
        for keys in feed.owners(kind, 0):
            for _, elements in feed.elements(kind, keys):
                for element in elements:
                    spool.add(element)
            if progress is not None:
                progress.advance(_STAGE, len(keys))
    if progress is not None:
        progress.finish(_STAGE)


def _load(path: Path, spool: _Spool, names: schema.Names, stamp: str) -> None:
    import ladybug

    with ladybug.Database(str(path)) as database, ladybug.Connection(database) as connection:
        connection.execute("BEGIN TRANSACTION")
        for label in schema.NODE_LABELS:
            columns = {"id": "STRING", "kb": "STRING", "name": "STRING", **spool.types.get(label, {})}
            listed = ", ".join(f"{_quoted(name)} {kind}" for name, kind in columns.items())
            connection.execute(f"CREATE NODE TABLE {_quoted(label)}({listed}, PRIMARY KEY (id))")
            table = (label, "", "")
            if table in spool.counts:
                _copy(connection, spool, table, tuple(columns))
        for type in (*schema.LAYOUT_TYPES, *names.fact_types):
            _load_type(connection, spool, type)
        connection.execute(f"COMMENT ON TABLE {_quoted(schema.ENTITY)} IS '{stamp}'")  # no node: people count nodes
        connection.execute("COMMIT")


def _load_type(connection: Any, spool: _Spool, type: str) -> None:
    """Make a table for a type, also where it has no relationship: to ask for one must be no error."""
    tables = sorted(table for table in spool.counts if table[0] == type and table[1])
    pairs = [table[1:] for table in tables] or [_ends(type)]
    columns = {"kb": "STRING", **spool.types.get(type, {})}
    if type not in schema.LAYOUT_TYPES:
        columns = {"id": "STRING", "name": "STRING", "valid_from": "STRING", "valid_to": "STRING"} | columns
    parts = [f"FROM {_quoted(start)} TO {_quoted(end)}" for start, end in pairs]
    parts += [f"{_quoted(name)} {kind}" for name, kind in columns.items()]
    connection.execute(f"CREATE REL TABLE {_quoted(type)}({', '.join(parts)})")
    for table in tables:
        _copy(connection, spool, table, ("from", "to", *columns))


def _ends(type: str) -> tuple[str, str]:
    start, end = ENDS.get(type, (schema.ENTITY, schema.ENTITY))
    return start or schema.DOCUMENT, end or schema.TABLE


def _copy(connection: Any, spool: _Spool, table: Table, columns: tuple[str, ...]) -> None:
    import pandas

    name, start, end = table
    between = f" (from='{schema.checked_name(start)}', to='{schema.checked_name(end)}')" if start else ""
    for rows in spool.batches(table):
        frame = pandas.DataFrame(
            [[row.get(column) for column in columns] for row in rows], columns=list(columns), dtype=object
        )
        connection.execute(f"COPY {_quoted(name)} FROM $frame{between}", {"frame": frame})


def _quoted(name: str) -> str:
    return f"`{schema.checked_name(name)}`"


# ----------------------------------------------------------------------------------------------------------------- asking


def run(path: Path, query: str, parameters: Parameters, *, limit: int, seconds: float) -> Rows:
    """Run a query that only reads on a projection and return at most `limit` rows.

    Raises UsageError (a clause that writes) and QueryFailed (not understood, or longer than `seconds`).
    """
    import ladybug

    check_reads_only(query)
    try:
        with ladybug.Database(str(path), read_only=True) as database, ladybug.Connection(database) as connection:
            connection.set_query_timeout(max(1, int(1000 * seconds)))
            result = connection.execute(query, dict(used(query, parameters)))
            if isinstance(result, list):
                raise QueryFailed("several statements at once", hint="Give one query.")
            rows: list[tuple[object, ...]] = []
            while result.has_next() and len(rows) < limit:
                rows.append(tuple(_plain(value) for value in result.get_next()))
            more: bool = result.has_next()
            columns = tuple(result.get_column_names())
            result.close()
    except RuntimeError as error:
        raise _failed(str(error), seconds) from error
    return Rows(columns, tuple(rows), more, "ladybug")


def _failed(message: str, seconds: float) -> QueryFailed:
    if message.startswith("Interrupted"):
        return QueryFailed(f"the query took longer than {seconds:g} seconds", hint="Narrow it, or give --timeout.")
    return QueryFailed(message.strip().splitlines()[0], hint="docs/cypher.md says what differs from Neo4j's Cypher.")


def _plain(value: object) -> object:
    """Return a value with nodes and relationships as dicts of what they hold."""
    if isinstance(value, dict):
        held = {key: _plain(one) for key, one in value.items() if key not in _INTERNAL and one is not None}
        if "_NODES" in value:
            return {"nodes": held["_NODES"], "relationships": held["_RELS"]}
        if "_SRC" in value:
            return {"_type": value["_LABEL"], **held}
        if "_LABEL" in value:
            return {"_labels": [value["_LABEL"]], **held}
        return held
    return [_plain(one) for one in value] if isinstance(value, list) else value
