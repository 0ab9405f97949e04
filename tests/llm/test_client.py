"""The client against a real server: structured output, faults, retries, the cache, and no key anywhere."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import (
    BudgetSpent,
    ConfigurationError,
    KeyRejected,
    LanguageModelError,
    ReplyUnusable,
    RequestRejected,
    ServerBusy,
    ServerUnreachable,
)
from kgfuse.llm.client import OpenAIModel
from kgfuse.protocols import ReplyCache, Sample, Usage
from tests.support.llm_server import (
    BROKEN_BODY,
    DROP,
    HANG,
    TRUNCATED_BODY,
    WEB_PAGE,
    Fault,
    LanguageModelServer,
    Said,
    in_turn,
    refused,
)

KEY = "sk-secret-0123456789abcdef"


class Count(BaseModel):
    """A small schema."""

    things: list[str]
    total: int


SCHEMA = Count.model_json_schema()
GOOD = {"things": ["a"], "total": 1}


class Memory:
    """A reply cache and a notebook in dictionaries."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.requests: list[str] = []
        self.noted: dict[str, str] = {}

    def note(self, name: str) -> str | None:
        return self.noted.get(name)

    def notes(self, prefix: str) -> list[tuple[str, str]]:
        return sorted((name, text) for name, text in self.noted.items() if name.startswith(prefix))

    def set_note(self, name: str, text: str | None) -> None:
        if text is None:
            self.noted.pop(name, None)
        else:
            self.noted[name] = text

    def get(self, key: str) -> str | None:
        return self.kept.get(key)

    def put(self, key: str, model: str, request: str, reply: str) -> None:
        self.kept[key] = reply
        self.requests.append(request)


class Client:
    """A model whose waiting is recorded, not done."""

    def __init__(self, server: LanguageModelServer, cache: ReplyCache | None = None, **settings: Any) -> None:
        self.waits: list[float] = []
        self.now = 0.0
        given = {"model": "test", "base_url": server.base_url, "api_key": KEY, "max_retries": 2, **settings}
        self.model = OpenAIModel(
            LanguageModelSettings(**given), cache, sleep=self._sleep, clock=lambda: self.now, jitter=lambda: 0.0
        )

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.model.close()

    def ask(self, user: str = "Count.") -> Any:
        return json.loads(self.model.complete("You count.", user, SCHEMA))


def test_a_schema_is_sent_strictly_and_the_reply_comes_back(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
        assert client.model.usage().requests == 1
        assert client.model.usage().prompt_tokens > 0
    [body] = llm_server.requests
    assert body["model"] == "test"
    assert body["temperature"] == 0.0
    assert body["response_format"]["type"] == "json_schema"
    form = body["response_format"]["json_schema"]
    assert form["strict"] is True
    assert form["schema"]["additionalProperties"] is False
    assert form["schema"]["required"] == ["things", "total"]
    assert llm_server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_azures_dialect_names_the_deployment_and_sends_its_own_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "never sent to Azure")
    with LanguageModelServer(replies=[GOOD], azure="2024-10-21", key=KEY) as server:
        with Client(server, model="gpt 4/o", azure_api_version="2024-10-21") as client:
            assert client.ask() == GOOD
        (headers,) = server.headers
        assert headers["api-key"] == KEY
        assert not any("never sent" in value for value in headers.values())
        with Client(server, azure_api_version="2023-05-15") as client, pytest.raises(RequestRejected):
            client.ask()


