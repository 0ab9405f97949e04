"""Constraints and indexes brought into a database, and a schema made by somebody else recognised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, LiteralString

from kgfuse.config import Neo4jSettings
from kgfuse.errors import SchemaConflict
from kgfuse.graph.neo4j.connection import graph_errors
from kgfuse.graph.neo4j.schema import (
    STALE_INDEXES,
    VECTOR_INDEXES,
    VECTOR_NEIGHBOURS,
    SchemaRule,
    base_rules,
    cypher,
    fact_rules,
    node_rules,
    reading_rules,
    vector_rule,
)

if TYPE_CHECKING:
    from neo4j import Driver

_SHOW: LiteralString = (
    "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint, options WHERE type <> 'LOOKUP' "
    "RETURN name, type, labelsOrTypes, properties, owningConstraint, options.indexConfig AS config"
)
_BASES: LiteralString = "MATCH (k:KnowledgeBase) RETURN count(k) AS count"
_DROP: LiteralString = "DROP INDEX <name> IF EXISTS"
_AWAIT_SECONDS = 600


class Rules:
    """What of the schema is there. Any method may raise a leaf of GraphStoreError."""

    def __init__(self, driver: Driver, settings: Neo4jSettings) -> None:
        self._driver = driver
        self._settings = settings
        self._made = False
        self._present = self._look()

    def _run(self, query: LiteralString, /, **parameters: Any) -> list[dict[str, Any]]:
        with graph_errors(self._settings), self._driver.session(database=self._settings.database) as session:
            return session.execute_write(lambda tx: [record.data() for record in tx.run(query, **parameters)])

    def _look(self) -> dict[str, dict[str, Any]]:
        return {record["name"]: record for record in self._run(_SHOW)}

    def for_base(self) -> None:
        """Make what the node of a knowledge base needs, and see that nothing of the same name is in the way of the rest."""
        for rule in (*node_rules(), *reading_rules()):
            if rule.name in self._present:
                _check(rule, self._present[rule.name])
        self._ensure(base_rules())

    def for_nodes(self) -> None:
        """Make what finding nodes by their ids needs."""
        self._ensure(node_rules())

    def for_readers(self) -> None:
        """Make the range and full-text indexes, and drop those of earlier versions."""
        for name in STALE_INDEXES:
            if name in self._present:
                self._drop(name)
        self._ensure(reading_rules())

    def for_facts(self, types: Iterable[str]) -> None:
        """Make what relationship types of facts need."""
        self._ensure(fact_rules(types))

    def for_vectors(self, dimensions: Mapping[str, int | None]) -> None:
        """Make the vector indexes.

        One for vectors of another length is replaced if no other knowledge base uses it, one that joins vectors to fewer
        neighbours (an earlier version's) in any case: it is filled again.
        """
        for label, length in dimensions.items():
            if length is None:
                continue
            name = VECTOR_INDEXES[label]
            there = self._present.get(name)
            if there is not None:
                _check(vector_rule(label, length), there)
                config = there["config"] or {}
                has = config.get("vector.dimensions")
                if has not in (None, length):
                    self._see_that_nobody_needs(name, has, length)
                    self._drop(name)
                elif config.get("vector.hnsw.m", 0) < VECTOR_NEIGHBOURS:
                    self._drop(name)
            self._ensure([vector_rule(label, length)])

    def _see_that_nobody_needs(self, name: str, has: int, wanted: int) -> None:
        if self._run(_BASES)[0]["count"] > 1:
            raise SchemaConflict(
                f"the index {name} is for vectors of {has} dimensions and ours have {wanted}; other knowledge bases use it",
                hint="Push into another database (KGFUSE_NEO4J__DATABASE), or use one embedding model for all.",
            )

    def _drop(self, name: str) -> None:
        self._run(cypher(_DROP, name=name))
        del self._present[name]

    def _ensure(self, rules: Iterable[SchemaRule]) -> None:
        missing = []
        for rule in rules:
            if rule.name in self._present:
                _check(rule, self._present[rule.name])
            else:
                missing.append(rule)
        for rule in missing:
            self._run(rule.statement, **rule.parameters)
        if not missing:
            return
        self._made = True
        self._present = self._look()
        for rule in missing:
            if rule.name not in self._present and not rule.any_name:
                raise SchemaConflict(
                    f"an index over {rule.on} ({', '.join(rule.properties)}) stands in the way of {rule.name}",
                    hint=f"`SHOW INDEXES` names it: drop it, or rename it to {rule.name}.",
                )

    def wait(self) -> None:
        """Wait until new indexes are filled, so that whoever reads next finds everything."""
        if self._made:
            awaited: LiteralString = "CALL db.awaitIndexes($seconds)"
            self._run(awaited, seconds=_AWAIT_SECONDS)


def _check(rule: SchemaRule, there: dict[str, Any]) -> None:
    is_unique = there["owningConstraint"] == rule.name
    same = (
        there["type"] == rule.kind
        and is_unique == rule.unique
        and there["labelsOrTypes"] == [rule.on]
        and tuple(there["properties"]) == rule.properties
    )
    if not same:
        on = ", ".join(there["labelsOrTypes"] or ())
        raise SchemaConflict(
            f"the name {rule.name} is taken by another index or constraint: {there['type']} on {on} "
            f"({', '.join(there['properties'] or ())})"
        )
