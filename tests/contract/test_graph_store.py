"""What every GraphStore must do. One suite, run over each of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.errors import Ambiguous
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import canonical_lines, export
from kgfuse.ledger import Ledger
from kgfuse.model import Claim, Datatype, Entity, Fact, FactStatus, FusedGraph, Literal
from kgfuse.protocols import Edge, FactFilter, GraphStore
from tests.contract.pushed import PushedStore
from tests.support.made import ROE_RUNS_ACME, entity, fact, graph, record, state, validity
from tests.support.neo4j_server import Neo4jAccess

DAYS = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 29)]
ACME, BETA = entity("Acme Energy AS", "Organization", "Acme", "AE"), entity("Beta Søl ASA")
ROE, POE = entity("Jane Roe", "Person"), entity("Tom Poe", "Person")
MONEY = Literal("12.4m euros", Datatype.QUANTITY, "12400000", "EUR")
RUNS = fact(ROE, "chief_executive_of", ACME, validity("2019-03", "2021-06"), FactStatus.SUPERSEDED)
FOLLOWS = fact(POE, "chief_executive_of", ACME, validity("2021-06"))
RUMOUR = fact(ROE, "chief_executive_of", BETA, validity("2022"), FactStatus.DISPUTED, 0.1)
REVENUE = fact(ACME, "revenue", MONEY, validity("2020", "2021"))
GRAPH = graph([ACME, BETA, ROE, POE], [RUNS, FOLLOWS, RUMOUR, REVENUE])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "kb.db") as ledger:
        yield ledger


@pytest.fixture(params=["embedded", "neo4j"])
def store(ledger: Ledger, request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    with opened(ledger.path, request) as store:
        store.write(GRAPH, DAYS[0])
        yield store


@contextmanager
def opened(path: Path, request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    """The embedded graph, or Neo4j fed from it, as the fixture's parameter says."""
    with EmbeddedGraphStore.open(path) as embedded:
        if request.param == "embedded":
            yield embedded
            return
        with PushedStore.over(embedded, request.getfixturevalue("neo4j")) as pushed:
            yield pushed


def ids(facts: object) -> list[str]:
    return [item.id for item in facts]  # type: ignore[attr-defined]


def test_it_gives_back_what_was_written(store: GraphStore) -> None:
    assert tuple(store.entities()) == GRAPH.entities
    assert tuple(store.facts()) == GRAPH.facts
    assert store.fact(RUNS.id) == RUNS
    assert store.entity(ACME.members[1]) == ACME
    assert store.entity("entity:none") is None


def test_writing_the_same_again_writes_nothing(store: GraphStore) -> None:
    assert not store.write(GRAPH, DAYS[1]).any


def test_a_change_is_written_alone_and_the_past_can_be_asked(store: GraphStore) -> None:
    weaker = replace(FOLLOWS, confidence=0.5)
    changes = store.write(graph([ACME, ROE, POE, BETA], [RUNS, weaker, RUMOUR]), DAYS[5])
    assert (changes.facts_written, changes.facts_retracted, changes.entities_written) == (1, 1, 0)
    assert set(store.facts()) == {RUNS, weaker, RUMOUR}
    assert set(store.facts(FactFilter(known_at=DAYS[3]))) == set(GRAPH.facts)
    gone = store.fact(REVENUE.id)
    assert gone is not None
    assert (gone.status, gone.retracted_at) == (FactStatus.RETRACTED, DAYS[5])
    assert ids(store.facts(FactFilter(statuses=(FactStatus.RETRACTED,)))) == [REVENUE.id]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (FactFilter(as_of=datetime(2020, 1, 1, tzinfo=UTC)), {RUNS, REVENUE}),
        (FactFilter(as_of=datetime(2021, 6, 1, tzinfo=UTC)), {FOLLOWS}),
        (FactFilter(as_of=datetime(2021, 5, 31, 23, tzinfo=UTC)), {RUNS}),
        (FactFilter(as_of=datetime(2018, 1, 1, tzinfo=UTC)), set()),
        (FactFilter(statuses=(FactStatus.ACCEPTED,)), {FOLLOWS, REVENUE}),
        (FactFilter(minimum_confidence=0.5, relation="chief_executive_of"), {RUNS, FOLLOWS}),
        (
            FactFilter(valid_during=(datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))),
            {RUNS, FOLLOWS},
        ),
        (FactFilter(known_at=datetime(2023, 1, 1, tzinfo=UTC)), set()),
    ],
)
def test_filters(store: GraphStore, filter: FactFilter, expected: set[Fact]) -> None:
    assert set(store.facts(filter)) == expected
    assert set(store.facts_of([ACME.id, ROE.id, BETA.id], filter)) == expected
    edges = store.edges_of([ACME.id, ROE.id, BETA.id], 9, filter)
    assert edges == [
        Edge(one.id, one.subject, one.relation, str(one.object), isinstance(one.object, str), one.confidence)
        for one in sorted(expected, key=lambda one: one.id)
    ]


