"""Passages in two steps: what answers a question that no single passage answers.

The first step scores passages by words and meaning. The second goes over the things that the best of them mention to other
passages that mention the same: 'the mayor of the city where X was born' names neither the city nor its mayor, the passage
about X names the one, and a passage about the city the other. What a passage adds to the words of the question that the
first lacks counts for it (the idea of alignment-based iterative evidence retrieval, Yadav, Bethard and Surdeanu 2020). No
model is asked between the steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kgfuse.config import RetrieveSettings
from kgfuse.model import Chunk, Fact, Hit
from kgfuse.protocols import Edge, FactFilter, GraphReader
from kgfuse.retrieve.crossing import ADDED, HEADED, Bridge, Crossing, cross, hopeful, nth_best
from kgfuse.retrieve.headings import NamedHeadings, is_headed
from kgfuse.retrieve.hybrid import Parts, fuse_ranks
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, ends_of, is_narrow, ranked, whole_facts
from kgfuse.retrieve.words import content_stems, held

_DEPTH = 100
"""Passages that each part ranks; one beyond that scores as the last of them by meaning, and nothing by words."""

_FACTS = 30
"""Facts that each part ranks, or twice as many as are asked for."""

_SOURCES = 10
"""Passages of the first step from which the second goes on."""

_HUB = 100
"""An entity that more passages mention than this bridges nothing."""

_NAMED = 0.2
"""What a passage scores more whose heading the question names; the best of each part scores 1."""

_EDGES = 100
"""Facts of an entity that are looked at for the path over it, on one side."""

_REACHED = 60
"""Passages that are looked at after the second step at most, the most promising."""


_READ = 20
"""Passages that are read at a time, as long as one that is left may be among the best."""


class BridgingRetriever:
    """A `Retriever`: words, meaning and the graph, then a second step over what the best passages mention.

    The parts of a hit are those of its parts and ``bridge``; a passage that was reached over an entity has the fact in its
    path that says most of it in the words of the question.
    """

    def __init__(self, store: GraphReader, settings: RetrieveSettings, parts: Parts) -> None:
        self._store = store
        self._settings = settings
        self._parts = parts

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError."""
        return fuse_ranks(self.lists(query, limit, filter), self._settings.rank_constant, limit)

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Hit]]:
        """Return the facts and the passages, each best first."""
        facts_at_most, depth = max(_FACTS, 2 * limit), max(_DEPTH, limit)
        found = self._parts.lists(query, facts_at_most, filter, depth)
        facts = fuse_ranks([lists[0] for lists in found if lists], self._settings.rank_constant, limit)
        if not admits_passages(filter):
            return [facts]
        by_words, _, by_meaning = (lists[1] if len(lists) > 1 else [] for lists in found)
        return [facts, self._passages(query, by_words, by_meaning, limit, filter)]

    def _passages(
        self, query: str, words: Sequence[Hit], meaning: Sequence[Hit], limit: int, filter: FactFilter
    ) -> list[Hit]:
        chunks: dict[str, Chunk] = {hit.item.id: hit.item for hit in (*words, *meaning) if isinstance(hit.item, Chunk)}
        first = self._first_step(words, meaning)
        headings = NamedHeadings(query)
        first = {id: score + _NAMED * headings.names(chunks[id]) for id, score in first.items()}
        total, bridges = self._bridged(query, first, self._floor(meaning), chunks, limit, filter)
        chosen = _best(total)[:limit]
        paths = self._paths(query, {bridges[id].entity for id in chosen if id in bridges}, filter)
        parts = _parts(words, meaning)
        hits = []
        for id in chosen:
            if id in chunks:
                bridge = bridges.get(id)
                scores = dict(parts.get(id, ())) | ({"bridge": bridge.score} if bridge else {})
                path = paths.get(bridge.entity, ()) if bridge else ()
                hits.append(Hit(chunks[id], total[id], tuple(sorted(scores.items())), path))
        return ranked(hits)

    def _second_step(self, first: Mapping[str, float]) -> Crossing:
        best = _best(first)[:_SOURCES]
        if not best:
            return {}
        mentions = self._store.entities_in(best)
        places = self._store.chunks_of([entity for _, entity in mentions], _HUB)
        return cross({id: first[id] for id in best}, mentions, places, self._settings.bridge_weight)

    def _bridged(
        self,
        query: str,
        first: Mapping[str, float],
        floor: float,
        chunks: dict[str, Chunk],
        limit: int,
        filter: FactFilter,
    ) -> tuple[dict[str, float], dict[str, Bridge]]:
        """Return scores after the second step and the best bridge to each passage; what is read goes into `chunks`."""
        crossing = self._second_step(first)
        asked = frozenset(content_stems(query))
        sources = {bridge.source for bridges in crossing.values() for bridge in bridges}
        said = {id: _held(asked, chunks[id]) for id in sources}
        lacking = {id: len(asked - said[id]) / max(1, len(asked)) for id in sources}
        # A narrow filter may pass few of them: there as many are read as if so many were asked for.
        promising = hopeful(first, crossing, floor, lacking, max(_REACHED, limit) if is_narrow(filter) else limit)
        total, best = dict(first), dict[str, Bridge]()
        for start in range(0, min(len(promising), max(_REACHED, limit)), _READ):
            if promising[start][1] < nth_best(total.values(), limit) and not is_narrow(filter):
                break
            ids = [id for id, _ in promising[start : start + _READ]]
            chunks |= self._store.chunks([id for id in ids if id not in chunks], filter)
            reached = {id: crossing[id] for id in ids if id in chunks}
            for id, bridge in self._bridges(reached, chunks, asked, said).items():
                best[id], total[id] = bridge, first.get(id, floor) + bridge.score
        return total, best

    def _bridges(
        self,
        crossing: Crossing,
        chunks: Mapping[str, Chunk],
        asked: frozenset[str],
        said: Mapping[str, frozenset[str]],
    ) -> dict[str, Bridge]:
        """Return the best bridge to each passage; what it tells of the `asked` that its source has not `said` counts."""
        over = {bridge.entity for bridges in crossing.values() for bridge in bridges}
        entities = {entity.id: entity for entity in self._store.entities(sorted(over))} if over else {}
        best = {}
        for id, bridges in crossing.items():
            says, weighed = _held(asked, chunks[id]), []
            for bridge in bridges:
                added = len(says - said[bridge.source]) / max(1, len(asked))
                entity = entities.get(bridge.entity)
                headed = entity is not None and is_headed(chunks[id], entity)
                weighed.append((bridge.score * (1 + ADDED * added) * (HEADED if headed else 1.0), bridge))
            score, bridge = max(weighed, key=lambda one: one[0])
            best[id] = replace(bridge, score=score)
        return best

    def _first_step(self, words: Sequence[Hit], meaning: Sequence[Hit]) -> dict[str, float]:
        """Score passages from 0 to 1: each part against its best, words for less than meaning where both are there."""
        share = self._settings.word_weight if meaning else 1.0
        by_words = {hit.item.id: hit.score / words[0].score for hit in words if words[0].score > 0}
        by_meaning = {hit.item.id: hit.score / meaning[0].score for hit in meaning if meaning[0].score > 0}
        last = min(by_meaning.values(), default=0.0)
        whole = (1.0 if meaning else 0.0) + share
        return {
            id: (max(by_meaning.get(id, last), 0.0) + share * by_words.get(id, 0.0)) / whole
            for id in {*by_words, *by_meaning}
        }

    def _floor(self, meaning: Sequence[Hit]) -> float:
        """The score of a passage that no part ranked."""
        if not meaning or meaning[0].score <= 0:
            return 0.0
        return max(0.0, meaning[-1].score / meaning[0].score) / (1 + self._settings.word_weight)

    def _paths(self, query: str, entities: set[str], filter: FactFilter) -> dict[str, tuple[Fact, ...]]:
        """The fact about each entity that holds most words of the question, among the surest."""
        asked = frozenset(content_stems(query))
        edges = self._store.edges_of(sorted(entities), _EDGES, filter) if entities else []
        names = self._store.names([end for edge in edges for end in ends_of(edge)]) if edges else {}
        told = {id: held(asked, name) for id, name in names.items()}
        best: dict[str, tuple[tuple[int, float], Edge]] = {}
        for edge in edges:
            other = told.get(edge.object, frozenset()) if edge.entity else held(asked, edge.object)
            says = told.get(edge.subject, frozenset()) | held(asked, edge.relation.replace("_", " ")) | other
            rank = (len(says), edge.confidence)
            for end in ends_of(edge):
                if end in entities and (end not in best or rank > best[end][0]):
                    best[end] = (rank, edge)
        whole = whole_facts((edge for _, edge in best.values()), self._store, filter)
        return {entity: (whole[edge.id],) for entity, (_, edge) in best.items()}


def _held(asked: frozenset[str], chunk: Chunk) -> frozenset[str]:
    return held(asked, " ".join((*chunk.heading_path, chunk.text)))


def _best(scores: Mapping[str, float]) -> list[str]:
    return [id for id, _ in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]


def _parts(*lists: Sequence[Hit]) -> dict[str, tuple[tuple[str, float], ...]]:
    parts: dict[str, tuple[tuple[str, float], ...]] = {}
    for hits in lists:
        for hit in hits:
            parts[hit.item.id] = (*parts.get(hit.item.id, ()), *hit.scores)
    return parts
