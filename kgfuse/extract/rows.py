"""What a row of a table or an item of a list says."""

from __future__ import annotations

from dataclasses import dataclass

from kgfuse.extract.passages import Row
from kgfuse.model import ALWAYS, Literal, Qualifiers, Validity

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
