"""The client against a real server: structured output, faults, retries, the cache, and no key anywhere."""

from __future__ import annotations

import json
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import (
    ConfigurationError,
    KeyRejected,
    LanguageModelError,
    ReplyUnusable,
    RequestRejected,
    ServerBusy,
    ServerUnreachable,
)
from kgfuse.llm.client import OpenAIModel
from kgfuse.protocols import ReplyCache, Usage
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
    """A reply cache in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.requests: list[str] = []

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


def test_a_server_that_hangs_is_given_up(llm_server: LanguageModelServer) -> None:
    llm_server.always = HANG
    impatient = Client(llm_server, timeout_seconds=0.2, max_retries=1)
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
