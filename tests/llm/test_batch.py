"""Batches over real HTTP: submitted once, collected whenever, resumed from wherever a run ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import LanguageModelError, RequestRejected
from kgfuse.ledger import Ledger, LedgerReplyCache
from kgfuse.llm.batch import BatchDesk, BatchReport
from kgfuse.llm.client import OpenAIModel
from kgfuse.llm.forms import Question, sampling_question
from tests.support.llm_server import Fault, LanguageModelServer, in_turn, refused

SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}


@pytest.fixture
def server() -> Iterator[LanguageModelServer]:
    with LanguageModelServer(in_turn([{"total": 1}])) as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[LedgerReplyCache]:
    with Ledger.open(tmp_path / "kb.db") as ledger:
        yield ledger.reply_cache()


def settings(server: LanguageModelServer, **more: Any) -> LanguageModelSettings:
    given = {"model": "m", "base_url": server.base_url, "max_retries": 0, "input_price": 1.0, "output_price": 1.0}
    return LanguageModelSettings(**{**given, **more})


def questions(how: LanguageModelSettings, count: int) -> list[Question]:
    return [sampling_question(turns(number), SCHEMA, 1, how) for number in range(count)]


def turns(number: int) -> tuple[tuple[str, str], ...]:
    return (("system", "Count."), ("user", f"passage {number}\u2028 über"))


def step(server: LanguageModelServer, cache: LedgerReplyCache, count: int, **more: Any) -> BatchReport:
    """What one run of the command does."""
    how = settings(server, **more)
    with BatchDesk(how, cache) as desk:
        collected = desk.collect()
        submitted = desk.submit(questions(how, count))
    assert not (collected.waiting and submitted.submitted and collected.waiting[0].keys == submitted.waiting[0].keys)
    return BatchReport(
        (*collected.waiting, *submitted.waiting),
        submitted.submitted,
        collected.collected,
        collected.refused,
        submitted.left_out,
        collected.usage,
    )


def ask(server: LanguageModelServer, cache: LedgerReplyCache, count: int) -> int:
    """Ask everything the ordinary way; return how many requests that took."""
    before = len(server.requests)
    with OpenAIModel(settings(server), cache) as model:
        for number in range(count):
            [sample] = model.submit(turns(number), SCHEMA).result()
            assert json.loads(sample.text) == {"total": 1}
    return len(server.requests) - before


def test_azures_dialect_has_batches_too(cache: LedgerReplyCache) -> None:
    with LanguageModelServer(in_turn([{"total": 1}]), azure="2024-10-21", key="secret") as server:
        more = {"azure_api_version": "2024-10-21", "api_key": "secret"}
        first = step(server, cache, 2, **more)
        assert first.submitted == 2
        assert {batch["endpoint"] for batch in server.board.batches.values()} == {"/chat/completions"}
        while not (last := step(server, cache, 2, **more)).collected:
            assert last.waiting
        assert last.collected == 2


def test_a_batch_is_submitted_once_and_collected_when_it_is_done(
    server: LanguageModelServer, cache: LedgerReplyCache
) -> None:
    server.board.polls = 2
    first = step(server, cache, 5)
    assert (first.submitted, first.requests_waiting) == (5, 5)
    for _ in range(2):
        waiting = step(server, cache, 5)
        assert (waiting.submitted, waiting.requests_waiting, waiting.collected) == (0, 5, 0)
    done = step(server, cache, 5)
    assert (done.submitted, done.waiting, done.collected, done.refused) == (0, (), 5, 0)
    assert done.usage.requests == 5
    tokens = done.usage.prompt_tokens + done.usage.completion_tokens
    assert done.usage.cost == pytest.approx(0.5 * tokens / 1e6)
    assert ask(server, cache, 5) == 0
    assert (server.board.answered, len(server.board.batches)) == (5, 1)


def test_new_questions_make_a_batch_of_their_own(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    server.board.polls = 1
    step(server, cache, 3)
    more = step(server, cache, 5)
    assert (more.submitted, more.requests_waiting) == (2, 5)
    while step(server, cache, 5).waiting:
        pass
    assert server.board.answered == 5


def test_what_expired_is_submitted_again(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    server.board.polls, server.board.lost, server.board.status = 0, 2, "expired"
    step(server, cache, 5)
    again = step(server, cache, 5)
    assert (again.collected, again.submitted) == (3, 2)
    server.board.lost, server.board.status = 0, "completed"
    assert step(server, cache, 5).waiting == ()
    assert ask(server, cache, 5) == 0


def test_what_was_refused_is_asked_one_by_one(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    server.board.polls = 0
    step(server, cache, 3)
    server.faults.append(refused(400, "content policy"))
    done = step(server, cache, 3)
    assert (done.collected, done.refused, done.waiting, done.submitted) == (2, 1, (), 0)
    assert ask(server, cache, 3) == 1


@pytest.mark.parametrize("made", [True, False], ids=["made but not told", "not made"])
def test_a_run_that_ended_while_it_submitted_pays_once(
    server: LanguageModelServer, cache: LedgerReplyCache, made: bool
) -> None:
    server.board_faults.append(Fault(503, "gone"))
    with pytest.raises(LanguageModelError):
        step(server, cache, 4)
    if not made:
        server.board.batches.clear()
    server.board.polls = 0
    for _ in range(3):
        step(server, cache, 4)
    assert server.board.answered == 4
    assert ask(server, cache, 4) == 0


def test_a_run_that_ended_before_the_upload_plans_anew(
    server: LanguageModelServer, cache: LedgerReplyCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BatchDesk, "_call", broken)
        with pytest.raises(KeyboardInterrupt):
            step(server, cache, 4)
    assert step(server, cache, 4).submitted == 4


def test_a_batch_that_the_server_cannot_read_is_told(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    server.board.polls, server.board.status = 0, "failed"
    step(server, cache, 2)
    with pytest.raises(RequestRejected, match="line 1 is not JSON"):
        step(server, cache, 2)
    assert cache.notes("batch:") == []


def test_the_budget_holds_for_batches(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    report = step(server, cache, 10, token_budget=2100)
    assert report.submitted == 4  # 500 tokens are expected of a reply before any has come
    assert report.left_out == 6


def test_another_model_has_batches_of_its_own(server: LanguageModelServer, cache: LedgerReplyCache) -> None:
    step(server, cache, 2)
    assert step(server, cache, 2, model="other").submitted == 2
    assert len(cache.notes("batch:")) == 2
