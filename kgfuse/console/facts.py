"""Facts as lines, and the story of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgfuse.console.screen import cut, file_name, out, short
from kgfuse.model import Entity, Fact, FactStatus
from kgfuse.wording import relation_words, validity_words, value_words

if TYPE_CHECKING:
    from rich.console import Console

    from kgfuse.citing import Statement
    from kgfuse.knowledge_view import Explanation, KnowledgeView

_STYLE = {
    FactStatus.ACCEPTED: "green",
    FactStatus.SUPERSEDED: "cyan",
    FactStatus.DISPUTED: "yellow",
    FactStatus.INFERRED: "blue",
    FactStatus.RETRACTED: "dim",
}


def show_facts(
    kb: KnowledgeView, entity: Entity | None, facts: Sequence[Fact], *, history: bool, verbose: int = 0
) -> None:
    """Show facts, a line each; with `history` the reason of each as well. Open relations are only counted unless -v."""
    console = out()
    everything, facts = facts, [fact for fact in facts if verbose or fact.relation in kb.ontology.relations]
    if entity is not None:
        also = f", also {', '.join(alias for alias in entity.aliases if alias != entity.name)}"
        console.print(f"{entity.name} ({entity.type or 'untyped'})" + (also if len(also) > 7 else ""), style="bold")
    if not everything:
        console.print("no facts")
    names = kb.names(facts)
    for fact in facts:
        console.print(fact_line(fact, names), style=_STYLE[fact.status])
        if history and fact.reason:
            console.print(f"            {fact.reason}", style="dim")
    if len(facts) < len(everything):
        more = len(everything) - len(facts)
        console.print(f"… and {more} more of relations that the ontology does not know; -v shows them", style="dim")


def fact_line(fact: Fact, names: dict[str, str]) -> str:
    """Return a fact in a line: id, clause, validity, status, confidence."""
    when = validity_words(fact.validity)
    clause = (
        f"{names.get(fact.subject, fact.subject)} — {relation_words(fact.relation)} — {value_words(fact.object, names)}"
    )
    return f"{short(fact.id)}  {clause}{f'  [{when}]' if when else ''}  {fact.status.value} {fact.confidence:.2f}"


def show_explanation(kb: KnowledgeView, story: Explanation) -> None:
    """Tell why a fact has its status."""
    console = out()
    fact = story.fact
    console.print(story.words, style="bold")
    console.print(f"{fact.status.value}, confidence {fact.confidence:.2f}: {fact.reason}", style=_STYLE[fact.status])
    if fact.recorded_at:
        until = f", retired {fact.retracted_at:%Y-%m-%d %H:%M} UTC" if fact.retracted_at else ""
        console.print(f"recorded {fact.recorded_at:%Y-%m-%d %H:%M} UTC{until}", style="dim")
    for premise, words in story.premises:
        console.print(f"  follows from {short(premise.id)}  {words}")
    for title, statements in (("Supported by", story.supporting), ("Opposed by", story.opposing)):
        if statements:
            console.print(f"{title} {len(statements)}:")
        for said in statements:
            _show_statement(console, said)


def _show_statement(console: Console, said: Statement) -> None:
    triple, document = said.triple, said.document
    denied = "denied: " if triple.negated else ""
    console.print(f"  {denied}“{cut(' '.join(triple.evidence.quote.split()), 200)}”")
    page = f", page {triple.evidence.page}" if triple.evidence.page else ""
    when = f"{document.published_at} ({document.date_source})" if document.published_at else "undated"
    reliability = "" if said.reliability is None else f", reliability {said.reliability:.2f}"
    console.print(
        f"      {file_name(document.uri)}{page}, characters {triple.evidence.start}–{triple.evidence.end}; "
        f"{document.source}, {when}; extraction confidence {triple.confidence:.2f}{reliability}",
        style="dim",
    )
    if said.copies:
        console.print(f"      shares a vote with {', '.join(said.copies)}, of one origin by their errors", style="dim")


def show_conflicts(kb: KnowledgeView, facts: Sequence[Fact]) -> None:
    """List disputed facts with what each lost to."""
    show_facts(kb, None, facts, history=True, verbose=1)
