"""What is found, by id, before it is read: many are ranked, few are returned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgfuse.model import Chunk, Fact, Hit
from kgfuse.protocols import Edge, FactFilter, GraphReader
from kgfuse.retrieve.parts import whole_facts


@dataclass(frozen=True, slots=True)
class Found:
    """A fact or a passage, its scores by part, and the facts that led to it, as a walk sees them (a fact itself last)."""

    id: str
    is_fact: bool
    score: float
    scores: tuple[tuple[str, float], ...]
    path: tuple[Edge, ...] = ()


def fact(id: str, part: str, score: float, path: tuple[Edge, ...] = ()) -> Found:
    """Return a fact that a single part found."""
    return Found(id, True, score, ((part, score),), path)


def passage(id: str, part: str, score: float, path: tuple[Edge, ...] = ()) -> Found:
    """Return a passage that a single part found."""
    return Found(id, False, score, ((part, score),), path)


def best_first(found: Iterable[Found]) -> list[Found]:
    """Order by score; equal scores by id."""
    return sorted(found, key=lambda one: (-one.score, one.id))


def best_of(lists: Sequence[Sequence[Found]], limit: int) -> list[Found]:
    """Return the best of lists whose scores compare."""
    return best_first(one for found in lists for one in found)[:limit]


def fuse_ranks(lists: Sequence[Sequence[Found]], k: int, limit: int | None = None) -> list[Found]:
    """Fuse ranked lists by reciprocal rank; equal scores in order of id, so that the order of the lists does not matter.

    An item scores ``sum over lists 1 / (k + rank)``, ranks from 1; it keeps what each part said, and the first path.
    """
    same: dict[str, list[Found]] = defaultdict(list)
    scores: dict[str, float] = defaultdict(float)
    for found in lists:
        for rank, one in enumerate(found, 1):
            same[one.id].append(one)
            scores[one.id] += 1 / (k + rank)
    best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return [_together(same[id], score) for id, score in best]


def _together(same: Sequence[Found], score: float) -> Found:
    parts = {part: value for one in same for part, value in one.scores}
    path = next((one.path for one in same if one.path), ())
    return Found(same[0].id, same[0].is_fact, score, tuple(sorted(parts.items())), path)


def read(found: Sequence[Found], store: GraphReader, filter: FactFilter) -> list[Hit]:
    """Read what was found, in this order; what has gone meanwhile is left out."""
    facts: dict[str, Fact] = whole_facts({edge.id: edge for one in found for edge in one.path}.values(), store, filter)
    if others := [one.id for one in found if one.is_fact and one.id not in facts]:
        facts |= {fact.id: fact for fact in store.facts(filter, others)}
    passages = [one.id for one in found if not one.is_fact]
    chunks: dict[str, Chunk] = store.chunks(passages, filter) if passages else {}
    hits = []
    for one in found:
        item = facts.get(one.id) if one.is_fact else chunks.get(one.id)
        if item is not None:
            path = tuple(facts[edge.id] for edge in one.path if edge.id in facts)
            hits.append(Hit(item, one.score, one.scores, path))
    return hits
