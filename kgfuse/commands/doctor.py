"""What is installed and configured, and what is missing for what."""

from __future__ import annotations

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reporting, settings_of

_MARKS = {"yes": "[green]yes[/]", "no": "[yellow]no[/]", "broken": "[red]broken[/]"}


def doctor(kb: KbOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """Say what kgfuse finds on this machine: models, Tesseract, Java, an LLM, Neo4j. Status 1: a needed part is missing."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.diagnosis import examine

        found = examine(settings_of(kb))
        if json:
            console.write_json(found)
        else:
            from rich.console import Console
            from rich.table import Table

            table = Table("part", "there", "for", "what is known")
            for part in found:
                table.add_row(part.name, _MARKS[part.state], part.purpose, part.detail)
            Console().print(table)
        if any(part.needed and part.state != "yes" for part in found):
            raise typer.Exit(1)
