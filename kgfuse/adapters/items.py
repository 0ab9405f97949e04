"""What every adapter hands on: the text of a hit, and about it what RAG needs to cite it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from kgfuse.asked import Statuses, When
from kgfuse.asynchronous import AsyncKnowledge
from kgfuse.errors import UsageError
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.model import Fact, Hit
from kgfuse.wording import fact_words


@dataclass(frozen=True, slots=True)
class Asked:
    """How a knowledge base is asked: what `KnowledgeView.search` takes."""

    mode: str = "auto"
    limit: int = 10
    as_of: When | None = None
    known_at: When | None = None
    minimum_confidence: float = 0.0
    statuses: Statuses = ()
    relation: str | None = None
    sources: Sequence[str] = ()
    types: Sequence[str] = ()


AS_USUAL = Asked()


@dataclass(frozen=True, slots=True)
class Item:
    """A hit as text.

    `about`: `id`, `kind` (``fact`` or ``chunk``), `score`, `scores` by part, `citations` (uri, title, page, start, end,
    quote), and for a fact `status` and `confidence`.
    """

    id: str
    text: str
    score: float
    about: dict[str, Any]


Source = KnowledgeView | AsyncKnowledge
"""What adapters ask: either one, from any thread."""


def items(source: Source, query: str, asked: Asked) -> list[Item]:
    """Search and return the hits as text, best first, in whichever thread. Raises what `KnowledgeView.search` raises."""
    if not isinstance(source, KnowledgeView | AsyncKnowledge):
        raise UsageError(
            f"a retriever asks a KnowledgeView or a KnowledgeBase, not {type(source).__name__}",
            hint="KnowledgeBase.open(FILE), KnowledgeView.connect(URI) or an open AsyncKnowledge.",
        )
    return source.wait_for(lambda view: _found(view, query, asked))


def _found(view: KnowledgeView, query: str, asked: Asked) -> list[Item]:
    hits = view.search(query, **{field.name: getattr(asked, field.name) for field in fields(asked)})
    return list(_items(view, hits))


def _items(view: KnowledgeView, hits: Sequence[Hit]) -> Iterator[Item]:
    names = view.names([hit.item for hit in hits if isinstance(hit.item, Fact)])
    for hit in hits:
        item = hit.item
        about: dict[str, Any] = {"id": item.id, "kind": "chunk", "score": hit.score, "scores": dict(hit.scores)}
        if isinstance(item, Fact):
            about |= {"kind": "fact", "status": item.status.value, "confidence": item.confidence}
        about["citations"] = [
            {"uri": c.uri, "title": c.title, "page": c.page, "start": c.start, "end": c.end, "quote": c.quote}
            for c in hit.citations
        ]
        text = fact_words(item, names) if isinstance(item, Fact) else item.text
        yield Item(item.id, text, hit.score, about)
