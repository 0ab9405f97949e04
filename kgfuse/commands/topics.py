"""What the documents are about, and the seed entities that come of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, QuietOption, VerboseOption
from kgfuse.commands.running import reporting, settings_of


def topics(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files to look at before they are ingested [default: what is there]."),
    ] = None,
    seeds: Annotated[
        Path | None, typer.Option("--seeds", metavar="FILE", help="Names of your own to look out for, one a line.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Let the seeds guide the next ingest; files are then read again.")
    ] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Forget the seeds that were kept.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the topics as a web page that needs no network.")
    ] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show what the documents are about, the terms that stand for each topic, and which of them the graph knows."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.extract.seeds import read_seeds
        from kgfuse.knowledge_base import KnowledgeBase
        from kgfuse.ledger import Ledger

        settings = settings_of(kb)
        given = read_seeds(seeds) if seeds else ()
        if not paths:
            Ledger.open(settings.kb, read_only=True).close()  # never make a ledger to find nothing in it
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            if drop:
                base.keep_seeds(())
                console.write_json({"seeds": []}) if json else console.out().print("no seeds are kept")
                return
            with console.Bars(quiet or json) as bars:
                found = base.topics(paths or None, given=given, progress=bars)
            if keep:
                base.keep_seeds(found.seeds)
            if plot is not None:
                from kgfuse.console.topics_page import write_page

                write_page(found.topics, plot)
            known = base.known_terms(found)
        if json:
            console.write_json({"survey": found, "entities": known, "kept": keep})
        else:
            console.show_topics(found, known, kept=keep, verbose=verbose)
