"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kgfuse.asked import Narrowing

KbOption = Annotated[str | None, typer.Option("--kb", metavar="FILE", help="The knowledge base [default: kgfuse.db].")]
ViewOption = Annotated[
    str | None,
    typer.Option(
        "--kb",
        metavar="FILE|URI",
        help="The knowledge base [default: kgfuse.db], or one pushed to Neo4j: neo4j://host:7687/NAME.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars, no summary.")]
VerboseOption = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more; -vv also shows the log.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="What held in the world on this date.")]
KnownAtOption = Annotated[str | None, typer.Option("--known-at", metavar="DATE", help="What we believed at this date.")]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="TEXT",
        help="Only what was read in documents whose source or path holds this ('author:Jane Roe', '/mails/'); repeatable.",
    ),
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Only what is about things of this type ('Person'); repeatable."),
]
StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        metavar="accepted|superseded|disputed|inferred|retracted",
        help="Only facts of this status; repeatable.",
    ),
]
RelationOption = Annotated[
    str | None, typer.Option("--relation", metavar="NAME", help="Only facts of this relation ('chief_executive_of').")
]
ConfidenceOption = Annotated[
    float, typer.Option("--min-confidence", metavar="0…1", help="Only facts that are believed this much.")
]
LimitOption = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="How many hits [default: 10].")]


def narrowing(
    as_of: str | None,
    known_at: str | None,
    status: list[str] | None,
    relation: str | None,
    confidence: float,
    source: list[str] | None,
    type: list[str] | None,
) -> Narrowing:
    """Return the options that narrow an answer as `KnowledgeView` takes them."""
    return {
        "as_of": as_of,
        "known_at": known_at,
        "statuses": status or (),
        "relation": relation,
        "minimum_confidence": confidence,
        "sources": source or (),
        "types": type or (),
    }
