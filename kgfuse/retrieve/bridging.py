"""Passages in two steps: what answers a question that no single passage answers.

The first step scores passages by words and meaning. The second goes over the things that the best of them mention to other
passages that mention the same: 'the mayor of the city where X was born' names neither the city nor its mayor, the passage
about X names the one, and a passage about the city the other. What a passage adds to the words of the question that the
first lacks counts for it (the idea of alignment-based iterative evidence retrieval, Yadav, Bethard and Surdeanu 2020). No
model is asked between the steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kgfuse.config import RetrieveSettings
from kgfuse.model import Chunk, Fact, Hit
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.full_text import FullTextRetriever
from kgfuse.retrieve.graph import NeighbourhoodRetriever
from kgfuse.retrieve.headings import NamedHeadings, is_headed
from kgfuse.retrieve.hybrid import fuse_ranks
from kgfuse.retrieve.parts import EVERYTHING, admits_passages, is_narrow, ranked
from kgfuse.retrieve.sentences import names_of
from kgfuse.retrieve.vector import VectorRetriever
from kgfuse.retrieve.words import content_stems, held

_DEPTH = 100
"""Passages that each part ranks; one beyond that scores as the last of them by meaning, and nothing by words."""

_FACTS = 30
"""Facts that each part ranks, or twice as many as are asked for."""

_SOURCES = 10
"""Passages of the first step from which the second goes on."""

_HUB = 100
"""An entity that more passages mention than this bridges nothing."""

_HEADED = 2.0
"""What a bridge is worth more to a passage whose heading is the entity's name: it is about it."""

_ADDED = 1.0
"""What a bridge is worth more to a passage that holds all words of the question, none of which its source has."""

_NAMED = 0.2
"""What a passage scores more whose heading the question names; the best of each part scores 1."""

_REACHED = 60
"""Passages that are looked at after the second step at most, the most promising."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a passage was reached: from which one, over which entity, and what that was worth."""

    source: str
    entity: str
    score: float


Crossing = dict[str, dict[str, Bridge]]
"""Passage -> entity -> the best bridge to it over this entity."""


def cross(
    scores: Mapping[str, float],
    mentions: Sequence[tuple[str, str]],
    places: Sequence[tuple[str, str]],
    weight: float,
) -> Crossing:
    """Return the bridges to each passage, one an entity.

    `scores` are those of the passages that are started from, `mentions` their ``(passage, entity)`` and `places` the
    ``(entity, passage)`` one can get to. A bridge is worth ``weight x score / sqrt(passages that mention the entity)``: what
    is mentioned everywhere says little. Ties are broken by id.
    """
    reach: dict[str, list[str]] = defaultdict(list)
    for entity, passage in places:
        reach[entity].append(passage)
    found: Crossing = defaultdict(dict)
    for source, entity in sorted(mentions):
        targets = reach.get(entity, ())
        worth = weight * scores[source] / max(1, len(targets)) ** 0.5
        for target in targets:
            if target != source:
                known = found[target].get(entity)
                if known is None or worth > known.score:
                    found[target][entity] = Bridge(source, entity, worth)
    return dict(found)


def _hopeful(
    first: Mapping[str, float], crossing: Crossing, floor: float, lacking: Mapping[str, float], many: int
) -> list[str]:
    """Return the passages reached that may be among the `many` best once it is known what they hold, the likeliest first.

    `lacking` is the share of the question's words that each source lacks.
    """
    base = {id: first.get(id, floor) for id in crossing}
    over = {id: max(bridge.score for bridge in by.values()) for id, by in crossing.items()}
    sure = sorted([*(base[id] + over[id] for id in crossing), *(first[id] for id in first.keys() - crossing.keys())])
    least = sure[-many] if many < len(sure) else 0.0
    most = {
        id: base[id] + _HEADED * max(one.score * (1 + _ADDED * lacking[one.source]) for one in by.values())
        for id, by in crossing.items()
    }
    return [id for id in _best(most)[: max(_REACHED, many)] if most[id] >= least]


