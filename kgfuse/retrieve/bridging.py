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
from kgfuse.model import Chunk, Hit
from kgfuse.protocols import Edge, FactFilter, GraphReader
from kgfuse.retrieve.crossing import ADDED, HEADED, Bridge, Crossing, cross, hopeful, nth_best
from kgfuse.retrieve.edge_words import EdgeWords
from kgfuse.retrieve.found import Found, best_first, fuse_ranks, read
from kgfuse.retrieve.headings import NamedHeadings, is_headed
from kgfuse.retrieve.hybrid import Parts
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, ends_of, is_narrow
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

_REACHED = 40
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
        found = fuse_ranks(self.lists(query, limit, filter), self._settings.rank_constant, limit)
        return read(found, self._store, filter)

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Found]]:
        """Return the facts and the passages, each best first."""
        facts_at_most, depth = max(_FACTS, 2 * limit), max(_DEPTH, limit)
        found = self._parts.lists(query, facts_at_most, filter, depth)
        facts = fuse_ranks([lists[0] for lists in found if lists], self._settings.rank_constant, limit)
        if not admits_passages(filter):
            return [facts]
        by_words, _, by_meaning = (lists[1] if len(lists) > 1 else [] for lists in found)
        return [facts, self._passages(query, by_words, by_meaning, limit, filter)]

    def _passages(
        self, query: str, words: Sequence[Found], meaning: Sequence[Found], limit: int, filter: FactFilter
    ) -> list[Found]:
        text = _Texts(query, self._store, filter)
        first = self._first_step(words, meaning)
        # Only of these can the heading decide which are the best.
        least = nth_best(first.values(), max(_SOURCES, limit)) - _NAMED
        text.read([id for id, score in first.items() if score >= least])
        first = {id: score + text.bonus(id) for id, score in first.items()}
        total, bridges = self._bridged(text, first, self._floor(meaning), limit, filter)
        chosen = _best(total)[:limit]
        paths = self._paths(text.asked, {bridges[id].entity for id in chosen if id in bridges}, filter)
        parts = _parts(words, meaning)
        found = []
        for id in chosen:
            bridge = bridges.get(id)
            scores = dict(parts.get(id, ())) | ({"bridge": bridge.score} if bridge else {})
            path = paths.get(bridge.entity, ()) if bridge else ()
            found.append(Found(id, False, total[id], tuple(sorted(scores.items())), path))
        return best_first(found)

    def _second_step(self, first: Mapping[str, float]) -> Crossing:
        best = _best(first)[:_SOURCES]
        if not best:
            return {}
        mentions = self._store.entities_in(best)
        places = self._store.chunks_of([entity for _, entity in mentions], _HUB)
        return cross({id: first[id] for id in best}, mentions, places, self._settings.bridge_weight)

    def _bridged(
        self, text: _Texts, first: Mapping[str, float], floor: float, limit: int, filter: FactFilter
    ) -> tuple[dict[str, float], dict[str, Bridge]]:
        """Return scores after the second step and the best bridge to each passage."""
        crossing = self._second_step(first)
        asked = len(text.asked)
        sources = {bridge.source for bridges in crossing.values() for bridge in bridges}
        lacking = {id: 1 - len(text.held(id)) / max(1, asked) for id in sources}
        unread = dict.fromkeys(first.keys() - text.chunks.keys(), _NAMED)
        # A narrow filter may pass few of them: there as many are read as if so many were asked for.
        many = max(_REACHED, limit) if is_narrow(filter) else limit
        promising = hopeful(first, unread, crossing, floor, lacking, many)
        total, best = dict(first), dict[str, Bridge]()
        for start in range(0, min(len(promising), max(_REACHED, limit)), _READ):
            if promising[start][1] < nth_best(total.values(), many):
                break
            ids = [id for id, _ in promising[start : start + _READ]]
            text.read(ids)
            reached = {id: crossing[id] for id in ids if id in text.chunks}
            for id, bridge in self._bridges(reached, text).items():
                base = first[id] + (text.bonus(id) if id in unread else 0.0) if id in first else floor
                best[id], total[id] = bridge, base + bridge.score
        return total, best

    def _bridges(self, crossing: Crossing, text: _Texts) -> dict[str, Bridge]:
        """Return the best bridge to each passage; what it tells of the asked that its source has not said counts."""
        over = {bridge.entity for bridges in crossing.values() for bridge in bridges}
        entities = {entity.id: entity for entity in self._store.entities(sorted(over))} if over else {}
        best = {}
        for id, bridges in crossing.items():
            says, weighed = text.held(id), []
            for bridge in bridges:
                added = len(says - text.held(bridge.source)) / max(1, len(text.asked))
                entity = entities.get(bridge.entity)
                headed = entity is not None and is_headed(text.chunks[id], entity)
                weighed.append((bridge.score * (1 + ADDED * added) * (HEADED if headed else 1.0), bridge))
            score, bridge = max(weighed, key=lambda one: one[0])
            best[id] = replace(bridge, score=score)
        return best

    def _first_step(self, words: Sequence[Found], meaning: Sequence[Found]) -> dict[str, float]:
        """Score passages from 0 to 1: each part against its best, words for less than meaning where both are there."""
        share = self._settings.word_weight if meaning else 1.0
        by_words = {one.id: one.score / words[0].score for one in words if words[0].score > 0}
        by_meaning = {one.id: one.score / meaning[0].score for one in meaning if meaning[0].score > 0}
        last = min(by_meaning.values(), default=0.0)
        whole = (1.0 if meaning else 0.0) + share
        return {
            id: (max(by_meaning.get(id, last), 0.0) + share * by_words.get(id, 0.0)) / whole
            for id in {*by_words, *by_meaning}
        }

    def _floor(self, meaning: Sequence[Found]) -> float:
        """The score of a passage that no part ranked."""
        if not meaning or meaning[0].score <= 0:
            return 0.0
        return max(0.0, meaning[-1].score / meaning[0].score) / (1 + self._settings.word_weight)

    def _paths(self, asked: frozenset[str], entities: set[str], filter: FactFilter) -> dict[str, tuple[Edge, ...]]:
        """The fact about each entity that holds most words of the question, among the surest."""
        edges = self._store.edges_of(sorted(entities), _EDGES, filter) if entities else []
        words = EdgeWords(asked, edges, self._store)
        best: dict[str, tuple[tuple[int, float], Edge]] = {}
        for edge in edges:
            rank = (len(words.subject(edge) | words.relation(edge) | words.object(edge)), edge.confidence)
            for end in ends_of(edge):
                if end in entities and (end not in best or rank > best[end][0]):
                    best[end] = (rank, edge)
        return {entity: (edge,) for entity, (_, edge) in best.items()}


