"""A person's Cypher, wherever the graph can be asked: in Neo4j when it is configured, else in an embedded copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kgfuse.config import Settings
from kgfuse.errors import NotFound, UsageError
from kgfuse.graph.cypher import Parameters, Rows, check_reads_only

if TYPE_CHECKING:
    from kgfuse.protocols import Progress


def run(
    settings: Settings,
    query: str,
    parameters: Parameters,
    *,
    limit: int,
    seconds: float,
    progress: Progress | None = None,
) -> Rows:
    """Run a query that only reads and return at most `limit` rows; ``$kb`` is the name of the knowledge base.

    Raises UsageError (a clause that writes), NotFound (no ledger), and leaves of GraphStoreError and LedgerError.
    """
    from kgfuse.graph.neo4j.push import kb_name

    check_reads_only(query)
    kb = kb_name(settings.kb, settings.neo4j)
    parameters = {"kb": kb, **parameters}
    if settings.neo4j.uri is not None:
        from kgfuse.graph.neo4j import running

        return running.run(settings.neo4j, query, parameters, limit=limit, seconds=seconds)
    from kgfuse.graph import ladybug
    from kgfuse.ontology import load_ontology

    if not settings.kb.exists():
        raise NotFound(f"there is no knowledge base at {settings.kb}", hint="Make one with: kgfuse ingest FOLDER")
    path = ladybug.refresh(settings.kb, kb, load_ontology(settings.ontology), progress)
    return ladybug.run(path, query, parameters, limit=limit, seconds=seconds)


def check(settings: Settings, query: str, parameters: Parameters, *, seconds: float) -> None:
    """Have Neo4j read a query without running it, where it is configured: what it does not know by name is an error there.

    The embedded engine says so when it runs the query. Raises QueryFailed, UsageError and leaves of GraphStoreError.
    """
    if settings.neo4j.uri is not None:
        from kgfuse.graph.neo4j import running
        from kgfuse.graph.neo4j.push import kb_name

        known = {"kb": kb_name(settings.kb, settings.neo4j), **parameters}
        running.check(settings.neo4j, query, known, seconds=seconds)


def parameters_of(pairs: Sequence[str]) -> Parameters:
    """Read ``name=value`` pairs: whole and decimal numbers, ``true`` and ``false`` as such, all else as text.

    Raises UsageError.
    """
    found: dict[str, str | int | float | bool] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{pair!r} is no parameter", hint="Write it as --param name=value.")
        found[name] = _value(value)
    return found


def _value(text: str) -> str | int | float | bool:
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
