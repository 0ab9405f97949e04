"""Entities, facts and claims to rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kgfuse.model import (
    Chunk,
    Claim,
    Datatype,
    Entity,
    Evidence,
    Fact,
    FactStatus,
    Literal,
    Moment,
    Validity,
)
from kgfuse.protocols import Edge
from kgfuse.sqlite import pack

ENTITY = "id, name, type, aliases, mention_count, members"
FACT = (
    "id, subject, relation, object, literal, valid_from, valid_to, confidence, status, supported_by, opposed_by, reason, "
    "qualifiers, premises, recorded_at, retracted_at"
)
PAYLOAD = (
    "id, subject, relation, object, literal, valid_from, valid_to, valid_from_at, valid_to_at, confidence, status, "
    "supported_by, opposed_by, reason, qualifiers, premises"
)

CHUNK = 'id, document_id, "start", "end", text, heading_path, page, quoted, table_header'

Row = tuple[Any, ...]


def instant(when: datetime) -> str:
    """A UTC instant as text that sorts as time does; naive ones are read as UTC."""
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when.isoformat(timespec="microseconds").rjust(32, "0")


def _moment(text: str | None) -> Moment | None:
    return None if text is None else Moment.parse(text)


def _text(value: Moment | None) -> str | None:
    return None if value is None else str(value)


def _literal_text(value: str | Literal) -> str | None:
    return None if isinstance(value, str) else pack([value.lexical, value.datatype.value, value.value, value.unit])


def _texts(column: str) -> tuple[str, ...]:
    return () if column == "[]" else tuple(json.loads(column))  # most are empty


def read_literal(text: str) -> Literal:
    lexical, datatype, value, unit = json.loads(text)
    return Literal(lexical, Datatype(datatype), value, unit)


def entity_row(entity: Entity) -> Row:
    return (
        entity.id,
        entity.name,
        entity.type,
        pack(entity.aliases),
        entity.mention_count,
        pack(entity.members),
    )


def entity(row: Row) -> Entity:
    id, name, type, aliases, mention_count, members = row
    return Entity(id, name, type, _texts(aliases), mention_count, _texts(members))


def payload(fact: Fact) -> Row:
    """What a version of a fact holds, without the store's stamps."""
    start, end = fact.validity.valid_from, fact.validity.valid_to
    return (
        fact.id,
        fact.subject,
        fact.relation,
        fact.object if isinstance(fact.object, str) else None,
        _literal_text(fact.object),
        _text(start),
        _text(end),
        instant(start.at) if start else None,
        instant(end.at) if end else None,
        fact.confidence,
        fact.status.value,
        pack(fact.supported_by),
        pack(fact.opposed_by),
        fact.reason,
        pack(fact.qualifiers),
        pack(fact.premises),
    )


def fact(row: Row, known: bool = False) -> Fact:
    """Return a version of a fact; with `known`, with the status it had while it was believed."""
    id, subject, relation, object, literal, valid_from, valid_to, confidence, status = row[:9]
    supported_by, opposed_by, reason, qualifiers, premises, recorded_at, retracted_at = row[9:]
    return Fact(
        id=id,
        subject=subject,
        relation=relation,
        object=read_literal(literal) if object is None else object,
        validity=Validity(_moment(valid_from), _moment(valid_to)),
        confidence=confidence,
        status=FactStatus.RETRACTED if retracted_at and not known else FactStatus(status),
        supported_by=_texts(supported_by),
        opposed_by=_texts(opposed_by),
        reason=reason,
        qualifiers=() if qualifiers == "[]" else tuple((role, value) for role, value in json.loads(qualifiers)),
        premises=_texts(premises),
        recorded_at=datetime.fromisoformat(recorded_at),
        retracted_at=datetime.fromisoformat(retracted_at) if retracted_at else None,
    )


def edge(row: Row) -> Edge:
    """Return what a walk sees of a fact: of its id, subject, relation, object, literal and confidence."""
    id, subject, relation, object, literal, confidence = row
    value = object if literal is None else str(read_literal(literal))
    return Edge(id, subject, relation, value, literal is None, confidence)


def of_today(fact: Fact, now: Mapping[str, str]) -> Fact:
    """Return a fact with ends that are members of other entities now (`now`: by their id) as these."""
    subject = now.get(fact.subject, fact.subject)
    object = now.get(fact.object, fact.object) if isinstance(fact.object, str) else fact.object
    return fact if (subject, object) == (fact.subject, fact.object) else replace(fact, subject=subject, object=object)


def chunk(row: Row) -> Chunk:
    id, document_id, start, end, text, heading_path, page, quoted, header = row
    return Chunk(id, document_id, start, end, text, _texts(heading_path), page, bool(quoted), header)


def claim_body(claim: Claim) -> str:
    evidence = claim.evidence
    return pack(
        [
            claim.subject,
            claim.relation,
            claim.object if isinstance(claim.object, str) else None,
            _literal_text(claim.object),
            _text(claim.validity.valid_from),
            _text(claim.validity.valid_to),
            _text(claim.observed_at),
            claim.confidence,
            claim.source,
            [evidence.document_id, evidence.chunk_id, evidence.start, evidence.end, evidence.quote, evidence.page],
            claim.fingerprint,
            claim.qualifiers,
            claim.negated,
            claim.family,
        ]
    )


def claim(row: Row) -> Claim:
    triple_id, body = row
    subject, relation, object, literal, valid_from, valid_to, observed_at, *rest = json.loads(body)
    confidence, source, evidence, fingerprint, qualifiers, negated, *family = rest
    return Claim(
        triple_id=triple_id,
        subject=subject,
        relation=relation,
        object=read_literal(literal) if object is None else object,
        validity=Validity(_moment(valid_from), _moment(valid_to)),
        observed_at=_moment(observed_at),
        confidence=confidence,
        source=source,
        evidence=Evidence(*evidence),
        fingerprint=fingerprint,
        qualifiers=tuple((role, value) for role, value in qualifiers),
        negated=negated,
        family=family[0] if family else None,
    )
