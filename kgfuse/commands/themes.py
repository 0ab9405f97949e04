"""What the whole knowledge base is about."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import AsOfOption, JsonOption, KnownAtOption, VerboseOption, ViewOption
from kgfuse.commands.running import reporting, viewing


def themes(
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many themes.")] = 10,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Tell the main themes: communities of the graph with their best facts, or a summary where an LLM is configured."""
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console
        from kgfuse.console.themes import show_themes

        found = base.themes(limit=limit, as_of=as_of, known_at=known_at)
        console.write_json(found) if json else show_themes(found)
