"""Search results and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgfuse.console.facts import fact_line
from kgfuse.console.screen import cut, err, out, place
from kgfuse.model import Answer, Chunk, Hit
from kgfuse.wording import asked_words

if TYPE_CHECKING:
    from kgfuse.knowledge_view import KnowledgeView


def show_hits(kb: KnowledgeView, hits: Sequence[Hit], *, verbose: int = 0) -> None:
    """Show search results, best first, each with the place it was read; with `verbose` also why it was found."""
    console = out()
    if not hits:
        console.print("nothing found")
    for number, hit in enumerate(hits, 1):
        if isinstance(hit.item, Chunk):
            text = cut(" ".join(hit.item.text.split()), 200)
        else:
            text = fact_line(hit.item, kb.names([hit.item]))
        console.print(f"{number:>2}. {text}")
        if verbose:
            parts = "".join(f", {part} {value:.3g}" for part, value in hit.scores)
            console.print(f"    score {hit.score:.3g}{parts}", style="dim")
            for words in hit.path_words:
                console.print(f"    by way of {words}", style="dim")
        for citation in hit.citations if verbose else hit.citations[:1]:
            console.print(f"    {place(citation)}", style="dim")
            if verbose and not isinstance(hit.item, Chunk):
                console.print(f"      “{cut(' '.join(citation.quote.split()), 160)}”", style="dim")


def hint_at_emptiness(kb: KnowledgeView) -> None:
    """Say that nothing can be found where nothing is."""
    if not kb.graph.counts().entities:
        err().print("The knowledge base holds no facts. `kgfuse ingest PATH` reads documents into it.", style="yellow")


def show_answer(answer: Answer) -> None:
    """Show an answer with its citations."""
    console = out()
    console.print(answer.text, style="yellow" if answer.abstained else "bold")
    if answer.period is not None:
        console.print(f"  time asked about: {asked_words(answer.period)}", style="dim")
    for number, citation in enumerate(answer.citations, 1):
        console.print(f"  [{number}] “{cut(' '.join(citation.quote.split()), 160)}”")
        console.print(f"      {place(citation)}", style="dim")
    if answer.nearest:
        console.print("  what comes nearest, which need not say it:", style="dim")
    for citation in answer.nearest:
        console.print(f"  - “{cut(' '.join(citation.quote.split()), 240)}”")
        console.print(f"    {place(citation)}", style="dim")
    for sentence in answer.dropped:
        console.print(f"  left out, for its evidence does not carry it: {cut(sentence, 160)}", style="yellow")
    if not answer.abstained:
        console.print(f"  confidence {answer.confidence:.2f}", style="dim")
