"""The graph read from Neo4j alone: everything that retrieval, answers and exports need, without the ledger's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from kgfuse.errors import Ambiguous
from kgfuse.graph.edges import surest
from kgfuse.graph.neo4j import queries, records, schema
from kgfuse.graph.neo4j.records import Record
from kgfuse.graph.neo4j.transactions import Transactions
from kgfuse.graph.queries import fold, full_text
from kgfuse.model import Chunk, Claim, Document, Entity, Fact, FactStatus, Triple
from kgfuse.parameters import Parameters
from kgfuse.protocols import EVERYTHING, Edge, FactFilter, GraphCounts
from kgfuse.sqlite import batched

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors


_AT_ONCE = 1000
"""Facts fetched by their ids in one transaction."""

_OVERFETCH = (4, 64, 1024)
"""An index holds every knowledge base of the database: how many times `limit` is asked of it until enough are ours."""

_MOST = 20_000
"""The most candidates asked of an index: where hardly any of them is ours, some of ours are missed."""

_LEAST = 100
"""The fewest candidates asked of an index: a vector index is approximate, and the more it looks at the less it misses."""


class Neo4jGraph(Transactions):
    """A `GraphReader` over a Neo4j database that `kgfuse push` fills. Any method may raise a leaf of GraphStoreError.

    Reading is indexed; every query is a transaction of its own, so a push that runs meanwhile may be seen in part. Scores
    of full-text search are Lucene's and differ from those of the embedded store; `nearest` finds its candidates in an
    approximate index (HNSW) and scores them exactly. May be shared by threads, as the driver may.
    """

    # ------------------------------------------------------------------------------------------------------ entities

    def entity(self, id: str) -> Entity | None:
        """Return an entity by its id or by the id of any of its members."""
        for record in self._read(queries.ENTITIES_BY_ID, ids=[id], past=False):
            return records.entity(record["entity"])
        for record in self._by_index(schema.ENTITY_MEMBERS, queries.quoted(id), _LEAST):
            if id in (record["entity"]["members"] or ()):
                return records.entity(record["entity"])
        return None

    def entities(self, ids: Sequence[str] | None = None) -> Iterator[Entity]:
        """Iterate over the entities with these ids, also former ones, or over all there are, in order of id."""
        if ids is None:
            for record in self._pages(queries.ENTITIES_AFTER, lambda record: str(record["entity"]["id"])):
                yield records.entity(record["entity"])
            return
        for batch in batched(sorted(set(ids))):
            read = self._read(queries.ENTITIES_BY_ID, ids=batch, past=True)
            yield from sorted((records.entity(record["entity"]) for record in read), key=lambda entity: entity.id)

    def find_entities(
        self, text: str, limit: int = 10, every: Sequence[str] = (), *, past: bool = False
    ) -> list[tuple[Entity, float]]:
        """Find entities by name or alias: exact first (1.0), then by words in common; the more mentioned first.

        With `every`, only names that hold all of these words are found by words. With `past`, former ones are found as well.
        """
        from rapidfuzz import fuzz

        folded = fold(text)
        found: dict[str, tuple[Entity, float]] = {}

        def add(plain: Record, score: float) -> None:
            known = found.get(plain["id"])
            found[plain["id"]] = (records.entity(plain), max(score, known[1] if known else 0.0))

        if folded:
            for record in self._by_index(
                schema.ENTITY_FOLDED, queries.quoted(folded[: schema.LONGEST_NAME]), 10 * limit, past=past
            ):
                if folded in _folded(record["entity"]):
                    add(record["entity"], 1.0)
        words = full_text(text)
        if words is not None:
            asked = set(fold(words.replace(" OR ", " ")).split())
            query = " AND ".join(f'"{word}"' for word in every) or queries.lucene(text) or words
            for record in self._by_index(schema.ENTITY_NAMES, query, 10 * limit, past=past):
                shared = [name for name in _folded(record["entity"]) if asked.intersection(name.split())]
                score = max((fuzz.token_sort_ratio(folded, name) for name in shared), default=0.0)
                if score:
                    add(record["entity"], 0.95 * score / 100)
        return sorted(found.values(), key=lambda item: (-item[1], -item[0].mention_count, item[0].id))[:limit]

    def _by_index(self, index: str, query: str, limit: int, *, past: bool = False) -> list[Record]:
        """Entities of ours that a full-text index finds, best first; with `past`, former ones as well."""
        found: list[Record] = []
        for size in _sizes(limit):
            hits = self._read(queries.ENTITIES_BY_INDEX, index=index, query=query, limit=size, past=past)
            found = [hit for hit in hits if hit["ours"]]
            if len(found) >= limit or len(hits) < size:
                break
        return found[:limit]

    # --------------------------------------------------------------------------------------------------------- facts

    def fact(self, id: str) -> Fact | None:
        """Return a fact by its id or an unambiguous prefix of it (8 hex digits or more). Raises Ambiguous.

        A fact that is believed no more is found as well, as `retracted`.
        """
        digits = id.removeprefix("fact:").lower()
        if len(digits) < 8 or not all(digit in "0123456789abcdef" for digit in digits):
            return None
        asked = [self._read(cypher, prefix=f"fact:{digits}", limit=6) for cypher in queries.FACT_IDS_LIKE.values()]
        ids = sorted({str(record["id"]) for found in asked for record in found})
        if len(ids) > 1:
            more = "more than 5" if len(ids) > 5 else len(ids)
            raise Ambiguous(f"{id} abbreviates {more} facts: {', '.join(ids[:5])}")
        return next(iter(self.facts(FactFilter(statuses=tuple(FactStatus)), ids)), None)

    def facts(self, filter: FactFilter = EVERYTHING, ids: Sequence[str] | None = None) -> Iterator[Fact]:
        """Iterate over the facts (with these ids), in order of id."""
        wanted = iter(sorted(set(ids))) if ids is not None else self._fact_ids(filter)
        while batch := list(islice(wanted, _AT_ONCE)):
            found = self._read(queries.FACTS_BY_ID, ids=batch, **queries.admitted(filter))
            yield from _facts(found, filter)

    def _fact_ids(self, filter: FactFilter) -> Iterator[str]:
        labels = (schema.FACT, schema.PAST_FACT) if filter.past else (schema.FACT,)
        streams = [self._pages(queries.FACT_IDS_AFTER[label], lambda record: str(record["id"])) for label in labels]
        last = ""
        for record in merge(*streams, key=lambda record: str(record["id"])):
            if record["id"] != last:
                yield record["id"]
            last = record["id"]

    def facts_of(self, entity_ids: Sequence[str], filter: FactFilter = EVERYTHING) -> list[Fact]:
        """Return the facts that have one of the entities as subject or object, in order of id.

        Where the past is asked for, those of its members as well: what was merged into it had facts of its own. Ends that
        are part of an entity now are told as that.
        """
        if filter.past:
            entity_ids = [*entity_ids, *(member for one in self.entities(entity_ids) for member in one.members)]
        admitted = queries.admitted(filter)
        found: dict[str, Record] = {}
        for batch in batched(sorted(set(entity_ids))):
            for query in (queries.FACTS_FROM, queries.FACTS_TO):
                found.update((record["fact"]["id"], record) for record in self._read(query, ids=batch, **admitted))
        return _facts(found.values(), filter)

    def edges_of(self, entity_ids: Sequence[str], most: int, filter: FactFilter = EVERYTHING) -> list[Edge]:
        """Return what `facts_of` does, in brief, in order of id; of the facts on one side of an entity the `most` surest."""
        if filter.past:
            return surest(self.facts_of(entity_ids, filter), entity_ids, most)
        found: dict[str, Edge] = {}
        for batch in batched(sorted(set(entity_ids))):
            for query in (queries.EDGES_FROM, queries.EDGES_TO):
                for record in self._read(query, ids=batch, most=most, **queries.admitted(filter)):
                    edge = records.edge(record)
                    found[edge.id] = edge
        return [found[id] for id in sorted(found)]

    def names(self, entity_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of these entities, also of former ones, by id."""
        return {entity.id: entity.name for entity in self.entities(entity_ids)}

    def search_facts(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        """Return ids of facts by full-text search (BM25) over them as sentences, best first; any text is a legal query.

        Only facts believed now are indexed, so `known_at` narrows them and brings nothing back.
        """
        words = queries.lucene(query)
        if words is None:
            return []
        best: list[tuple[str, float]] = []
        for size in _sizes(limit):
            hits = self._read(queries.BY_WORDS, index=schema.FACT_TEXT, query=words, limit=size)
            scores = _ours(hits)
            found = list(scores) if filter == EVERYTHING else [fact.id for fact in self.facts(filter, list(scores))]
            best = sorted(((id, scores[id]) for id in found), key=lambda item: (-item[1], item[0]))
            if len(best) >= limit or len(hits) < size:
                break
        return best[:limit]

    def claims(self) -> Iterator[Claim]:
        """Iterate over the claims, in order of their triples' ids."""
        for record in self._pages(queries.CLAIMS_AFTER, lambda record: str(record["id"])):
            yield records.claim(record)

    def counts(self) -> GraphCounts:
        """Count the entities and the facts believed now."""
        ((entities),) = self._read(queries.ENTITY_COUNT)
        facts = self._read(queries.FACT_COUNTS)
        return GraphCounts(entities["count"], tuple((record["status"], record["count"]) for record in facts))

    # -------------------------------------------------------------------------------------------------------- chunks

    def search_chunks(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        """Return ids of chunks by full-text search (BM25) over them and their headings, best first; any text is legal."""
        words = queries.lucene(query)
        if words is None:
            return []
        found: list[tuple[str, float]] = []
        for size in _sizes(limit):
            hits = self._read(queries.BY_WORDS, index=schema.CHUNK_TEXT, query=words, limit=size)
            best = sorted(_ours(hits).items(), key=lambda item: (-item[1], item[0]))
            if filter.sources or filter.types:
                chunks = self.chunks([id for id, _ in best], filter)
                best = [(id, score) for id, score in best if id in chunks]
            found = best[:limit]
            if len(found) >= limit or len(hits) < size:
                break
        return found

    def chunks_of(self, entity_ids: Sequence[str], most: int | None = None) -> list[tuple[str, str]]:
        """Return ``(entity id, chunk id)`` for every chunk that mentions one of the entities.

        With `most`, an entity that more chunks than that mention is left out.
        """
        found: list[tuple[str, str]] = []
        for batch in batched(sorted(set(entity_ids))):
            links = self._read(queries.CHUNKS_OF, ids=batch, most=most)
            found.extend(sorted({(record["entity"], record["chunk"]) for record in links}))
        return found

    def entities_in(self, chunk_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return ``(chunk id, entity id)`` for every entity that one of the chunks mentions."""
        found: list[tuple[str, str]] = []
        for batch in batched(sorted(set(chunk_ids))):
            links = self._read(queries.ENTITIES_IN, ids=batch)
            found.extend(sorted({(record["chunk"], record["entity"]) for record in links}))
        return found

    def chunks(self, ids: Sequence[str], filter: FactFilter = EVERYTHING) -> dict[str, Chunk]:
        """Return chunks by id, those that the filter's sources and types admit."""
        found: dict[str, Chunk] = {}
        for batch in batched(sorted(set(ids))):
            read = self._read(queries.CHUNKS_BY_ID, ids=batch, **queries.about(filter))
            found.update((record["chunk"]["id"], records.chunk(record["chunk"])) for record in read)
        return found

    def nearest(self, kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids of the nearest chunks, facts or entities (`kind`) by cosine similarity, best first.

        `vector` has unit length, shape ``(dimensions,)``; vectors of another length (another model) are passed over. The
        zero vector is equally far from all: the first of them are returned.
        """
        label = {"chunk": schema.CHUNK, "fact": schema.FACT, "entity": schema.ENTITY}[kind]
        index = schema.VECTOR_INDEXES[label]
        if self._dimensions(index) != len(vector):
            return []
        if not vector.any():
            return [(record["id"], 0.0) for record in self._read(queries.WITH_VECTOR[kind], limit=limit)]
        scores: dict[str, float] = {}
        asked = [float(number) for number in vector]
        for size in _sizes(limit):
            hits = self._read(queries.BY_VECTOR, index=index, limit=size, vector=asked)
            scores = _ours(hits)
            if len(scores) >= limit or len(hits) < size:
                break
        best = ((id, 2 * score - 1) for id, score in scores.items())
        return sorted(best, key=lambda item: (-item[1], item[0]))[:limit]

    def _dimensions(self, index: str) -> int | None:
        """How long the vectors of an index are; `None` when it is not there (nothing was embedded yet)."""
        for record in self._read(queries.INDEXES):
            if record["name"] == index:
                dimensions: int | None = record["dimensions"]
                return dimensions
        return None

    # ---------------------------------------------------------------------------------------------------- provenance

    def triples(self, ids: Iterable[str]) -> list[Triple]:
        """Return triples by id, in order of id; unknown ids are left out."""
        found: list[Triple] = []
        for batch in batched(sorted(set(ids))):
            read = [records.triple(record["triple"]) for record in self._read(queries.TRIPLES_BY_ID, ids=batch)]
            found.extend(sorted(read, key=lambda triple: triple.id))
        return found

    def parameters(self) -> Parameters | None:
        """Return what was learned of sources by the time of the last push."""
        for record in self._read(queries.TRUST):
            return None if record["trust"] is None else records.parameters(record["trust"])
        return None

    def documents_by_id(self, ids: Iterable[str]) -> dict[str, Document]:
        """Return documents by id, without text and blocks."""
        found: dict[str, Document] = {}
        for batch in batched(sorted(set(ids))):
            read = [records.document(record) for record in self._read(queries.DOCUMENTS_BY_ID, ids=batch)]
            found.update((document.id, document) for document in read)
        return found


def _sizes(limit: int) -> Iterator[int]:
    return iter([min(max(_LEAST, limit * times), max(_MOST, limit)) for times in _OVERFETCH])


def _ours(hits: Iterable[Record]) -> dict[str, float]:
    return {hit["id"]: hit["score"] for hit in hits if hit["ours"]}


def _facts(found: Iterable[Record], filter: FactFilter) -> list[Fact]:
    known = filter.known_at is not None
    if not known and FactStatus.RETRACTED in filter.statuses:
        found = records.latest(found, filter)
    return sorted((records.fact(record, known) for record in found), key=lambda fact: fact.id)


def _folded(plain: Record) -> list[str]:
    names: list[Any] = [plain["full_name"] or plain["name"], *(plain["aliases"] or ())]
    return [fold(name) for name in names]
