"""What files say of themselves."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting


def metadata(
    document: Annotated[
        str | None, typer.Argument(help="A file name, a path or an id [default: every document].")
    ] = None,
    kb: KbOption = None,
    name: Annotated[
        list[str] | None, typer.Option("--name", metavar="NAME", help="Only this, such as sent_by; may be repeated.")
    ] = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show what files say of themselves: sender, recipients and time of mails, what they answer; -v with the line itself."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console

        found = base.metadata(document, names=name or ())
        console.write_json({"metadata": found}) if json else console.show_metadata(found, verbose)
