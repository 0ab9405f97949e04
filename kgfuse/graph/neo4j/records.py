"""Records of Neo4j to values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kgfuse.graph import rows
from kgfuse.ledger import rows as ledger_rows
from kgfuse.model import Chunk, Claim, DateSource, Document, Entity, Fact, Moment, Triple
from kgfuse.parameters import Parameters
from kgfuse.protocols import Edge, FactFilter
from kgfuse.sqlite import pack

Record = Mapping[str, Any]


def entity(plain: Record) -> Entity:
    """Return an entity from the properties of its node."""
    return Entity(
        plain["id"],
        plain["full_name"] or plain["name"],
        plain["type"],
        tuple(plain["aliases"] or ()),
        plain["mention_count"],
        tuple(plain["members"] or ()),
    )


def version(record: Record) -> tuple[str, int]:
    """Return the fact's id and the number of the version that a record holds."""
    id, _, number = record["fact"]["id"].rpartition("~")
    return id, int(number)


def fact(record: Record, known: bool = False) -> Fact:
    """Return a version of a fact; with `known`, with the status it had while it was believed."""
    plain = record["fact"]
    literal = plain["literal"]
    return rows.fact(
        (
            plain["fact_id"],
            record["subject"],
            plain["relation"],
            record["object"] if literal is None else None,
            literal,
            plain["valid_from"],
            plain["valid_to"],
            plain["confidence"],
            plain["status"],
            json.dumps(plain["supported_by"] or []),
            json.dumps(plain["opposed_by"] or []),
            plain["reason"] or "",
            plain["qualifiers"] or "[]",
            json.dumps(plain["premises"] or []),
            plain["recorded_at"],
            plain["retracted_at"],
        ),
        known,
    )


def edge(record: Record) -> Edge:
    """Return a fact in brief."""
    plain = record["edge"]
    literal = plain["literal"]
    object = plain["object"] if literal is None else None
    return rows.edge((plain["id"], plain["subject"], plain["relation"], object, literal, plain["confidence"]))


def latest(records: Iterable[Record], filter: FactFilter) -> list[Record]:
    """Return of every fact the version believed now, else the last one, where the filter admits it."""
    best: dict[str, tuple[tuple[bool, int], Record]] = {}
    for record in records:
        id, number = version(record)
        rank = (record["fact"]["retracted_at"] is None, number)
        if id not in best or best[id][0] < rank:
            best[id] = (rank, record)
    wanted = {status.value for status in filter.statuses}
    return [
        record
        for _, record in best.values()
        if record["fact"]["confidence"] >= filter.minimum_confidence
        and (_is_retracted(record) or record["fact"]["status"] in wanted)
    ]


def _is_retracted(record: Record) -> bool:
    return record["fact"]["retracted_at"] is not None


def chunk(plain: Record) -> Chunk:
    """Return a chunk from the properties of its node."""
    return Chunk(
        plain["id"],
        plain["document_id"],
        plain["start"],
        plain["end"],
        plain["text"],
        tuple(plain["heading_path"] or ()),
        plain["page"],
        bool(plain["quoted"]),
        plain["table_header"] or "",
    )


def claim(record: Record) -> Claim:
    """Return a claim."""
    return rows.claim((record["id"], record["body"]))


def triple(packed: str) -> Triple:
    """Return the triple that a claim carries."""
    return ledger_rows.triple(tuple(json.loads(packed)))


def trust_text(fitted: Parameters) -> str:
    """Return what was learned of sources as the knowledge base's node holds it."""
    return pack([fitted.version, fitted.default_reliability, fitted.reliability, fitted.by_relation, fitted.dependence])


def parameters(trust: str) -> Parameters:
    """Return fitted parameters as far as they are about sources."""
    version, default, reliability, by_relation, dependence = json.loads(trust)
    return Parameters(
        version,
        tuple((source, weight) for source, weight in reliability),
        default,
        by_relation=tuple((source, relation, weight) for source, relation, weight in by_relation),
        dependence=tuple((left, right, probability) for left, right, probability in dependence),
    )


def document(record: Record) -> Document:
    """Return a document without its text and blocks."""
    plain = record["document"]
    return Document(
        id=plain["id"],
        uri=plain["uri"],
        media_type=plain["media_type"],
        title=plain["title"],
        text="",
        blocks=(),
        source=plain["full_source"] or plain["source"],
        published_at=Moment.parse(plain["published_at"]) if plain["published_at"] else None,
        date_source=DateSource(plain["date_source"]) if plain["date_source"] else None,
        author=plain["author"],
        parent_id=record["parent"],
    )