def test_text_without_a_schema(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(["It is Oslo."])
    with Client(llm_server) as client:
        assert client.model.complete("Answer.", "Where?") == "It is Oslo."
    assert "response_format" not in llm_server.requests[0]


@pytest.mark.parametrize(
    ("refused_formats", "asked"),
    [
        ({"json_schema"}, ["json_schema", "json_object", "json_object"]),
        ({"json_schema", "json_object"}, ["json_schema", "json_object", None, None]),
    ],
)
def test_a_refused_format_is_given_up_for_good(
    llm_server: LanguageModelServer, refused_formats: set[str], asked: list[str | None]
) -> None:
    llm_server.refused_formats = refused_formats
    llm_server.answer = in_turn([f"Here you are:\n```json\n{json.dumps(GOOD)}\n```"])
    with Client(llm_server) as client:
        assert client.ask("first") == client.ask("second") == GOOD
        assert client.waits == []
    formats = [(body.get("response_format") or {}).get("type") for body in llm_server.requests]
    assert formats == asked
    assert '"things"' in llm_server.requests[-1]["messages"][0]["content"]  # the schema is in the prompt instead


def test_a_refused_temperature_is_left_out(llm_server: LanguageModelServer) -> None:
    llm_server.faults.append(refused(400, "Unsupported value: 'temperature' does not support 0 with this model."))
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
    assert ["temperature" in body for body in llm_server.requests] == [True, False]
    assert llm_server.requests[1]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    "first",
    ['{"things": ["a"', '{"things": "a", "total": 1}', "I cannot count.", "", '{"things": [], "total": NaN}'],
    ids=["truncated", "wrong type", "prose", "empty", "not JSON"],
)
def test_a_bad_reply_is_repaired_once(llm_server: LanguageModelServer, first: str) -> None:
    llm_server.answer = in_turn([first, GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
        assert client.model.usage().requests == 2
    roles = [message["role"] for message in llm_server.requests[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


def test_the_repair_turn_is_as_bounded_as_the_first(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(["no", "none", GOOD])
    with Client(llm_server, max_reply_tokens=50, logprobs=True) as client:
        assert client.model.submit((("user", "Count."),), SCHEMA, 2).result()
    first, second = llm_server.requests
    assert first["n"] == 2
    assert "n" not in second
    assert (first["max_tokens"], second["max_tokens"]) == (50, 50)
    assert second["logprobs"] is True


def test_the_repair_turn_says_what_is_wrong(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(['{"things": ["a", 2], "total": 1}', GOOD])
    with Client(llm_server) as client:
        client.ask()
    assert "things[1]: must be a string" in llm_server.requests[1]["messages"][-1]["content"]


def test_a_reply_cut_off_is_asked_for_more_briefly(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said('{"things": ["a', finish_reason="length"), GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
    assert "cut off" in llm_server.requests[1]["messages"][-1]["content"]


def test_a_reply_that_stays_bad_is_unusable_and_not_cached(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(["no"])
    memory = Memory()
    with Client(llm_server, memory) as client, pytest.raises(ReplyUnusable, match="no complete JSON object"):
        client.ask()
    assert len(llm_server.requests) == 2
    assert memory.kept == {}


def test_a_refusal_is_not_argued_with(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said(None, refusal="I would rather not.")])
    with Client(llm_server) as client, pytest.raises(ReplyUnusable, match="rather not"):
        client.ask()
    assert len(llm_server.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [refused(500, "oops"), refused(429, "slow down"), refused(503, "overloaded"), DROP, BROKEN_BODY, TRUNCATED_BODY],
    ids=["500", "429", "503", "dropped", "broken body", "truncated body"],
)
def test_what_passes_is_tried_again(llm_server: LanguageModelServer, fault: Fault) -> None:
    llm_server.faults.extend([fault, fault])
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
        assert client.waits == [0.25, 0.5]  # half of 0.5 s and of 1 s: jitter is 0 here
    assert len(llm_server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refused(500, "oops"), ServerBusy),
        (refused(429, "slow down"), ServerBusy),
        (DROP, ServerUnreachable),
        (BROKEN_BODY, ServerUnreachable),
        (TRUNCATED_BODY, ServerUnreachable),
        (WEB_PAGE, ServerUnreachable),
    ],
)
def test_what_does_not_pass_ends(
    llm_server: LanguageModelServer, fault: Fault, error: type[LanguageModelError]
) -> None:
    llm_server.always = fault
    with Client(llm_server) as client, pytest.raises(error) as caught:
        client.ask()
    assert len(llm_server.requests) == 3
    assert caught.value.transient
    assert caught.value.hint


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refused(401, "who are you"), KeyRejected),
        (refused(403, "not you"), KeyRejected),
        (refused(400, "bad"), RequestRejected),
        (refused(404, "no such model"), RequestRejected),
        (refused(422, "bad"), RequestRejected),
        (refused(429, "You exceeded your current quota: insufficient_quota"), RequestRejected),
        (refused(400, "maximum context length is 10 tokens"), ReplyUnusable),
    ],
)
def test_what_cannot_pass_is_not_tried_again(
    llm_server: LanguageModelServer, fault: Fault, error: type[LanguageModelError]
) -> None:
    llm_server.always = fault
    with Client(llm_server) as client, pytest.raises(error) as caught:
        client.ask()
    assert len(llm_server.requests) == 1
    assert not caught.value.transient
    assert fault.message in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "waited"),
    [({"Retry_After": "7"}, [7.0]), ({"retry_after_ms": "1500"}, [1.5]), ({"Retry_After": "soon"}, [0.25])],
)
def test_retry_after_is_honoured(llm_server: LanguageModelServer, headers: dict[str, str], waited: list[float]) -> None:
    llm_server.faults.append(refused(429, "slow down", **headers))
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        client.ask()
        assert client.waits == waited


