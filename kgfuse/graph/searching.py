"""Full-text search over a table of the embedded graph: rows are ranked by number first, and only the best are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kgfuse.graph import rows
from kgfuse.graph.queries import full_text
from kgfuse.graph.ranking import BOUND, MATCHING, Rows, best_first, best_rows
from kgfuse.sqlite import placeholders


@dataclass(frozen=True, slots=True)
class Index:
    """An FTS5 table, and where what it indexes stands: `number` of a row of `source` is the rowid; an id comes first."""

    table: str
    number: str
    source: str
    columns: str


NAMES = Index(
    "name_search",
    "entity_names.id",
    "entity_names",
    "entity_names.entity_id, entity_names.folded",
)
FORMER_NAMES = Index(
    "former_name_search", "former_names.id", "former_names", "former_names.entity_id, former_names.folded"
)
FACTS = Index("fact_search", "fact_sentences.id", "fact_sentences", "fact_sentences.fact_id")
FACTS_WITH_VERSIONS = Index(
    "fact_search",
    "fact_sentences.id",
    "fact_sentences JOIN fact_versions ON fact_versions.id = fact_sentences.fact_id",
    "fact_versions.id",
)
CHUNKS = Index("chunk_search", "chunks.number", "chunks", "chunks.id")


def search(
    run: Rows, index: Index, query: str, limit: int, where: str = "TRUE", values: Sequence[object] = ()
) -> list[tuple[rows.Row, float]]:
    """Return rows that hold words of the query and pass the conditions, with their scores (BM25), best first; equals by id.

    `run` runs SQL; any text is a legal query.
    """
    match = full_text(query)
    if match is None:
        return []
    ranked = best_rows(run, index.table, query)
    return _read(run, index, _ranked(run, index, match) if ranked is None else ranked, limit, where, values)


def holding(run: Rows, index: Index, words: Sequence[str], limit: int) -> list[tuple[rows.Row, float]]:
    """Return rows that hold every one of the words, best first as `search` has it where there are more than `limit`.

    Of a word that stands everywhere not all are seen. To rank few is not worth it: FTS5 counts every row of every word.
    """
    if len(words) == 1:
        return search(run, index, words[0], limit)
    match = " ".join(f'"{word}"' for word in words)
    found = run(MATCHING.format(index.table), (match, limit + 1))
    ranked = [(rowid, 0.0) for (rowid,) in found] if len(found) <= limit else _ranked(run, index, match)
    return _read(run, index, ranked, limit, "TRUE", ())


def _ranked(run: Rows, index: Index, match: str) -> list[tuple[int, float]]:
    sql = f"SELECT rowid, -bm25({index.table}) FROM {index.table} WHERE {index.table} MATCH ? LIMIT {BOUND}"
    return best_first(run(sql, (match,)))


def _read(
    run: Rows,
    index: Index,
    ranked: Sequence[tuple[int, float]],
    limit: int,
    where: str,
    values: Sequence[object],
) -> list[tuple[rows.Row, float]]:
    """Read the best of the ranked rows that pass the conditions."""
    found: list[tuple[rows.Row, float]] = []
    for batch in _batches(ranked, min(max(limit, 20), 500)):
        scores = dict(batch)
        sql = (
            f"SELECT {index.number}, {index.columns} FROM {index.source} "
            f"WHERE {index.number} IN ({placeholders(len(scores))}) AND {where}"
        )
        passed = [(row[1:], scores[row[0]]) for row in run(sql, (*scores, *values))]
        found.extend(sorted(passed, key=lambda one: (-one[1], one[0][0])))
        if len(found) >= limit:
            break
    return found[:limit]


def _batches(ranked: Sequence[tuple[int, float]], size: int) -> Iterator[Sequence[tuple[int, float]]]:
    """Cut a ranking into batches of about this size, equal scores together: which of them come first, their ids decide."""
    start = 0
    while start < len(ranked):
        end = min(start + size, len(ranked))
        while end < len(ranked) and ranked[end][1] == ranked[end - 1][1]:
            end += 1
        yield ranked[start:end]
        start = end
