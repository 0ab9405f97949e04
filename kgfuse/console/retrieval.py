"""What searching finds of what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from kgfuse.console.screen import cut, out

if TYPE_CHECKING:
    from kgfuse.retrieve.evaluation import RetrievalScores

_SHOWN = 10


def show_retrieval(scores: RetrievalScores, mode: str, verbose: int) -> None:
    """Show the means, and the documents that were missed with the rank that each part gives them."""
    console = out()
    table = Table("questions", "mode", *(f"recall@{k}" for k, _ in scores.recall), "MRR@10", "nDCG@10")
    figures = [f"{value:.3f}" for _, value in scores.recall]
    table.add_row(str(scores.questions), mode, *figures, f"{scores.mrr:.3f}", f"{scores.ndcg:.3f}")
    console.print(table)
    if not scores.missed:
        console.print("Every document came among the first ten.", style="dim")
        return
    console.print("Not among the first ten:")
    for one in scores.missed if verbose else scores.missed[:_SHOWN]:
        ranks = ", ".join(f"{part} {rank or 'not found'}" for part, rank in one.parts)
        console.print(f"  {escape(cut(one.question, 60))}  {escape(one.document)}: rank {one.rank or 'none'} ({ranks})")
    if not verbose and len(scores.missed) > _SHOWN:
        console.print(f"  … and {len(scores.missed) - _SHOWN} more; -v shows all", style="dim")
