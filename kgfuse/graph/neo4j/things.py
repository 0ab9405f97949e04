"""Entities and literal values as nodes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from kgfuse.graph import rows
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import node
from kgfuse.graph.neo4j.snapshot import Owned, Snapshot
from kgfuse.graph.neo4j.wording import cut, entity_properties, literal_number, value_id
from kgfuse.graph.queries import fold
from kgfuse.model import Entity


def entities(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return entities, and those that are no more and have a history."""
    mirrored = _mirrored(snapshot, names, keys)
    vectors = snapshot.vectors("entity", keys)
    made: Owned = []
    for row in snapshot.within(f"SELECT {rows.ENTITY} FROM entities WHERE id IN ({{}})", keys):
        entity = rows.entity(row)
        properties = {**_described(entity), **mirrored.get(entity.id, {})}
        label, vector = names.label(entity.type), vectors.get(entity.id)
        made.append((entity.id, [node(schema.ENTITY, entity.id, properties, second=label, embedding=vector)]))
    return [*made, *_former(snapshot, sorted(set(keys) - {key for key, _ in made}))]


def _described(entity: Entity) -> dict[str, object]:
    folded = list(dict.fromkeys(fold(name)[: schema.LONGEST_NAME] for name in (entity.name, *entity.aliases)))
    return {
        **cut(entity.name),
        "type": entity.type,
        "aliases": list(entity.aliases),
        "folded": [name for name in folded if name],
        "mention_count": entity.mention_count,
        "members": list(entity.members),
    }


def _former(snapshot: Snapshot, keys: Sequence[str]) -> Owned:
    """Entities that are no more, where the history of facts refers to them: with the name of what they became or had."""
    used = {
        id
        for side in ("subject", "object")
        for (id,) in snapshot.within(f"SELECT DISTINCT {side} FROM fact_versions WHERE {side} IN ({{}})", keys)
    }
    described: dict[str, dict[str, object]] = {id: cut(f"former {id[:15]}") for id in used}
    for row in snapshot.within(f"SELECT {rows.ENTITY} FROM former_entities WHERE id IN ({{}})", keys):
        described[row[0]] = _described(rows.entity(row))
    for member, entity, name, type in snapshot.within(
        "SELECT member_id, entities.id, name, type FROM entity_members JOIN entities ON entities.id = entity_id "
        "WHERE member_id IN ({})",
        keys,
    ):
        described[member] = {**cut(name), "type": type, "became": entity}
    return [(id, [node(schema.ENTITY, id, described[id], second=schema.FORMER)]) for id in sorted(used)]


def _mirrored(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> dict[str, dict[str, object]]:
    """The accepted literal values of entities: of each relation the latest, then the most certain."""
    sql = (
        "SELECT subject, relation, literal FROM fact_versions WHERE subject IN ({}) AND literal IS NOT NULL "
        "AND retracted_at IS NULL AND status = 'accepted' ORDER BY valid_from_at, confidence, id DESC"
    )
    found: dict[str, dict[str, object]] = defaultdict(dict)
    for subject, relation, packed in snapshot.within(sql, keys):
        name = names.mirrored.get(relation)
        if name is not None:
            found[subject].update(entity_properties(name, rows.read_literal(packed)))
    return found


def values(snapshot: Snapshot, names: schema.Names, keys: Sequence[str]) -> Owned:
    """Return literal values; their keys are numbers."""
    made: Owned = []
    for number, key in snapshot.within("SELECT number, key FROM literal_values WHERE number IN ({})", keys):
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