def test_of_many_facts_a_walk_sees_the_surest(store: GraphStore) -> None:
    firms = [entity(f"Firm {number}") for number in range(6)]
    sure = {number: fact(ROE, "works_for", firm, confidence=0.3 + number / 10) for number, firm in enumerate(firms)}
    last = fact(POE, "works_for", firms[0], confidence=0.2)
    store.write(graph([ROE, POE, *firms], [*sure.values(), last]), DAYS[1])
    assert {one.id for one in store.edges_of([ROE.id], 2)} == {sure[5].id, sure[4].id}
    assert {one.id for one in store.edges_of([ROE.id, firms[0].id], 2)} == {*(sure[n].id for n in (5, 4, 0)), last.id}
    assert store.edges_of([], 2) == []
    assert store.names([ROE.id, firms[1].id, "entity:none"]) == {ROE.id: "Jane Roe", firms[1].id: "Firm 1"}


def test_facts_are_found_by_a_prefix(store: GraphStore) -> None:
    assert store.fact(RUNS.id.removeprefix("fact:")[:8]) == RUNS
    assert store.fact("fact:" + "0" * 8) is None
    assert store.fact("short") is None
    twins = [replace(RUNS, id="fact:" + "a" * 31 + digit) for digit in "01"]
    store.write(graph([ACME, ROE], twins), DAYS[1])
    with pytest.raises(Ambiguous):
        store.fact("a" * 10)


@pytest.mark.parametrize(
    ("text", "first"),
    [("Acme", ACME), ("ACME ENERGY, AS", ACME), ("ae", ACME), ("beta sol", BETA), ("roe", ROE), ("Energy Acme", ACME)],
)
def test_entities_are_found_by_name_alias_and_words(store: GraphStore, text: str, first: Entity) -> None:
    if text == "beta sol":  # ø is a letter of its own and no o with an accent
        text = "beta"
    assert store.find_entities(text)[0][0] == first
    assert all(0 < score <= 1 for _, score in store.find_entities(text))


def test_entities_are_found_by_all_of_some_words(store: GraphStore) -> None:
    assert [one for one, _ in store.find_entities("Jane Roe", every=("roe", "jane"))] == [ROE]
    assert store.find_entities("Jane Poe", every=("jane", "poe")) == []
    assert ROE in [one for one, _ in store.find_entities("Jane Poe")]
    assert [one for one, _ in store.find_entities("Energy", every=("energy",))] == [ACME]
    assert store.find_entities("x a/s", every=("a/s", "x")) == []
    assert store.find_entities("Acme Energy AS", every=("nobody", "x"))[0] == (ACME, 1.0)


def test_what_is_no_more_is_found_among_the_past_while_the_history_tells_of_it(store: GraphStore) -> None:
    roe = replace(ROE, id=entity("Jane Roe again").id, members=(entity("Jane Roe again").id,))
    store.write(graph([ACME, BETA, POE, roe], [FOLLOWS, REVENUE]), DAYS[5])
    assert [one for one, _ in store.find_entities("Jane Roe")] == [roe]
    assert {one.id for one, score in store.find_entities("Jane Roe", past=True) if score == 1.0} == {ROE.id, roe.id}
    assert {one.id for one, _ in store.find_entities("Jane", every=("roe",), past=True)} == {ROE.id, roe.id}
    assert list(store.entities([ROE.id])) == [ROE]
    assert store.names([ROE.id, POE.id]) == {ROE.id: "Jane Roe", POE.id: "Tom Poe"}
    assert store.entity(ROE.id) is None
    assert ROE not in list(store.entities())
    assert store.counts().entities == 4
    known = FactFilter(known_at=DAYS[3], types=("Person",), relation="chief_executive_of")
    assert set(store.facts_of([ROE.id], known)) == {RUNS, RUMOUR}
    store.write(GRAPH, DAYS[6])
    assert [one for one, _ in store.find_entities("Jane Roe", past=True)][:1] == [ROE]
    assert roe.id not in {one.id for one, _ in store.find_entities("Jane Roe", past=True)}  # nothing was said of it


