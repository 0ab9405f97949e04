"""Full-text search with a bound on the rows: exact below it, and close to exact above."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from kgfuse.graph import ranking
from kgfuse.graph.ranking import best_rows


@pytest.fixture
def index() -> Iterator[sqlite3.Connection]:
    """Ten thousand rows: `common` in each third, `often` in each tenth, `rare` in five, `w0` to `w99` here and there."""
    dice = random.Random(5)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        for number in range(1, 10_001):
            row = [f"w{int(100 * dice.random() ** 2)}" for _ in range(8)]
            row += ["common"] * (number % 3 == 0) + ["often"] * (number % 10 == 0) + ["rare"] * (number % 2000 == 0)
            connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, " ".join(row)))
        yield connection


class Counted:
    """Runs SQL and counts the rows that come back."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection, self.rows = connection, 0

    def __call__(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        found = self.connection.execute(sql, tuple(parameters)).fetchall()
        self.rows += len(found)
        return found


def exact(index: sqlite3.Connection, query: str) -> list[tuple[int, float]]:
    match = " OR ".join(f'"{word}"' for word in query.split())
    sql = "SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? ORDER BY 2 DESC, 1"
    return list(index.execute(sql, (match,)))


@pytest.mark.parametrize("query", ["rare", "nothing", "rare nothing", "w99", ""])
def test_few_rows_are_left_to_the_engine(index: sqlite3.Connection, query: str) -> None:
    assert best_rows(Counted(index), "words", query) is None


@pytest.mark.parametrize("query", ["rare common", "rare often common", "common rare w1", "w95 w97 common often w0"])
def test_the_best_are_those_of_the_engine(index: sqlite3.Connection, query: str) -> None:
    found = best_rows(Counted(index), "words", query)
    assert found is not None
    wanted = exact(index, query)
    assert len({row for row, _ in found[:5]} & {row for row, _ in wanted[:8]}) >= 4
    assert found == sorted(found, key=lambda one: (-one[1], one[0]))


def test_common_words_alone_find_what_holds_them_all(index: sqlite3.Connection) -> None:
    found = best_rows(Counted(index), "words", "common often w0")
    assert found is not None
    first = [row for row, score in found if score == found[0][1]]
    assert first
    texts = dict(index.execute("SELECT rowid, text FROM words"))
    assert all({"common", "often", "w0"} <= set(texts[row].split()) for row in first)
    assert len(found) >= 100  # and when these are few, what holds some of them


@pytest.mark.parametrize("query", ["common", "common often", "common rare", " ".join(f"w{n}" for n in range(64))])
def test_no_query_looks_at_more_rows_than_its_words_allow(
    index: sqlite3.Connection, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking, "BOUND", 100)
    counted = Counted(index)
    assert best_rows(counted, "words", query)
    assert counted.rows <= (2 * len(query.split()) + 2) * 101