class BridgingRetriever:
    """A `Retriever`: words, meaning and the graph, then a second step over what the best passages mention.

    The parts of a hit are those of its parts and ``bridge``; a passage that was reached over an entity has the fact in its
    path that says most of it in the words of the question.
    """

    def __init__(
        self,
        store: GraphReader,
        settings: RetrieveSettings,
        words: FullTextRetriever,
        near: NeighbourhoodRetriever,
        meaning: VectorRetriever | None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._words, self._near, self._meaning = words, near, meaning

    def retrieve(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[Hit]:
        """Return facts and passages, best first. Raises ModelError."""
        return fuse_ranks(self.lists(query, limit, filter), self._settings.rank_constant)[:limit]

    def lists(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[list[Hit]]:
        """Return the facts and the passages, each best first."""
        facts_at_most, depth = max(_FACTS, 2 * limit), max(_DEPTH, limit)
        found = [self._words.lists(query, facts_at_most, filter, depth), self._near.lists(query, facts_at_most, filter)]
        if self._meaning is not None:
            found.append(self._meaning.lists(query, facts_at_most, filter, depth))
        facts = fuse_ranks([lists[0] for lists in found if lists], self._settings.rank_constant)
        if not admits_passages(filter):
            return [facts[:limit]]
        words, _, meaning = [*[lists[1] if len(lists) > 1 else [] for lists in found], []][:3]
        return [facts[:limit], self._passages(query, words, meaning, limit, filter)]

    def _passages(
        self, query: str, words: Sequence[Hit], meaning: Sequence[Hit], limit: int, filter: FactFilter
    ) -> list[Hit]:
        chunks: dict[str, Chunk] = {hit.item.id: hit.item for hit in (*words, *meaning) if isinstance(hit.item, Chunk)}
        first = self._first_step(words, meaning)
        headings = NamedHeadings(query)
        first = {id: score + _NAMED * headings.names(chunks[id]) for id, score in first.items()}
        floor = self._floor(meaning)
        crossing = self._second_step(first)
        asked = frozenset(content_stems(query))
        sources = {bridge.source for bridges in crossing.values() for bridge in bridges.values()}
        said = {id: _held(asked, chunks[id]) for id in sources}
        lacking = {id: len(asked - said[id]) / max(1, len(asked)) for id in sources}
        hopeful = _hopeful(first, crossing, floor, lacking, max(_REACHED, limit) if is_narrow(filter) else limit)
        chunks |= self._store.chunks([id for id in hopeful if id not in chunks], filter)
        bridges = self._bridges({id: crossing[id] for id in hopeful if id in chunks}, chunks, asked, said)
        total = {id: first.get(id, floor) + (bridges[id].score if id in bridges else 0.0) for id in {*first, *bridges}}
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

    def _bridges(
        self,
        crossing: Crossing,
        chunks: Mapping[str, Chunk],
        asked: frozenset[str],
        said: Mapping[str, frozenset[str]],
    ) -> dict[str, Bridge]:
        """Return the best bridge to each passage; what it tells of the `asked` that its source has not `said` counts."""
        over = {entity for bridges in crossing.values() for entity in bridges}
        entities = {entity.id: entity for entity in self._store.entities(sorted(over))} if over else {}
        best = {}
        for id, bridges in crossing.items():
            says, weighed = _held(asked, chunks[id]), []
            for entity, bridge in sorted(bridges.items()):
                added = len(says - said[bridge.source]) / max(1, len(asked))
                headed = entity in entities and is_headed(chunks[id], entities[entity])
                weighed.append(
                    replace(bridge, score=bridge.score * (1 + _ADDED * added) * (_HEADED if headed else 1.0))
                )
            best[id] = max(weighed, key=lambda one: one.score)
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
        asked = set(content_stems(query))
        facts = self._store.facts_of(sorted(entities), filter) if entities else []
        names = names_of(facts, self._store)
        best: dict[str, tuple[tuple[int, float], Fact]] = {}
        for fact in facts:
            told = [names.get(str(end), str(end)) for end in (fact.subject, fact.object)]
            common = len(asked.intersection(content_stems(f"{told[0]} {fact.relation.replace('_', ' ')} {told[1]}")))
            for end in (fact.subject, fact.object):
                if isinstance(end, str) and end in entities:
                    rank = (common, fact.confidence)
                    if end not in best or rank > best[end][0]:
                        best[end] = (rank, fact)
        return {entity: (fact,) for entity, (_, fact) in best.items()}


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