class _Texts:
    """The passages that were read, and what of the question they hold."""

    def __init__(self, query: str, store: GraphReader, filter: FactFilter) -> None:
        self.asked = frozenset(content_stems(query))
        self.chunks: dict[str, Chunk] = {}
        self._headings = NamedHeadings(query)
        self._store, self._filter = store, filter
        self._held: dict[str, frozenset[str]] = {}

    def read(self, ids: Sequence[str]) -> None:
        """Read those of the passages that were not."""
        if lacking := [id for id in ids if id not in self.chunks]:
            self.chunks |= self._store.chunks(lacking, self._filter)

    def bonus(self, id: str) -> float:
        """What a passage scores more for its heading, as far as it was read."""
        return _NAMED * (id in self.chunks and self._headings.names(self.chunks[id]))

    def held(self, id: str) -> frozenset[str]:
        """The stems of the question that a passage and the headings above it hold."""
        if id not in self._held:
            chunk = self.chunks.get(id)
            words = " ".join((*chunk.heading_path, chunk.text)) if chunk else ""
            self._held[id] = held(self.asked, words)
        return self._held[id]


def _best(scores: Mapping[str, float]) -> list[str]:
    return [id for id, _ in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]


def _parts(*lists: Sequence[Found]) -> dict[str, tuple[tuple[str, float], ...]]:
    parts: dict[str, tuple[tuple[str, float], ...]] = {}
    for found in lists:
        for one in found:
            parts[one.id] = (*parts.get(one.id, ()), *one.scores)
    return parts
