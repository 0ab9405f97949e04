"""What a push did, and rows of Cypher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgfuse.console.screen import out

if TYPE_CHECKING:
    from kgfuse.graph.cypher import Rows
    from kgfuse.graph.neo4j.bulk import BulkSummary
    from kgfuse.graph.neo4j.push import PushSummary
    from kgfuse.translating import Translation


def show_push(summary: PushSummary) -> None:
    """Say what Neo4j holds now and what this push changed there."""
    console = out()
    where = f"{summary.uri}{f', database {summary.database}' if summary.database else ''}"
    console.print(
        f"Neo4j: {summary.nodes} nodes, {summary.relationships} relationships of {summary.kb!r} at {where}; "
        f"wrote {summary.nodes_written} and {summary.relationships_written}, "
        f"removed {summary.nodes_removed} and {summary.relationships_removed}"
    )
    if summary.repaired:
        console.print(f"Neo4j held something else than was pushed there; put right: {summary.repaired}", style="yellow")
    elif summary.repaired is not None:
        console.print("compared element by element: nothing to put right")


def show_bulk(summary: BulkSummary) -> None:
    """Say what was written and what to run."""
    console = out()
    console.print(f"{summary.nodes} nodes, {summary.relationships} relationships in {summary.folder}")
    console.print("With the database stopped, run where neo4j-admin is; then start it and run `kgfuse push`:")
    console.print(f"  {summary.command}")


def show_rows(found: Rows) -> None:
    """Show what a Cypher query returned, as a table."""
    from rich.table import Table

    console = out()
    table = Table(box=None, pad_edge=False)
    for column in found.columns:
        table.add_column(column, overflow="fold")
    for row in found.rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table, soft_wrap=False)
    count = f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}"
    console.print(f"{count}{', and more: raise --limit' if found.more else ''} ({found.engine})", style="dim")


def show_translation(found: Translation) -> None:
    """Show the query that a question became, and its rows."""
    out().print(found.query, style="cyan", highlight=False, markup=False)
    if found.wrong:
        out().print(f"(a first query was of no use: {found.wrong})", style="dim", highlight=False, markup=False)
    show_rows(found.rows)


def _cell(value: object) -> str:
    """Return a value for people: a node by its name, a fact by its relation and its time."""
    if isinstance(value, dict):
        if "_labels" in value:
            return f"({value.get('name', value.get('id', ''))})"
        if "_type" in value:
            return f"[{value['_type']} {value.get('valid', '')}".rstrip() + "]"
        if "nodes" in value and "relationships" in value:
            parts = [_cell(value["nodes"][0])] if value["nodes"] else []
            for link, end in zip(value["relationships"], value["nodes"][1:], strict=False):
                parts += [_cell(link), _cell(end)]
            return " ".join(parts)
        return ", ".join(f"{key}: {_cell(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    return "" if value is None else str(value)
