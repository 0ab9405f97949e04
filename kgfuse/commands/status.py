"""What a knowledge base holds."""

from __future__ import annotations

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting


def status(kb: KbOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """Show what the knowledge base holds; with -v every document and every failure."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console

        counts = base.status()
        if json:
            about = {"status": counts, "documents": list(base.ledger.documents()), "failures": base.ledger.failures()}
            console.write_json(about if verbose else counts)
        else:
            console.show_status(base, counts, verbose)
