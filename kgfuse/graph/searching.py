"""Full-text search over a table of the embedded graph: by FTS5 where that is fast, else over the best rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kgfuse.graph import rows
from kgfuse.graph.queries import full_text
from kgfuse.graph.ranking import Rows, best_rows
from kgfuse.sqlite import batched, placeholders


@dataclass(frozen=True, slots=True)
class Index:
    """An FTS5 table, and where what it indexes stands: `number` of a row of `source` is the rowid. `tie` orders equals."""

    table: str
    number: str
    source: str
    columns: str
    tie: str


NAMES = Index(
    "name_search",
    "entity_names.id",
    "entity_names",
    "entity_names.entity_id, entity_names.folded",
    "entity_names.folded",
)
FACTS = Index(
    "fact_search",
    "fact_sentences.id",
    "fact_sentences JOIN fact_versions ON fact_versions.id = fact_sentences.fact_id",
    ", ".join(f"fact_versions.{column}" for column in rows.FACT.split(", ")),
    "fact_versions.id",
)
CHUNKS = Index(
    "chunk_search",
    "chunks.number",
    "chunks",
    ", ".join(f"chunks.{column}" for column in rows.CHUNK.split(", ")),
    "chunks.id",
)


def search(
    run: Rows, index: Index, query: str, limit: int, where: str = "TRUE", values: Sequence[object] = ()
) -> list[tuple[rows.Row, float]]:
    """Return rows that hold words of the query and pass the conditions, with their scores (BM25), best first.

    `run` runs SQL; any text is a legal query.
    """
    match = full_text(query)
    if match is None:
        return []
    ranked = best_rows(run, index.table, query)
    if ranked is not None:
        return _passing(run, index, ranked, limit, where, values)
    sql = (
        f"SELECT -bm25({index.table}), {index.columns} FROM {index.table} CROSS JOIN {index.source} "
        f"WHERE {index.number} = {index.table}.rowid AND {index.table} MATCH ? AND {where} "
        f"ORDER BY bm25({index.table}), {index.tie} LIMIT ?"
    )
    return [(row[1:], row[0]) for row in run(sql, (match, *values, limit))]


def _passing(
    run: Rows, index: Index, ranked: Sequence[tuple[int, float]], limit: int, where: str, values: Sequence[object]
) -> list[tuple[rows.Row, float]]:
    """Fetch the best of the ranked rows that pass the conditions, until there are enough."""
    found: list[tuple[Any, float]] = []
    for batch in batched(ranked, min(max(limit, 20), 500)):
        numbers = [number for number, _ in batch]
        sql = (
            f"SELECT {index.number}, {index.columns} FROM {index.source} "
            f"WHERE {index.number} IN ({placeholders(len(numbers))}) AND {where}"
        )
        passed = {row[0]: row[1:] for row in run(sql, (*numbers, *values))}
        found.extend((passed[number], score) for number, score in batch if number in passed)
        if len(found) >= limit:
            break
    return found[:limit]