def test_retry_after_as_a_date_in_the_past_means_now(llm_server: LanguageModelServer) -> None:
    llm_server.faults.append(refused(503, "wait", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"))
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        client.ask()
        assert client.waits == [0.0]


def test_an_hour_is_not_waited(llm_server: LanguageModelServer) -> None:
    llm_server.always = refused(429, "slow down", Retry_After="3600")
    with Client(llm_server) as client, pytest.raises(ServerBusy, match="3600 s"):
        client.ask()
    assert len(llm_server.requests) == 1


def test_a_reply_that_never_ends_is_bounded_by_the_passage(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD, GOOD])
    with Client(llm_server) as client:
        for passage in ("Jane Roe runs Acme.", "Jane Roe runs Acme. " * 40):
            assert client.model.submit((("system", "s"), ("user", passage)), SCHEMA).result()
    short, long = (request["max_tokens"] for request in llm_server.requests)
    assert 512 < short < 700 < long < 4000


def test_a_model_that_thinks_its_bound_away_is_asked_without_one(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said("", finish_reason="length"), GOOD, GOOD])
    with Client(llm_server) as client:
        assert client.model.submit((("user", "Count."),), SCHEMA).result()
        assert client.model.submit((("user", "Count on."),), SCHEMA).result()
    assert [("max_tokens" in request) for request in llm_server.requests] == [True, False, False]
    llm_server.answer = in_turn([Said("", finish_reason="length"), GOOD])
    with Client(llm_server, max_reply_tokens=50) as client:
        assert client.model.submit((("user", "Count again."),), SCHEMA).result()
    assert llm_server.requests[-1]["max_tokens"] == 50


