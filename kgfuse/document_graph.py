"""The graph of layout and metadata beside the facts: what stands where, who sent what to whom, what is a copy of what.

Nodes are Document, Section, Table, Figure, Page and Chunk; edges HAS_PART, NEXT, CAPTION_OF, MENTIONS (a chunk, an entity),
HAS_ATTACHMENT, REPLIES_TO and SAME_AS (near duplicates, with their likeness). Ids are content hashes of the document's id
and the place in it. What a file says of itself comes as ``metadata`` with the line that says it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TextIO

from kgfuse.document_layout import HAS_ATTACHMENT, MENTIONS, REPLIES_TO, SAME_AS, LayoutEdge, layout_of
from kgfuse.ingest.copies import SIGNATURE, copies
from kgfuse.ingest.threads import Mail, mail_of, replies
from kgfuse.ledger import Ledger
from kgfuse.model import Document, Property

_MAIL = ("message_id", "replies_to", "references", "sent_by")
_NAMED_ONLY = {SIGNATURE}
BETWEEN = frozenset({REPLIES_TO, SAME_AS})
"""What holds between documents and hangs on all of them; attachments are told by the documents themselves."""


def between_documents(
    documents: Iterable[Document], properties: Mapping[str, Sequence[Property]], threshold: float = 0.8
) -> list[LayoutEdge]:
    """Return attachments, replies and near duplicates, sorted. Documents may come without text."""
    known = {document.id: document for document in documents}
    edges = [
        LayoutEdge(HAS_ATTACHMENT, document.parent_id, document.id)
        for document in known.values()
        if document.parent_id in known and document.parent_id is not None
    ]
    mails: list[Mail] = []
    signatures: dict[str, str] = {}
    for id, document in known.items():
        own = tuple(properties.get(id, ()))
        if (mail := mail_of(replace(document, properties=own))) is not None:
            mails.append(mail)
        signatures.update((id, one.value) for one in own if one.name == SIGNATURE)
    edges += [LayoutEdge(REPLIES_TO, answer, target) for answer, target in replies(mails).items()]
    edges += [LayoutEdge(SAME_AS, left, right, like) for left, right, like in copies(signatures, threshold)]
    return sorted(edges, key=lambda edge: (edge.type, edge.source, edge.target))


def relations(ledger: Ledger, threshold: float = 0.8) -> list[LayoutEdge]:
    """Return what holds between the documents of a ledger: attachments, replies, near duplicates."""
    properties: dict[str, list[Property]] = {}
    for document_id, one in ledger.properties(*_MAIL, SIGNATURE):
        properties.setdefault(document_id, []).append(one)
    return between_documents(ledger.documents(), properties, threshold)


@dataclass(frozen=True, slots=True)
class MetadataFact:
    """What a file says of itself: `name` (``sent_by``, ``sent_on``, ``replies_to`` …), the value, and the line that says it.

    Metadata is no evidence for facts about the world and does not stand among them.
    """

    document_id: str
    uri: str
    name: str
    value: str
    quote: str


def metadata(ledger: Ledger, document_id: str | None = None, names: Sequence[str] = ()) -> list[MetadataFact]:
    """Return what one document says of itself, or all of them, under these names (none given: any), in order of URI."""
    documents = {one.id: one.uri for one in ledger.documents() if document_id in (None, one.id)}
    found = [
        MetadataFact(id, documents[id], one.name, one.value, one.quote)
        for id, one in ledger.properties(*names)
        if id in documents and one.name not in _NAMED_ONLY
    ]
    return sorted(found, key=lambda one: one.uri)


def write_layout(ledger: Ledger, mentioned: Callable[[Sequence[str]], Iterable[tuple[str, str]]], out: TextIO) -> None:
    """Write the graph as JSON lines: ``kind`` is node, edge or metadata. Flat in memory but for the relations of documents.

    `mentioned` gives ``(chunk, entity)`` for chunks.
    """
    for light in ledger.documents():
        document = ledger.document(light.id)
        chunks = ledger.chunks(light.id)
        nodes, edges = layout_of(document, chunks)
        for node in nodes:
            _write(out, "node", asdict(node))
        links = sorted(set(mentioned([chunk.id for chunk in chunks])))
        for edge in (*edges, *(LayoutEdge(MENTIONS, chunk, entity) for chunk, entity in links)):
            _write(out, "edge", asdict(edge))
        for one in document.properties:
            if one.name not in _NAMED_ONLY:
                _write(out, "metadata", {"document": document.id, **asdict(one)})
    for edge in relations(ledger):
        _write(out, "edge", asdict(edge))


def _write(out: TextIO, kind: str, values: Mapping[str, object]) -> None:
    filled = {name: value for name, value in values.items() if value is not None}
    out.write(json.dumps({"kind": kind, **filled}, ensure_ascii=False, sort_keys=True) + "\n")
