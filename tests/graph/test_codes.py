"""Nearest vectors by short codes: what is really near is found."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from kgfuse.graph import EmbeddedGraphStore, code_table
from kgfuse.graph.codes import Codebook, Codes
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import FileState, Ledger
from kgfuse.sqlite import Component, connect
from tests.retrieve.world import passage

COUNT, DIMENSIONS = 3000, 24


def crowd(dimensions: int = DIMENSIONS, count: int = COUNT) -> np.ndarray:
    """Unit vectors in groups of alike ones, as texts about the same things are."""
    dice = np.random.default_rng(2)
    centres = dice.standard_normal((count // 20, dimensions))
    made = np.repeat(centres, 20, axis=0) + 0.6 * dice.standard_normal((count, dimensions))
    unit: np.ndarray = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.mark.parametrize("dimensions", [96, 384, 100])
def test_what_is_nearest_is_among_the_candidates(dimensions: int) -> None:
    rows = crowd(dimensions)
    codebook = Codebook.learned(rows)
    codes = Codes.of(codebook, range(COUNT), codebook.codes(rows))
    shares = []
    for asked in rows[::100]:
        best = set(np.argsort(-(rows @ asked))[:10].tolist())
        found = codes.candidates(asked, 60)
        assert len(found) == 60
        shares.append(len(best & set(found)) / 10)
    assert np.mean(shares) >= 0.98


def test_the_same_vectors_give_the_same_codes() -> None:
    rows = crowd()
    one, other = Codebook.learned(rows), Codebook.learned(rows)
    assert one == other
    assert one.codes(rows[:5]) == other.codes(rows)[:5]


@pytest.mark.parametrize(
    ("dimensions", "length"), [(1, 1), (2, 1), (96, 48), (384, 48), (768, 55), (1024, 57), (1536, 60)]
)
def test_a_code_is_short_for_any_number_of_dimensions(dimensions: int, length: int) -> None:
    rows = crowd(dimensions, 640)
    codebook = Codebook.learned(rows)
    assert {len(code) for code in codebook.codes(rows[:3])} == {length}


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_any_number_of_dimensions_has_codes(dimensions: int) -> None:
    rows = crowd(dimensions)
    codebook = Codebook.learned(rows)
    found = Codes.of(codebook, range(COUNT), codebook.codes(rows)).candidates(rows[0], 10)
    assert np.mean(rows[found] @ rows[0]) > 0.8


def test_fewer_than_asked_for_are_all() -> None:
    codebook = Codebook.learned(crowd(64))
    codes = Codes.of(codebook, [3, 7], codebook.codes(np.eye(2, 64, dtype=np.float32)))
    assert sorted(codes.candidates(np.eye(1, 64, dtype=np.float32)[0], 10)) == [3, 7]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with sixty passages."""
    path = tmp_path / "kb.db"
    with Ledger.open(path) as ledger:
        for number in range(60):
            record = passage(f"{number}.txt", f"Passage {number}.")
            ledger.store(FileState(record.document.uri, 10, 1, record.document.id, "1"), [record])
    return path


@pytest.fixture
def store(path: Path) -> EmbeddedGraphStore:
    store = EmbeddedGraphStore.open(path)
    ids = [id for id, _ in store.missing_vectors("chunk", "made")]
    store.put_vectors("chunk", "made", list(zip(ids, crowd(), strict=False)))
    return store


def held(store: EmbeddedGraphStore) -> list[tuple[int, ...]]:
    """How many vectors, codes and codebooks the file has."""
    return store._rows("SELECT * FROM " + ", ".join(f"(SELECT count(*) FROM {name})" for name in TABLES))


