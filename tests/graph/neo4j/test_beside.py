"""Elements made in processes beside: the same as those made here, whatever becomes of the processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.neo4j_graphs import make_graph
from kgfuse.graph.neo4j import beside, schema, sync
from kgfuse.graph.neo4j.elements import Element
from kgfuse.graph.neo4j.feed import Feed
from kgfuse.graph.neo4j.writing import Writer
from kgfuse.graph.schema import GRAPH
from kgfuse.ontology import builtin_ontology
from kgfuse.sqlite import connect
from tests.graph.neo4j.graphs import MAIL, WHOLE, fill
from tests.graph.neo4j.pushing import Made, assert_parity, made
from tests.support.made import graph
from tests.support.neo4j_server import Neo4jAccess

NAMES = schema.names_of(builtin_ontology())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A ledger with one of everything, vectors among it, and some runs of entities and facts."""
    import numpy as np

    many = make_graph(1200, 2200)
    with closing(Made(tmp_path_factory.mktemp("beside") / "kb.db")) as base:
        fill(base.ledger)
        base.write(graph([*WHOLE.entities, *many.entities], [*WHOLE.facts, *many.facts], list(WHOLE.claims)))
        base.store.put_vectors("chunk", "m", [(MAIL.chunks[0].id, np.array([0.25, -1e-7], dtype=np.float32))])
        yield base


def _reading(base: Made) -> Feed:
    return Feed(connect(base.path, GRAPH), NAMES)


def _here(feed: Feed) -> list[beside.Run]:
    return [(kind, feed.elements(kind, keys)) for kind, keys in feed.keys(0, set())]


def _helpers() -> list[multiprocessing.process.BaseProcess]:
    return [one for one in multiprocessing.active_children() if one.name == "kgfuse-elements"]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Few owners are worth a process, and there are processors for two."""
    monkeypatch.setattr(beside, "_WORTH_IT", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    return monkeypatch


def test_they_are_the_same_as_those_made_here(base: Made, always: pytest.MonkeyPatch) -> None:
    with closing(_reading(base)) as feed:
        always.setattr(Feed, "elements", _never)
        with closing(beside.runs(base.path, feed, 0, set())) as runs:
            made = [next(runs)]
            assert len(_helpers()) == 2
            made += runs
        assert not _helpers()
        always.undo()
        assert made == _here(feed)
        assert len(made) > 10


def _never(feed: Feed, kind: str, keys: list[str]) -> list[tuple[str, list[Element]]]:
    raise AssertionError(f"{kind} is made here")


@pytest.mark.usefixtures("always")
def test_a_process_that_dies_is_made_up_for(base: Made) -> None:
    with closing(_reading(base)) as feed, closing(beside.runs(base.path, feed, 0, set())) as runs:
        made = [next(runs)]
        for one in _helpers():
            one.kill()
        assert [*made, *runs] == _here(feed)
        assert not _helpers()


@pytest.mark.usefixtures("always")
def test_a_process_that_sees_another_state_of_the_file_gives_nothing(base: Made) -> None:
    with closing(_reading(base)) as feed:
        before = _here(feed)
        base.write(make_graph(1200, 1000))
        with closing(beside.runs(base.path, feed, 0, set())) as runs:
            assert [*runs] == before


def test_a_small_push_starts_none(base: Made) -> None:
    with closing(_reading(base)) as feed, closing(beside.runs(base.path, feed, 0, set())) as runs:
        next(runs)
        assert not _helpers()


def test_a_daemon_starts_none(base: Made, always: pytest.MonkeyPatch) -> None:
    always.setattr(multiprocessing, "current_process", lambda: SimpleNamespace(daemon=True))
    with closing(_reading(base)) as feed, closing(beside.runs(base.path, feed, 0, set())) as runs:
        next(runs)
        assert not _helpers()


@pytest.mark.usefixtures("always")
def test_a_push_with_them_ends_in_parity(tmp_path: Path, neo4j: Neo4jAccess) -> None:
    with made(tmp_path / "kb.db", neo4j, "beside") as base:
        fill(base.ledger)
        base.write(WHOLE)
        assert base.push().repaired is None
        assert_parity(base, neo4j)
        assert base.push(verify=True).repaired == 0


@pytest.mark.usefixtures("always")
def test_a_push_that_fails_leaves_none_behind(
    tmp_path: Path, neo4j: Neo4jAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(writer: Writer, elements: object, stale_labels: object) -> None:
        there.append(len(_helpers()))
        raise RuntimeError("broken")

    there: list[int] = []
    monkeypatch.setattr(Writer, "put", put)
    monkeypatch.setattr(sync, "_WINDOW", 100)
    with made(tmp_path / "kb.db", neo4j, "beside_broken") as base:
        base.write(make_graph(1200, 2200))
        with pytest.raises(RuntimeError, match="broken"):
            base.push()
        assert there[0] == 2, "in the middle of what they make"
        assert not _helpers()
