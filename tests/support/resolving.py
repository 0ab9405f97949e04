"""Ledger contents for tests of entity resolution, written as rows of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgfuse.model import (
    Datatype,
    Document,
    Evidence,
    Literal,
    MatchDecision,
    Mention,
    Moment,
    Triple,
    Validity,
    triple_id,
)
from kgfuse.protocols import LedgerContent


def read_mention(text: str, start: int) -> Mention:
    """``Acme:Organization`` is a mention with a type."""
    surface, colon, kind = text.rpartition(":")
    return Mention(surface if colon else kind, start, start + len(text), kind if colon else None)


def content_of(
    documents: Sequence[Mapping[str, Any]], decisions: Iterable[MatchDecision] = (), first: int = 1
) -> LedgerContent:
    """A ledger content from rows; see the head of tests/cases/matching.yaml. Documents are called `document:1` and on."""
    made, triples = [], []
    for number, row in enumerate(documents, start=first):
        id = f"document:{number}"
        published = row.get("published")
        when = Moment.parse(str(published)) if published else None
        made.append(Document(id, f"file:{number}", "text/plain", f"{number}", "", (), f"file:{number}", when))
        triples += [_triple(id, position * 1000, said) for position, said in enumerate(row["said"])]
    return LedgerContent(tuple(made), tuple(triples), (), frozenset(), tuple(decisions))


def _triple(document_id: str, start: int, said: Sequence[str]) -> Triple:
    subject = read_mention(said[0], start)
    value: Mention | Literal
    if said[2].startswith("="):
        value = Literal(said[2][1:], Datatype.DATE, said[2][1:])
    else:
        value = read_mention(said[2], start + 500)
    predicate = said[1].lstrip("!?")
    negated, confidence = said[1].startswith("!"), 0.3 if said[1].startswith("?") else 0.8
    period = [Moment.parse(str(end)) for end in said[3:]]
    validity = Validity(*period)
    evidence = Evidence(document_id, f"{document_id} chunk", start, start + 900, " ".join(said))
    id = triple_id(subject, predicate, value, evidence, negated, validity, "made")
    return Triple(id, subject, predicate, value, evidence, confidence, "made", (), negated, validity)
