"""Values to rows and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from kgfuse import errors
from kgfuse.model import (
    Advice,
    Block,
    BlockKind,
    Chunk,
    Datatype,
    DateSource,
    Document,
    Evidence,
    Judgement,
    Literal,
    MatchDecision,
    Mention,
    Moment,
    Proposal,
    Triple,
    Validity,
)
from kgfuse.parameters import FieldWeights, HornRule, MatchWeights
from kgfuse.protocols import Failure
from kgfuse.sqlite import pack

DOCUMENT = "id, parent_id, uri, media_type, title, text, blocks, source, published_at, date_source, author"
LIGHT_DOCUMENT = "id, parent_id, uri, media_type, title, '', '[]', source, published_at, date_source, author"
CHUNK = 'id, document_id, "start", "end", text, heading_path, page, quoted, table_header'
TRIPLE = (
    "id, document_id, chunk_id, subject, predicate, object, evidence, confidence, extractor, qualifiers, negated, "
    "valid_from, valid_to"
)

Row = tuple[Any, ...]


def moment(text: str | None) -> Moment | None:
    return None if text is None else Moment.parse(text)


def moment_text(value: Moment | None) -> str | None:
    return None if value is None else str(value)


def document_row(document: Document, file_uri: str) -> Row:
    blocks = [[b.kind.value, b.start, b.end, b.page, b.bbox, b.level] for b in document.blocks]
    return (
        document.id,
        file_uri,
        document.parent_id,
        document.uri,
        document.media_type,
        document.title,
        document.text,
        pack(blocks),
        document.source,
        moment_text(document.published_at),
        document.date_source and document.date_source.value,
        document.author,
    )


def document(row: Row) -> Document:
    id, parent_id, uri, media_type, title, text, blocks, source, published_at, date_source, author = row
    return Document(
        id=id,
        uri=uri,
        media_type=media_type,
        title=title,
        text=text,
        blocks=tuple(
            Block(BlockKind(kind), start, end, page, tuple(bbox) if bbox else None, level)
            for kind, start, end, page, bbox, level in json.loads(blocks)
        ),
        source=source,
        published_at=moment(published_at),
        date_source=DateSource(date_source) if date_source else None,
        author=author,
        parent_id=parent_id,
    )


def chunk_row(chunk: Chunk) -> Row:
    return (
        chunk.id,
        chunk.document_id,
        chunk.start,
        chunk.end,
        chunk.text,
        pack(chunk.heading_path),
        chunk.page,
        int(chunk.quoted),
        chunk.table_header,
    )


def chunk(row: Row) -> Chunk:
    id, document_id, start, end, text, heading_path, page, quoted, header = row
    return Chunk(id, document_id, start, end, text, tuple(json.loads(heading_path)), page, bool(quoted), header)


def argument_text(argument: Mention | Literal) -> str:
    if isinstance(argument, Mention):
        return pack(["m", argument.surface, argument.start, argument.end, argument.entity_type])
    return pack(["l", argument.lexical, argument.datatype.value, argument.value, argument.unit])


def argument(text: str) -> Mention | Literal:
    kind, *rest = json.loads(text)
    if kind == "m":
        return Mention(*rest)
    lexical, datatype, value, unit = rest
    return Literal(lexical, Datatype(datatype), value, unit)


def triple_row(triple: Triple) -> Row:
    evidence = triple.evidence
    return (
        triple.id,
        evidence.document_id,
        evidence.chunk_id,
        argument_text(triple.subject),
        triple.predicate,
        argument_text(triple.object),
        pack([evidence.start, evidence.end, evidence.quote, evidence.page]),
        triple.confidence,
        triple.extractor,
        pack(triple.qualifiers),
        int(triple.negated),
        moment_text(triple.validity.valid_from),
        moment_text(triple.validity.valid_to),
    )


def triple(row: Row) -> Triple:
    id, document_id, chunk_id, subject, predicate, object, evidence, confidence, extractor = row[:9]
    qualifiers, negated, valid_from, valid_to = row[9:]
    start, end, quote, page = json.loads(evidence)
    who = argument(subject)
    assert isinstance(who, Mention)
    return Triple(
        id=id,
        subject=who,
        predicate=predicate,
        object=argument(object),
        evidence=Evidence(document_id, chunk_id, start, end, quote, page),
        confidence=confidence,
        extractor=extractor,
        qualifiers=tuple((role, value) for role, value in json.loads(qualifiers)),
        negated=bool(negated),
        validity=Validity(moment(valid_from), moment(valid_to)),
    )


def failure_row(failure: Failure, file_uri: str) -> Row:
    error = failure.error
    return (file_uri, failure.uri, type(error).__name__, str(error), error.hint)


def failure(row: Row) -> Failure:
    uri, name, message, hint = row
    kind = getattr(errors, name, errors.IngestError)
    return Failure(uri, kind(message, hint=hint))


def decision(row: Row) -> MatchDecision:
    left, right, judgement, score, decided_by, decided_at, revoked_at = row
    return MatchDecision(
        left,
        right,
        Judgement(judgement),
        score,
        decided_by,
        datetime.fromisoformat(decided_at),
        datetime.fromisoformat(revoked_at) if revoked_at else None,
    )


def decision_row(decision: MatchDecision) -> Row:
    revoked = decision.revoked_at.isoformat() if decision.revoked_at else None
    judged = (decision.judgement.value, decision.score, decision.decided_by, decision.decided_at.isoformat())
    return (decision.left, decision.right, *judged, revoked)


def match_weights(value: dict[str, Any]) -> MatchWeights:
    fields = tuple(
        FieldWeights(
            field["name"],
            field["comparison"],
            tuple(field["agreeing"]),
            tuple(field["chance"]),
            tuple((word, count) for word, count in field["frequency"]),
        )
        for field in value["fields"]
    )
    return MatchWeights(value["kind"], tuple(value["sources"]), value["records"], value["prior"], fields)


def advice_row(advice: Advice) -> Row:
    sides = (pack(advice.asked), pack(advice.preferred), pack(advice.rejected))
    revoked = advice.revoked_at.isoformat() if advice.revoked_at else None
    return (advice.id, *sides, advice.why, advice.advised_by, advice.advised_at.isoformat(), revoked)


def advice(row: Row) -> Advice:
    asked, preferred, rejected = (tuple(json.loads(part)) for part in row[1:4])
    revoked = datetime.fromisoformat(row[7]) if row[7] else None
    return Advice(row[0], asked, preferred, rejected, row[4], row[5], datetime.fromisoformat(row[6]), revoked)


def horn_rule(value: dict[str, Any]) -> HornRule:
    body = tuple((relation, backwards) for relation, backwards in value["body"])
    return HornRule(**{**value, "body": body})


def proposal_row(proposal: Proposal) -> Row:
    return (
        proposal.id,
        proposal.key,
        proposal.subject,
        proposal.relation,
        proposal.object,
        proposal.confidence,
        pack([asdict(quote) for quote in proposal.quotes]),
        proposal.proposed_by,
        proposal.proposed_at.isoformat(),
        proposal.revoked_at.isoformat() if proposal.revoked_at else None,
    )


def proposal(row: Row) -> Proposal:
    quotes = tuple(Evidence(**quote) for quote in json.loads(row[6]))
    revoked = datetime.fromisoformat(row[9]) if row[9] else None
    id, key, subject, relation, object, confidence = row[:6]
    at = datetime.fromisoformat(row[8])
    return Proposal(id, key, subject, relation, object, confidence, quotes, row[7], at, revoked)
