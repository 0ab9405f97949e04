"""The command line: thin. Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but some files could not be read, 130 Ctrl-C."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from kgfuse.commands.ask import ask, search
from kgfuse.commands.calibrate import calibrate, evaluate
from kgfuse.commands.doctor import doctor
from kgfuse.commands.entities import entities
from kgfuse.commands.export import cypher, export
from kgfuse.commands.facts import conflicts, facts, why
from kgfuse.commands.ingest import forget, ingest
from kgfuse.commands.metadata import metadata
from kgfuse.commands.novel import novel
from kgfuse.commands.ontology import ontology
from kgfuse.commands.push import push
from kgfuse.commands.refit import refit
from kgfuse.commands.relations import relations
from kgfuse.commands.status import status
from kgfuse.commands.themes import themes
from kgfuse.commands.topics import topics

app = typer.Typer(
    name="kgfuse",
    help="Turn folders of documents into a temporal knowledge graph that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS = (
    ingest,
    status,
    search,
    ask,
    facts,
    why,
    conflicts,
    relations,
    novel,
    topics,
    themes,
    metadata,
    forget,
    refit,
    push,
    export,
    cypher,
    doctor,
    calibrate,
    evaluate,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(ontology, name="ontology")
app.add_typer(entities, name="entities")


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"kgfuse {version('kgfuse')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Turn folders of documents into a temporal knowledge graph that can be trusted."""


if __name__ == "__main__":
    main()
