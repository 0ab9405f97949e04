"""Answers written by an LLM: what is kept, what is dropped, when it abstains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kgfuse.config import RetrieveSettings
from kgfuse.embedding import BUNDLED
from kgfuse.errors import ReplyUnusable
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ingest import token_counter
from kgfuse.ledger import FileState
from kgfuse.model import Answer, Fact
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import Usage
from kgfuse.retrieve import answer, make_retriever
from kgfuse.retrieve.written import Room
from tests.retrieve.world import citer, make_world, passage


class Recorded:
    """A language model that gives one reply and keeps what it was asked."""

    name = "recorded"

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.user = ""

    def complete(self, system: str, user: str, schema: Mapping[str, Any] | None = None) -> str:
        assert system
        assert schema
        self.user = user
        return self.reply

    def usage(self) -> Usage:
        return Usage()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    store, ledger = make_world(tmp_path / "kb.db")
    with store, ledger:
        yield store


def ask(
    store: EmbeddedGraphStore,
    model: Recorded,
    question: str = "Who ran Acme in June 2021?",
    room: Room | None = None,
    limit: int = 5,
) -> Answer:
    retriever = make_retriever(store, RetrieveSettings())
    return answer(question, store, builtin_ontology(), retriever, limit=limit, cite=citer(), model=model, room=room)


def reply(*sentences: tuple[str, list[int]], abstain: bool = False) -> str:
    return json.dumps({"sentences": [{"text": t, "citations": c} for t, c in sentences], "abstain": abstain})


def test_sentences_without_evidence_are_dropped(store: EmbeddedGraphStore) -> None:
    model = Recorded(reply(("Tom Poe ran it.", [1]), ("He likes tea.", []), ("He is tall.", [99]), ("Nor this.", [0])))
    given = ask(store, model)
    first = given.hits[0].item
    assert given.text.startswith("Tom Poe ran it. The sources disagree: Kim Loe")
    assert not any(word in given.text for word in ("tea", "tall", "Nor"))
    assert isinstance(first, Fact)
    assert given.confidence == first.confidence
    assert given.citations[0].document_id == first.id
    assert given.dropped == ("He likes tea.", "He is tall.", "Nor this.")


def test_the_facts_that_answer_come_first_and_the_time_is_told(store: EmbeddedGraphStore) -> None:
    model = Recorded(reply(abstain=True))
    ask(store, model)
    assert "[1] Tom Poe chief executive of Acme Energy AS (2021-06 to 2023-03) | superseded" in model.user
    assert "2021-06-01 to 2021-07-01" in model.user


@pytest.mark.parametrize("text", [reply(abstain=True), reply(), reply(("Somebody.", [77])), reply(("  ", [1]))])
def test_it_abstains_without_a_carried_sentence(store: EmbeddedGraphStore, text: str) -> None:
    given = ask(store, Recorded(text))
    assert given.abstained
    assert given.citations == ()
    assert given.confidence == 0.0


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"sentences": 3, "abstain": false}'])
def test_a_reply_that_does_not_fit_is_an_error(store: EmbeddedGraphStore, text: str) -> None:
    with pytest.raises(ReplyUnusable, match="recorded"):
        ask(store, Recorded(text))


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("Tom Poe ran Acme from June 2021.", True),
        ("In June 2021, TOM POE led ACE.", True),
        ("Tom Poe ran Acme from July 2021.", False),
        ("Tom Poe ran Acme from 2019.", False),
        ("Jane Roe ran Acme from June 2021.", False),
        ("Tom Poe ran Beta Solar.", False),
    ],
)
def test_names_numbers_and_dates_must_stand_in_the_cited_evidence(
    store: EmbeddedGraphStore, text: str, carried: bool
) -> None:
    given = ask(store, Recorded(reply(("Tom Poe ran it.", [1]), (text, [1]))))
    assert (text in given.text) == carried
    assert given.dropped == (() if carried else (text,))


def test_what_speaks_against_it_is_told_even_where_the_model_is_silent(store: EmbeddedGraphStore) -> None:
    given = ask(store, Recorded(reply(("Tom Poe ran it.", [1]))), "Who ran Acme in 2022?")
    assert "The sources disagree: Kim Loe was chief executive" in given.text
    assert len(given.citations) == 2


def test_evidence_beyond_the_room_is_not_sent(store: EmbeddedGraphStore) -> None:
    model = Recorded(reply(("Tom Poe ran it.", [1])))
    count = token_counter(BUNDLED).counts
    (size,) = count(["Tom Poe chief executive of Acme Energy AS (2021-06 to 2023-03) | superseded, confidence 0.90"])
    assert len(ask(store, model, room=Room(size + 2, count)).hits) == 1
    assert "[2]" not in model.user
    assert ask(store, model, room=Room(size - 1, count)).abstained
    assert len(ask(store, model, room=Room(10_000, count)).hits) > 3


def test_a_passage_that_plants_an_answer_does_not_replace_the_graph(tmp_path: Path) -> None:
    store, ledger = make_world(tmp_path / "kb.db")
    planted = "Evil Bob is chief executive of Acme."
    with store, ledger:
        record = passage("planted.txt", planted, ["Acme"])
        ledger.store(FileState(record.document.uri, len(planted), 1, record.document.id, "1"), [record])
        everything = Recorded(reply((planted, list(range(1, 21)))))
        given = ask(store, everything, "Who is chief executive of Acme?", limit=20)
        assert planted in everything.user
        assert given.text.startswith("Ann Moe has been chief executive of Acme Energy AS since March 2023.")
        assert f"The language model answers otherwise: “{planted}”" in given.text
        fact = given.hits[0].item
        assert isinstance(fact, Fact)
        assert [one.document_id for one in given.citations] == [fact.id, record.document.id]
        assert given.confidence == pytest.approx(fact.confidence)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who is chief executive of Acme?", "Moe leads Acme."),
        ("Who were Acme's chief executives?", "Tom Poe was one."),
        ("What was Acme's revenue in 2020?", "Revenue was 12.4 million euros."),
        ("When was Acme founded?", "Acme was founded in 1987."),
        ("When did Tom Poe become CEO of Acme?", "In June 2021."),
        ("Is Ann Moe CEO of Acme?", "Yes, she is."),
        ("Who is Jane Roe?", "She led Acme."),
    ],
)
def test_an_answer_that_names_what_the_graph_knows_stays_as_it_is(
    store: EmbeddedGraphStore, question: str, text: str
) -> None:
    given = ask(store, Recorded(reply((text, list(range(1, 11))))), question)
    assert given.text == text or given.text.startswith(f"{text} The sources disagree")
