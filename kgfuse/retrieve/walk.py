"""A random walk over facts and passages that keeps going back to what the question means: the idea of HippoRAG 2.

Seeds are the entities of the facts nearest to the question, and weakly the passages nearest to it (Gutiérrez et al. 2025),
in the numbers and with the weights of the paper's code. The walk goes along facts, by their confidence, and between
entities and the passages that mention them. HippoRAG walks the whole graph; here it is the neighbourhood of the seeds, so
that a question costs the same in a large graph, and without the passages of what the second hop leads to, for hardly any of
the walk gets there (`benchmarks.retrieval` finds the same). HippoRAG has edges between like names as well: with our merged
entities they brought nothing there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from kgfuse.config import RetrieveSettings
from kgfuse.graph.edges import edge_of
from kgfuse.model import Fact, Hit
from kgfuse.protocols import Edge, Embedder, FactFilter, GraphReader
from kgfuse.retrieve.found import Found, fact, fuse_ranks, passage, read
from kgfuse.retrieve.full_text import FullTextRetriever
from kgfuse.retrieve.linking import link
from kgfuse.retrieve.pagerank import personalised_pagerank
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, ends_of, is_narrow
from kgfuse.retrieve.vector import Meant, VectorRetriever

_SEED_FACTS, _SEED_ENTITIES, _SEED_PASSAGES = 5, 5, 200
"""Facts nearest to the question, the strongest of their entities (both HippoRAG 2's values) and passages (there: all)."""

_PASSAGE_WEIGHT = 0.05
"""What the nearest passage counts for as a seed beside a fact (HippoRAG 2's value); the last of them counts for nothing."""

_FANOUT = 50
"""Entities that the second hop goes on from, those first that most facts lead to: six times as many found no more."""

_EDGES, _FURTHER = 200, 10
"""Facts that are looked at on one side of a seed, and of what it leads to: the surest. Fifty of these found no more."""

_HUB = 100
"""An entity that more passages mention than this leads to none of them."""


class WalkRetriever:
    """A `Retriever`; the part is called ``pagerank``. Without an embedder the seeds are what words find.

    Where no fact is found, the walk starts from the entities that the question names.
    """

    def __init__(
        self, store: GraphReader, settings: RetrieveSettings, embedder: Callable[[], Embedder] | None = None
    ) -> None:
        self._store = store
        self._rank_constant = settings.rank_constant
        self._words = FullTextRetriever(store)
        self._meaning = VectorRetriever(store, embedder) if embedder is not None else None

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError."""
        found = fuse_ranks(self.lists(query, limit, filter), self._rank_constant, limit)
        return read(found, self._store, filter)

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Found]]:
        """Return the facts and the passages, each best first."""
        if self._meaning is None:
            facts, *passages = self._words.lists(query, _SEED_FACTS, filter, _SEED_PASSAGES)
            return self._walk(query, limit, filter, Meant(lambda: facts, lambda: passages[0] if passages else []))
        with self._meaning.ahead(query, _SEED_FACTS, filter, _SEED_PASSAGES) as near:
            return self._walk(query, limit, filter, near)

    def _walk(self, query: str, limit: int, filter: FactFilter, near: Meant) -> list[list[Found]]:
        """Rank what the walk reaches; the passages near the question may still be looked for when it begins."""
        seeds, why = self._seeds(read(near.facts(), self._store, filter))
        if not seeds:
            named = link(query, self._store, past=filter.past)
            seeds = {entity.id: 1.0 for one in named for entity in one.entities}
        facts, inner = self._neighbourhood(seeds, filter)
        mentions = self._store.chunks_of(inner, _HUB)
        weak = _weights(near.passages())
        mentions += [(entity, chunk) for chunk, entity in self._store.entities_in(sorted(weak))]
        edges = [(one.subject, one.object, max(one.confidence, 0.01)) for one in facts if one.entity]
        edges += [(entity, chunk, 1.0) for entity, chunk in dict.fromkeys(mentions)]
        shares = personalised_pagerank(edges, {**seeds, **weak})
        worth = {one.id: one.confidence * sum(shares.get(end, 0.0) for end in ends_of(one)) for one in facts}
        first = sorted(facts, key=lambda one: (-worth[one.id], one.id))[:limit]
        told = [fact(one.id, "pagerank", worth[one.id], (*why.get(one.subject, ()), one)) for one in first]
        if not admits_passages(filter):
            return [told]
        return [
            told,
            self._passages(shares, {chunk for _, chunk in mentions} | weak.keys(), mentions, why, limit, filter),
        ]

    def _seeds(self, near: Sequence[Hit]) -> tuple[dict[str, float], dict[str, tuple[Edge, ...]]]:
        """Return the weights of the seed entities, and the fact for which each is one."""
        best = max((one.score for one in near), default=0.0)
        weights: defaultdict[str, list[float]] = defaultdict(list)
        why: dict[str, tuple[Edge, ...]] = {}
        for one in near:
            assert isinstance(one.item, Fact)
            for end in (one.item.subject, one.item.object):
                if isinstance(end, str) and best > 0:
                    weights[end].append(one.score / best)
                    why.setdefault(end, (edge_of(one.item),))
        spread: dict[str, int] = defaultdict(int)
        for entity, _ in self._store.chunks_of(sorted(weights), _HUB):
            spread[entity] += 1
        seeds = {id: sum(all) / len(all) / max(1, spread[id]) for id, all in weights.items()}
        first = sorted(seeds.items(), key=lambda one: (-one[1], one[0]))[:_SEED_ENTITIES]
        return dict(first), why

    def _neighbourhood(self, seeds: Mapping[str, float], filter: FactFilter) -> tuple[list[Edge], list[str]]:
        """Return the facts of two hops, and the entities that they are facts of."""
        first = self._store.edges_of(sorted(seeds), _EDGES, filter)
        reached = Counter(end for edge in first for end in ends_of(edge) if end not in seeds)
        further = sorted(reached, key=lambda one: (-reached[one], one))[:_FANOUT]
        second = self._store.edges_of(further, _FURTHER, filter)
        return list({edge.id: edge for edge in (*first, *second)}.values()), [*seeds, *further]

    def _passages(
        self,
        shares: Mapping[str, float],
        places: set[str],
        mentions: Sequence[tuple[str, str]],
        why: Mapping[str, tuple[Edge, ...]],
        limit: int,
        filter: FactFilter,
    ) -> list[Found]:
        ids = sorted(places.intersection(shares), key=lambda one: (-shares[one], one))
        if is_narrow(filter):
            admitted = self._store.chunks(ids, filter)
            ids = [id for id in ids if id in admitted]
        paths = {chunk: why[entity] for entity, chunk in mentions if entity in why}
        return [passage(id, "pagerank", shares[id], paths.get(id, ())) for id in ids[:limit]]


def _weights(passages: Sequence[Found]) -> dict[str, float]:
    """What each passage counts for as a seed: from nothing for the last to `_PASSAGE_WEIGHT` for the first."""
    scores = [one.score for one in passages]
    best, last = max(scores, default=0.0), min(scores, default=0.0)
    if best <= last:
        return dict.fromkeys((one.id for one in passages), _PASSAGE_WEIGHT)
    return {one.id: _PASSAGE_WEIGHT * (one.score - last) / (best - last) for one in passages if one.score > last}
