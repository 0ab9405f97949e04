"""What retrievers and answers share: a ranked list of hits, the passages that a filter lets through, citations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from kgfuse.model import Chunk, Citation, Fact, Hit
from kgfuse.protocols import EVERYTHING, Edge, FactFilter, GraphReader

__all__ = [
    "EVERYTHING",
    "Cite",
    "admits_passages",
    "citations_of",
    "ends_of",
    "ends_of_facts",
    "is_narrow",
    "ranked",
    "whole_facts",
]

Cite = Callable[[Fact | Chunk], Sequence[Citation]]
"""Gives the places that carry a fact or a chunk."""


def admits_passages(filter: FactFilter) -> bool:
    """Whether passages may be returned under a filter.

    A passage has no relation, status or confidence, and the store does not know when it came in. So a filter on what was
    believed then (`known_at`) or on any of these returns facts alone: nothing read later can leak. `as_of` and
    `valid_during` are about the world, of which later documents may tell, and let passages through.
    """
    return (
        filter.known_at is None and filter.relation is None and not filter.statuses and filter.minimum_confidence == 0.0
    )


def is_narrow(filter: FactFilter) -> bool:
    """Whether a filter keeps passages of some sources, or about some types, alone."""
    return bool(filter.sources or filter.types)


def whole_facts(edges: Iterable[Edge], store: GraphReader, filter: FactFilter) -> dict[str, Fact]:
    """Return the facts that a walk saw in brief, by id."""
    edges = list(edges)
    if filter.past:  # where the facts of what was merged are facts of what it is now
        ends = {end for edge in edges for end in ends_of(edge)}
        return {fact.id: fact for fact in store.facts_of(sorted(ends), filter)}
    return {fact.id: fact for fact in store.facts(filter, sorted({edge.id for edge in edges}))}


def ends_of(edge: Edge) -> tuple[str, ...]:
    """Return the entities that a fact is about."""
    return (edge.subject, edge.object) if edge.entity else (edge.subject,)


def ends_of_facts(facts: Iterable[Fact]) -> list[str]:
    """Return the entities that facts are about, in order of id."""
    return sorted({end for fact in facts for end in (fact.subject, fact.object) if isinstance(end, str)})


def ranked(hits: list[Hit]) -> list[Hit]:
    """Return hits best first; equal scores in order of id."""
    return sorted(hits, key=lambda one: (-one.score, one.item.id))


def citations_of(items: Iterable[Fact | Chunk], cite: Cite) -> tuple[Citation, ...]:
    """Return the places that carry all of these, each once."""
    return tuple(dict.fromkeys(citation for item in items for citation in cite(item)))
