"""What a thing is called: whether facts and sentences about it bear out a description."""

from __future__ import annotations

from dataclasses import replace

from kgfuse.model import Entity
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.parts import admits_passages
from kgfuse.retrieve.passages import sentences_of
from kgfuse.retrieve.sentences import names_of
from kgfuse.retrieve.words import content_stems, holds_name
from kgfuse.wording import fact_words

_MOST_PASSAGES = 50
"""Passages of a thing that are looked at for its description."""


def is_called(entity: Entity, called: frozenset[str], store: GraphReader, filter: FactFilter) -> bool:
    """Whether a fact about a thing, or a sentence that names it, has all of some words (their stems)."""
    facts = store.facts_of([entity.id], replace(filter, as_of=None, valid_during=None))
    names = names_of(facts, store)
    if any(called <= set(content_stems(fact_words(fact, names))) for fact in facts):
        return True
    if not admits_passages(filter):
        return False
    chunks = sorted(chunk for _, chunk in store.chunks_of([entity.id]))[:_MOST_PASSAGES]
    return any(
        called <= set(content_stems(sentence))
        and any(holds_name(sentence.lower(), name.lower()) for name in (entity.name, *entity.aliases))
        for chunk in store.chunks(chunks, filter).values()
        for _, sentence in sentences_of(chunk.text)
    )
