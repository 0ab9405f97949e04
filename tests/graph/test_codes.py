"""Nearest vectors by their signs: what is really near is found."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.graph import EmbeddedGraphStore, vectors
from kgfuse.graph.codes import Codes, codes_of
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import FileState, Ledger
from kgfuse.sqlite import Component, connect
from tests.retrieve.world import passage

COUNT, DIMENSIONS = 3000, 96


def crowd(dimensions: int = DIMENSIONS) -> np.ndarray:
    """Unit vectors in groups of alike ones, as texts about the same things are."""
    dice = np.random.default_rng(2)
    centres = dice.standard_normal((COUNT // 20, dimensions))
    made = np.repeat(centres, 20, axis=0) + 0.6 * dice.standard_normal((COUNT, dimensions))
    unit: np.ndarray = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


@given(st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_a_code_has_a_bit_a_dimension(dimensions: int, seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((3, dimensions)).astype(np.float32)
    codes = codes_of(rows)
    assert {len(code) for code in codes} == {-(-dimensions // 64) * 8}
    bits = np.unpackbits(np.frombuffer(b"".join(codes), dtype=np.uint8).reshape(3, -1), axis=1)
    assert (bits[:, :dimensions] == (rows > 0)).all()
    assert not bits[:, dimensions:].any()


@pytest.mark.parametrize("dimensions", [96, 384, 100])
def test_what_is_nearest_is_among_the_candidates(dimensions: int) -> None:
    rows = crowd(dimensions)
    codes = Codes.of(range(COUNT), codes_of(rows))
    shares = []
    for asked in rows[::100]:
        best = set(np.argsort(-(rows @ asked))[:10].tolist())
        found = codes.candidates(asked, 60)
        assert len(found) == 60
        shares.append(len(best & set(found)) / 10)
    assert np.mean(shares) >= 0.98


def test_fewer_than_asked_for_are_all() -> None:
    codes = Codes.of([3, 7], codes_of(np.eye(2, 64, dtype=np.float32)))
    assert codes.candidates(np.eye(1, 64, dtype=np.float32)[0], 10) == [3, 7]


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


def test_a_large_store_answers_as_a_small_one(store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = crowd()[7]
    exact = store.nearest("chunk", asked, 5)
    monkeypatch.setattr(vectors, "EXACT", 10)
    with EmbeddedGraphStore.open(store.path, read_only=True) as large:
        assert large.nearest("chunk", asked, 5) == exact
        assert large.nearest("fact", asked, 5) == []
        assert large.nearest("chunk", crowd(384)[0], 5) == []
    store.put_vectors("chunk", "made", [(exact[-1][0], asked)])
    with EmbeddedGraphStore.open(store.path, read_only=True) as large:
        assert large.nearest("chunk", asked, 1)[0][1] == pytest.approx(1.0)


def test_vectors_of_an_earlier_version_need_no_codes(
    store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = crowd()[7]
    exact = store.nearest("chunk", asked, 5)
    store._connection.execute("DELETE FROM vector_codes")
    monkeypatch.setattr(vectors, "EXACT", 10)
    assert store.nearest("chunk", asked, 5) == exact


def test_codes_go_with_their_vectors(store: EmbeddedGraphStore) -> None:
    store.drop_vectors("chunk", ())
    assert list(store._rows("SELECT count(*) FROM vector_codes")) == [(0,)]


def test_vectors_of_an_earlier_version_are_numbered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = crowd()
    with contextlib.closing(connect(path, Component("graph", GRAPH.migrations[:4]))) as old:
        ids = [id for (id,) in old.execute("SELECT id FROM chunks ORDER BY id")]
        for id, row, code in zip(ids, rows, codes_of(rows), strict=False):
            old.execute("INSERT INTO vectors VALUES ('chunk', ?, 'made', ?)", (id, row.tobytes()))
            old.execute("INSERT INTO vector_codes VALUES ('chunk', ?, ?)", (id, code))
        old.execute("DELETE FROM vectors WHERE id = ?", (ids[0],))
    monkeypatch.setattr(vectors, "EXACT", 10)
    with EmbeddedGraphStore.open(path) as store:
        assert store.nearest("chunk", rows[7], 1)[0][0] == ids[7]
        assert [id for id, _ in store.missing_vectors("chunk", "made")] == ids[:1]
        assert list(store._rows("SELECT count(*) FROM vector_codes")) == [(59,)]
        store.drop_vectors("chunk", ids[7:8])
        assert list(store._rows("SELECT id FROM vectors JOIN vector_codes USING (kind, number)")) == [(ids[7],)]
        assert list(store._rows("SELECT 1 FROM journal WHERE kind = 'chunk' AND key = ?", (ids[9],)))
