"""Claims, and facts with every version of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import layout, node
from kgfuse.graph.neo4j.facts import Cited, cited_by, end_of, fact_elements
from kgfuse.graph.neo4j.snapshot import Owned, Snapshot
from kgfuse.graph.neo4j.wording import moment_text
from kgfuse.ledger import rows as ledger_rows
from kgfuse.sqlite import pack


def claims(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return claims, each with the chunk that it was read in."""
    triples = {
        row[0]: pack(row)
        for row in snapshot.within(f"SELECT {ledger_rows.TRIPLE} FROM triples WHERE id IN ({{}})", keys)
    }
    chunks = dict(
        snapshot.within(
            "SELECT triples.id, chunk_id FROM triples JOIN chunks ON chunks.id = chunk_id WHERE triples.id IN ({})",
            keys,
        )
    )
    made: Owned = []
    for id, body in snapshot.within("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", keys):
        claim = rows.claim((id, body))
        evidence = claim.evidence
        properties = {
            "name": " ".join(evidence.quote[:400].split())[:120],
            "subject": claim.subject,
            "relation": claim.relation,
            "object": end_of(claim.object),
            "confidence": claim.confidence,
            "source": claim.source,
            "observed_at": moment_text(claim.observed_at),
            "valid_from": moment_text(claim.validity.valid_from),
            "valid_to": moment_text(claim.validity.valid_to),
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


def believed(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return facts."""
    versions: dict[str, list[Any]] = defaultdict(list)
    sql = (
        f"SELECT {rows.PAYLOAD}, recorded_at, retracted_at, version FROM fact_versions "
        "WHERE id IN ({}) ORDER BY id, version"
    )
    for row in snapshot.within(sql, keys):
        versions[row[0]].append(row)
    sentences = dict(snapshot.within("SELECT fact_id, sentence FROM fact_sentences WHERE fact_id IN ({})", keys))
    vectors = snapshot.vectors("fact", keys)
    cited = {id for found in versions.values() for row in found if row[17] is None for id in cited_by(row)}
    cited_claims = {
        id: Cited.of(id, body)
        for id, body in snapshot.within("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", sorted(cited))
    }
    return [
        (id, fact_elements(found, sentences.get(id), vectors.get(id), cited_claims, names))
        for id, found in versions.items()
    ]


def facts_citing(snapshot: Snapshot, cited: Sequence[str]) -> set[str]:
    """Return the facts believed now that rest on one of these claims: they carry a quote and the sources' names."""
    ends = {
        end
        for _, body in snapshot.within("SELECT triple_id, body FROM claims WHERE triple_id IN ({})", cited)
        for end in json.loads(body)[0:3:2]
        if end is not None
    }
    wanted, found = set(cited), set()
    for side in ("subject", "object"):
        sql = f"SELECT id, supported_by, opposed_by FROM fact_versions WHERE {side} IN ({{}}) AND retracted_at IS NULL"
        for id, supported_by, opposed_by in snapshot.within(sql, sorted(ends)):
            if not wanted.isdisjoint((*json.loads(supported_by), *json.loads(opposed_by))):
                found.add(id)
    return found
