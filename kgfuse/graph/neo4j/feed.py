"""From the journal to elements: what the ledger's file holds now, as nodes and relationships.

The journal names *owners* (a kind and a key); an owner's elements are a pure function of the file, so the same owner always
gives the same elements. Nodes of an earlier kind stand before relationships of a later one need them.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node
from kgfuse.graph.neo4j.facts import Cited, cited_by, end_of, fact_elements
from kgfuse.graph.neo4j.sections import sections
from kgfuse.graph.neo4j.wording import cut, entity_properties, literal_number, value_id
from kgfuse.graph.queries import fold
from kgfuse.ledger import rows as ledger_rows
from kgfuse.model import Moment
from kgfuse.sqlite import pack, placeholders

KINDS = ("entity", "value", "chunk", "claim", "document", "attachment", "fact")
"""In the order in which they are pushed."""

_AT_ONCE = 500
_FEW = 100_000

Owned = list[tuple[str, list[Element]]]
"""Keys of owners, each with its elements."""


class Feed:
    """Reads one snapshot of the ledger's file: whatever else is written meanwhile is left to the next push."""

    def __init__(self, connection: sqlite3.Connection, names: schema.Names) -> None:
        self._connection = connection
        self._names = names
        connection.execute("BEGIN")
        self.position: int = self._one("SELECT coalesce(max(position), 0) FROM journal")
        self._makers: Mapping[str, Callable[[Sequence[str]], Owned]] = {
            "entity": self._entities,
            "value": self._values,
            "chunk": self._chunks,
            "claim": self._claims,
            "document": self._documents,
            "attachment": self._attachments,
            "fact": self._facts,
        }

    def close(self) -> None:
        """End the snapshot."""
        self._connection.execute("ROLLBACK")

    def _one(self, sql: str, *values: object) -> Any:
        return self._connection.execute(sql, values).fetchone()[0]

    def _in(self, sql: str, keys: Sequence[str]) -> Iterator[Any]:
        """Run `sql` with its ``{}`` replaced by marks for `keys`."""
        for start in range(0, len(keys), _AT_ONCE):
            batch = keys[start : start + _AT_ONCE]
            yield from self._connection.execute(sql.replace("{}", placeholders(len(batch))), batch)

    # -------------------------------------------------------------------------------------------------------- owners

    def count(self, after: int) -> int:
        """Return how many owners changed past a position of the journal."""
        count: int = self._one("SELECT count(*) FROM journal WHERE position > ?", after)
        return count

    def owners(self, kind: str, after: int, more: Iterable[str] = ()) -> Iterator[list[str]]:
        """Yield the keys of a kind that changed past a position, and `more`, sorted, in runs."""
        if after and self.count(after) <= _FEW:
            found = {
                key
                for key, of in self._connection.execute("SELECT key, kind FROM journal WHERE position > ?", (after,))
                if of == kind
            }
            keys = iter(sorted(found | set(more)))
        else:
            sql = "SELECT key FROM journal WHERE kind = ? AND position > ? ORDER BY key"
            listed = (key for (key,) in self._connection.execute(sql, (kind, after)))
            extra = set(more)
            keys = (key for key in _chain_new(listed, extra))
        while run := list(islice(keys, _AT_ONCE)):
            yield run

    def elements(self, kind: str, keys: Sequence[str]) -> Owned:
        """Return the elements of owners; none for one that is gone."""
        made = dict(self._makers[kind](keys))
        return [(key, made.get(key, [])) for key in keys]

    def facts_citing(self, claims: Sequence[str]) -> set[str]:
        """Return the facts believed now that rest on one of these claims: they carry a quote and the sources' names."""
        ends = {
            end
            for _, body in self._in("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", claims)
            for end in json.loads(body)[0:3:2]
            if end is not None
        }
        wanted, found = set(claims), set()
        for side in ("subject", "object"):
            sql = (
                "SELECT id, supported_by, opposed_by FROM fact_versions "
                f"WHERE {side} IN ({{}}) AND retracted_at IS NULL"
            )
            for id, supported_by, opposed_by in self._in(sql, sorted(ends)):
                if not wanted.isdisjoint((*json.loads(supported_by), *json.loads(opposed_by))):
                    found.add(id)
        return found

    # ------------------------------------------------------------------------------------------------------ entities

    def _entities(self, keys: Sequence[str]) -> Owned:
        mirrored = self._mirrored(keys)
        made: Owned = []
        for row in self._in(f"SELECT {rows.ENTITY} FROM entities WHERE id IN ({{}})", keys):
            entity = rows.entity(row)
            folded = list(dict.fromkeys(fold(name)[: schema.LONGEST_NAME] for name in (entity.name, *entity.aliases)))
            properties = {
                **cut(entity.name),
                "type": entity.type,
                "aliases": list(entity.aliases),
                "folded": [name for name in folded if name],
                "mention_count": entity.mention_count,
                "members": list(entity.members),
                **mirrored.get(entity.id, {}),
            }
            made.append(
                (entity.id, [node(schema.ENTITY, entity.id, properties, second=self._names.label(entity.type))])
            )
        return [*made, *self._former(sorted(set(keys) - {key for key, _ in made}))]

    def _former(self, keys: Sequence[str]) -> Owned:
        """Entities that are no more, where the history of facts refers to them."""
        used = {
            id
            for side in ("subject", "object")
            for (id,) in self._in(f"SELECT DISTINCT {side} FROM fact_versions WHERE {side} IN ({{}})", keys)
        }
        became = dict(
            self._in(
                "SELECT member_id, name FROM entity_members JOIN entities ON entities.id = entity_id "
                "WHERE member_id IN ({})",
                keys,
            )
        )
        return [
            (id, [node(schema.ENTITY, id, cut(became.get(id, f"former {id[:15]}")), second=schema.FORMER)])
            for id in sorted(used)
        ]

    def _mirrored(self, keys: Sequence[str]) -> dict[str, dict[str, object]]:
        """The accepted literal values of entities: of each relation the latest, then the most certain."""
        sql = (
            "SELECT subject, relation, literal FROM fact_versions WHERE subject IN ({}) AND literal IS NOT NULL "
            "AND retracted_at IS NULL AND status = 'accepted' ORDER BY valid_from_at, confidence, id DESC"
        )
        found: dict[str, dict[str, object]] = defaultdict(dict)
        for subject, relation, packed in self._in(sql, keys):
            name = self._names.mirrored.get(relation)
            if name is not None:
                found[subject].update(entity_properties(name, rows.read_literal(packed)))
        return found

    def _values(self, keys: Sequence[str]) -> Owned:
        made: Owned = []
        for number, key in self._in("SELECT number, key FROM literal_values WHERE number IN ({})", keys):
            datatype, value, unit = json.loads(key)
            properties = {
                **cut(f"{value} {unit}" if unit else value),
                "datatype": datatype,
                "value": value,
                "unit": unit,
                "number": literal_number(datatype, value),
            }
            made.append((str(number), [node(schema.VALUE, value_id(datatype, value, unit), properties)]))
        return made

    # -------------------------------------------------------------------------------------------------------- layout

    def _chunks(self, keys: Sequence[str]) -> Owned:
        vectors = self._vectors("chunk", keys)
        links: dict[str, list[str]] = defaultdict(list)
        sql = (
            "SELECT chunk_id, entity_id FROM links JOIN entities ON entities.id = entity_id "
            "WHERE chunk_id IN ({}) ORDER BY entity_id"
        )
        for chunk_id, entity_id in self._in(sql, keys):
            links[chunk_id].append(entity_id)
        made: Owned = []
        for row in self._in(f"SELECT {rows.CHUNK} FROM chunks WHERE id IN ({{}})", keys):
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

    def _documents(self, keys: Sequence[str]) -> Owned:
        sql = (
            "SELECT document_id, id, heading_path FROM chunks WHERE document_id IN ({}) "
            + 'ORDER BY document_id, "start", "end"'
        )
        chunks = {
            id: [(chunk_id, tuple(json.loads(path))) for _, chunk_id, path in group]
            for id, group in groupby(self._in(sql, keys), key=lambda row: row[0])
        }
        made: Owned = []
        for row in self._in(f"SELECT {ledger_rows.LIGHT_DOCUMENT} FROM documents WHERE id IN ({{}})", keys):
            document = ledger_rows.document(row)
            properties = {
                **cut(document.title or document.uri.rsplit("/", 1)[-1]),
                "uri": document.uri,
                "media_type": document.media_type,
                "title": document.title,
                "source": document.source[: schema.LONGEST_NAME],
                "full_source": document.source if len(document.source) > schema.LONGEST_NAME else None,
                "author": document.author,
                "published_at": _text(document.published_at),
                "date_source": document.date_source and document.date_source.value,
            }
            elements = [
                node(schema.DOCUMENT, document.id, properties),
                *sections(document.id, chunks.get(document.id, [])),
            ]
            made.append((document.id, elements))
        return made

    def _attachments(self, keys: Sequence[str]) -> Owned:
        sql = (
            "SELECT child.id, child.parent_id FROM documents AS child "
            "JOIN documents AS parent ON parent.id = child.parent_id WHERE child.id IN ({})"
        )
        return [(id, [layout(schema.HAS_ATTACHMENT, parent, id)]) for id, parent in self._in(sql, keys)]

    # --------------------------------------------------------------------------------------------------------- facts

    def _claims(self, keys: Sequence[str]) -> Owned:
        triples = {
            row[0]: pack(row) for row in self._in(f"SELECT {ledger_rows.TRIPLE} FROM triples WHERE id IN ({{}})", keys)
        }
        chunks = dict(
            self._in(
                "SELECT triples.id, chunk_id FROM triples JOIN chunks ON chunks.id = chunk_id WHERE triples.id IN ({})",
                keys,
            )
        )
        made: Owned = []
        for id, body in self._in("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", keys):
            claim = rows.claim((id, body))
            evidence = claim.evidence
            properties = {
                "name": " ".join(evidence.quote[:400].split())[:120],
                "subject": claim.subject,
                "relation": claim.relation,
                "object": end_of(claim.object),
                "confidence": claim.confidence,
                "source": claim.source,
                "observed_at": _text(claim.observed_at),
                "valid_from": _text(claim.validity.valid_from),
                "valid_to": _text(claim.validity.valid_to),
                "negated": claim.negated,
                "quote": evidence.quote,
                "start": evidence.start,
                "end": evidence.end,
                "page": evidence.page,
                "body": body,
                "triple": triples.get(id),
            }
            elements = [node(schema.CLAIM, id, properties)]
            if id in chunks:
                elements.append(layout(schema.READ_IN, id, chunks[id]))
            made.append((id, elements))
        return made

    def _facts(self, keys: Sequence[str]) -> Owned:
        versions: dict[str, list[Any]] = defaultdict(list)
        sql = (
            f"SELECT {rows.PAYLOAD}, recorded_at, retracted_at, version FROM fact_versions "
            "WHERE id IN ({}) ORDER BY id, version"
        )
        for row in self._in(sql, keys):
            versions[row[0]].append(row)
        sentences = dict(self._in("SELECT fact_id, sentence FROM fact_sentences WHERE fact_id IN ({})", keys))
        vectors = self._vectors("fact", keys)
        cited = {id for found in versions.values() for row in found if row[17] is None for id in cited_by(row)}
        claims = {
            id: Cited.of(id, body)
            for id, body in self._in("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", sorted(cited))
        }
        return [
            (id, fact_elements(found, sentences.get(id), vectors.get(id), claims, self._names))
            for id, found in versions.items()
        ]

    # ------------------------------------------------------------------------------------------------------- vectors

    def _vectors(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        sql = f"SELECT id, vector FROM vectors WHERE kind = '{kind}' AND id IN ({{}})"
        return dict(self._in(sql, keys))

    def dimensions(self, kind: str) -> int | None:
        """Return how long the vectors of chunks or facts are; `None` when there is none."""
        row = self._connection.execute(
            "SELECT length(vector) / 4 FROM vectors WHERE kind = ? LIMIT 1", (kind,)
        ).fetchone()
        return row[0] if row else None


def _chain_new(listed: Iterator[str], extra: set[str]) -> Iterator[str]:
    for key in listed:
        extra.discard(key)
        yield key
    yield from sorted(extra)


def _text(value: Moment | None) -> str | None:
    return None if value is None else str(value)