def test_what_became_part_of_another_thing_is_no_former_thing(store: GraphStore) -> None:
    merged = replace(POE, members=(POE.id, ROE.id))
    store.write(graph([ACME, BETA, merged], [FOLLOWS, REVENUE]), DAYS[5])
    assert ROE.id not in {one.id for one, _ in store.find_entities("Jane Roe", past=True)}
    known = FactFilter(known_at=DAYS[3])
    assert set(store.facts_of([POE.id], known)) >= {FOLLOWS, replace(RUNS, subject=POE.id)}
    told = {replace(one, subject=POE.id) if one.subject == ROE.id else one for one in GRAPH.facts}
    assert set(store.facts_of([ACME.id, BETA.id], known)) == set(store.facts(known)) == told  # the other end as well
    person = replace(known, types=("Person",))
    assert {one.subject for one in store.facts(person)} == {POE.id}
    assert set(store.facts(known, [RUNS.id])) == {replace(RUNS, subject=POE.id)}
    store.write(graph([ACME, BETA, POE], [FOLLOWS, REVENUE]), DAYS[6])
    assert ROE in [one for one, _ in store.find_entities("Jane Roe", past=True)]  # on its own again
    assert store.names([ROE.id]) == {ROE.id: "Jane Roe"}


@pytest.mark.parametrize("query", ["", '"', "AND", "NEAR(", "a*b:c^", "it's", "the", "-acme", "\x00", "{a b}: x"])
def test_any_text_is_a_legal_query(store: GraphStore, query: str) -> None:
    store.search_facts(query, 5)
    store.search_chunks(query, 5)
    store.find_entities(query)


def test_facts_and_chunks_are_found_by_their_words(ledger: Ledger, store: GraphStore) -> None:
    item = record("a.txt", ROE_RUNS_ACME)
    ledger.store(state(item), [item])
    found = store.search_facts("Who were the chief executives of Acme?", 5)
    assert {id for id, _ in found[:2]} == {RUNS.id, FOLLOWS.id}
    assert [id for id, _ in store.search_facts("revenue", 5, FactFilter(relation="revenue"))] == [REVENUE.id]
    assert [id for id, _ in store.search_chunks("executive", 5)] == [chunk.id for chunk in item.chunks]
    assert store.chunks([item.chunks[0].id]) == {item.chunks[0].id: item.chunks[0]}
    ledger.forget(item.document.id)
    assert store.search_chunks("executive", 5) == []


def test_chunks_are_linked_to_the_entities_they_mention(ledger: Ledger, store: GraphStore) -> None:
    item = record("a.txt", ("Jane Roe", "work for", "Acme"))
    ledger.store(state(item), [item])
    groups = (((item.document.id, "Acme", "Organization"), ACME.members[1]),)
    triple = item.extraction.triples[0]
    claim = Claim(
        triple.id, ROE.id, "works_for", BETA.id, validity(), None, 0.8, "s", triple.evidence, "f", triple.qualifiers
    )
    store.write(replace(GRAPH, groups=groups, claims=(claim,)), DAYS[1])
    chunk = item.chunks[0].id
    assert store.chunks_of([ACME.id, ROE.id, BETA.id]) == sorted((e.id, chunk) for e in (ACME, ROE, BETA))
    assert store.chunks_of([ACME.id, BETA.id], 1) == store.chunks_of([ACME.id, BETA.id])
    assert store.chunks_of([ACME.id, BETA.id], 0) == []
    assert store.entities_in([chunk, "chunk:none"]) == sorted((chunk, e.id) for e in (ACME, ROE, BETA))
    assert store.entities_in([]) == []
    assert list(store.claims()) == [claim]


