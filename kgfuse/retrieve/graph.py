"""Facts and passages around the entities that a question names."""

from __future__ import annotations

from collections import Counter
from math import log

from kgfuse.config import RetrieveSettings
from kgfuse.model import Fact, Hit
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.linking import link
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, hit, is_narrow, ranked
from kgfuse.retrieve.words import content_stems

_FANOUT = 50
"""Entities that one hop goes on to, the best reached first: a hub must not flood the neighbourhood."""

_DECAY = 0.5
"""What a fact is worth one hop further away."""

_CHUNKS = 200
"""Passages considered, those that mention most of the question's entities first."""


class NeighbourhoodRetriever:
    """A `Retriever` that walks `neighbourhood_hops` from the named entities; the part is called ``graph``.

    A fact scores by proximity x confidence x how many of the question's words its relation and its names hold; every hit
    has the path of facts that led to it.
    """

    def __init__(self, store: GraphReader, settings: RetrieveSettings) -> None:
        self._store = store
        self._hops = settings.neighbourhood_hops

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Hit]]:
        """Return the facts and the passages, each best first."""
        seeds = {
            entity.id: one.score / len(one.entities) for one in link(query, self._store) for entity in one.entities
        }
        if not seeds:
            return []
        facts = self._walk(query, seeds, filter)[:limit]
        return [facts, self._passages(seeds, limit, filter)] if admits_passages(filter) else [facts]

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return the facts around the named entities and the passages that mention them, best first."""
        return ranked([one for hits in self.lists(query, limit, filter) for one in hits])[:limit]

    def _walk(self, query: str, seeds: dict[str, float], filter: FactFilter) -> list[Hit]:
        asked = set(content_stems(query))
        reached: dict[str, tuple[float, tuple[Fact, ...]]] = {id: (score, ()) for id, score in seeds.items()}
        frontier = dict(reached)
        hits: dict[str, Hit] = {}
        for _ in range(self._hops):
            facts = self._store.facts_of(list(frontier), filter)
            names = self._names(facts)
            found: dict[str, tuple[float, tuple[Fact, ...]]] = {}
            for fact in facts:
                near, score, path = self._step(fact, frontier)
                words = content_stems(f"{fact.relation.replace('_', ' ')} {names.get(near, '')} {fact.object}")
                match = 1 + 2 * len(asked.intersection(words))
                hits.setdefault(fact.id, hit(fact, "graph", score * fact.confidence * match, (*path, fact)))
                if near not in reached and (near not in found or found[near][0] < score * match):
                    found[near] = (_DECAY * score * match, (*path, fact))
            best = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))[:_FANOUT]
            frontier = {id: (min(score, _DECAY), path) for id, (score, path) in best if id}
            reached.update(frontier)
            if not frontier:
                break
        return ranked(list(hits.values()))

    def _step(
        self, fact: Fact, frontier: dict[str, tuple[float, tuple[Fact, ...]]]
    ) -> tuple[str, float, tuple[Fact, ...]]:
        """The other end of a fact, and the score and the path of the end it was reached from."""
        object = fact.object if isinstance(fact.object, str) else ""
        ends = [
            (frontier[id], other) for id, other in ((fact.subject, object), (object, fact.subject)) if id in frontier
        ]
        (score, path), other = max(ends, key=lambda end: (end[0][0], end[1]))
        # A fact between two named entities is what a question about both is after.
        return other, sum(end[0][0] for end in ends) if len(ends) > 1 else score, path

    def _names(self, facts: list[Fact]) -> dict[str, str]:
        ids = {fact.subject for fact in facts} | {fact.object for fact in facts if isinstance(fact.object, str)}
        return {entity.id: entity.name for entity in self._store.entities(sorted(ids))}

    def _passages(self, seeds: dict[str, float], limit: int, filter: FactFilter) -> list[Hit]:
        links = self._store.chunks_of(list(seeds))
        common = Counter(entity for entity, _ in links)
        scores: dict[str, float] = {}
        for entity, chunk in links:
            scores[chunk] = scores.get(chunk, 0.0) + seeds[entity] / (1 + log(common[entity]))
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        most = min(limit, _CHUNKS)
        chunks = self._store.chunks([id for id, _ in (best if is_narrow(filter) else best[:most])], filter)
        return [hit(chunks[id], "graph", score) for id, score in best if id in chunks][:most]