TABLES = ("vectors", "vector_codes", "vector_codebooks")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than twenty vectors are too many to be compared all."""
    monkeypatch.setattr(code_table, "EXACT", 20)


def test_a_small_store_has_no_codes(store: EmbeddedGraphStore) -> None:
    assert held(store) == [(60, 0, 0)]


def test_a_large_store_answers_as_a_small_one(
    path: Path, store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = crowd()[7]
    exact = store.nearest("chunk", asked, 5)
    monkeypatch.setattr(code_table, "EXACT", 20)
    store.put_vectors("chunk", "made", [(exact[-1][0], asked)])
    assert held(store) == [(60, 60, 1)]
    with EmbeddedGraphStore.open(path, read_only=True) as large:
        assert large.nearest("chunk", asked, 1)[0][1] == pytest.approx(1.0)
        assert {id for id, _ in large.nearest("chunk", asked, 5)} == {id for id, _ in exact}
        assert large.nearest("fact", asked, 5) == []
        assert large.nearest("chunk", crowd(384)[0], 5) == []


@pytest.mark.usefixtures("large")
def test_what_comes_later_has_codes_of_the_same_book_until_there_is_much_more(path: Path) -> None:
    with EmbeddedGraphStore.open(path) as store:
        ids = [id for id, _ in store.missing_vectors("chunk", "made")]
        made = list(zip(ids, crowd(), strict=False))
        store.put_vectors("chunk", "made", made[:20])
        assert held(store) == [(20, 0, 0)]
        store.put_vectors("chunk", "made", made[20:30])
        assert held(store) == [(30, 30, 1)]
        book = store._rows("SELECT centroids FROM vector_codebooks")
        store.put_vectors("chunk", "made", made[30:])
        assert held(store) == [(60, 60, 1)]
        assert store._rows("SELECT centroids FROM vector_codebooks") == book
        store.put_vectors("chunk", "made", made)  # numbered anew, twice
        store.put_vectors("chunk", "made", made)
        assert held(store) == [(60, 60, 1)]
        assert store._rows("SELECT centroids FROM vector_codebooks") != book
        assert store.nearest("chunk", crowd()[7], 1)[0][0] == ids[7]


@pytest.mark.usefixtures("large")
def test_another_model_has_a_book_of_its_own(path: Path) -> None:
    with EmbeddedGraphStore.open(path) as store:
        ids = [id for id, _ in store.missing_vectors("chunk", "made")]
        store.put_vectors("chunk", "made", list(zip(ids, crowd(), strict=False)))
        store.put_vectors("chunk", "larger", list(zip(ids, crowd(128), strict=False)))
        assert held(store) == [(60, 60, 1)]
        assert store._rows("SELECT model, dimensions FROM vector_codebooks") == [("larger", 128)]
        assert store.nearest("chunk", crowd(128)[7], 1)[0][0] == ids[7]


@pytest.mark.parametrize("lost", ["DELETE FROM vector_codebooks", "DELETE FROM vector_codes WHERE number > 9"])
def test_vectors_of_an_earlier_version_need_no_codes(path: Path, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_table, "EXACT", 20)
    with EmbeddedGraphStore.open(path) as store:
        ids = [id for id, _ in store.missing_vectors("chunk", "made")]
        store.put_vectors("chunk", "made", list(zip(ids, crowd(), strict=False)))
        found = store.nearest("chunk", crowd()[7], 5)
        store._connection.execute(lost)
        assert store.nearest("chunk", crowd()[7], 5) == found


@pytest.mark.usefixtures("large")
def test_codes_go_with_their_vectors(path: Path) -> None:
    with EmbeddedGraphStore.open(path) as store:
        ids = [id for id, _ in store.missing_vectors("chunk", "made")]
        store.put_vectors("chunk", "made", list(zip(ids, crowd(), strict=False)))
        store.drop_vectors("chunk", ids[7:8])
        assert store._rows("SELECT id FROM vectors JOIN vector_codes USING (kind, number)") == [(ids[7],)]
        store.drop_vectors("chunk", ())
        assert held(store) == [(0, 0, 1)]


def test_vectors_of_an_earlier_version_are_numbered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = crowd()
    with contextlib.closing(connect(path, Component("graph", GRAPH.migrations[:4]))) as old:
        ids = [id for (id,) in old.execute("SELECT id FROM chunks ORDER BY id")]
        for id, row in zip(ids, rows, strict=False):
            old.execute("INSERT INTO vectors VALUES ('chunk', ?, 'made', ?)", (id, row.tobytes()))
            old.execute("INSERT INTO vector_codes VALUES ('chunk', ?, ?)", (id, bytes(16)))
        old.execute("DELETE FROM vectors WHERE id = ?", (ids[0],))
    monkeypatch.setattr(code_table, "EXACT", 20)
    with EmbeddedGraphStore.open(path) as store:
        assert held(store) == [(59, 0, 0)]
        assert store.nearest("chunk", rows[7], 1)[0][0] == ids[7]
        assert [id for id, _ in store.missing_vectors("chunk", "made")] == ids[:1]
        store.put_vectors("chunk", "made", [(ids[0], rows[0])])
        assert held(store) == [(60, 60, 1)]
        assert list(store._rows("SELECT 1 FROM journal WHERE kind = 'chunk' AND key = ?", (ids[9],)))
