"""The entities that a question is about: those it names, else those whose names mean what it says."""

from __future__ import annotations

from kgfuse.protocols import GraphReader
from kgfuse.retrieve.linking import link
from kgfuse.retrieve.vector import VectorRetriever

_LIKELY = 3
"""Entities that a question without a known name is taken to be about."""

_ALIKE = 0.5
"""Least cosine similarity of a question and such an entity's names and type. With the bundled model and the entities of
the tests' corpus, paraphrases ('nordic wind power company', 'windmills') reach 0.6 to 0.7, questions about what is not
there 0.2 to 0.4 and misspelt names 0.4: a likeness of letters is not one of meaning."""


_DIGITS = 4
"""Of a similarity, so that stores that reckon it in another precision agree on the order of what follows from it."""


def seeds(query: str, store: GraphReader, meaning: VectorRetriever | None, *, past: bool = False) -> dict[str, float]:
    """Return ids and weights in (0, 1]; namesakes share the weight of their name. Raises ModelError.

    With `past`, former entities are found as well.
    """
    named = {
        entity.id: one.score / len(one.entities) for one in link(query, store, past=past) for entity in one.entities
    }
    if named or meaning is None:
        return named
    near = meaning.entities(query, _LIKELY)
    return {id: round(score, _DIGITS) for id, score in near if score >= _ALIKE}
