"""Neo4j: pushing by hand, and after every change when one is configured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, QuietOption, VerboseOption
from kgfuse.commands.running import reporting, settings_of
from kgfuse.errors import KgfuseError

if TYPE_CHECKING:
    from kgfuse.graph.neo4j.push import PushSummary
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.protocols import Progress


def push(
    to: Annotated[
        str | None, typer.Option("--to", metavar="URI", help="The server [default: KGFUSE_NEO4J_URI].")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare element by element and repair; take over the name.")
    ] = False,
    bulk: Annotated[
        Path | None, typer.Option("--bulk", metavar="FOLDER", help="Write files for neo4j-admin instead.")
    ] = None,
    ontology: Annotated[
        Path | None, typer.Option("--ontology", metavar="FILE", help="The ontology that ingest was given.")
    ] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Bring Neo4j up to date with the graph. The password comes from KGFUSE_NEO4J_PASSWORD, a file or the keyring."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.knowledge_base import KnowledgeBase
        from kgfuse.ledger import Ledger

        settings = settings_of(kb, ontology=ontology)
        Ledger.open(settings.kb, read_only=True).close()  # never make a ledger to push from
        with KnowledgeBase.open(settings.kb, settings=settings) as base, console.Bars(quiet or json) as bars:
            if bulk is not None:
                written = base.write_bulk(bulk, progress=bars)
            else:
                pushed = base.push(to=to, verify=verify, progress=bars)
        if bulk is not None:
            console.write_json(written) if json else console.show_bulk(written)
        elif json:
            console.write_json(pushed)
        elif not quiet:
            console.show_push(pushed)


def pushed_after(base: KnowledgeBase, progress: Progress | None) -> PushSummary | KgfuseError | None:
    """Push when a Neo4j is configured; a failure is a value, for what was done before it is to be shown as well."""
    from kgfuse.errors import ConfigurationError, GraphStoreError, LedgerError

    if base.settings.neo4j.uri is None:
        return None
    try:
        return base.push(progress=progress)
    except (ConfigurationError, GraphStoreError, LedgerError) as error:
        return error


def with_push(summary: object, pushed: PushSummary | KgfuseError | None) -> object:
    """Return a summary for JSON with what the push did beside it."""
    from kgfuse.plain import to_plain

    return summary if pushed is None else {**to_plain(summary), "push": to_plain(pushed)}


def show_pushed(pushed: PushSummary | KgfuseError | None, quiet: bool) -> None:
    """Say what the push did; a failed one ends the command with its exit code."""
    from kgfuse import console

    if isinstance(pushed, KgfuseError):
        console.err().print("The knowledge base is up to date; Neo4j is not:")
        console.show_error(pushed, as_json=False)
        raise typer.Exit(pushed.exit_code)
    if pushed is not None and not quiet:
        console.show_push(pushed)
