"""The Cypher that reads the graph: static texts; what is asked for are parameters.

Every query begins at an index: the uniqueness of ``(kb, id)`` of a label, a full-text or a vector index. Entities have no
relationships going out but facts, and none coming in but facts and ``MENTIONS``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import LiteralString

from kgfuse.graph.queries import full_text
from kgfuse.graph.rows import instant
from kgfuse.model import FactStatus
from kgfuse.protocols import FactFilter

_ENTITY: LiteralString = """
RETURN e {.id, .name, .full_name, .type, .aliases, .mention_count, .members} AS entity"""

_FACT: LiteralString = """
RETURN coalesce(s.became, s.id) AS subject, coalesce(o.became, o.id) AS object, r {
    .id, .fact_id, .relation, .literal, .valid_from, .valid_to, .confidence, .status, .supported_by, .opposed_by,
    .reason, .qualifiers, .premises, .recorded_at, .retracted_at
} AS fact"""

_CHUNK: LiteralString = (
    "c {.id, .document_id, .start, .end, .text, .heading_path, .page, .quoted, .table_header} AS chunk"
)

_ADMITTED: LiteralString = """
    ($history OR ($known_at IS NULL AND r.retracted_at IS NULL)
        OR (r.recorded_at <= $known_at AND (r.retracted_at IS NULL OR r.retracted_at > $known_at)))
    AND ($statuses IS NULL OR r.status IN $statuses OR ($retracted AND r.retracted_at IS NOT NULL))
    AND ($as_of IS NULL OR (
        (r.valid_from_at IS NULL OR r.valid_from_at <= $as_of) AND (r.valid_to_at IS NULL OR r.valid_to_at > $as_of)))
    AND ($valid_after IS NULL OR (
        (r.valid_from_at IS NULL OR r.valid_from_at < $valid_before)
        AND (r.valid_to_at IS NULL OR r.valid_to_at > $valid_after)))
    AND ($relation IS NULL OR r.relation = $relation)
    AND r.confidence >= $minimum_confidence
    AND ($types IS NULL OR s.type IN $types OR o.type IN $types)
    AND ($sources IS NULL OR EXISTS {
        UNWIND r.supported_by AS claim
        MATCH (:Claim {kb: $kb, id: claim})-[:READ_IN]->(place:Chunk)
        MATCH (d:Document {kb: $kb, id: place.document_id})
        WHERE any(text IN $sources WHERE toLower(coalesce(d.full_source, d.source)) CONTAINS text
            OR toLower(d.uri) CONTAINS text)
    })"""

# The versions of one fact lie between the same two nodes; expanding into both is cheap where one of them is a hub.
_VERSIONS: LiteralString = """
OPTIONAL MATCH (entity:Entity {kb: $kb, id: f.object})
OPTIONAL MATCH (value:Value {kb: $kb, id: f.object})
WITH f, coalesce(entity, value) AS o
MATCH (s:Entity {kb: $kb, id: f.subject})
MATCH (s)-[r]->(o)
WHERE r.fact_id = f.id AND"""

ENTITIES_AFTER: LiteralString = f"""
MATCH (e:Entity) WHERE e.kb = $kb AND e.id > $after AND NOT e:Former
WITH e ORDER BY e.id LIMIT $limit{_ENTITY}"""

ENTITIES_BY_ID: LiteralString = f"""
UNWIND $ids AS id
MATCH (e:Entity {{kb: $kb, id: id}}) WHERE NOT e:Former OR ($past AND e.mention_count IS NOT NULL){_ENTITY}"""

ENTITIES_BY_INDEX: LiteralString = f"""
CALL db.index.fulltext.queryNodes($index, $query, {{limit: $limit}}) YIELD node AS e{_ENTITY},
    e.kb = $kb AND (NOT e:Former OR ($past AND e.mention_count IS NOT NULL)) AS ours"""

FACT_IDS_AFTER: Mapping[str, LiteralString] = {
    "Fact": "MATCH (f:Fact) WHERE f.kb = $kb AND f.id > $after RETURN f.id AS id ORDER BY id LIMIT $limit",
    "PastFact": "MATCH (f:PastFact) WHERE f.kb = $kb AND f.id > $after RETURN f.id AS id ORDER BY id LIMIT $limit",
}

FACT_IDS_LIKE: Mapping[str, LiteralString] = {
    "Fact": "MATCH (f:Fact) WHERE f.kb = $kb AND f.id STARTS WITH $prefix RETURN f.id AS id ORDER BY id LIMIT $limit",
    "PastFact": "MATCH (f:PastFact) WHERE f.kb = $kb AND f.id STARTS WITH $prefix "
    "RETURN f.id AS id ORDER BY id LIMIT $limit",
}

FACTS_BY_ID: LiteralString = f"""
UNWIND $ids AS id
OPTIONAL MATCH (now:Fact {{kb: $kb, id: id}})
OPTIONAL MATCH (past:PastFact {{kb: $kb, id: id}})
WITH coalesce(now, past) AS f{_VERSIONS}{_ADMITTED}{_FACT}"""

FACTS_FROM: LiteralString = f"""
UNWIND $ids AS id
MATCH (s:Entity {{kb: $kb, id: id}})-[r]->(o)
WHERE{_ADMITTED}{_FACT}"""

FACTS_TO: LiteralString = f"""
UNWIND $ids AS id
MATCH (o:Entity {{kb: $kb, id: id}})<-[r:!MENTIONS]-(s:Entity)
WHERE{_ADMITTED}{_FACT}"""

# One of each side: ordered and cut where the relationships are, so that a hub costs what is asked for of it.
_SUREST: LiteralString = """
    RETURN {id: r.fact_id, subject: s.id, relation: r.relation, object: o.id, literal: r.literal,
        confidence: r.confidence} AS edge
    ORDER BY r.confidence DESC, r.fact_id LIMIT $most
} AS edge
RETURN edge"""

EDGES_FROM: LiteralString = f"""
UNWIND $ids AS id
MATCH (s:Entity {{kb: $kb, id: id}})
UNWIND COLLECT {{
    MATCH (s)-[r]->(o)
    WHERE{_ADMITTED}{_SUREST}"""

EDGES_TO: LiteralString = f"""
UNWIND $ids AS id
MATCH (o:Entity {{kb: $kb, id: id}})
UNWIND COLLECT {{
    MATCH (o)<-[r:!MENTIONS]-(s:Entity)
    WHERE{_ADMITTED}{_SUREST}"""

BY_WORDS: LiteralString = """
CALL db.index.fulltext.queryNodes($index, $query, {limit: $limit}) YIELD node, score
RETURN node.id AS id, node.kb = $kb AS ours, score"""

BY_VECTOR: LiteralString = """
CALL db.index.vector.queryNodes($index, $limit, $vector) YIELD node
RETURN node.id AS id, node.kb = $kb AS ours, vector.similarity.cosine(node.embedding, $vector) AS score"""

WITH_VECTOR: Mapping[str, LiteralString] = {
    "chunk": "MATCH (n:Chunk) WHERE n.kb = $kb AND n.id > '' AND n.embedding IS NOT NULL "
    "RETURN n.id AS id ORDER BY id LIMIT $limit",
    "fact": "MATCH (n:Fact) WHERE n.kb = $kb AND n.id > '' AND n.embedding IS NOT NULL "
    "RETURN n.id AS id ORDER BY id LIMIT $limit",
    "entity": "MATCH (n:Entity) WHERE n.kb = $kb AND n.id > '' AND n.embedding IS NOT NULL "
    "RETURN n.id AS id ORDER BY id LIMIT $limit",
}

INDEXES: LiteralString = """
SHOW INDEXES YIELD name, state, type, options
WHERE name STARTS WITH 'kgfuse_' AND state = 'ONLINE'
RETURN name, options.indexConfig['vector.dimensions'] AS dimensions"""

CHUNKS_BY_ID: LiteralString = f"""
UNWIND $ids AS id
MATCH (c:Chunk {{kb: $kb, id: id}})
WHERE ($types IS NULL OR EXISTS {{ MATCH (c)-[:MENTIONS]->(e:Entity) WHERE e.type IN $types }})
    AND ($sources IS NULL OR EXISTS {{
        MATCH (d:Document {{kb: $kb, id: c.document_id}})
        WHERE any(text IN $sources WHERE toLower(coalesce(d.full_source, d.source)) CONTAINS text
            OR toLower(d.uri) CONTAINS text)
    }})
RETURN {_CHUNK}"""

CHUNKS_OF: LiteralString = """
UNWIND $ids AS id
MATCH (e:Entity {kb: $kb, id: id})
WHERE $most IS NULL OR COUNT { (e)<-[:MENTIONS]-() } <= $most
MATCH (e)<-[:MENTIONS]-(c:Chunk)
RETURN e.id AS entity, c.id AS chunk"""

ENTITIES_IN: LiteralString = """
UNWIND $ids AS id
MATCH (c:Chunk {kb: $kb, id: id})-[:MENTIONS]->(e:Entity)
RETURN c.id AS chunk, e.id AS entity"""

CLAIMS_AFTER: LiteralString = """
MATCH (c:Claim) WHERE c.kb = $kb AND c.id > $after
RETURN c.id AS id, c.body AS body ORDER BY id LIMIT $limit"""

TRIPLES_BY_ID: LiteralString = "UNWIND $ids AS id MATCH (c:Claim {kb: $kb, id: id}) RETURN c.triple AS triple"

DOCUMENTS_BY_ID: LiteralString = """
UNWIND $ids AS id
MATCH (d:Document {kb: $kb, id: id})
OPTIONAL MATCH (d)<-[:HAS_ATTACHMENT]-(parent:Document)
RETURN d {.id, .uri, .media_type, .title, .source, .full_source, .published_at, .date_source, .author} AS document,
    parent.id AS parent"""

FACT_COUNTS: LiteralString = """
MATCH (f:Fact) WHERE f.kb = $kb AND f.id > '' RETURN f.status AS status, count(*) AS count ORDER BY status"""

ENTITY_COUNT: LiteralString = """
MATCH (e:Entity) WHERE e.kb = $kb AND e.id > '' AND NOT e:Former RETURN count(*) AS count"""

KNOWLEDGE_BASE: LiteralString = "MATCH (k:KnowledgeBase {kb: $kb}) RETURN k.kb AS kb"

TRUST: LiteralString = "MATCH (k:KnowledgeBase {kb: $kb}) RETURN k.trust AS trust"

KNOWLEDGE_BASES: LiteralString = "MATCH (k:KnowledgeBase) WHERE k.kb > '' RETURN k.kb AS kb ORDER BY kb"


def admitted(filter: FactFilter) -> dict[str, object]:
    """Return the parameters that say which versions of facts a filter admits.

    Where what is retracted is asked for, a fact counts as its last version says: all of them are fetched then, and
    `kgfuse.graph.neo4j.records.latest` chooses.
    """
    history = filter.known_at is None and FactStatus.RETRACTED in filter.statuses
    known_at, as_of, during = filter.known_at, filter.as_of, filter.valid_during
    return {
        "history": history,
        "known_at": instant(known_at) if known_at else None,
        "statuses": None if history or not filter.statuses else [status.value for status in filter.statuses],
        "retracted": FactStatus.RETRACTED in filter.statuses,
        "as_of": instant(as_of) if as_of else None,
        "valid_after": instant(during[0]) if during else None,
        "valid_before": instant(during[1]) if during else None,
        "relation": filter.relation,
        "minimum_confidence": 0.0 if history else filter.minimum_confidence,
        **about(filter),
    }


def about(filter: FactFilter) -> dict[str, object]:
    """Return the parameters that say of which sources and types what is found must be."""
    return {
        "sources": [text.lower() for text in filter.sources] or None,
        "types": list(filter.types) or None,
    }


_JOINED = re.compile(r"\w+(?:['’.]\w+)+")


def lucene(text: str) -> str | None:
    """Turn any text into a Lucene query: its words quoted, any of them; `None` when it holds no word.

    Words joined by an apostrophe or a dot (``O'Brien``) are asked for whole as well, since the analyzers keep them whole.
    """
    words = full_text(text)
    joined = [f'"{word}"' for word in dict.fromkeys(_JOINED.findall(text))][:16]
    return words and " OR ".join([words, *joined])


def quoted(value: str) -> str:
    """Return a Lucene query for one whole value of an index that does not cut values into words."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
