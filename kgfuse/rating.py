"""The wiring of `kgfuse evaluate retrieval`: a knowledge base asked its owner's questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from kgfuse.knowledge_base import KnowledgeBase
from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.evaluation import DEPTH, Ranking, RatedQuestion, RetrievalScores, score

_PARTS = ("full_text", "vector", "graph")


def rate(base: KnowledgeBase, questions: Sequence[RatedQuestion], mode: str = "auto") -> RetrievalScores:
    """Ask every question and score what is found. Raises NotFound or Ambiguous for a document that no file is."""
    return score(_rankings(base, questions, mode))


def _rankings(base: KnowledgeBase, questions: Sequence[RatedQuestion], mode: str) -> Iterator[Ranking]:
    for rated in questions:
        wanted = {base.ledger.find_document(name).id: name for name in rated.relevant}
        found = documents_of(base, base.search(rated.question, limit=DEPTH, as_of=rated.as_of, mode=mode))
        yield Ranking(rated, wanted, found, partial(_by_part, base, rated))


def _by_part(base: KnowledgeBase, rated: RatedQuestion) -> Mapping[str, Sequence[str]]:
    return {
        part: documents_of(base, base.search(rated.question, limit=DEPTH, as_of=rated.as_of, mode=part))
        for part in _PARTS
    }


def documents_of(base: KnowledgeBase, hits: Sequence[Hit]) -> list[str]:
    """Return the documents that hits were read in, best first."""
    found: list[str] = []
    for hit in hits:
        if isinstance(hit.item, Chunk):
            found.append(hit.item.document_id)
        else:
            found += [citation.document_id for citation in base.cite(hit.item)]
    return list(dict.fromkeys(found))
