"""Two steps: from what the best passages mention to the passages about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import RetrieveSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import FileState, Ledger
from kgfuse.model import Chunk, content_id
from kgfuse.protocols import FactFilter
from kgfuse.retrieve import make_retriever
from kgfuse.retrieve.crossing import Bridge, cross, hopeful
from kgfuse.retrieve.words import held, stem, words_of
from tests.retrieve.test_retrievers import embed_all
from tests.retrieve.world import RECORDED, passage
from tests.support.made import entity, fact, graph

TEXTS = {
    "glade.txt": ("Petra Holm was born in Tunvik, the youngest of four sisters.", ["Petra Holm", "Tunvik"]),
    "tunvik.txt": ("Tunvik is governed by mayor Odd Straum since the last election.", ["Tunvik", "Odd Straum"]),
    "noise.txt": ("The mayor of Skarnes owns a farm.", ["Skarnes"]),
    "more.txt": ("Skarnes has a mill, a dairy and a railway station.", ["Skarnes"]),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    with Ledger.open(tmp_path / "kb.db") as ledger:
        groups, names = {}, {}
        for name, (text, mentioned) in TEXTS.items():
            record = passage(name, text, mentioned)
            ledger.store(FileState(record.document.uri, len(text), 1, record.document.id, "1"), [record])
            for mention in record.extraction.mentions:
                names[mention.surface] = replace(entity(mention.surface), type="Company")
                groups[record.document.id, mention.surface, "Company"] = names[mention.surface].id
        born = fact(names["Petra Holm"], "born_in", names["Tunvik"])
        with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
            made = graph(list(names.values()), [born])
            store.write(replace(made, groups=tuple(sorted(groups.items()))), RECORDED)
            yield store


def test_the_passage_at_the_end_of_the_bridge_comes_before_those_with_the_words(store: EmbeddedGraphStore) -> None:
    embedder = embed_all(store)
    question = "Who is the mayor of the town where Petra Holm was born?"
    texts = [name for name, _ in TEXTS.values()]
    for make in (lambda: embedder, None):
        hits = make_retriever(store, RetrieveSettings(), "auto", make).retrieve(question, 20)
        passages = [hit for hit in hits if isinstance(hit.item, Chunk)]
        assert [getattr(hit.item, "text", "") for hit in passages[:2]] == texts[:2]
        assert "bridge" in dict(passages[1].scores)
        assert [step.relation for step in passages[1].path] == ["born_in"]
    plain = make_retriever(store, RetrieveSettings(), "full_text").retrieve(question, 20)
    assert [hit.item.text for hit in plain if isinstance(hit.item, Chunk)][1] != texts[1]


def test_a_filter_on_facts_lets_no_passage_through(store: EmbeddedGraphStore) -> None:
    hits = make_retriever(store, RetrieveSettings(), "auto").retrieve("Petra Holm", 9, FactFilter(relation="born_in"))
    assert [getattr(hit.item, "relation", None) for hit in hits] == ["born_in"]


def test_a_hub_bridges_nothing(store: EmbeddedGraphStore) -> None:
    tunvik = content_id("entity", "Tunvik")
    ids = [found.id for found in store.entities() if found.name in ("Tunvik", "Odd Straum")]
    assert tunvik.startswith("entity:")
    assert len(store.chunks_of(ids)) == 3
    assert len(store.chunks_of(ids, 1)) == 1
    assert store.chunks_of(ids, 2) == store.chunks_of(ids)
    chunks = [chunk for _, chunk in store.chunks_of(ids)]
    assert {(e, c) for c, e in store.entities_in(chunks) if e in ids} == set(store.chunks_of(ids))


@pytest.mark.parametrize(
    "question", ["", "   ", "?!", "x " * 50_000, "Hvem er ordfører i Tunvik?", "'; DROP TABLE links --"]
)
def test_any_text_is_a_question(store: EmbeddedGraphStore, question: str) -> None:
    before = store.counts()
    hits = make_retriever(store, RetrieveSettings(), "auto").retrieve(question, 5)
    assert len(hits) <= 5
    assert store.counts() == before


def test_an_empty_graph_gives_nothing(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "kb.db").close()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
        assert make_retriever(store, RetrieveSettings(), "auto").retrieve("Who?", 5) == []


def test_what_a_passage_adds_to_its_source_counts(tmp_path: Path) -> None:
    texts = {
        "source.txt": ("The glass works at Tunvik were opened by a duke.", ["Tunvik"]),
        "again.txt": ("Tunvik lies north of the glass works that a duke opened.", ["Tunvik"]),
        "adds.txt": ("Tunvik lies on an island with eleven wells and a chapel.", ["Tunvik"]),
        **{f"{number}.txt": (f"Island number {number} has wells.", []) for number in range(9)},
    }
    with Ledger.open(tmp_path / "kb.db") as ledger:
        place = replace(entity("Tunvik"), type="Company")
        groups = {}
        for name, (text, mentioned) in texts.items():
            record = passage(name, text, mentioned)
            ledger.store(FileState(record.document.uri, len(text), 1, record.document.id, "1"), [record])
            groups[record.document.id, "Tunvik", "Company"] = place.id
        with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
            store.write(replace(graph([place], []), groups=tuple(sorted(groups.items()))), RECORDED)
            question = "How many wells has the island whose glass works were opened by a duke?"
            hits = make_retriever(store, RetrieveSettings(), "auto").retrieve(question, 9)
            scores = {hit.item.text: dict(hit.scores).get("bridge", 0.0) for hit in hits if isinstance(hit.item, Chunk)}
            assert scores[texts["adds.txt"][0]] > scores[texts["again.txt"][0]]


NAME = st.sampled_from("abcdef")
SCORES = st.floats(0.01, 1.0)


@settings(deadline=None)
@given(
    st.dictionaries(NAME, SCORES),
    st.dictionaries(
        st.sampled_from("abcdefghij"),
        st.dictionaries(st.sampled_from("uvw"), st.tuples(NAME, SCORES, st.floats(0, 1), st.booleans()), min_size=1),
    ),
    st.floats(0.0, 0.3),
    st.integers(1, 8),
)
def test_what_is_not_looked_at_is_not_among_the_best(
    first: dict[str, float],
    reached: dict[str, dict[str, tuple[str, float, float, bool]]],
    floor: float,
    many: int,
) -> None:
    lacks = {name: number / 5 for number, name in enumerate("abcdef")}
    crossing = {
        target: [Bridge(source, entity, score) for entity, (source, score, _, _) in by.items()]
        for target, by in reached.items()
    }
    worth = {
        target: max(s * (1 + lacks[source] * share) * (2 if headed else 1) for source, s, share, headed in by.values())
        for target, by in reached.items()
    }

    def best(looked_at: set[str]) -> list[float]:
        total = {one: first.get(one, floor) + (worth[one] if one in looked_at else 0.0) for one in {*first, *looked_at}}
        return sorted(total.values(), reverse=True)[:many]

    looked_at = {one for one, _ in hopeful(first, {}, crossing, floor, lacks, many)}
    assert best(looked_at) == pytest.approx(best(set(crossing)))


@given(st.text(), st.text())
def test_the_stems_held_are_those_of_the_words(question: str, text: str) -> None:
    text = f"{text} She ran; people thought. He LAY there and went".lower()
    some = {"run", "person", "think", "lie", "go"}
    wanted = frozenset({word.stem for word in words_of(question)} | some)
    assert some <= held(wanted, text)
    whole = {stem(word.text) for word in words_of(text)}
    assert held(wanted, text) - {"s"} == (wanted & whole) - {"s"}


PAIRS = st.lists(st.tuples(NAME, st.sampled_from("uvwx")), max_size=15, unique=True)


@settings(deadline=None)
@given(PAIRS, PAIRS, st.dictionaries(NAME, st.floats(0.1, 1.0), min_size=6))
def test_the_best_bridge_is_that_of_brute_force(
    mentions: list[tuple[str, str]], reached: list[tuple[str, str]], scores: dict[str, float]
) -> None:
    places = [(entity, passage) for passage, entity in reached]
    found = cross(scores, mentions, places, 0.3)
    for target in "abcdef":
        worths = [
            0.3 * scores[source] / sum(e == entity for e, _ in places) ** 0.5
            for source, entity in mentions
            if source != target and (entity, target) in places
        ]
        best = max((bridge.score for bridge in found.get(target, [])), default=0.0)
        assert best == pytest.approx(max(worths, default=0.0))
