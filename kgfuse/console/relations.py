"""Relations as lines, and facts that no source states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgfuse.console.facts import fact_line
from kgfuse.console.screen import err, out, short, write_json
from kgfuse.model import Fact
from kgfuse.wording import fact_words

if TYPE_CHECKING:
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.proposing import Proposed
    from kgfuse.relation_listing import ListedRelation

_PHRASES_SHOWN = 5


def show_relations(relations: Sequence[ListedRelation], *, verbose: int = 0) -> None:
    """Show relations, a line each; with -v every phrase and why it was read so."""
    console = out()
    for one in relations:
        shown = one.phrases if verbose else one.phrases[:_PHRASES_SHOWN]
        more = f", … {len(one.phrases) - len(shown)} more" if len(one.phrases) > len(shown) else ""
        said = ", ".join(f"{phrase.phrase} {phrase.count}" for phrase in shown)
        style = "yellow" if one.open else "green"
        console.print(f"{one.claims:7}  {one.name}{' (open)' if one.open else ''}: {said}{more}", style=style)
        for phrase in shown if verbose else ():
            if phrase.because:
                console.print(f"         “{phrase.phrase}”: {phrase.because}", style="dim")
    if not relations:
        console.print("no relations")


def show_novel(
    kb: KnowledgeBase, facts: Sequence[Fact], asked: Proposed | None = None, *, as_json: bool = False
) -> None:
    """Show inferred facts with their premises, and what came of asking a model."""
    premises = {fact.id: fact for fact in kb.graph.facts(ids=[id for fact in facts for id in fact.premises])}
    names = kb.names([*facts, *premises.values()])
    proposals = [one for one in kb.ledger.proposals() if one.revoked_at is None]
    if as_json:
        write_json(
            {
                "facts": facts,
                "premises": list(premises.values()),
                "names": names,
                "proposals": proposals,
                "asked": asked,
            }
        )
        return
    console = out()
    for fact in facts:
        console.print(fact_line(fact, names), style="blue")
        console.print(f"            {fact.reason}", style="dim")
        for id in fact.premises:
            if id in premises:
                console.print(f"            from {short(id)}  {fact_words(premises[id], names)}", style="dim")
    if not facts:
        console.print("no facts but those that sources state")
    for one in proposals:
        console.print(
            f"proposal {short(one.id)} by {one.proposed_by}; `kgfuse novel --undo ID` withdraws it", style="dim"
        )
    if asked is not None:
        refused = "".join(f"; {count} refused: {reason}" for reason, count in asked.refused)
        err().print(f"asked about {asked.asked} pairs: {asked.new} new proposals{refused}")
