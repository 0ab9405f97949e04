"""Facts in brief, for walks over the graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgfuse.model import Fact
from kgfuse.protocols import Edge


def edge_of(fact: Fact) -> Edge:
    """Return a fact in brief."""
    entity = isinstance(fact.object, str)
    return Edge(fact.id, fact.subject, fact.relation, str(fact.object), entity, fact.confidence)


def surest(facts: Iterable[Fact], entity_ids: Sequence[str], most: int) -> list[Edge]:
    """Return facts in brief, in order of id; of those on one side of an entity the `most` surest."""
    asked, sides = set(entity_ids), dict[tuple[str, str], int]()
    found: dict[str, Edge] = {}
    for fact in sorted(facts, key=lambda fact: (-fact.confidence, fact.id)):
        for side, end in (("subject", fact.subject), ("object", fact.object)):
            if end in asked and sides.get((side, str(end)), 0) < most:
                sides[side, str(end)] = sides.get((side, str(end)), 0) + 1
                found[fact.id] = edge_of(fact)
    return [found[id] for id in sorted(found)]
