"""Fitting the parameters of fusion anew."""

from __future__ import annotations

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import opened, reporting


def refit(kb: KbOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """Learn anew from the whole knowledge base how reliable its sources are and what matches, and fuse again.

    Small knowledge bases are refitted with every change, large ones when they have grown by a tenth. Afterwards the graph
    depends on nothing but what is in the knowledge base.
    """
    with reporting(json, verbose):
        from kgfuse import console

        with opened(kb) as base:
            changes = base.refit()
        if json:
            console.write_json(changes)
        else:
            told = f"{changes.facts_written} facts written, {changes.facts_retracted} retracted"
            console.out().print(told if changes.any else "fitted anew; the graph stays as it was")
