"""The shape of a reply to the extraction prompt: pydantic at the edge, values behind it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Kind = Literal["entity", "string", "number", "quantity", "date", "boolean"]
Modality = Literal["asserted", "reported", "planned", "hedged", "hypothetical"]


class SaidEntity(BaseModel):
    """A named thing of the passage."""

    name: str
    type: str | None = None


class SaidQualifier(BaseModel):
    """A further role of a statement."""

    name: str
    value: str


class SaidTriple(BaseModel):
    """A statement as the model wrote it down; nothing in it is believed before it is grounded."""

    subject: str
    subject_type: str | None = None
    predicate: str
    object: str
    object_kind: Kind = "entity"
    object_type: str | None = None
    value: str | None = None
    unit: str | None = None
    negated: bool = False
    modality: Modality = "asserted"
    valid_from: str | None = None
    valid_to: str | None = None
    qualifiers: list[SaidQualifier] = []
    confidence: float = Field(0.7, description="between 0 and 1")
    quote: str


class ExtractionReply(BaseModel):
    """Everything the model read in a passage."""

    entities: list[SaidEntity]
    triples: list[SaidTriple]


REPLY_SCHEMA: dict[str, Any] = ExtractionReply.model_json_schema()
