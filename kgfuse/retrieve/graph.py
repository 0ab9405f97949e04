"""Facts and passages around the entities that a question is about."""

from __future__ import annotations

from collections import Counter
from math import log

from kgfuse.config import RetrieveSettings
from kgfuse.model import Hit
from kgfuse.protocols import Edge, FactFilter, GraphReader
from kgfuse.retrieve.edge_words import EdgeWords
from kgfuse.retrieve.found import Found, best_first, best_of, fact, passage, read
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, is_narrow
from kgfuse.retrieve.seeds import seeds
from kgfuse.retrieve.vector import VectorRetriever
from kgfuse.retrieve.words import content_stems

_FANOUT = 20
"""Entities that one hop goes on to, the best reached first: a hub must not flood the neighbourhood."""

_DECAY = 0.5
"""What a fact is worth one hop further away."""

_EDGES, _LEAST = 200, 10
"""Facts that one hop looks at on one side, and the least of each entity: the surest of each."""

_HUB = 500
"""An entity that more passages mention than this leads to none of them by itself."""

_CHUNKS = 200
"""Passages considered, those that mention most of the question's entities first."""


class NeighbourhoodRetriever:
    """A `Retriever` that walks `neighbourhood_hops` from the entities of a question; the part is called ``graph``.

    These are the named ones; where none is named, those whose names are nearest in `meaning`.

    A fact scores by proximity x confidence x how many of the question's words its relation and its names hold; every hit
    has the path of facts that led to it.
    """

    def __init__(self, store: GraphReader, settings: RetrieveSettings, meaning: VectorRetriever | None = None) -> None:
        self._store = store
        self._hops = settings.neighbourhood_hops
        self._meaning = meaning

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Found]]:
        """Return the facts and the passages, each best first."""
        start = seeds(query, self._store, self._meaning, past=filter.past)
        if not start:
            return []
        facts = self._facts(query, start, limit, filter)
        return [facts, self._passages(start, limit, filter)] if admits_passages(filter) else [facts]

    def facts(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Found]:
        """Return the facts alone, best first."""
        start = seeds(query, self._store, self._meaning, past=filter.past)
        return self._facts(query, start, limit, filter) if start else []

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return the facts around the named entities and the passages that mention them, best first."""
        return read(best_of(self.lists(query, limit, filter), limit), self._store, filter)

    def _facts(self, query: str, start: dict[str, float], limit: int, filter: FactFilter) -> list[Found]:
        return best_first(self._walk(query, start, filter).values())[:limit]

    def _walk(self, query: str, start: dict[str, float], filter: FactFilter) -> dict[str, Found]:
        """Return the facts that are reached, by id."""
        asked = frozenset(content_stems(query))
        frontier: dict[str, tuple[float, tuple[Edge, ...]]] = {id: (score, ()) for id, score in start.items()}
        reached = set(frontier)
        found: dict[str, Found] = {}
        for _ in range(self._hops):
            edges = self._store.edges_of(list(frontier), max(_LEAST, _EDGES // len(frontier)), filter)
            words = EdgeWords(asked, edges, self._store)
            further: dict[str, tuple[float, tuple[Edge, ...]]] = {}
            for edge in edges:
                near, score, path = _step(edge, frontier)
                says = words.subject(edge) if near == edge.subject else words.object(edge)
                match = 1 + 2 * len(words.relation(edge) | says)
                path = (*path, edge)
                if edge.id not in found:
                    found[edge.id] = fact(edge.id, "graph", score * edge.confidence * match, path)
                if edge.entity and near not in reached:
                    worth, known = _DECAY * score * match, further.get(near)
                    if known is None or known[0] < worth:
                        further[near] = (worth, path)
            best = sorted(further.items(), key=lambda item: (-item[1][0], item[0]))[:_FANOUT]
            frontier = {id: (min(score, _DECAY), path) for id, (score, path) in best}
            reached.update(frontier)
            if not frontier:
                break
        return found

    def _passages(self, start: dict[str, float], limit: int, filter: FactFilter) -> list[Found]:
        links = self._store.chunks_of(list(start), _HUB)
        common = Counter(entity for entity, _ in links)
        hubs = start.keys() - common.keys()
        if hubs and links:  # what is mentioned everywhere says which of the others' passages are about both
            near = sorted({chunk for _, chunk in links})
            links += [(entity, chunk) for chunk, entity in self._store.entities_in(near) if entity in hubs]
        scores: dict[str, float] = {}
        for entity, chunk in links:
            scores[chunk] = scores.get(chunk, 0.0) + start[entity] / (1 + log(common.get(entity, _HUB)))
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        most = min(limit, _CHUNKS)
        if is_narrow(filter):
            admitted = self._store.chunks([id for id, _ in best], filter)
            best = [(id, score) for id, score in best if id in admitted]
        return [passage(id, "graph", score) for id, score in best[:most]]


def _step(edge: Edge, frontier: dict[str, tuple[float, tuple[Edge, ...]]]) -> tuple[str, float, tuple[Edge, ...]]:
    """The other end of a fact, and the score and the path of the end it was reached from."""
    object = edge.object if edge.entity else ""
    one, other = frontier.get(edge.subject), frontier.get(object)
    if other is None:
        assert one is not None
        return object, *one
    if one is None:
        return edge.subject, *other
    # A fact between two named entities is what a question about both is after.
    (_, path), end = max((one, object), (other, edge.subject), key=lambda end: (end[0][0], end[1]))
    return end, one[0] + other[0], path
