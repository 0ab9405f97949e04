"""A person's query, run on Neo4j for reading only."""

from __future__ import annotations

from kgfuse.config import Neo4jSettings
from kgfuse.errors import QueryFailed
from kgfuse.graph.cypher import Parameters, Rows, check_reads_only, used
from kgfuse.graph.neo4j.connection import graph_errors, open_driver


def run(settings: Neo4jSettings, query: str, parameters: Parameters, *, limit: int, seconds: float) -> Rows:
    """Run a query in a read transaction that the server ends after `seconds`; return at most `limit` rows.

    Raises UsageError (a clause that writes) and leaves of GraphStoreError.
    """
    import neo4j

    check_reads_only(query)
    with (
        graph_errors(settings),
        open_driver(settings) as driver,
        driver.session(database=settings.database, default_access_mode=neo4j.READ_ACCESS) as session,
    ):
        result = session.run(neo4j.Query(query, timeout=seconds), dict(used(query, parameters)))
        columns = tuple(result.keys())
        found = result.fetch(limit + 1)
        rows = tuple(tuple(_plain(value) for value in record.values()) for record in found[:limit])
        result.consume()
    return Rows(columns, rows, len(found) > limit, "neo4j")


def check(settings: Neo4jSettings, query: str, parameters: Parameters, *, seconds: float) -> None:
    """Have the server plan a query without running it. Raises QueryFailed for a label, type or property that it lacks.

    Raises UsageError (a clause that writes) and leaves of GraphStoreError, too.
    """
    import neo4j

    check_reads_only(query)
    with (
        graph_errors(settings),
        open_driver(settings) as driver,
        driver.session(
            database=settings.database,
            default_access_mode=neo4j.READ_ACCESS,
            notifications_min_severity=neo4j.NotificationMinimumSeverity.WARNING,
        ) as session,
    ):
        planned = session.run(neo4j.Query(f"EXPLAIN {query}", timeout=seconds), dict(used(query, parameters)))
        told = planned.consume().gql_status_objects
    unrecognized = neo4j.NotificationClassification.UNRECOGNIZED
    unknown = [one.status_description for one in told if one.is_notification and one.classification is unrecognized]
    if unknown:
        raise QueryFailed(unknown[0].partition(". Make sure")[0], hint="docs/cypher.md says what stands in the graph.")


def _plain(value: object) -> object:
    """Return a value with nodes, relationships and paths as dicts of what they hold."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return {"_labels": sorted(value.labels), **{key: _plain(one) for key, one in value.items()}}
    if isinstance(value, Relationship):
        return {"_type": value.type, **{key: _plain(one) for key, one in value.items()}}
    if isinstance(value, Path):
        return {"nodes": [_plain(n) for n in value.nodes], "relationships": [_plain(r) for r in value.relationships]}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
