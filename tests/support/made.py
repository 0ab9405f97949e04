"""Small made-up values for tests."""

from __future__ import annotations

from kgfuse.ledger import DocumentRecord, FileState
from kgfuse.model import (
    ALWAYS,
    Block,
    BlockKind,
    Chunk,
    Claim,
    Document,
    Entity,
    Evidence,
    Fact,
    FactStatus,
    FusedGraph,
    Literal,
    Mention,
    Moment,
    Triple,
    Validity,
    chunk_id,
    content_id,
    document_id,
    fact_id,
    triple_id,
)
from kgfuse.protocols import Extraction

ROE_RUNS_ACME = ("Jane Roe", "chief executive of", "Acme")


def validity(start: str | None = None, end: str | None = None) -> Validity:
    """An interval from ISO dates."""
    return Validity(Moment.parse(start) if start else None, Moment.parse(end) if end else None)


def record(
    name: str,
    *said: tuple[str, str, str | Literal],
    when: Validity = ALWAYS,
    published: str | None = "2020-01-01",
    parent: Document | None = None,
) -> DocumentRecord:
    """A document called `name` that says each of these in a sentence of its own, one chunk for all."""
    uri = f"file:///docs/{name}"
    sentences = [f"{subject} {predicate} {object}." for subject, predicate, object in said] or ["Nothing is said."]
    text = " ".join(sentences)
    id = document_id(uri, text.encode())
    document = Document(
        id=id,
        uri=uri,
        media_type="text/plain",
        title=name,
        text=text,
        blocks=(Block(BlockKind.PARAGRAPH, 0, len(text)),),
        source=f"file:{uri}",
        published_at=Moment.parse(published) if published else None,
        parent_id=parent.id if parent else None,
    )
    chunk = Chunk(chunk_id(id, 0, len(text)), id, 0, len(text), text, ("Top", name))
    triples = []
    start = 0
    for (subject, predicate, object), sentence in zip(said, sentences, strict=False):
        triples.append(triple(chunk, start, sentence, subject, predicate, object, when))
        start += len(sentence) + 1
    mentions = [argument for t in triples for argument in (t.subject, t.object) if isinstance(argument, Mention)]
    return DocumentRecord(document, (chunk,), Extraction(tuple(triples), tuple(mentions)))


def triple(
    chunk: Chunk, start: int, sentence: str, subject: str, predicate: str, object: str | Literal, when: Validity
) -> Triple:
    """One triple whose evidence is `sentence` at `start`."""
    evidence = Evidence(chunk.document_id, chunk.id, start, start + len(sentence), sentence, 1)
    who = Mention(subject, start, start + len(subject), "Person")
    what = Mention(object, start, start + len(sentence), "Organization") if isinstance(object, str) else object
    id = triple_id(who, predicate, what, evidence, False, when, "made")
    return Triple(id, who, predicate, what, evidence, 0.8, "made", (("place", "Oslo"),), False, when)


def state(record: DocumentRecord, recipe: str = "1") -> FileState:
    """The state of the file that held `record`."""
    return FileState(record.document.uri, len(record.document.text), 1, record.document.id, recipe)


def entity(name: str, type: str | None = "Organization", *aliases: str) -> Entity:
    """An entity with a single member."""
    id = content_id("entity", name)
    return Entity(id, name, type, tuple(aliases), 1, (id, content_id("entity", name, "other")))


def fact(
    subject: Entity,
    relation: str,
    object: Entity | Literal,
    when: Validity = ALWAYS,
    status: FactStatus = FactStatus.ACCEPTED,
    confidence: float = 0.9,
    supported_by: tuple[str, ...] = (),
) -> Fact:
    """A fact between made-up entities."""
    value = object.id if isinstance(object, Entity) else object
    id = fact_id(subject.id, relation, value, when)
    return Fact(id, subject.id, relation, value, when, confidence, status, supported_by, (), "stated", (("n", "1"),))


def graph(entities: list[Entity], facts: list[Fact], claims: list[Claim] | None = None) -> FusedGraph:
    """A fused graph in canonical order."""
    return FusedGraph(
        tuple(sorted(entities, key=lambda e: e.id)),
        tuple(sorted(facts, key=lambda f: f.id)),
        tuple(sorted(claims or [], key=lambda c: c.triple_id)),
    )