def test_a_bound_that_does_not_fit_the_context_is_left_out(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    llm_server.faults.append(refused(400, "This model's maximum context length is 4096 tokens. You requested 5000."))
    with Client(llm_server) as client:
        assert client.model.submit((("user", "Count."),), SCHEMA).result()
    assert [("max_tokens" in request) for request in llm_server.requests] == [True, False]


def test_a_passage_too_slow_for_a_server_that_answers_others_costs_itself_alone(
    llm_server: LanguageModelServer,
) -> None:
    llm_server.answer = in_turn([GOOD, GOOD, GOOD])
    with Client(llm_server, timeout_seconds=0.5) as client:
        client.ask()
        llm_server.delay = 5.0
        with pytest.raises(ReplyUnusable, match="did not answer in time"):
            client.ask("again")


def test_a_server_that_is_too_slow_is_asked_twice_and_what_to_do_is_said(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    llm_server.delay = 5.0
    with Client(llm_server, timeout_seconds=0.2, max_retries=6) as client, pytest.raises(ServerUnreachable) as caught:
        client.ask()
    assert "KGFUSE_LLM__TIMEOUT_SECONDS" in caught.value.hint
    assert len(llm_server.requests) == 2


def test_a_server_that_hangs_is_given_up(llm_server: LanguageModelServer) -> None:
    llm_server.always = HANG
    impatient = Client(llm_server, timeout_seconds=1.0, max_retries=1)
    with impatient as client, pytest.raises(ServerUnreachable, match="did not answer in time"):
        client.ask()
    assert len(llm_server.requests) == 2


def test_a_server_that_is_not_there() -> None:
    with LanguageModelServer() as server:
        pass
    with Client(server, max_retries=0) as client, pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1") as caught:
        client.ask()
    assert "KGFUSE_LLM__BASE_URL" in caught.value.hint


def test_a_reply_is_paid_for_once(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    memory = Memory()
    with Client(llm_server, memory) as client:
        assert client.ask() == GOOD
    with Client(llm_server, memory) as client:
        assert client.ask() == GOOD
        assert client.model.usage() == Usage(cached=1)
    assert len(llm_server.requests) == 1


@pytest.mark.parametrize(
    "other", [{"model": "other"}, {"temperature": 0.5}, {"base_url": "{base_url}/"}, {"base_url": "{base_url}/v2/../"}]
)
def test_what_determines_a_reply_is_in_its_key(llm_server: LanguageModelServer, other: dict[str, Any]) -> None:
    llm_server.answer = in_turn([GOOD])
    memory = Memory()
    with Client(llm_server, memory) as client:
        client.ask()
    same_server = other.get("base_url") == "{base_url}/"
    given = {
        name: value.format(base_url=llm_server.base_url) if isinstance(value, str) else value
        for name, value in other.items()
    }
    with Client(llm_server, memory, **given) as client:
        try:
            client.ask()
        except RequestRejected:
            assert "v2" in given["base_url"]
        assert client.model.usage().cached == int(same_server)


def test_a_kept_reply_that_no_longer_fits_is_asked_for_again(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    memory = Memory()
    with Client(llm_server, memory) as client:
        client.ask()
        memory.kept = dict.fromkeys(memory.kept, "damaged")
        assert client.ask() == GOOD
    assert len(llm_server.requests) == 2


def test_no_more_requests_at_once_than_set(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    llm_server.delay = 0.02
    with Client(llm_server, concurrency=3) as client, ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(client.ask, [str(number) for number in range(24)]))
        assert replies == [GOOD] * 24
        assert client.model.usage().requests == 24
    assert 1 < llm_server.most_at_once <= 3


def test_surrogates_neither_break_the_request_nor_the_reply(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(['{"things": ["\\ud83d\\ude00", "\\ud83d"], "total": 2}'])
    with Client(llm_server, Memory()) as client:
        assert client.ask("a \ud83d broken one") == {"things": ["😀", "\ufffd"], "total": 2}
    assert "\ufffd" in llm_server.requests[0]["messages"][1]["content"]


# ---------------------------------------------------------------------------------------------------- several samples


def several(client: Client, samples: int = 3, user: str = "Count.") -> tuple[Sample, ...]:
    return client.model.submit((("system", "You count."), ("user", user)), SCHEMA, samples).result()


def counts(*numbers: int) -> list[dict[str, Any]]:
    return [{"things": ["a"] * number, "total": number} for number in numbers]


def test_samples_come_with_one_request(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(counts(1, 2, 3))
    memory = Memory()
    with Client(llm_server, memory) as client:
        found = [json.loads(sample.text)["total"] for sample in several(client)]
        assert found == [1, 2, 3]
        assert [json.loads(sample.text)["total"] for sample in several(client)] == found
        assert (client.model.usage().requests, client.model.usage().cached) == (1, 1)
    [body] = llm_server.requests
    assert (body["n"], body["temperature"]) == (3, 0.7)


def test_a_sample_that_is_no_use_is_left_out_without_another_request(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(["nonsense", *counts(2), Said(None, refusal="No.")])
    with Client(llm_server) as client:
        assert [json.loads(sample.text)["total"] for sample in several(client)] == [2]
    assert len(llm_server.requests) == 1


def test_when_no_sample_is_of_use_one_is_repaired(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn(["no", "no", "no", *counts(4)])
    with Client(llm_server) as client:
        assert [json.loads(sample.text)["total"] for sample in several(client)] == [4]
    assert ["n" in body for body in llm_server.requests] == [True, False]


@pytest.mark.parametrize("kind", ["refused", "ignored"])
def test_a_server_of_one_reply_gives_one(kind: str) -> None:
    memory = Memory()
    given: dict[str, Any] = {f"{kind}_parameters": ["n"]}
    with LanguageModelServer(replies=counts(1), **given) as server:
        with Client(server, memory) as client:
            assert len(several(client)) == len(several(client, user="And?")) == 1
        with Client(server, memory) as client:  # and another run knows
            assert len(several(client, user="More?")) == 1
        assert ["n" in body for body in server.requests] == ([True, False] if kind == "refused" else [True]) + [
            False
        ] * 2


def test_samples_are_asked_for_separately_where_that_is_wanted() -> None:
    memory = Memory()
    with LanguageModelServer(replies=counts(1, 2, 3), ignored_parameters=["n"]) as server:
        with Client(server, memory, sample_separately=True) as client:
            assert sorted(json.loads(sample.text)["total"] for sample in several(client)) == [1, 2, 3]
            assert len(several(client)) == 3
        assert len(server.requests) == 3


def test_log_probabilities_come_with_the_text_they_belong_to(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said(json.dumps(GOOD), logprob=-0.25)])
    memory = Memory()
    for _ in range(2):
        with Client(llm_server, memory) as client:
            [sample] = several(client, 1)
            assert "".join(token for token, _ in sample.tokens) == sample.text == json.dumps(GOOD)
            assert {value for _, value in sample.tokens} == {-0.25}
    assert llm_server.requests[0]["logprobs"] is True
    assert len(llm_server.requests) == 1


def test_log_probabilities_of_a_text_that_is_not_kept_are_dropped(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said(f"Here:\n{json.dumps(GOOD)}", logprob=-0.25)])
    with Client(llm_server) as client:
        assert several(client, 1) == (Sample(json.dumps(GOOD)),)


def test_what_a_server_refuses_is_found_out_once_whatever_the_number_of_threads() -> None:
    with LanguageModelServer(
        replies=[GOOD], refused_parameters=["logprobs"], refused_formats=["json_schema"]
    ) as server:
        server.delay = 0.01
        with Client(server, Memory(), concurrency=8) as client:
            futures = [client.model.submit((("system", "s"), ("user", str(n))), SCHEMA) for n in range(20)]
            assert all(future.result() for future in futures)
        assert len(server.requests) == 22


def test_a_tool_is_called_where_json_cannot_be_asked_for() -> None:
    with LanguageModelServer(replies=[GOOD], refused_formats=["json_schema", "json_object"]) as server:
        with Client(server) as client:
            assert client.ask() == GOOD
        body = server.requests[-1]
        assert body["tools"][0]["function"]["parameters"]["required"] == ["things", "total"]
        assert body["tool_choice"]["function"]["name"] == "reply"


def test_without_tools_the_prompt_alone_asks() -> None:
    with LanguageModelServer(
        replies=[GOOD], refused_formats=["json_schema", "json_object"], refused_parameters=["tools"]
    ) as server:
        with Client(server) as client:
            assert client.ask() == client.ask("again") == GOOD
        assert len(server.requests) == 5
        assert not {"tools", "response_format"} & server.requests[-1].keys()


def test_the_longest_reply_is_asked_for_by_the_name_that_the_server_knows() -> None:
    with LanguageModelServer(replies=[GOOD], refused_parameters=["max_tokens"]) as server:
        with Client(server, max_reply_tokens=50) as client:
            assert client.ask() == GOOD
        assert server.requests[-1]["max_completion_tokens"] == 50


def test_equal_questions_under_way_are_asked_once(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    llm_server.delay = 0.05
    with Client(llm_server, concurrency=8) as client, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(client.ask, ["same"] * 8)) == [GOOD] * 8
    assert len(llm_server.requests) == 1


# ----------------------------------------------------------------------------------------------- budgets and accounts


def ask_much(client: Client) -> None:
    for number in range(1000):
        client.ask(f"{number} " + "word " * 100)


def test_a_budget_of_tokens_ends_the_run_and_what_was_paid_is_kept(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    memory = Memory()
    with Client(llm_server, memory, token_budget=1200, concurrency=1) as client:
        with pytest.raises(BudgetSpent, match="budget of 1200 tokens") as caught:
            ask_much(client)
        spent = client.model.usage()
        done = spent.requests
        assert done > 0
        assert spent.prompt_tokens + spent.completion_tokens <= 1200
    assert "goes on from here" in caught.value.hint
    with Client(llm_server, memory, token_budget=1200) as client:
        for number in range(done):
            client.ask(f"{number} " + "word " * 100)
        assert client.model.usage() == Usage(cached=done)


def test_a_budget_of_money_needs_prices_and_is_kept_to(llm_server: LanguageModelServer) -> None:
    with pytest.raises(ConfigurationError, match="prices"):
        Client(llm_server, money_budget=1.0)
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server, money_budget=0.01, input_price=10.0, output_price=10.0, concurrency=1) as client:
        with pytest.raises(BudgetSpent, match=r"0\.01 USD"):
            ask_much(client)
        assert 0 < client.model.usage().cost <= 0.01


def test_failures_are_counted_and_cost_nothing(llm_server: LanguageModelServer) -> None:
    llm_server.faults.extend([refused(500, "oops"), DROP])
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server, input_price=1.0, output_price=2.0) as client:
        client.ask()
        used = client.model.usage()
        assert (used.requests, used.failed) == (1, 2)
        assert used.cost == pytest.approx((used.prompt_tokens + 2 * used.completion_tokens) / 1e6)


def test_what_the_server_knew_of_a_prompt_costs_less(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server, input_price=10.0, output_price=2.0, known_input_price=1.0) as client:
        client.ask("one")
        first = client.model.usage()
        assert first.known_tokens == 0
        client.ask("two")
        used = client.model.usage()
        assert 0 < used.known_tokens < used.prompt_tokens
        fresh = used.prompt_tokens - used.known_tokens
        assert used.cost == pytest.approx((10 * fresh + used.known_tokens + 2 * used.completion_tokens) / 1e6)


# ------------------------------------------------------------------------------------------------- what servers send


@pytest.mark.parametrize(
    "raw",
    [
        b'{"choices": []}',
        b'{"object": "list"}',
        b"null",
        b"[" * 100_000,
        b'{"choices": [{"message": null}]}',
        b"\xff\xfe\x00",
        b"",
    ],
    ids=["no choices", "no completion", "null", "deep", "no message", "no text", "nothing"],
)
def test_what_is_no_completion_is_tried_again(llm_server: LanguageModelServer, raw: bytes) -> None:
    llm_server.faults.append(Fault(raw=raw))
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server) as client:
        assert client.ask() == GOOD
        assert client.model.usage().failed == 1


def test_a_model_that_repeats_itself_is_repaired_or_given_up(llm_server: LanguageModelServer) -> None:
    llm_server.answer = in_turn([Said('{"things": [' + '"a", ' * 20_000, finish_reason="length")])
    with Client(llm_server) as client, pytest.raises(ReplyUnusable, match="cut off"):
        client.ask()
    assert len(llm_server.requests) == 2


def test_an_answer_without_end_is_not_listened_to(llm_server: LanguageModelServer) -> None:
    llm_server.always = Fault(raw=b" " * (40 * 2**20))
    with Client(llm_server, max_retries=0) as client, pytest.raises(ServerUnreachable, match="goes on and on"):
        client.ask()


def test_a_busy_server_is_waited_for_while_it_answers_others(llm_server: LanguageModelServer) -> None:
    turn = iter(range(1000))

    llm_server.answer = in_turn([GOOD])
    llm_server.faults.extend(None if next(turn) % 4 == 0 else refused(429, "slow down") for _ in range(120))
    with Client(llm_server, concurrency=4, max_retries=8) as client:
        futures = [client.model.submit((("system", "s"), ("user", str(n))), SCHEMA) for n in range(24)]
        assert all(future.result() for future in futures)


def test_closing_gives_up_what_is_under_way(llm_server: LanguageModelServer) -> None:
    llm_server.always = HANG
    with Client(llm_server, max_retries=0) as client:
        future = client.model.submit((("system", "s"), ("user", "u")), SCHEMA)
        while not llm_server.requests:
            time.sleep(0.01)
    with pytest.raises(CancelledError):
        future.result(timeout=5)


# ------------------------------------------------------------------------------------------------------------- the key


def test_openai_without_a_key_is_refused_before_any_request() -> None:
    with pytest.raises(KeyRejected, match="no key") as caught:
        OpenAIModel(LanguageModelSettings(model="test"))
    assert "KGFUSE_LLM__API_KEY" in caught.value.hint


def test_a_local_server_needs_no_key_and_never_sees_openais(
    llm_server: LanguageModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    llm_server.answer = in_turn([GOOD])
    with Client(llm_server, api_key=None) as client:
        client.ask()
    assert KEY not in str(llm_server.headers)


def test_no_model_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="no model"):
        OpenAIModel(LanguageModelSettings(base_url="http://127.0.0.1:1"))


@pytest.mark.parametrize("url", ["localhost:11434/v1", "file:///etc/passwd", "http://"])
def test_a_base_url_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        OpenAIModel(LanguageModelSettings(model="test", base_url=url))


@pytest.mark.parametrize(
    "fault",
    [
        refused(401, f"Incorrect API key provided: {KEY}."),
        refused(400, f"Authorization: Bearer {KEY}"),
        refused(500, f"crashed with {KEY}"),
        Fault(raw=f'{{"oops": "{KEY}"'.encode()),
        DROP,
    ],
    ids=["401", "400", "500", "broken body", "dropped"],
)
def test_the_key_appears_nowhere(
    llm_server: LanguageModelServer, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    llm_server.always = fault
    memory = Memory()
    with caplog.at_level(logging.DEBUG), Client(llm_server, memory, max_retries=0) as client:
        with pytest.raises(LanguageModelError) as caught:
            client.ask()
        shown = [repr(client.model), caplog.text, "".join(traceback.format_exception(caught.value)), *memory.requests]
    assert not [text for text in shown if KEY in text]
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_password_in_the_url_is_not_shown(llm_server: LanguageModelServer) -> None:
    llm_server.always = refused(400, "no")
    url = llm_server.base_url.replace("http://", "http://jane:hunter2@")
    with Client(llm_server, base_url=url) as client:
        with pytest.raises(RequestRejected) as caught:
            client.ask()
        assert "hunter2" not in f"{caught.value}{client.model!r}"


def test_the_lock_is_free_while_a_request_is_under_way(llm_server: LanguageModelServer) -> None:
    llm_server.always = HANG
    with Client(llm_server, timeout_seconds=5, max_retries=0) as client:
        errors: list[Exception] = []

        def ask() -> None:
            try:
                client.ask()
            except LanguageModelError as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        while not llm_server.requests:
            thread.join(0.01)
        assert client.model.usage() == Usage()
        llm_server.released.set()
        thread.join()
        assert isinstance(errors[0], ServerUnreachable)
