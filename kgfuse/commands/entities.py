"""Who is who: the entities, the pairs in doubt, and decisions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import opened, reading, reporting

if TYPE_CHECKING:
    from kgfuse.deciding import Decided

entities = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List who and what the documents speak of; decide which names are one.",
)
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides, for the record.")]


@entities.command("list")
def list_(
    text: Annotated[str | None, typer.Argument(help="Only those called so, or nearly so.")] = None,
    kb: KbOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 50,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """List the entities with their types, mentions and other names: the most mentioned, or those that match a text."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console

        found = base.entities(text, limit=limit)
        console.write_json({"entities": found}) if json else console.show_entities(found, verbose=verbose)


@entities.command()
def review(
    kb: KbOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many pairs.")] = 20,
    llm: Annotated[
        bool,
        typer.Option("--llm", help="Let the configured LLM decide; a pair is asked about once, persons outrank it."),
    ] = False,
    by: ByOption = "person",
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Walk through the pairs that may or may not be one, the most worthwhile first; with --json only list them."""
    with reporting(json, verbose):
        from kgfuse import console

        with opened(kb) as base:
            if llm:
                advice = base.advise_entities(limit=limit)
                console.write_json({"advice": advice}) if json else console.show_pair_advice(advice)
                return
            questions = base.questions(limit)
            if json:
                console.write_json({"questions": questions})
                return
            before, answered = base.graph.counts(), 0
            try:
                for judgement, question in console.asked(questions):
                    base.answer(question, judgement, by=by)
                    answered += 1
            except (KeyboardInterrupt, EOFError):
                console.err().print("\nStopped; what was decided is kept.")
            changes = base.refresh()
            console.show_decided(answered, changes, before, base.graph.counts())


@entities.command()
def merge(
    one: Annotated[str, typer.Argument(help="A name or an id.")],
    other: Annotated[str, typer.Argument(help="Another one, of the same thing.")],
    kb: KbOption = None,
    by: ByOption = "person",
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Decide that two entities are one."""
    with reporting(json, verbose), opened(kb) as base:
        _show(base.merge(one, other, by=by), json)


@entities.command()
def split(
    entity: Annotated[str, typer.Argument(help="A name or an id.")],
    part: Annotated[str, typer.Argument(help="A name it has, or a document that means another by its name.")],
    kb: KbOption = None,
    by: ByOption = "person",
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Decide that one of an entity's names, or what one document calls so, is something else."""
    with reporting(json, verbose), opened(kb) as base:
        _show(base.split(entity, part, by=by), json)


@entities.command()
def undo(
    decision: Annotated[
        str | None, typer.Argument(help="The id of a decision, or its first digits [default: the latest that stands].")
    ] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Take a decision back; it stays in the ledger as revoked."""
    with reporting(json, verbose), opened(kb) as base:
        _show(base.undo(decision), json)


@entities.command()
def decisions(kb: KbOption = None, json: JsonOption = False, verbose: VerboseOption = 0) -> None:
    """List the decisions that were taken, the latest first: what, by whom, when, and whether it was revoked."""
    with reporting(json, verbose), reading(kb) as base:
        from kgfuse import console

        taken = base.decisions()
        console.write_json({"decisions": taken}) if json else console.show_decisions(taken)


def _show(decided: Decided, as_json: bool) -> None:
    from kgfuse import console

    if as_json:
        console.write_json(decided)
    else:
        console.show_decisions([decided.decision])
        console.show_decided(1, decided.changes, decided.before, decided.after)
