"""Full-text search in a bounded time, however large the index: BM25 over the rows that the rare words of a query find.

FTS5 scores every row that holds any word of a query, so a word that every tenth row holds costs seconds in a large index. It
says little, too: what it adds to a score is small. So the rarest words choose the rows, exactly as FTS5 scores them, and the
others add their weight to those rows alone (the idea of MaxScore, Turtle and Flood 1995, with a bound on the rows). While no
more rows than the bound match, nothing is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import log
from typing import Any

from kgfuse.graph.queries import words_of_query

BOUND = 1000
"""Rows that are scored. Fewer would lose answers, more cost 1 ms a thousand."""

MATCHING = "SELECT rowid FROM {0} WHERE {0} MATCH ? LIMIT ?"
"""The rows of a table (its name is ours) that a full-text query finds, in order of rowid, and not more than so many."""

_EVERYWHERE = 0.9
"""The share of the rows from which on a word tells none apart: to look for it takes longest."""

Rows = Callable[[str, Sequence[object]], Sequence[tuple[Any, ...]]]


def best_rows(rows: Rows, table: str, query: str) -> list[tuple[int, float]] | None:
    """Return ``(rowid, score)`` of the rows of an FTS5 table, best first; `None` where FTS5 itself is fast enough.

    Higher is better; equal scores in order of rowid. `rows` runs SQL, `table` is a name of ours.
    """
    words = words_of_query(query)
    ((last,),) = rows(f"SELECT coalesce(max(rowid), 0) FROM {table}", ())
    if last <= BOUND or not words:
        return None
    spread = {word: _spread(rows, table, word, last) for word in words}
    spread = {word: count for word, count in spread.items() if count}
    if sum(spread.values()) <= BOUND:
        return None
    ordered = sorted(spread, key=lambda word: (spread[word], word))
    rare = [word for at, word in enumerate(ordered) if sum(spread[one] for one in ordered[: at + 1]) <= BOUND]
    common = ordered[len(rare) :]
    if not rare:
        return _of_common(rows, table, common, spread, last)
    chosen = " OR ".join(f'"{word}"' for word in rare)
    sql = f"SELECT rowid, -bm25({table}) FROM {table} WHERE {table} MATCH ? LIMIT ?"
    scores: dict[int, float] = dict(rows(sql, (chosen, BOUND)))
    for word in common:
        if spread[word] > _EVERYWHERE * last:
            continue
        weight = _weight(spread[word], last)
        for (rowid,) in rows(MATCHING.format(table), (f'({chosen}) AND "{word}"', BOUND)):
            if rowid in scores:
                scores[rowid] += weight
    return best_first(scores.items())


def _of_common(
    rows: Rows, table: str, words: Sequence[str], spread: dict[str, float], last: int
) -> list[tuple[int, float]]:
    """Rows where only common words are asked for: those that hold all of them, else all but the commonest, and so on."""
    scores: dict[int, float] = {}
    for many in range(len(words), 0, -1):
        weight = sum(_weight(spread[word], last) for word in words[:many])
        together = " AND ".join(f'"{word}"' for word in words[:many])
        for (rowid,) in rows(MATCHING.format(table), (together, BOUND)):
            scores.setdefault(rowid, weight)
        if len(scores) >= BOUND // 10:
            break
    return best_first(scores.items())


def _spread(rows: Rows, table: str, word: str, last: int) -> float:
    """How many rows hold a word; of a common one, estimated by how close together the first of them are."""
    sql = f"SELECT count(*), max(rowid) FROM (SELECT rowid FROM {table} WHERE {table} MATCH ? LIMIT ?)"
    ((count, reached),) = rows(sql, (f'"{word}"', BOUND + 1))
    return float(count if count <= BOUND else max(count, count * last / reached))


def _weight(spread: float, rows: int) -> float:
    """What a word adds to the score of a row that holds it once: its inverse document frequency, as FTS5 takes it."""
    return max(1e-6, log((rows - spread + 0.5) / (spread + 0.5)))


def best_first(scores: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    """Order ``(rowid, score)`` by score, the highest first; equal scores by rowid."""
    return sorted(scores, key=lambda item: (-item[1], item[0]))
