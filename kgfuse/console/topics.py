"""Topics and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kgfuse.console.entities import mentions_of
from kgfuse.console.screen import out, short
from kgfuse.model import Entity

if TYPE_CHECKING:
    from kgfuse.seeding import Survey

_TERMS_SHOWN, _TOPICS_SHOWN = 8, 20


def show_topics(survey: Survey, known: Mapping[str, Entity], *, kept: bool, verbose: int) -> None:
    """Show topics, largest first, with their terms; then the seeds that are entities of the graph, commonest first."""
    console = out()
    looked = f"{survey.passages} passages" + (f" (of {survey.of})" if survey.of > survey.passages else "")
    console.print(f"{len(survey.topics)} topics in {looked}, {len(survey.seeds)} seeds", style="bold")
    shown = survey.topics if verbose else survey.topics[:_TOPICS_SHOWN]
    for topic in shown:
        terms = ", ".join(term for term, _ in (topic.terms if verbose else topic.terms[:_TERMS_SHOWN]))
        console.print(f"{topic.passages:>6}  {terms}")
    if len(shown) < len(survey.topics):
        console.print(f"        … and {len(survey.topics) - len(shown)} more; -v shows all", style="dim")
    if known:
        console.print("Seeds that the graph knows:")
        entities = {entity.id: entity for entity in known.values()}
        for entity in sorted(entities.values(), key=lambda one: (-one.mention_count, one.name))[
            : None if verbose else 10
        ]:
            console.print(f"  {short(entity.id)}  {entity.name} ({entity.type or 'untyped'}), {mentions_of(entity)}")
    if kept:
        console.print("The seeds are kept: the next `kgfuse ingest` looks out for them.", style="dim")
    else:
        console.print("--keep lets them guide the next ingest.", style="dim")
