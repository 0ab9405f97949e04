"""The command line: thin. Exit codes: 0 done, 1 failed, 2 wrong use, 3 done but some files could not be read, 130 Ctrl-C."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.errors import KgfuseError

if TYPE_CHECKING:
    from kgfuse.config import Settings
    from kgfuse.graph.neo4j.push import PushSummary
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.knowledge_view import KnowledgeView
    from kgfuse.protocols import Progress

SOME_FILES_FAILED = 3
INTERRUPTED = 130

app = typer.Typer(
    name="kgfuse",
    help="Turn folders of documents into a temporal knowledge graph that can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

KbOption = Annotated[str | None, typer.Option("--kb", metavar="FILE", help="The knowledge base [default: kgfuse.db].")]
ViewOption = Annotated[
    str | None,
    typer.Option(
        "--kb",
        metavar="FILE|URI",
        help="The knowledge base [default: kgfuse.db], or one pushed to Neo4j: neo4j://host:7687/NAME.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars, no summary.")]
VerboseOption = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more; -vv also shows the log.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="What held in the world on this date.")]
KnownAtOption = Annotated[str | None, typer.Option("--known-at", metavar="DATE", help="What we believed at this date.")]
LimitOption = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="How many hits [default: 10].")]


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()


@contextmanager
def _reporting(as_json: bool, verbose: int = 0) -> Iterator[None]:
    """Turn our errors into words and exit codes; say what remains after Ctrl-C."""
    from kgfuse import console

    logging.basicConfig(level=logging.INFO if verbose > 1 else logging.CRITICAL, format="%(name)s: %(message)s")
    try:
        yield
    except KgfuseError as error:
        console.show_error(error, as_json)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        console.err().print("\nStopped. Every file that was finished is kept; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:  # the reader (head, less) has seen enough
        sys.stderr.close()
        raise typer.Exit(0) from None


def _settings(kb: str | None, **overrides: object) -> Settings:
    from kgfuse.config import load_settings
    from kgfuse.errors import UsageError
    from kgfuse.graph.neo4j.address import is_address

    if is_address(kb):
        raise UsageError(
            "this command needs the ledger's file, and --kb names a Neo4j",
            hint="search, ask, facts, why, conflicts and export read from Neo4j alone.",
        )
    return load_settings(kb=kb, **overrides)


@contextmanager
def _reading(kb: str | None) -> Iterator[KnowledgeBase]:
    from kgfuse.knowledge_base import KnowledgeBase

    settings = _settings(kb)
    with KnowledgeBase.open(settings.kb, settings=settings, read_only=True) as base:
        yield base


@contextmanager
def _viewing(kb: str | None) -> Iterator[KnowledgeView]:
    """Open the ledger's file or, where `kb` is an address or there is no file but a Neo4j configured, what stands there."""
    from kgfuse.graph.neo4j.address import is_address
    from kgfuse.knowledge_view import KnowledgeView

    address = kb if is_address(kb) else None
    settings = _settings(None if address else kb)
    if address or (kb is None and settings.neo4j.uri is not None and not settings.kb.exists()):
        with KnowledgeView.connect(address, settings=settings) as view:
            yield view
        return
    with _reading(kb) as base:
        yield base


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


