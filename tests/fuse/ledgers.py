"""Made-up ledgers for the tests of fusion: sentences as rows, entities by their exact names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kgfuse.config import FuseSettings
from kgfuse.model import (
    Datatype,
    DateSource,
    Document,
    Entity,
    Evidence,
    Fact,
    FusedGraph,
    Literal,
    Mention,
    Moment,
    Triple,
    Validity,
    content_id,
    triple_id,
)
from kgfuse.ontology import Ontology, builtin_ontology
from kgfuse.protocols import LedgerContent

SETTINGS = FuseSettings()


@dataclass(frozen=True, slots=True)
class ByName:
    """A resolution in which a name is an entity."""

    entities: tuple[Entity, ...]
    groups: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    entity_of: Mapping[str, str] = field(default_factory=dict)
    matching: tuple[()] = ()

    def entity_id(self, document_id: str, mention: Mention) -> str:
        return f"entity:{mention.surface}"

    def type_of(self, entity_id: str) -> str | None:
        return next((entity.type for entity in self.entities if entity.id == entity_id), None)


def resolve_by_name(
    content: LedgerContent, ontology: Ontology, settings: FuseSettings, matching: object = None, documents: int = 0
) -> ByName:
    """Stand in for `kgfuse.fuse.entities.resolve`."""
    types: dict[str, str | None] = {}
    for triple in content.triples:
        for argument in (triple.subject, triple.object):
            if isinstance(argument, Mention):
                types[argument.surface] = types.get(argument.surface) or argument.entity_type
    return ByName(tuple(Entity(f"entity:{name}", name, types[name], (), 1) for name in sorted(types)))


def moment(text: object) -> Moment | None:
    return None if text is None else Moment.parse(str(text))


def literal(text: str) -> Literal:
    """``12.4 EUR`` and ``450 employee`` are quantities, ISO dates are dates, the rest strings."""
    value, _, unit = text.partition(" ")
    if value.replace(".", "", 1).isdigit() and (unit or len(value) != 4):
        return Literal(text, Datatype.QUANTITY if unit else Datatype.NUMBER, value, unit or None)
    try:
        Moment.parse(text)
    except ValueError:
        return Literal(text, Datatype.STRING, text)
    return Literal(text, Datatype.DATE, text)


def ledger(rows: Iterable[Mapping[str, Any]]) -> LedgerContent:
    """Build a ledger from rows.

    A row is one sentence: `says` [subject, predicate, object] (an object that starts with ``=`` is a literal), `when` the
    document's date, `by` its source, `in` its name, `from`/`to` what it states, `sure` its confidence, `denied`,
    `quoted`, `sentence` (equal ones are copies), `filed` (dated by the file's time only).
    """
    documents: dict[str, Document] = {}
    triples: dict[str, Triple] = {}
    quoted: set[str] = set()
    for number, row in enumerate(rows):
        subject, predicate, object = row["says"]
        source, on = str(row.get("by", f"source {number}")), row.get("when")
        name = str(row.get("in", f"{source}|{on}"))
        document = content_id("document", name)
        date_source = DateSource.FILE_TIME if row.get("filed") else DateSource.HEADER
        documents[document] = Document(
            document, f"file:///{name}", "text/plain", name, "", (), source, moment(on), date_source
        )
        sentence = str(row.get("sentence", f"{subject} {predicate} {object} {number}"))
        chunk = content_id("chunk", document, bool(row.get("quoted")))
        if row.get("quoted"):
            quoted.add(chunk)
        start = int(row.get("at", number)) * 1000
        evidence = Evidence(document, chunk, start, start + len(sentence), sentence)
        validity = Validity(moment(row.get("from")), moment(row.get("to")))
        who = Mention(str(subject), 0, 1, row.get("subject_type"))
        what = (
            literal(str(object)[1:])
            if str(object).startswith("=")
            else Mention(str(object), 0, 1, row.get("object_type"))
        )
        denied = bool(row.get("denied"))
        id = triple_id(who, predicate, what, evidence, denied, validity, "made")
        confidence = float(row.get("sure", 0.85))
        triples[id] = Triple(id, who, predicate, what, evidence, confidence, "made", (), denied, validity)
    return LedgerContent(tuple(documents.values()), tuple(triples.values()), (), frozenset(quoted), ())


def fused(content: LedgerContent, ontology: Ontology | None = None, settings: FuseSettings = SETTINGS) -> FusedGraph:
    """Fit and fuse; the caller has put `resolve_by_name` in place."""
    from kgfuse.fuse import fit, fuse

    known = ontology or builtin_ontology()
    return fuse(content, known, settings, fit(content, known, settings))


def words(fact: Fact, names: Mapping[str, str]) -> str:
    """A fact as a row of a case: ``Jane | chief_executive_of | Acme | 2019 | 2021 | superseded``."""
    object = names.get(fact.object, fact.object) if isinstance(fact.object, str) else str(fact.object)
    start, end = fact.validity.valid_from or "…", fact.validity.valid_to or "…"
    return (
        f"{names.get(fact.subject, fact.subject)} | {fact.relation} | {object} | {start} | {end} | {fact.status.value}"
    )
