"""Themes: communities of the graph, told from its facts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kgfuse.config import RetrieveSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import Chunk, Citation, Fact
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import FactFilter
from kgfuse.retrieve import answer, make_retriever
from kgfuse.retrieve.themes import asks_for_themes, themes
from tests.retrieve.test_written import Recorded, reply
from tests.retrieve.world import RECORDED, citer, make_world
from tests.support.made import entity, fact, graph

EVERYTHING = FactFilter()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        yield store


def opened(path: Path) -> EmbeddedGraphStore:
    Ledger.open(path).close()
    return EmbeddedGraphStore.open(path)


def two_groups(path: Path, extra: bool = False) -> EmbeddedGraphStore:
    left = [entity(f"Left {letter}") for letter in "ABCD"]
    right = [entity(f"Right {letter}") for letter in "ABCD"]
    pairs = [(a, b) for group in (left, right) for a in group for b in group if a.name < b.name]
    facts = [fact(a, "works_with", b) for a, b in pairs] + [fact(left[0], "works_with", right[0])]
    newcomer = [entity("Right E")] if extra else []
    facts += [fact(right[1], "works_with", one) for one in newcomer]
    store = opened(path)
    store.write(graph([*left, *right, *newcomer], facts), RECORDED)
    return store


def test_groups_are_found_and_only_a_changed_one_gets_another_id(tmp_path: Path) -> None:
    with two_groups(tmp_path / "a.db") as first, two_groups(tmp_path / "b.db", extra=True) as second:
        before = themes(first, builtin_ontology(), citer(), EVERYTHING, limit=5)
        after = themes(second, builtin_ontology(), citer(), EVERYTHING, limit=5)
    assert [{e.name[:4] for e in theme.entities} for theme in before] in ([{"Left"}, {"Righ"}], [{"Righ"}, {"Left"}])
    assert sorted(theme.size for theme in after) == [4, 5]
    ids = {one.id for one in before}
    assert [one.id in ids for one in after] == [one.size == 4 for one in after]
    assert all(theme.citations and theme.summary for theme in before)


def test_a_global_question_is_answered_from_them(store: EmbeddedGraphStore) -> None:
    retriever = make_retriever(store, RetrieveSettings())
    given = answer("What are the main themes?", store, builtin_ontology(), retriever, limit=5, cite=citer())
    assert not given.abstained
    assert "Acme Energy AS" in given.text
    assert given.citations


def test_what_makes_no_sentence_is_quoted_or_left_out(tmp_path: Path) -> None:
    names = [entity(f"Left {letter}") for letter in "ABC"]
    quoted, unclear = fact(names[0], "speak_to", names[1]), fact(names[2], "speak_to", names[0])
    facts = [fact(names[0], "before", names[1]), fact(names[1], "acquired", names[2]), quoted, unclear]
    words = {quoted.id: "Left A spoke to Left B.", unclear.id: "She spoke to him."}

    def cite(item: Fact | Chunk) -> Sequence[Citation]:
        quote = words.get(item.id, "f")
        return [Citation(item.id, "file:///docs/f.txt", "f", 0, len(quote), quote)]

    with opened(tmp_path / "kb.db") as store:
        store.write(graph(names, facts), RECORDED)
        (theme,) = themes(store, builtin_ontology(), cite, EVERYTHING, limit=5)
    assert theme.summary == "Left B acquired Left C. “Left A spoke to Left B.”"
    assert [one.document_id for one in theme.citations] == [one.id for one in theme.facts]


def test_where_nothing_can_be_told_a_theme_names_what_it_is_about(tmp_path: Path) -> None:
    names = [entity(f"Left {letter}") for letter in "ABC"]
    facts = [fact(names[0], "before", names[1]), fact(names[1], "speak_to", names[2])]
    with opened(tmp_path / "kb.db") as store:
        store.write(graph(names, facts), RECORDED)
        (theme,) = themes(store, builtin_ontology(), citer(), EVERYTHING, limit=5)
    assert theme.summary.startswith("Facts about Left B and Left ")
    assert theme.citations


def test_an_empty_graph_has_none(tmp_path: Path) -> None:
    with opened(tmp_path / "kb.db") as store:
        assert themes(store, builtin_ontology(), citer(), EVERYTHING, limit=5) == []


def test_a_model_summarises_and_is_checked(store: EmbeddedGraphStore) -> None:
    model = Recorded(reply(("Acme is at the centre.", [1, 2, 3]), ("Zeta Oil as well.", [1])))
    found = themes(store, builtin_ontology(), citer(), EVERYTHING, limit=1, model=model)
    assert "Zeta" not in found[0].summary
    assert json.dumps(found[0].to_dict())


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What are the main themes?", True),
        ("what topics are there", True),
        ("What are these documents about?", True),
        ("Summarise the documents", True),
        ("Please summarize all of these files.", True),
        ("Give me an overview of the documents", True),
        ("Summary of the corpus", True),
        ("What is this about?", True),
        ("What's all this about?", True),
        ("What are the documents all about?", True),
        ("Summarise Acme", False),
        ("Summarise the documents about Acme", False),
        ("Give me an overview of the market", False),
        ("Who wrote the summary of the documents?", False),
        ("What is Acme about?", False),
        ("Who is CEO of Acme?", False),
    ],
)
def test_what_asks_for_themes(question: str, meant: bool) -> None:
    assert asks_for_themes(question) == meant
