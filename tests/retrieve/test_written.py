"""Answers written by an LLM: what is kept, what is dropped, when it abstains."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kgfuse.config import RetrieveSettings
from kgfuse.errors import ReplyUnusable
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.model import Answer, Fact
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import Usage
from kgfuse.retrieve import answer, make_retriever
from tests.retrieve.world import citer, make_world


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


def ask(store: EmbeddedGraphStore, model: Recorded, question: str = "Who ran Acme in June 2021?") -> Answer:
    retriever = make_retriever(store, RetrieveSettings())
    return answer(question, store, builtin_ontology(), retriever, limit=5, cite=citer(), model=model)


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


def test_evidence_beyond_the_budget_is_not_sent(store: EmbeddedGraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Recorded(reply(("Tom Poe ran it.", [1])))
    monkeypatch.setattr("kgfuse.retrieve.written._CONTEXT_CHARACTERS", 160)
    assert len(ask(store, model).hits) == 1
    assert "[2]" not in model.user
