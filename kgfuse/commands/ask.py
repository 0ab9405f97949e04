"""Questions: find, and answer with citations."""

from __future__ import annotations

from typing import Annotated

import typer

from kgfuse.commands.options import (
    AsOfOption,
    ConfidenceOption,
    JsonOption,
    KnownAtOption,
    LimitOption,
    RelationOption,
    SourceOption,
    StatusOption,
    TypeOption,
    VerboseOption,
    ViewOption,
    narrowing,
)
from kgfuse.commands.running import reporting, viewing


def search(
    query: Annotated[str, typer.Argument(help="Words or a question.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode", metavar="auto|hybrid|full_text|vector|graph|pagerank", help="How to search [default: auto]."
        ),
    ] = None,
    status: StatusOption = None,
    relation: RelationOption = None,
    min_confidence: ConfidenceOption = 0.0,
    source: SourceOption = None,
    type: TypeOption = None,
    limit: LimitOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Find facts and passages, best first."""
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console

        narrow = narrowing(as_of, known_at, status, relation, min_confidence, source, type)
        hits = base.search(query, limit=limit, mode=mode, **narrow)
        if json:
            console.write_json([{"hit": hit, "citations": base.cite(hit.item, sources=source or ())} for hit in hits])
        else:
            console.show_hits(base, hits, verbose=verbose)
        if not hits:
            console.hint_at_emptiness(base)


def ask(
    question: Annotated[str, typer.Argument(help="A question in plain English.")],
    kb: ViewOption = None,
    as_of: AsOfOption = None,
    known_at: KnownAtOption = None,
    status: StatusOption = None,
    relation: RelationOption = None,
    min_confidence: ConfidenceOption = 0.0,
    source: SourceOption = None,
    type: TypeOption = None,
    limit: LimitOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Answer a question with citations, or say that the documents do not tell."""
    with reporting(json, verbose), viewing(kb) as base:
        from kgfuse import console

        narrow = narrowing(as_of, known_at, status, relation, min_confidence, source, type)
        answer = base.ask(question, limit=limit, **narrow)
        console.write_json(answer) if json else console.show_answer(answer)
        if answer.abstained:
            console.hint_at_emptiness(base)
