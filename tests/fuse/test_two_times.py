"""Bi-temporality through the real store: what was true then (`as_of`), and what we believed then (`known_at`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.graph.embedded import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import FactStatus, FusedGraph
from kgfuse.protocols import FactFilter
from tests.fuse.ledgers import fused, ledger, resolve_by_name

_HELD = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
_FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    Ledger.open(tmp_path / "kb.db").close()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as opened:
        yield opened


def ceo(name: str, **more: Any) -> dict[str, Any]:
    return {"says": [name, "ceo of", "Acme"], **more}


def day(number: int) -> datetime:
    return _FIRST + timedelta(days=number)


def ingest(store: EmbeddedGraphStore, *batches: list[dict[str, Any]]) -> list[FusedGraph]:
    """Fuse the ledger after each batch, as every ingest does; batch n is recorded on day n."""
    rows: list[dict[str, Any]] = []
    graphs = []
    for number, batch in enumerate(batches):
        rows += batch
        graphs.append(fused(ledger(rows)))
        store.write(graphs[-1], day(number))
    return graphs


def who(store: EmbeddedGraphStore, when: str, known: datetime | None = None) -> list[str]:
    as_of = datetime.fromisoformat(when).replace(tzinfo=UTC)
    asked = FactFilter(as_of=as_of, known_at=known, statuses=_HELD, relation="chief_executive_of")
    return sorted(fact.subject.removeprefix("entity:") for fact in store.facts(asked))


def test_a_change_is_known_from_the_day_on_which_it_was_read(store: EmbeddedGraphStore) -> None:
    ingest(
        store,
        [ceo("Ann", **{"from": "2015", "when": "2018-02-01"})],
        [ceo("Bob", **{"from": "2021-03", "when": "2021-03-02"})],
    )
    assert who(store, "2022-01-01") == ["Bob"]
    assert who(store, "2022-01-01", day(0)) == ["Ann"]  # on that day we had not read of Bob
    assert who(store, "2019-01-01") == who(store, "2019-01-01", day(0)) == ["Ann"]
    assert who(store, "2019-01-01", day(0) - timedelta(seconds=1)) == []


def test_an_old_document_that_arrives_late_changes_the_past_and_not_what_was_believed(
    store: EmbeddedGraphStore,
) -> None:
    present = [ceo("Cid", **{"from": "2020-01", "when": "2020-02-01"})]
    late = [ceo("Ann", **{"from": "2010", "to": "2014", "when": "2014-01-05"})]
    ingest(store, present, late)
    assert who(store, "2012-06-01") == ["Ann"]
    assert who(store, "2012-06-01", day(0)) == []
    assert who(store, "2023-01-01", day(0)) == who(store, "2023-01-01") == ["Cid"]


def test_what_was_withdrawn_can_be_asked_for_as_it_was_believed(store: EmbeddedGraphStore) -> None:
    wrong = [ceo("Bob", when="2019-05-01", by="blog")]
    better = [
        ceo("Ann", **{"from": "2018-01", "to": "2021-01", "when": "2021-02-01", "by": by}) for by in ("x", "y", "z")
    ]
    ingest(store, wrong, better)
    assert who(store, "2019-06-01", day(0)) == ["Bob"]
    assert who(store, "2019-06-01") == ["Ann"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.builds(
                lambda name, year, start, source: ceo(
                    name, when=f"{year}-05-01", by=source, **({"from": f"{year}"} if start else {})
                ),
                st.sampled_from(["Ann", "Bob", "Cid"]),
                st.integers(2010, 2020),
                st.booleans(),
                st.sampled_from(["s1", "s2", "s3"]),
            ),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_day_can_be_asked_for_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[dict[str, Any]]]
) -> None:
    """After any number of ingests, `known_at` gives the facts of each ingest, whole and unchanged."""
    path = tmp_path_factory.mktemp("two times") / "kb.db"
    Ledger.open(path).close()
    with EmbeddedGraphStore.open(path) as store:
        graphs = ingest(store, *batches)
        for number, graph in enumerate(graphs):
            for known in (day(number), day(number) + timedelta(hours=23)):
                assert tuple(fact.unstamped() for fact in store.facts(FactFilter(known_at=known))) == graph.facts
        assert tuple(fact.unstamped() for fact in store.facts(FactFilter())) == graphs[-1].facts
