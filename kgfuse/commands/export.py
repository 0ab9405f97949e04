"""The graph for other programs: as files, and in Cypher."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, QuietOption, VerboseOption, ViewOption
from kgfuse.commands.running import reporting, settings_of, viewing

if TYPE_CHECKING:
    from kgfuse.knowledge_view import KnowledgeView


def export(
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="graphml|jsonl|csv|cypher|browser|layout", help="The format.")
    ] = "jsonl",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="PATH", help="File (csv, browser: folder) [default: stdout].")
    ] = None,
    kb: ViewOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Write the graph: for Gephi and networkx, as the canonical dump, as tables, or as a script for Neo4j.

    browser: not the graph, but a style sheet and saved queries to drop onto the window of Neo4j Browser. layout: the
    sections, tables, pages and chunks of the documents, which mail answers which, what is a copy of what (JSON lines).
    """
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console

        if format == "layout":
            _export_layout(base, out)
        else:
            base.export(format, out or sys.stdout)
        if out is not None and json:
            console.write_json({"format": format, "out": out})


def _export_layout(base: KnowledgeView, out: Path | None) -> None:
    from kgfuse.document_graph import write_layout
    from kgfuse.errors import UsageError
    from kgfuse.knowledge_base import KnowledgeBase

    if not isinstance(base, KnowledgeBase):
        raise UsageError("the layout is read from a ledger's file", hint="Name it with --kb.")
    if out is None:
        write_layout(base.ledger, base.graph.entities_in, sys.stdout)
        return
    with out.open("w", encoding="utf-8") as stream:
        write_layout(base.ledger, base.graph.entities_in, stream)


def cypher(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Cypher that only reads; docs/cypher.md has a cookbook.")
    ],
    ask: Annotated[
        bool, typer.Option("--ask", help="QUERY is a question in words: the LLM writes the Cypher, which is shown.")
    ] = False,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; may be repeated.")
    ] = None,
    kb: KbOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Rows shown.")] = 1000,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0.001, help="Longest time.")] = 30.0,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Ask in Cypher: Neo4j when it is configured, else an embedded copy of the graph. $kb is the knowledge base's name."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.cypher import parameters_of, run

        if ask:
            with viewing(kb) as base, console.Bars(quiet or json) as bars:
                found = base.ask_in_cypher(query, limit=limit, seconds=timeout, progress=bars)
            console.write_json(found) if json else console.show_translation(found)
            return
        settings = settings_of(kb)
        with console.Bars(quiet or json) as bars:
            rows = run(settings, query, parameters_of(param or []), limit=limit, seconds=timeout, progress=bars)
        console.write_json(rows) if json else console.show_rows(rows)
