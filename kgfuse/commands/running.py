"""What every command does alike: settings, opening the knowledge base, errors as words and exit codes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from kgfuse.errors import KgfuseError, LedgerError

if TYPE_CHECKING:
    from kgfuse.config import Settings
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.knowledge_view import KnowledgeView

INTERRUPTED = 130


@contextmanager
def reporting(as_json: bool, verbose: int = 0) -> Iterator[None]:
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


def settings_of(kb: str | None, **overrides: object) -> Settings:
    """Return the settings for a command that needs the ledger's file."""
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
def reading(kb: str | None) -> Iterator[KnowledgeBase]:
    """Open the knowledge base to look at."""
    from kgfuse.knowledge_base import KnowledgeBase

    settings = settings_of(kb)
    with KnowledgeBase.open(settings.kb, settings=settings, read_only=True) as base:
        if not base.ledger.ahead:
            yield base
            return
    _catch_up(settings)
    with KnowledgeBase.open(settings.kb, settings=settings, read_only=True) as base:
        yield base


def _catch_up(settings: Settings) -> None:
    """Fuse what an ingest that was stopped had read; where that is not to be, say what is missing."""
    from kgfuse import console
    from kgfuse.knowledge_base import KnowledgeBase

    console.err().print("The graph is behind what was read (an ingest was stopped); catching up …", style="yellow")
    try:
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            base.refresh()
    except LedgerError as error:
        console.err().print(f"It stays behind: {error}. Run `kgfuse ingest` again.", style="yellow")


@contextmanager
def opened(kb: str | None) -> Iterator[KnowledgeBase]:
    """Open the knowledge base to decide about what is in it; never make one to find nothing in it."""
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.ledger import Ledger

    settings = settings_of(kb)
    Ledger.open(settings.kb, read_only=True).close()
    with KnowledgeBase.open(settings.kb, settings=settings) as base:
        yield base


@contextmanager
def viewing(kb: str | None) -> Iterator[KnowledgeView]:
    """Open the ledger's file or, where `kb` is an address or there is no file but a Neo4j configured, what stands there."""
    from kgfuse.graph.neo4j.address import is_address
    from kgfuse.knowledge_view import KnowledgeView

    address = kb if is_address(kb) else None
    settings = settings_of(None if address else kb)
    if address or (kb is None and settings.neo4j.uri is not None and not settings.kb.exists()):
        with KnowledgeView.connect(address, settings=settings) as view:
            yield view
        return
    with reading(kb) as base:
        yield base
