"""Where facts and chunks were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kgfuse.model import Chunk, Citation, Document, Fact, Triple
from kgfuse.protocols import FactFilter, GraphReader, Provenance


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that speaks for or against a fact, and the document (without text) that makes it.

    `reliability` is how often its source is right about such facts, as learned (`None` where that is not at hand: in Neo4j).
    `copies` are the other sources on its side that probably have it from the same origin: together they have little
    more than one vote.
    """

    triple: Triple
    document: Document
    reliability: float | None = None
    copies: tuple[str, ...] = ()


def places(
    items: Sequence[Fact | Chunk], sources: Sequence[str], graph: GraphReader, provenance: Provenance
) -> list[tuple[Citation, ...]]:
    """Return the places that carry each fact (the most confident reading first) or chunk, read together.

    Only those in documents of the `sources`, where any are named. What is inferred has the places of its premises.
    """
    facts = [item for item in items if isinstance(item, Fact)]
    premises = sorted({id for fact in facts if not fact.supported_by for id in fact.premises})
    below = {fact.id: fact.supported_by for fact in graph.facts(ids=premises)} if premises else {}
    support = {
        fact.id: fact.supported_by or tuple(triple for id in fact.premises for triple in below.get(id, ()))
        for fact in facts
    }
    triples = {one.id: one for one in provenance.triples({id for ids in support.values() for id in ids})}
    read_in = {triple.evidence.document_id for triple in triples.values()}
    read_in |= {item.document_id for item in items if isinstance(item, Chunk)}
    documents = provenance.documents_by_id(sorted(read_in))
    filter = FactFilter(sources=tuple(sources))
    admitted = {id: document for id, document in documents.items() if filter.admits(document)}
    return [
        _place_of(item, admitted)
        if isinstance(item, Chunk)
        else _places_of([triples[id] for id in support[item.id] if id in triples], admitted)
        for item in items
    ]


def _place_of(chunk: Chunk, documents: Mapping[str, Document]) -> tuple[Citation, ...]:
    document = documents.get(chunk.document_id)
    if document is None:
        return ()
    place = (chunk.start, chunk.end, chunk.text, chunk.page)
    return (Citation(chunk.document_id, document.uri, document.title, *place),)


def _places_of(triples: Sequence[Triple], documents: Mapping[str, Document]) -> tuple[Citation, ...]:
    """The places of statements, each once, the most confident reading first, then the earliest document."""
    said = [Statement(one, documents[id]) for one in triples if (id := one.evidence.document_id) in documents]
    citations: dict[tuple[str, int, int], Citation] = {}
    for one in sorted(said, key=lambda one: (-one.triple.confidence, by_date(one))):
        where, document = one.triple.evidence, one.document
        place = (where.start, where.end, where.quote, where.page)
        citations.setdefault(
            (document.id, where.start, where.end), Citation(document.id, document.uri, document.title, *place)
        )
    return tuple(citations.values())


def by_date(said: Statement) -> tuple[bool, str, str]:
    """Order statements by the date of their documents, undated ones last."""
    when = said.document.published_at
    return (when is None, str(when or ""), said.triple.id)