@app.command()
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be read and what it would cost.")] = False,
    no_push: Annotated[bool, typer.Option("--no-push", help="Leave Neo4j as it is, when one is configured.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Read documents into the knowledge base and fuse what they say. Running it again reads only what changed."""
    with _reporting(json, verbose):
        from kgfuse import console
        from kgfuse.extract import extractor_version
        from kgfuse.ingest.discover import require
        from kgfuse.knowledge_base import KnowledgeBase, preview

        settings = _settings(kb, extractor=extractor, ontology=ontology, jobs=jobs)
        require(paths)
        extractor_version(settings)  # wrong settings are told before a ledger is made
        if dry_run:
            with console.Bars(quiet or json) as bars:
                plan = preview(paths, settings, bars)
            console.write_json(plan) if json else console.show_preview(plan, verbose)
            return
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            with console.Bars(quiet or json) as bars:
                summary = base.ingest(paths, progress=bars)
                pushed = None if no_push else _pushed(base, bars)
            if json:
                console.write_json(_with_push(summary, pushed))
            elif not quiet:
                console.show_summary(summary, verbose)
            else:
                console.show_failures(summary.failures, verbose)
            _show_pushed(pushed, quiet or json)
        if summary.failures:
            raise typer.Exit(SOME_FILES_FAILED)


@app.command()
def status(kb: KbOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """Show what the knowledge base holds; with -v every document and every failure."""
    with _reporting(json, verbose), _reading(kb) as base:
        from kgfuse import console

        counts = base.status()
        if json:
            about = {"status": counts, "documents": list(base.ledger.documents()), "failures": base.ledger.failures()}
            console.write_json(about if verbose else counts)
        else:
            console.show_status(base, counts, verbose)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="Words or a question.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    mode: Annotated[
        str, typer.Option("--mode", metavar="hybrid|full_text|vector|graph", help="How to search.")
    ] = "hybrid",
    limit: LimitOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Find facts and passages, best first."""
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        hits = base.search(query, limit=limit, as_of=as_of, known_at=known_at, mode=mode)
        if json:
            console.write_json([{"hit": hit, "citations": base.cite(hit.item)} for hit in hits])
        else:
            console.show_hits(base, hits)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="A question in plain English.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    limit: LimitOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Answer a question with citations, or say that the documents do not tell."""
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        answer = base.ask(question, as_of=as_of, known_at=known_at, limit=limit)
        console.write_json(answer) if json else console.show_answer(answer)


@app.command()
def facts(
    entity: Annotated[str, typer.Argument(help="A name, an alias or an id.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Also what was superseded, disputed or retracted, with the reasons.")
    ] = False,
    relation: Annotated[str | None, typer.Option("--relation", metavar="NAME", help="Only this relation.")] = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show what is known about an entity: now, as of a date, or its whole history."""
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        about = base.entity(entity)
        found = base.facts(about.id, as_of=as_of, history=history, relation=relation)
        if json:
            console.write_json({"entity": about, "facts": found, "names": base.names(found)})
        else:
            console.show_facts(base, about, found, history=history, verbose=verbose)


@app.command()
def why(
    fact: Annotated[str, typer.Argument(help="The id of a fact, or the first 8 digits of it or more.")],
    kb: ViewOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Tell why a fact is believed or not: every statement for and against it, and what decided."""
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        story = base.why(fact)
        console.write_json(story) if json else console.show_explanation(base, story)


@app.command()
def conflicts(kb: ViewOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """List the facts that lost or tied against others, and to what."""
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        found = base.conflicts()
        if json:
            console.write_json({"facts": found, "names": base.names(found)})
        else:
            console.show_conflicts(base, found)


@app.command()
def forget(
    document: Annotated[str, typer.Argument(help="A path, a file name or an id; `status -v` lists them.")],
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Forget a document and its attachments: the graph is then as if they had never been read."""
    with _reporting(json, verbose):
        from kgfuse import console
        from kgfuse.knowledge_base import KnowledgeBase

        settings = _settings(kb)
        KnowledgeBase.open(settings.kb, settings=settings, read_only=True).close()  # never make a ledger to forget from
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            gone = base.forget(document)
            pushed = _pushed(base, None)
            console.write_json(_with_push(gone, pushed)) if json else console.show_forgotten(gone)
            _show_pushed(pushed, json)


@app.command()
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
    kb: KbOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Bring Neo4j up to date with the graph. The password comes from KGFUSE_NEO4J_PASSWORD, a file or the keyring."""
    with _reporting(json, verbose):
        from kgfuse import console
        from kgfuse.knowledge_base import KnowledgeBase
        from kgfuse.ledger import Ledger

        settings = _settings(kb)
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


def _pushed(base: KnowledgeBase, progress: Progress | None) -> PushSummary | KgfuseError | None:
    """Push when a Neo4j is configured; a failure is a value, for what was done before it is to be shown as well."""
    from kgfuse.errors import ConfigurationError, GraphStoreError, LedgerError

    if base.settings.neo4j.uri is None:
        return None
    try:
        return base.push(progress=progress)
    except (ConfigurationError, GraphStoreError, LedgerError) as error:
        return error


def _with_push(summary: object, pushed: PushSummary | KgfuseError | None) -> object:
    from kgfuse.plain import to_plain

    return summary if pushed is None else {**to_plain(summary), "push": to_plain(pushed)}


def _show_pushed(pushed: PushSummary | KgfuseError | None, quiet: bool) -> None:
    """Say what the push did; a failed one ends the command with its exit code."""
    from kgfuse import console

    if isinstance(pushed, KgfuseError):
        console.err().print("The knowledge base is up to date; Neo4j is not:")
        console.show_error(pushed, as_json=False)
        raise typer.Exit(pushed.exit_code)
    if pushed is not None and not quiet:
        console.show_push(pushed)


@app.command()
def export(
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="graphml|jsonl|csv|cypher|browser", help="The format.")
    ] = "jsonl",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="PATH", help="File (csv, browser: folder) [default: stdout].")
    ] = None,
    kb: ViewOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Write the graph: for Gephi and networkx, as the canonical dump, as tables, or as a script for Neo4j.

    browser: not the graph, but a style sheet and saved queries to drop onto the window of Neo4j Browser.
    """
    with _reporting(json, verbose), _viewing(kb) as base:
        from kgfuse import console

        base.export(format, out or sys.stdout)
        if out is not None and json:
            console.write_json({"format": format, "out": out})


@app.command()
def cypher(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help="Cypher that only reads; docs/cypher.md has a cookbook.")
    ],
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
    with _reporting(json, verbose):
        from kgfuse import console
        from kgfuse.cypher import parameters_of, run

        settings = _settings(kb)
        with console.Bars(quiet or json) as bars:
            rows = run(settings, query, parameters_of(param or []), limit=limit, seconds=timeout, progress=bars)
        console.write_json(rows) if json else console.show_rows(rows)


if __name__ == "__main__":
    main()
