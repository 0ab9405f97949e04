"""What is shown where nothing answers: the sentences that come nearest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgfuse.config import EmbeddingSettings, RetrieveSettings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.model import Answer, Chunk, Hit, chunk_id
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import FactFilter
from kgfuse.retrieve import answer, make_retriever, read_question
from kgfuse.retrieve.nearest import nearest_sentences
from tests.retrieve.world import citer, make_world

OBITUARY = (
    "Born Ada Pike in Carrow Hythe on 2 February 1930, the third of five children of a lock-keeper, she learned to read "
    "from tide tables. Within a decade she was chief surveyor of the River Board, succeeding Harold Gantry. Her textbook "
    "went through six editions. When the embankment gave way in March 1968, 14 people lost their lives. What did she leave?"
)
TOWN = (
    "Tolbeck is a market town on the river Ambre. Its last linen mill shut its gates in 1978. The council has 24 seats."
)


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(EmbeddingSettings())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(Path(tmp_path_factory.mktemp("world")) / "kb.db")
    with store, ledger:
        yield store


def hits(*texts: str) -> list[Hit]:
    made = [Chunk(chunk_id(str(at), 0, len(text)), str(at), 0, len(text), text) for at, text in enumerate(texts)]
    return [Hit(chunk, 1.0, (("full_text", 1.0),)) for chunk in made]


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Where did Ada Pike come into the world?", "Carrow Hythe"),
        ("What did the father of Ada Pike do for a living?", "lock-keeper"),
        ("How many people were killed when the embankment failed?", "14 people"),
        ("When did the mill in Tolbeck close?", "1978"),
        ("How many councillors does Tolbeck have?", "24 seats"),
    ],
)
@pytest.mark.parametrize("reversed_order", [False, True])
def test_the_first_of_them_holds_what_is_asked_in_other_words(
    embedder: SentenceTransformerEmbedder, question: str, holds: str, reversed_order: bool
) -> None:
    texts = (TOWN, OBITUARY) if reversed_order else (OBITUARY, TOWN)
    found = nearest_sentences(read_question(question, builtin_ontology()), hits(*texts), lambda: embedder)
    assert holds in found[0].text
    assert len(found) <= 3
    for quote in found:
        assert quote.chunk.text[quote.start : quote.end] == quote.text
        assert not quote.text.endswith("?")


def test_what_no_passage_names_has_nothing_near(embedder: SentenceTransformerEmbedder) -> None:
    for question in ("How high is the Eiffel Tower?", "Who is king of Norway?"):
        read = read_question(question, builtin_ontology())
        assert nearest_sentences(read, hits(OBITUARY, TOWN), lambda: embedder) == ()


def test_what_stands_in_several_passages_is_told_once(embedder: SentenceTransformerEmbedder) -> None:
    read = read_question("When did the mill in Tolbeck close?", builtin_ontology())
    for model in (lambda: embedder, None):
        told = [quote.text for quote in nearest_sentences(read, hits(TOWN, TOWN + " ", TOWN + "  "), model)]
        assert told
        assert len(told) == len(set(told))


def test_without_a_model_names_alone_do_not_crowd_out_the_asked_word() -> None:
    read = read_question("Who rolled up the maps of Ada Pike?", builtin_ontology())
    named = "Ada Pike was tall. Ada Pike was kind. Ada Pike was wise. Ada Pike was quick. The maps lie rolled up there"
    assert "rolled up" in nearest_sentences(read, hits(named), None)[0].text


def test_facts_between_them_hide_no_passage(embedder: SentenceTransformerEmbedder, store: EmbeddedGraphStore) -> None:
    read = read_question("When did the mill in Tolbeck close?", builtin_ontology())
    facts = [Hit(fact, 1.0, (("full_text", 1.0),)) for fact in store.facts(FactFilter())][:20]
    assert len(facts) == 20
    found = nearest_sentences(read, [*facts, *hits(OBITUARY, TOWN)], lambda: embedder)
    assert "1978" in found[0].text


def test_without_a_model_words_decide() -> None:
    read = read_question("How many editions had the textbook of Ada Pike?", builtin_ontology())
    assert "six editions" in nearest_sentences(read, hits(TOWN, OBITUARY), None)[0].text
    assert nearest_sentences(read_question("Who sold Volta?", builtin_ontology()), hits(TOWN), None) == ()


def test_there_is_nothing_near_without_passages(embedder: SentenceTransformerEmbedder) -> None:
    assert nearest_sentences(read_question("Who is Ada Pike?", builtin_ontology()), [], lambda: embedder) == ()


def test_an_abstention_shows_them_and_claims_nothing(
    store: EmbeddedGraphStore, embedder: SentenceTransformerEmbedder
) -> None:
    given = ask(store, "How cold is Pool Birch?", embedder)
    assert given.abstained
    assert given.citations == ()
    assert given.confidence == 0.0
    assert given.nearest
    assert all(len(place.quote) == place.end - place.start for place in given.nearest)
    assert given.to_dict()["nearest"][0]["quote"] == given.nearest[0].quote


def test_an_answer_has_none_and_neither_has_what_passages_may_not_tell(
    store: EmbeddedGraphStore, embedder: SentenceTransformerEmbedder
) -> None:
    given = ask(store, "Who is CEO of Acme?", embedder)
    assert not given.abstained
    assert given.nearest == ()
    known = FactFilter(known_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert ask(store, "How cold is Pool Birch?", embedder, known).nearest == ()


def ask(
    store: EmbeddedGraphStore, question: str, embedder: SentenceTransformerEmbedder, filter: FactFilter | None = None
) -> Answer:
    retriever = make_retriever(store, RetrieveSettings())
    return answer(
        question,
        store,
        builtin_ontology(),
        retriever,
        limit=10,
        cite=citer(),
        filter=filter or FactFilter(),
        embedder=lambda: embedder,
    )
