"""What files say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.markup import escape

from kgfuse.console.screen import file_name, out

if TYPE_CHECKING:
    from kgfuse.document_graph import MetadataFact


def show_metadata(found: Sequence[MetadataFact], verbose: int) -> None:
    """Show names and values by document; with `verbose` the lines that say so."""
    console = out()
    if not found:
        console.print("Nothing: mails have headers, PDFs links and figures.", style="dim")
    for uri, facts in groupby(found, key=lambda one: one.uri):
        console.print(escape(file_name(uri)), style="bold")
        for one in facts:
            console.print(f"  {one.name:<12} {escape(one.value)}", highlight=False)
            if verbose:
                console.print(f"               {escape(one.quote)}", style="dim", highlight=False)
