"""Entities, pairs in doubt, decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kgfuse.console.screen import cut, file_name, out, short
from kgfuse.model import Entity, Judgement
from kgfuse.protocols import Changes, GraphCounts

if TYPE_CHECKING:
    from rich.console import Console

    from kgfuse.advising import PairAdvice
    from kgfuse.deciding import Decision, Question, Side
    from kgfuse.model import Advice

_ANSWERS = {"s": Judgement.SAME, "same": Judgement.SAME, "d": Judgement.DIFFERENT, "different": Judgement.DIFFERENT}
_ALIASES = 5


def show_entities(found: Sequence[Entity], *, verbose: int = 0) -> None:
    """Show entities, a line each."""
    console = out()
    if not found:
        console.print("no entities")
    for entity in found:
        aliases = entity.aliases if verbose else entity.aliases[:_ALIASES]
        also = f", also {', '.join(aliases)}" if aliases else ""
        more = f" and {len(entity.aliases) - len(aliases)} more" if len(aliases) < len(entity.aliases) else ""
        console.print(
            f"{short(entity.id)}  {entity.name} ({entity.type or 'untyped'}), {mentions_of(entity)}{also}{more}"
        )


def mentions_of(entity: Entity) -> str:
    """Return how often an entity is named: '1 mention'."""
    return f"{entity.mention_count} mention{'s' if entity.mention_count != 1 else ''}"


def asked(questions: Sequence[Question]) -> Iterator[tuple[Judgement, Question]]:
    """Ask about one pair after the other on the terminal; yield what is answered."""
    console = out()
    if not questions:
        console.print("no pair is in doubt")
    for number, question in enumerate(questions, start=1):
        now = "joined" if question.joined else "two"
        console.print(
            f"\n{number} of {len(questions)}: probability {question.probability:.2f} ({question.because}), now {now}",
            style="bold",
        )
        for mark, side in (("A", question.left), ("B", question.right)):
            _show_side(console, mark, side)
        while True:
            reply = console.input("same (s), different (d), skip (Enter) or quit (q)? ").strip().lower()
            if reply in ("q", "quit"):
                return
            if reply in ("", "k", "skip"):
                break
            if reply in _ANSWERS:
                yield _ANSWERS[reply], question
                break


def _show_side(console: Console, mark: str, side: Side) -> None:
    also = [name for name in side.names if name != side.name]
    console.print(
        f"  {mark}  {side.name} ({side.type or 'untyped'}){', also ' + ', '.join(also) if also else ''}; "
        f"entity {short(side.entity.id)} {side.entity.name}, {mentions_of(side.entity)}"
    )
    for quote in side.quotes:
        console.print(f"       “{cut(quote.text, 200)}”")
        when = quote.document.published_at or "undated"
        console.print(f"         {file_name(quote.document.uri)}, {when}", style="dim")


def show_decided(count: int, changes: Changes, before: GraphCounts, after: GraphCounts) -> None:
    """Say what decisions did to the graph."""
    console = out()
    if not count:
        console.print("nothing was decided")
        return
    facts = f"facts {before.total} → {after.total}" if before.total != after.total else f"{after.total} facts as before"
    console.print(
        f"entities {before.entities} → {after.entities}, {facts} ({changes.facts_written} written anew, "
        f"{changes.facts_retracted} retired)"
    )


def show_decisions(taken: Sequence[Decision]) -> None:
    """Show decisions, a line each."""
    console = out()
    if not taken:
        console.print("no decisions")
    for decision in taken:
        sides = [" / ".join(names[:3]) or "(forgotten)" for names in (decision.left, decision.right)]
        said = {"same": "is", "different": "is not"}.get(decision.judgement.value, "may be")
        revoked = f", revoked {decision.revoked_at:%Y-%m-%d %H:%M}" if decision.revoked_at else ""
        console.print(
            f"{short(decision.id)}  {sides[0]} {said} {sides[1]}  — {decision.decided_by}, "
            f"{decision.decided_at:%Y-%m-%d %H:%M}{revoked}",
            style="dim" if decision.revoked_at else None,
        )


def show_pair_advice(advice: Sequence[PairAdvice]) -> None:
    """Show what a model said of pairs."""
    console = out()
    if not advice:
        console.print("nothing new to ask")
    for one in advice:
        console.print(f"{one.judgement.value:<10} {one.question.left.name} | {one.question.right.name}: {one.why}")


def show_advice(advice: Sequence[Advice]) -> None:
    """Show what a model said of conflicts."""
    console = out()
    if not advice:
        console.print("no advice")
    for one in advice:
        weighed = f"for {len(one.preferred)} claims, against {len(one.rejected)}" if one.preferred else "for none"
        revoked = ", revoked" if one.revoked_at else ""
        console.print(f"{short(one.id)}  {one.advised_by} {weighed}{revoked}: {one.why}")
