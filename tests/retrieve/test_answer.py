"""Answers, row by row (tests/cases/questions.yaml), and what they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kgfuse.config import EmbeddingSettings, RetrieveSettings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.model import Answer, Chunk, Fact, FactStatus, Moment, Validity
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import FactFilter
from kgfuse.retrieve import answer, make_retriever
from tests.retrieve.world import cases, citer, make_world

EVERYTHING = FactFilter()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(Path(tmp_path_factory.mktemp("world")) / "kb.db")
    with store, ledger:
        yield store


def ask(
    store: EmbeddedGraphStore,
    question: str,
    filter: FactFilter = EVERYTHING,
    now: datetime | None = None,
    embedder: SentenceTransformerEmbedder | None = None,
) -> Answer:
    retriever = make_retriever(store, RetrieveSettings())
    means = (lambda: embedder) if embedder is not None else None
    return answer(
        question, store, builtin_ontology(), retriever, limit=10, cite=citer(), filter=filter, now=now, embedder=means
    )


@pytest.mark.parametrize(
    "row", cases()["questions"], ids=lambda row: " ".join((row["ask"], row.get("as_of", ""), row.get("today", "")))
)
def test_questions(store: EmbeddedGraphStore, row: dict[str, Any]) -> None:
    as_of = datetime.fromisoformat(row["as_of"]) if "as_of" in row else None
    now = datetime.fromisoformat(row["today"]).replace(tzinfo=UTC) if "today" in row else None
    given = ask(store, row["ask"], FactFilter(as_of=as_of), now)
    assert given.abstained == row.get("abstains", False), given.text
    for part in row.get("says", []):
        assert part in given.text
    for part in row.get("never", []):
        assert part not in given.text
    if given.abstained:
        assert given.confidence == 0.0
    else:
        assert given.citations
        assert 0.0 < given.confidence <= 0.9


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("Who was chief executive of Acme in June 2021?", Validity(Moment.parse("2021-06"), Moment.parse("2021-07"))),
        ("Who was chief executive of Acme before 2019?", Validity(None, Moment.parse("2019"))),
        ("Who led Acme before Tom Poe?", Validity(Moment.parse("2021-05-31"), Moment.parse("2021-06"))),
        ("Who led Acme after Jane Roe left?", Validity(Moment.parse("2021-06-02"), Moment.parse("2021-06-03"))),
        ("Who is currently chief executive of Acme?", None),
        ("Who is chief executive of Acme?", None),
    ],
)
def test_the_time_asked_about_is_told(store: EmbeddedGraphStore, question: str, period: Validity | None) -> None:
    assert ask(store, question).period == period
    assert ask(store, question, FactFilter(as_of=datetime(2020, 1, 1, tzinfo=UTC))).period is None


def test_what_is_looked_for_is_of_the_time_asked_about(store: EmbeddedGraphStore) -> None:
    hits = ask(store, "Who was the muse of Acme Energy AS in 2016?").hits
    told = [hit.item for hit in hits if isinstance(hit.item, Fact)]
    starts = [one.validity.valid_from.at.year for one in told if one.validity.valid_from]
    assert starts
    assert max(starts) <= 2016


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Wer leitet Acme Energy AS?", False),
        ("Qui est le chef de Acme?", False),
        ("谁是 Acme 的 首席执行官？", False),
        ("Acme 的首席执行官是谁？", False),
        ("Кто руководит Acme?", False),
        ("Quem é o chefe de Acme?", False),
        ("Wie is de baas van Acme?", False),
        ("Acme annual dividend?", True),
        ("Favourite dessert Ann Moe?", True),
        ("Acme α decay energy?", True),
        ("Who painted Acme Energy AS?", True),
        ("Acme Energy AS oranges?", True),
        ("Is Acme Energy AS sculpting?", True),
        ("Did Acme sculpt?", True),
        ("Acme painter", True),
    ],
)
def test_a_question_in_another_language_is_told_why_there_is_no_answer(
    store: EmbeddedGraphStore, question: str, english: bool
) -> None:
    given = ask(store, question)
    assert given.abstained
    assert ("only questions in English" not in given.text) == english


def test_an_answer_cites_what_it_says_and_what_speaks_against_it(store: EmbeddedGraphStore) -> None:
    given = ask(store, "Who was in charge of Acme in 2022?")
    facts = [hit.item for hit in given.hits if isinstance(hit.item, Fact)]
    assert [fact.status for fact in facts] == [FactStatus.SUPERSEDED, FactStatus.DISPUTED]
    assert [citation.document_id for citation in given.citations] == [fact.id for fact in facts]


def test_a_passage_is_quoted_word_for_word(store: EmbeddedGraphStore) -> None:
    given = ask(store, "How many litres of coffee does the night shift at Beta Solar drink?")
    citation = given.citations[0]
    assert given.text == citation.quote
    chunk = next(hit.item for hit in given.hits if isinstance(hit.item, Chunk) and given.text in hit.item.text)
    assert chunk.text[citation.start : citation.end] == citation.quote


def test_what_was_not_yet_known_is_not_said(store: EmbeddedGraphStore) -> None:
    before = FactFilter(known_at=datetime.fromisoformat("2023-12-31T00:00:00+00:00"))
    assert ask(store, "Who is CEO of Acme?", before).abstained
    coffee = ask(store, "How many litres of coffee does the night shift at Beta Solar drink?", before)
    assert coffee.abstained
    assert not coffee.hits


def test_little_confidence_can_be_refused(store: EmbeddedGraphStore) -> None:
    assert ask(store, "Who is CEO of Acme?", FactFilter(minimum_confidence=0.95)).abstained


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(EmbeddingSettings())


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Who is the top executive at Acme?", "Ann Moe has been chief executive"),
        ("What is the favourite colour of Acme?", "do not say"),
        ("Who is the janitor of Acme?", "do not say"),
        ("How cold is Pool Birch?", "do not say"),
    ],
)
def test_meaning_finds_a_relation_that_no_word_names_and_invents_none(
    store: EmbeddedGraphStore, embedder: SentenceTransformerEmbedder, question: str, says: str
) -> None:
    assert says in ask(store, question, embedder=embedder).text
    assert "do not say" in ask(store, question).text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Did Una Voe praise Omega Ferries?", "Una Voe praised"),
        ("Was Omega Ferries praised by Una Voe?", "Una Voe praised"),
        ("Who was Omega Ferries praised by?", "Una Voe praised"),
        ("Was Una Voe praised by Omega Ferries?", "do not say"),
        ("Did Omega Ferries praise Una Voe?", "do not say"),
        ("Who was praised by Omega Ferries?", "do not say"),
    ],
)
def test_a_verb_that_the_ontology_lacks_has_a_direction_too(
    store: EmbeddedGraphStore, embedder: SentenceTransformerEmbedder, question: str, says: str
) -> None:
    assert says in ask(store, question, embedder=embedder).text
