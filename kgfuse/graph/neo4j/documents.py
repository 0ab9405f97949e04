"""Documents, their sections and chunks, and attachments, as nodes and relationships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node
from kgfuse.graph.neo4j.parts import has_parts, parts
from kgfuse.graph.neo4j.sections import sections
from kgfuse.graph.neo4j.snapshot import Owned, Snapshot
from kgfuse.graph.neo4j.wording import cut, moment_text
from kgfuse.ledger import rows as ledger_rows
from kgfuse.model import Chunk


def passages(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return chunks, each with what it mentions."""
    vectors = snapshot.vectors("chunk", keys)
    links: dict[str, list[str]] = defaultdict(list)
    sql = (
        "SELECT chunk_id, entity_id FROM links JOIN entities ON entities.id = entity_id "
        "WHERE chunk_id IN ({}) ORDER BY entity_id"
    )
    for chunk_id, entity_id in snapshot.within(sql, keys):
        links[chunk_id].append(entity_id)
    made: Owned = []
    for row in snapshot.within(f"SELECT {rows.CHUNK} FROM chunks WHERE id IN ({{}})", keys):
        chunk = rows.chunk(row)
        properties = {
            "name": " ".join(chunk.text[:200].split())[:60],
            "document_id": chunk.document_id,
            "start": chunk.start,
            "end": chunk.end,
            "text": chunk.text,
            "headings": " > ".join(chunk.heading_path),
            "heading_path": list(chunk.heading_path),
            "page": chunk.page,
            "quoted": chunk.quoted,
            "table_header": chunk.table_header or None,
        }
        elements = [node(schema.CHUNK, chunk.id, properties, embedding=vectors.get(chunk.id))]
        elements += [layout(schema.MENTIONS, chunk.id, entity_id) for entity_id in links.get(chunk.id, ())]
        made.append((chunk.id, elements))
    return made


_STATED = ("sent_by", "sent_to", "copied_to", "sent_on")
"""What a mail's headers state that its node carries."""


def documents(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return documents, each with its sections, pages, tables and figures and the order of its chunks."""
    sql = f'SELECT {rows.CHUNK} FROM chunks WHERE document_id IN ({{}}) ORDER BY document_id, "start", "end"'
    chunks: dict[str, list[Chunk]] = defaultdict(list)
    for row in snapshot.within(sql, keys):
        chunk = rows.chunk(row)
        chunks[chunk.document_id].append(chunk)
    stated = _stated(snapshot, keys)
    made: Owned = []
    for row in snapshot.within(f"SELECT {ledger_rows.DOCUMENT} FROM documents WHERE id IN ({{}})", keys):
        document = ledger_rows.document(row)
        properties = {
            **cut(document.title or document.uri.rsplit("/", 1)[-1]),
            "uri": document.uri,
            "media_type": document.media_type,
            "title": document.title,
            "source": document.source[: schema.LONGEST_NAME],
            "full_source": document.source if len(document.source) > schema.LONGEST_NAME else None,
            "author": document.author,
            "published_at": moment_text(document.published_at),
            "date_source": document.date_source and document.date_source.value,
            **stated.get(document.id, {}),
        }
        held = chunks.get(document.id, [])
        elements = [
            node(schema.DOCUMENT, document.id, properties),
            *sections(document.id, [(chunk.id, chunk.heading_path) for chunk in held]),
        ]
        if has_parts(document):
            elements += parts(document, held)
        made.append((document.id, elements))
    return made


def _stated(snapshot: Snapshot, keys: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return what the headers of mails state, by document: sender and time once, recipients as lists."""
    found: dict[str, dict[str, object]] = defaultdict(dict)
    sql = "SELECT document_id, name, value FROM properties WHERE document_id IN ({}) ORDER BY document_id, number"
    for document_id, name, value in snapshot.within(sql, keys):
        if name in ("sent_by", "sent_on"):
            found[document_id].setdefault(name, value)
        elif name in _STATED:
            said = found[document_id].setdefault(name, [])
            assert isinstance(said, list)
            said.append(value)
    return found


def attachments(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return what hangs on a document."""
    sql = (
        "SELECT child.id, child.parent_id FROM documents AS child "
        "JOIN documents AS parent ON parent.id = child.parent_id WHERE child.id IN ({})"
    )
    return [(id, [layout(schema.HAS_ATTACHMENT, parent, id)]) for id, parent in snapshot.within(sql, keys)]


def relations(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return what a document answers, and what it is a near duplicate of."""
    sql = (
        "SELECT held.source, held.type, held.target, held.likeness FROM document_relations AS held "
        "JOIN documents AS one ON one.id = held.source JOIN documents AS other ON other.id = held.target "
        "WHERE held.source IN ({}) ORDER BY held.source, held.type, held.target"
    )
    found: dict[str, list[Element]] = defaultdict(list)
    for source, type, target, likeness in snapshot.within(sql, keys):
        if type in (schema.REPLIES_TO, schema.SAME_AS):
            found[source].append(layout(type, source, target, likeness=likeness))
    return list(found.items())