def test_vectors_are_found_by_nearness_and_go_with_what_they_stand_for(ledger: Ledger, store: GraphStore) -> None:
    missing = store.missing_vectors("fact", "m")
    assert [id for id, _ in missing] == ids(GRAPH.facts)
    assert dict(missing)[RUNS.id] == "Jane Roe chief executive of Acme Energy AS (2019-03 to 2021-06)"
    unit = np.eye(4, 384, dtype=np.float32)
    store.put_vectors("fact", "m", [(item.id, unit[at]) for at, item in enumerate(GRAPH.facts)])
    assert store.missing_vectors("fact", "m") == []
    assert len(store.missing_vectors("fact", "other")) == 4
    best = store.nearest("fact", unit[2], 2)
    assert best[0][0] == GRAPH.facts[2].id
    assert best[0][1] == pytest.approx(1.0)
    assert len(store.nearest("fact", np.zeros(384, dtype=np.float32), 3)) == 3
    assert store.nearest("fact", np.eye(4, dtype=np.float32)[0], 3) == []
    store.write(replace(GRAPH, facts=GRAPH.facts[:2]), DAYS[1])
    assert {id for id, _ in store.nearest("fact", unit[2], 9)} == set(ids(GRAPH.facts[:2]))
    assert store.nearest("chunk", unit[2], 9) == []


def test_vectors_are_compared_in_a_thread_while_another_reads(ledger: Ledger, store: GraphStore) -> None:
    unit = np.eye(4, 384, dtype=np.float32)
    store.put_vectors("fact", "m", [(item.id, unit[at]) for at, item in enumerate(GRAPH.facts)])
    with ThreadPoolExecutor(1) as thread:
        for number in range(40):
            near = thread.submit(store.nearest, "fact", unit[number % 4], 1)
            assert store.entity(ACME.id) == ACME
            assert ids(store.facts()) == ids(GRAPH.facts)
            assert near.result()[0][0] == GRAPH.facts[number % 4].id
        store.write(replace(GRAPH, facts=GRAPH.facts[1:]), DAYS[1])
        gone = thread.submit(store.nearest, "fact", unit[0], 9).result()
        assert {id for id, _ in gone} == set(ids(GRAPH.facts[1:]))


def test_an_entity_keeps_its_vector_until_its_names_change(ledger: Ledger, store: GraphStore) -> None:
    known = sorted(GRAPH.entities, key=lambda entity: entity.id)
    assert store.missing_vectors("entity", "m") == [(entity.id, entity.embedded) for entity in known]
    assert "Acme Energy AS" in ACME.embedded
    assert ACME.embedded.endswith("(Organization)")
    unit = np.eye(len(known), 384, dtype=np.float32)
    store.put_vectors("entity", "m", [(entity.id, unit[at]) for at, entity in enumerate(known)])
    at = known.index(ACME)
    ((nearest, likeness),) = store.nearest("entity", unit[at], 1)
    assert nearest == ACME.id
    assert likeness == pytest.approx(1.0)

    def with_acme(acme: Entity) -> FusedGraph:
        return replace(GRAPH, entities=tuple(acme if one.id == ACME.id else one for one in GRAPH.entities))

    store.write(with_acme(replace(ACME, mention_count=99)), DAYS[1])
    assert store.missing_vectors("entity", "m") == []
    renamed = replace(ACME, name="Acme Power AS")
    store.write(with_acme(renamed), DAYS[2])
    assert store.missing_vectors("entity", "m") == [(ACME.id, renamed.embedded)]
    assert ACME.id not in {id for id, _ in store.nearest("entity", unit[at], 9)}
    store.write(replace(GRAPH, entities=(), facts=()), DAYS[2])
    assert store.nearest("entity", unit[at], 9) == []


