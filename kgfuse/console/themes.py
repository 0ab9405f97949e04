"""Themes of a knowledge base."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.console.screen import out, place
from kgfuse.retrieve.themes import Theme


def show_themes(themes: Sequence[Theme]) -> None:
    """Show themes, the largest first, each with where its summary was read."""
    console = out()
    if not themes:
        console.print("no themes: no facts connect three things or more")
    for number, theme in enumerate(themes, 1):
        names = ", ".join(entity.name for entity in theme.entities)
        console.print(f"{number:>2}. {names}", style="bold", markup=False)
        console.print(f"    {theme.summary}", markup=False)
        console.print(f"    {theme.size} things; read in", style="dim")
        for citation in theme.citations:
            console.print(f"      {place(citation)}", style="dim", markup=False)
