"""What a row of a table or an item of a list says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kgfuse.extract.discourse import Resolved
from kgfuse.extract.passages import Row
from kgfuse.model import ALWAYS, Document, Evidence, Literal, Mention, Qualifiers, Triple, Validity, triple_id

CONFIDENCE = 0.8  # the row names what it is about
IMPLIED_CONFIDENCE = 0.7  # it is about the document's topic
LINE_CONFIDENCE = 0.75  # a line that is no sentence, understood whole
OPEN_CONFIDENCE = 0.55  # the column is none that we know


@dataclass(frozen=True, slots=True)
class RowStatement:
    """What a row says; `object` is a name or a literal."""

    row: Row
    subject: str
    predicate: str
    object: str | Literal
    validity: Validity = ALWAYS
    subject_type: str | None = None
    object_type: str | None = None
    confidence: float = CONFIDENCE
    qualifiers: Qualifiers = ()


def about(rows: Iterable[RowStatement], thing: Resolved | None) -> Iterator[RowStatement]:
    """Yield what rows say, with the type of the thing that the document is about where they speak of it."""
    for row in rows:
        if thing and row.subject == thing.name:
            yield replace(row, subject_type=thing.type)
        elif thing and row.object == thing.name:
            yield replace(row, object_type=thing.type)
        else:
            yield row


def triple_of(statement: RowStatement, document: Document, version: str) -> Triple:
    """Return what a row says as a triple, read by an extractor of this version."""
    row = statement.row
    evidence = Evidence(
        document.id, row.chunk.id, row.start, row.end, document.text[row.start : row.end], row.chunk.page
    )
    who = Mention(statement.subject, row.start, row.end, statement.subject_type)
    object = statement.object
    what = object if isinstance(object, Literal) else Mention(object, row.start, row.end, statement.object_type)
    return Triple(
        id=triple_id(who, statement.predicate, what, evidence, False, statement.validity, version),
        subject=who,
        predicate=statement.predicate,
        object=what,
        evidence=evidence,
        confidence=round(statement.confidence * (0.8 if row.chunk.quoted else 1.0), 3),
        extractor=version,
        qualifiers=statement.qualifiers,
        validity=statement.validity,
    )
