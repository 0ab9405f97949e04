"""What is believed: facts, why, and what speaks against them."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import (
    AsOfOption,
    ConfidenceOption,
    JsonOption,
    KnownAtOption,
    RelationOption,
    SourceOption,
    StatusOption,
    TypeOption,
    VerboseOption,
    ViewOption,
    narrowing,
)
from kgfuse.commands.running import opened, reporting, viewing


def facts(
    entity: Annotated[str, typer.Argument(help="A name, an alias or an id.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Also what was superseded, disputed or retracted, with the reasons.")
    ] = False,
    known_at: KnownAtOption = None,
    status: StatusOption = None,
    relation: RelationOption = None,
    min_confidence: ConfidenceOption = 0.0,
    source: SourceOption = None,
    type: TypeOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show what is known about an entity: now, as of a date, or its whole history."""
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console

        about = base.entity(entity, past=history or known_at is not None)
        narrow = narrowing(as_of, known_at, status, relation, min_confidence, source, type)
        found = base.facts(entity, history=history, **narrow)
        if json:
            console.write_json({"entity": about, "facts": found, "names": base.names(found)})
        else:
            console.show_facts(base, about, found, history=history, verbose=verbose)


def why(
    fact: Annotated[str, typer.Argument(help="The id of a fact, or the first 8 digits of it or more.")],
    kb: ViewOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Tell why a fact is believed or not: every statement for and against it, and what decided."""
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console

        story = base.why(fact)
        console.write_json(story) if json else console.show_explanation(base, story)


def conflicts(
    kb: ViewOption = None,
    advise: Annotated[
        bool,
        typer.Option("--advise", help="Ask the LLM which reading its sentences support; slight evidence, revocable."),
    ] = False,
    advice: Annotated[bool, typer.Option("--advice", help="List what the LLM said, instead.")] = False,
    revoke: Annotated[
        str | None, typer.Option("--revoke", metavar="ID", help="Take back what the LLM said of a conflict.")
    ] = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """List the facts that lost or tied against others, and to what."""
    with reporting(json, verbose):
        from kgfuse import console

        if advise or advice or revoke is not None:
            with opened(kb) as base:
                withdrawn = [base.revoke_advice(revoke)] if revoke is not None else []
                said = withdrawn or (base.advise_conflicts() if advise else base.advice())
            console.write_json({"advice": said}) if json else console.show_advice(said)
            return
        with viewing(kb) as base:
            found = base.conflicts()
            if json:
                console.write_json({"facts": found, "names": base.names(found)})
            else:
                console.show_conflicts(base, found)
