"""Documents, their sections and chunks, and attachments, as nodes and relationships."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import layout, node
from kgfuse.graph.neo4j.sections import sections
from kgfuse.graph.neo4j.snapshot import Owned, Snapshot
from kgfuse.graph.neo4j.wording import cut, moment_text
from kgfuse.ledger import rows as ledger_rows


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
        }
        elements = [node(schema.CHUNK, chunk.id, properties, embedding=vectors.get(chunk.id))]
        elements += [layout(schema.MENTIONS, chunk.id, entity_id) for entity_id in links.get(chunk.id, ())]
        made.append((chunk.id, elements))
    return made


def documents(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return documents, each with its sections and the order of its chunks."""
    sql = (
        "SELECT document_id, id, heading_path FROM chunks WHERE document_id IN ({}) "
        + 'ORDER BY document_id, "start", "end"'
    )
    chunks = {
        id: [(chunk_id, tuple(json.loads(path))) for _, chunk_id, path in group]
        for id, group in groupby(snapshot.within(sql, keys), key=lambda row: row[0])
    }
    made: Owned = []
    for row in snapshot.within(f"SELECT {ledger_rows.LIGHT_DOCUMENT} FROM documents WHERE id IN ({{}})", keys):
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
        }
        elements = [
            node(schema.DOCUMENT, document.id, properties),
            *sections(document.id, chunks.get(document.id, [])),
        ]
        made.append((document.id, elements))
    return made


def attachments(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return what hangs on a document."""
    sql = (
        "SELECT child.id, child.parent_id FROM documents AS child "
        "JOIN documents AS parent ON parent.id = child.parent_id WHERE child.id IN ({})"
    )
    return [(id, [layout(schema.HAS_ATTACHMENT, parent, id)]) for id, parent in snapshot.within(sql, keys)]
