"""An ontology of one's own: drafted from what the documents say, checked against it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting, settings_of

ontology = typer.Typer(
    no_args_is_help=True,
    help="Draft an ontology from what the documents say, or check one against it.",
    rich_markup_mode=None,
)


@ontology.command()
def draft(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Where to write it [default: stdout].")
    ] = None,
    llm: Annotated[
        bool, typer.Option("--llm", help="Let the configured LLM name, describe and group relations.")
    ] = False,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Propose types and relations that the documents use and the ontology lacks, as YAML to edit."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console
        from kgfuse.drafting import to_yaml

        found = base.draft_ontology(llm=llm)
        text = to_yaml(found)
        if out is not None:
            console.write_file(out, text)
        if json:
            console.write_json({"draft": found, "out": out})
        elif out is None:
            typer.echo(text, nl=False)
        else:
            console.out().print(
                f"{len(found.relations)} relations and {len(found.types)} types in {out}, for {found.covered} of "
                f"{found.open_facts} facts that the ontology has no relation for"
            )


@ontology.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The ontology [default: the one in use].")
    ] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Check an ontology file, and how it fits what the documents say where there is a knowledge base."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.drafting import ambiguous_phrases
        from kgfuse.ontology import load_ontology

        settings = settings_of(kb)
        checked = load_ontology(file or settings.ontology)
        fit = None
        if kb is not None or settings.kb.exists():
            with reading(kb) as base:
                fit = base.ontology_coverage(checked)
        ambiguous = ambiguous_phrases(checked)
        if json:
            sizes = {"name": checked.name, "types": len(checked.types), "relations": len(checked.relations)}
            console.write_json({**sizes, "ambiguous": ambiguous, "coverage": fit})
        else:
            console.show_ontology(checked, ambiguous, fit, verbose)
