"""A fact's versions as relationships, the fact as a node, and what it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node, version
from kgfuse.graph.neo4j.wording import cut, value_id
from kgfuse.model import Literal
from kgfuse.wording import period_words, relation_words

Version = Sequence[Any]
"""A row of ``fact_versions``: `rows.PAYLOAD`, recorded_at, retracted_at, version."""


@dataclass(frozen=True, slots=True)
class Cited:
    """What a fact says of a claim that it rests on."""

    id: str
    confidence: float
    source: str
    quote: str

    @classmethod
    def of(cls, id: str, body: str) -> Cited:
        """Read it from a claim as `rows.claim_body` packs it."""
        held = json.loads(body)
        return cls(id, held[7], held[8], held[9][4])


def cited_by(row: Version) -> Iterator[str]:
    """Iterate over the claims that a version names."""
    return (id for text in (row[11], row[12]) for id in _list(text))


def fact_elements(
    found: Sequence[Version],
    sentence: str | None,
    vector: bytes | None,
    claims: Mapping[str, Cited],
    names: schema.Names,
) -> list[Element]:
    """Return the node of a fact and a relationship for every version of it (oldest first); `claims` are those there are."""
    versions = [_version(row, claims, names) for row in found]
    newest = found[-1]
    id, subject, relation = newest[:3]
    about = {"subject": subject, "relation": relation, "object": _object(newest)[0]}
    current = next((row for row in found if row[17] is None), None)
    if current is None:
        held = {
            "name": relation_words(relation),
            **about,
            "status": newest[10],
            "valid": period_words(newest[5], newest[6]) or None,
            "retracted_at": newest[17],
        }
        return [node(schema.PAST_FACT, id, held), *versions]
    changed_at, before = _last_change(found)
    properties = {
        **cut(sentence or relation_words(relation)),
        **about,
        "open": names.type_of(relation) == schema.RELATED_TO,
        "status": current[10],
        "before": before,
        "changed_at": changed_at,
        "confidence": current[9],
        "valid": period_words(current[5], current[6]) or None,
    }
    evidence = [
        layout(type, id, claim)
        for type, listed in ((schema.SUPPORTED_BY, current[11]), (schema.OPPOSED_BY, current[12]))
        for claim in _list(listed)
        if claim in claims
    ]
    return [node(schema.FACT, id, properties, embedding=vector), *versions, *evidence]


def _last_change(found: Sequence[Version]) -> tuple[str, str]:
    """Return since when a fact is believed with the status it has, and the status before (empty: it is new)."""
    for later, earlier in pairwise(reversed(found)):
        if earlier[17] != later[16]:  # for a while it was not believed at all
            return later[16], ""
        if earlier[10] != later[10]:
            return later[16], earlier[10]
    return found[0][16], ""


def _version(row: Version, claims: Mapping[str, Cited], names: schema.Names) -> Element:
    id, subject, relation, _, literal, valid_from, valid_to, valid_from_at, valid_to_at, confidence = row[:10]
    status, supported_by, opposed_by, reason, qualifiers, premises, recorded_at, retracted_at, number = row[10:]
    object_id, object_label = _object(row)
    support = _list(supported_by)
    cited = [claims[claim] for claim in support if claim in claims] if retracted_at is None else []
    best = max(cited, key=lambda claim: (claim.confidence, claim.id), default=None)
    properties = {
        "fact_id": id,
        "name": relation_words(relation),
        "relation": relation,
        "status": status,
        "confidence": confidence,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "valid_from_at": valid_from_at,
        "valid_to_at": valid_to_at,
        "valid": period_words(valid_from, valid_to) or None,
        "recorded_at": recorded_at,
        "retracted_at": retracted_at,
        "current": retracted_at is None,
        "supported_by": support,
        "opposed_by": _list(opposed_by),
        "reason": reason or None,
        "qualifiers": None if qualifiers == "[]" else qualifiers,
        "premises": _list(premises),
        "sources": sorted({claim.source for claim in cited}),
        "evidence": len(support),
        "quote": best.quote if best else None,
        "literal": literal,
    }
    return version(names.type_of(relation), f"{id}~{number}", subject, object_id, object_label, properties)


def end_of(value: str | Literal) -> str:
    """Return the id of the node of an object."""
    return value if isinstance(value, str) else value_id(value.datatype.value, value.value, value.unit)


def _object(row: Version) -> tuple[str, str]:
    return (row[3], schema.ENTITY) if row[3] is not None else (end_of(rows.read_literal(row[4])), schema.VALUE)


def _list(text: str) -> list[str]:
    listed: list[str] = json.loads(text) if text != "[]" else []
    return listed
