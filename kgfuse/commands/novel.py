"""What follows from what is believed, and what a model would add."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting, settings_of


def novel(
    llm: Annotated[
        bool, typer.Option("--llm", help="Ask the configured LLM about promising pairs without a fact between them.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="Facts shown; with --llm, pairs asked about: a request each.")
    ] = 20,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="PROPOSAL", help="Withdraw what an LLM proposed, by its id.")
    ] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show the facts that no source states, with what they follow from."""
    with reporting(json, verbose):
        from kgfuse import console

        if not (llm or undo):
            with reading(kb) as base:
                console.show_novel(base, base.novel()[:limit], as_json=json)
            return
        from kgfuse.knowledge_base import KnowledgeBase

        settings = settings_of(kb)
        with KnowledgeBase.open(settings.kb, settings=settings) as base:
            if undo:
                base.undo_proposal(undo)
            asked = base.propose(limit) if llm else None
            console.show_novel(base, base.novel()[:limit], asked, as_json=json)