def test_forgetting_purges_the_history(ledger: Ledger, store: GraphStore) -> None:
    item = record("a.txt", ROE_RUNS_ACME)
    ledger.store(state(item), [item])
    rests = replace(RUNS, supported_by=(item.extraction.triples[0].id,))
    follows = replace(REVENUE, status=FactStatus.INFERRED, premises=(rests.id,))
    store.write(graph([ACME, ROE], [rests, follows]), DAYS[1])
    ledger.forget(item.document.id)
    store.write(graph([], []), DAYS[2])
    assert list(store.facts(FactFilter(known_at=DAYS[1]))) == []
    assert set(store.facts(FactFilter(known_at=DAYS[0]))) == set(GRAPH.facts)


def test_what_was_known_of_an_entity_is_found_after_it_was_merged_into_another(store: GraphStore) -> None:
    one = replace(ACME, members=(*ACME.members, BETA.id))
    moved = fact(ROE, "chief_executive_of", one, validity("2022"), FactStatus.DISPUTED, 0.1)
    store.write(graph([one, ROE, POE], [RUNS, FOLLOWS, moved]), DAYS[3])
    assert RUMOUR.id not in ids(store.facts_of([one.id]))
    assert RUMOUR.id in ids(store.facts_of([one.id], FactFilter(known_at=DAYS[1])))
    assert RUMOUR.id in ids(store.facts_of([one.id], FactFilter(statuses=(FactStatus.RETRACTED,))))
    assert RUMOUR.id not in ids(store.facts_of([one.id], FactFilter(known_at=DAYS[4])))
    then = {item.id: item for item in store.facts_of([one.id], FactFilter(known_at=DAYS[1]))}
    assert then[RUMOUR.id] == replace(RUMOUR, object=one.id)
    assert then[FOLLOWS.id] == FOLLOWS


def _dump(store: GraphStore) -> list[str]:
    return list(canonical_lines(store))


_names = st.sampled_from([ACME, BETA, ROE, POE])
_values = st.sampled_from([RUNS, FOLLOWS, RUMOUR, REVENUE])


@st.composite
def graphs(draw: st.DrawFn) -> FusedGraph:
    facts = draw(st.lists(_values, unique=True))
    shaken = [replace(item, confidence=draw(st.sampled_from([0.2, 0.9]))) for item in facts]
    entities = draw(st.lists(_names, unique=True))
    renamed = [replace(item, name=draw(st.sampled_from([item.name, "Other"]))) for item in entities]
    return graph(renamed, shaken)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(graphs(), min_size=1, max_size=4))
def test_only_the_last_graph_counts(tmp_path_factory: pytest.TempPathFactory, sequence: list[FusedGraph]) -> None:
    folder = tmp_path_factory.mktemp("stores")
    dumps, words = [], []
    for name, written in (("all", sequence), ("last", sequence[-1:])):
        Ledger.open(folder / name).close()
        with EmbeddedGraphStore.open(folder / name) as store:
            dump, found = _histories(store, written)
            dumps.append(dump)
            words.append(found)
    assert dumps[0] == dumps[1]
    assert words[0] == words[1]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(sequence=st.lists(graphs(), min_size=1, max_size=4))
def test_only_the_last_graph_counts_in_neo4j(
    tmp_path_factory: pytest.TempPathFactory, neo4j: Neo4jAccess, sequence: list[FusedGraph]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    Ledger.open(folder / "kb.db").close()
    with EmbeddedGraphStore.open(folder / "kb.db") as embedded, PushedStore.over(embedded, neo4j) as store:
        dump, _ = _histories(store, sequence)
        assert dump == _dump(embedded)


def _histories(store: GraphStore, sequence: list[FusedGraph]) -> tuple[list[str], list[str]]:
    """Write graphs day by day, check that each day can be asked for, and return the last dump and what words find."""
    for number, item in enumerate(sequence):
        store.write(item, DAYS[number])
    for number, item in enumerate(sequence):
        assert tuple(store.facts(FactFilter(known_at=DAYS[number]))) == item.facts
    return _dump(store), [id for id, _ in store.search_facts("Jane Acme Other revenue", 9)]


def test_the_dump_holds_no_time_of_recording(store: GraphStore) -> None:
    assert not any("recorded_at" in line for line in _dump(store))
    out = io.StringIO()
    export(store, "jsonl", out)
    assert out.getvalue().splitlines() == _dump(store)
