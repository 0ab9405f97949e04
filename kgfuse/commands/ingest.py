"""Reading documents in, and forgetting them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, QuietOption, VerboseOption
from kgfuse.commands.push import pushed_after, show_pushed, with_push
from kgfuse.commands.running import reporting, settings_of

if TYPE_CHECKING:
    from kgfuse.knowledge_base import KnowledgeBase

SOME_FILES_FAILED = 3


def ingest(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders and globs.")],
    kb: KbOption = None,
    extractor: Annotated[
        str | None, typer.Option("--extractor", metavar="auto|llm|spacy", help="auto: the LLM when one is configured.")
    ] = None,
    ontology: Annotated[
        Path | None, typer.Option("--ontology", metavar="FILE", help="Extend or replace the ontology.")
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=0, help="Processes; 0: one per core.")] = None,
    batch: Annotated[
        bool,
        typer.Option("--batch", help="Ask the LLM by its batch interface, at its lower price; run again to collect."),
    ] = False,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file", metavar="FILE", help="Passwords for PDFs and archives, one a line; each is tried."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be read and what it would cost.")] = False,
    no_push: Annotated[bool, typer.Option("--no-push", help="Leave Neo4j as it is, when one is configured.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Read documents into the knowledge base and fuse what they say. Running it again reads only what changed."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.extract import extractor_version
        from kgfuse.ingest.discover import require
        from kgfuse.knowledge_base import KnowledgeBase, preview

        reading = {"password_file": password_file} if password_file else None
        settings = settings_of(kb, extractor=extractor, ontology=ontology, jobs=jobs, ingest=reading)
        require(paths)
        extractor_version(settings)  # wrong settings are told before a ledger is made
        if dry_run:
            with console.Bars(quiet or json) as bars:
                plan = preview(paths, settings, bars)
            console.write_json(plan) if json else console.show_preview(plan, verbose)
            return
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            if batch and asked_in_batches(base, paths, quiet, json):
                return
            with console.Bars(quiet or json) as bars:
                summary = base.ingest(paths, progress=bars)
                pushed = None if no_push else pushed_after(base, bars)
            if json:
                console.write_json(with_push(summary, pushed))
            elif not quiet:
                console.show_summary(summary, verbose)
            else:
                console.show_failures(summary.failures, verbose)
            show_pushed(pushed, quiet or json)
        if summary.failures or summary.stopped:
            raise typer.Exit(SOME_FILES_FAILED)


def asked_in_batches(base: KnowledgeBase, paths: list[str], quiet: bool, json: bool) -> bool:
    """Collect and submit batches; whether replies are still waited for."""
    from kgfuse import console
    from kgfuse.console.ingest import show_batches

    with console.Bars(quiet or json) as bars:
        report = base.ask_in_batches(paths, progress=bars)
    if report.waiting and json:
        console.write_json(report)
    elif not json and (report.waiting or not quiet):
        show_batches(report)
    return bool(report.waiting)


def forget(
    document: Annotated[str, typer.Argument(help="A path, a file name or an id; `status -v` lists them.")],
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Forget a document and its attachments: the graph is then as if they had never been read."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.knowledge_base import KnowledgeBase

        settings = settings_of(kb)
        KnowledgeBase.open(settings.kb, settings=settings, read_only=True).close()  # never make a ledger to forget from
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            gone = base.forget(document)
            pushed = pushed_after(base, None)
            console.write_json(with_push(gone, pushed)) if json else console.show_forgotten(gone)
            show_pushed(pushed, json)
