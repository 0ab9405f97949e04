"""A language model behind any OpenAI-compatible server."""

from __future__ import annotations

import json
import random
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import ConfigurationError, ReplyUnusable, ServerBusy
from kgfuse.llm.endpoint import base_url_of, is_loopback, key_of, shown
from kgfuse.llm.failures import RequestFailed, failures_of, scrubbed, unreachable
from kgfuse.llm.replies import read_object, well_formed
from kgfuse.llm.schemas import strict_form, violation
from kgfuse.model import content_id
from kgfuse.protocols import ReplyCache, Usage

if TYPE_CHECKING:
    import openai

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
_PATIENCE_SECONDS = 300.0
"""A server that asks to wait longer than this is not waited for."""

_FORMATS = ("json_schema", "json_object", "text")
_CANNOT_FORMAT = (400, 404, 415, 422, 501)
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "json mode", "structured output", "response format")

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What a server was found to take: an index into `_FORMATS`, and whether a temperature may be given."""

    format: int = 0
    temperature: bool = True


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    finished: str
    refusal: str | None


class OpenAIModel:
    """A `LanguageModel` over the openai package. Safe to use from several threads; close it when done.

    At most `settings.concurrency` requests are under way at once, whatever the number of threads. Replies that were
    usable are kept in `cache` under the hash of everything that determines them. `sleep` is called with seconds between
    tries, `jitter` gives a number in [0, 1). Raises KeyRejected (OpenAI without a key) and ConfigurationError.
    """

    def __init__(
        self,
        settings: LanguageModelSettings,
        cache: ReplyCache | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if not settings.model:
            raise ConfigurationError("no model is set", hint="Set KGFUSE_LLM__MODEL.")
        self._settings = settings
        self._model = settings.model
        self._base_url = base_url_of(settings)
        self._key = key_of(settings)
        self._cache = cache
        self._sleep = sleep
        self._jitter = jitter
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._usage = Usage()
        self._dialect = _Dialect()
        self._client: openai.OpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r}, {shown(self._base_url)!r})"

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model

    def usage(self) -> Usage:
        """Return what was spent so far."""
        with self._lock:
            return self._usage

    def close(self) -> None:
        """Close the connections; using the model again opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def complete(self, system: str, user: str, schema: Mapping[str, Any] | None = None) -> str:
        """Return the reply's text; with a JSON schema, JSON that fits it.

        A reply that does not fit is sent back once with what is wrong with it. Raises KeyRejected, ServerUnreachable,
        ServerBusy, RequestRejected or ReplyUnusable.
        """
        system, user = well_formed(system), well_formed(user)
        key = self._cache_key(system, user, schema)
        kept = self._cache.get(key) if self._cache else None
        if kept is not None:
            usable, wrong = _fit(kept, schema)
            if wrong is None:
                self._count(cached=1)
                return usable
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        raw, usable = self._ask(messages, schema)
        if self._cache:
            request = json.dumps({"messages": messages, "schema": schema}, ensure_ascii=False, sort_keys=True)
            self._cache.put(key, self._model, request, raw)
        return usable

    def _cache_key(self, system: str, user: str, schema: Mapping[str, Any] | None) -> str:
        form = json.dumps(schema, sort_keys=True) if schema is not None else None
        return content_id("reply", self._base_url, self._model, self._settings.temperature, system, user, form)

    def _ask(self, messages: list[Message], schema: Mapping[str, Any] | None) -> tuple[str, str]:
        """Return the raw reply and what is usable of it, after a repair turn if need be."""
        reply = self._request(messages, schema)
        usable, wrong = _judge(reply, schema)
        if wrong is not None and reply.refusal is None and schema is not None:
            again = (
                f"That reply cannot be used: {wrong}. Answer once more with the corrected JSON object and nothing else."
            )
            said = [{"role": "assistant", "content": reply.text or "(nothing)"}, {"role": "user", "content": again}]
            reply = self._request([*messages, *said], schema)
            usable, wrong = _judge(reply, schema)
        if wrong is not None:
            raise ReplyUnusable(f"{self._model}: {wrong}")
        return reply.text, usable

    def _request(self, messages: list[Message], schema: Mapping[str, Any] | None) -> _Reply:
        """Send one request, trying again what may pass and conceding what the server does not know."""
        tries = 0
        with self._slots:
            while True:
                dialect = self._dialect
                try:
                    return self._send(messages, schema, dialect)
                except RequestFailed as caught:
                    failed = caught
                if self._concede(dialect, failed, schema):
                    continue
                if not failed.retry or tries >= self._settings.max_retries:
                    raise failed.error
                self._sleep(self._wait(tries, failed))
                tries += 1

    def _wait(self, tries: int, failed: RequestFailed) -> float:
        """Seconds to wait: what the server asks for, else exponential back-off with jitter."""
        if failed.wait is not None:
            if failed.wait > _PATIENCE_SECONDS:
                raise ServerBusy(f"{failed.error} (it asks to wait {failed.wait:.0f} s)")
            return failed.wait + self._jitter()
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0**tries)
        return longest * (0.5 + self._jitter() / 2)

    def _concede(self, dialect: _Dialect, failed: RequestFailed, schema: Mapping[str, Any] | None) -> bool:
        """Give up what the server refused, for good; whether another request may do better."""
        said = failed.said.lower()
        if failed.status not in _CANNOT_FORMAT:
            return False
        if schema is not None and dialect.format + 1 < len(_FORMATS) and any(word in said for word in _FORMAT_WORDS):
            wanted = replace(dialect, format=dialect.format + 1)
        elif dialect.temperature and "temperature" in said:
            wanted = replace(dialect, temperature=False)
        else:
            return False
        with self._lock:
            self._dialect = _Dialect(
                max(self._dialect.format, wanted.format), self._dialect.temperature and wanted.temperature
            )
        return True

    def _send(self, messages: list[Message], schema: Mapping[str, Any] | None, dialect: _Dialect) -> _Reply:
        body: dict[str, Any] = {"model": self._model, "messages": messages}
        if dialect.temperature:
            body["temperature"] = self._settings.temperature
        if schema is not None:
            _ask_for_json(body, schema, _FORMATS[dialect.format])
        with failures_of(self._base_url, self._key):
            response = self._connected().chat.completions.with_raw_response.create(**body)
            text = response.http_response.text
        return self._read(text)

    def _connected(self) -> openai.OpenAI:
        import openai

        with self._lock:
            if self._client is None:
                self._client = openai.OpenAI(
                    api_key=self._key,
                    base_url=self._base_url,
                    timeout=self._settings.timeout_seconds,
                    max_retries=0,
                    http_client=openai.DefaultHttpxClient(
                        timeout=self._settings.timeout_seconds, trust_env=not is_loopback(self._base_url)
                    ),
                )
                weakref.finalize(self, self._client.close)
            return self._client

    def _read(self, text: str) -> _Reply:
        """Read the body of a chat completion and count its tokens. Raises RequestFailed when it is none."""
        try:
            body = json.loads(text)
            choice = body["choices"][0]
            message = choice["message"]
            content, refusal = message.get("content"), message.get("refusal")
            spent = body.get("usage") or {}
            tokens = [int(spent.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            begins = scrubbed(text, self._key)[:60]
            raise unreachable(f"{shown(self._base_url)} sent no chat completion, but {begins!r}") from None
        self._count(requests=1, prompt_tokens=tokens[0], completion_tokens=tokens[1])
        finished = str(choice.get("finish_reason") or "")
        said = well_formed(content) if isinstance(content, str) else ""
        return _Reply(said, finished, str(refusal) if refusal else None)

    def _count(self, requests: int = 0, cached: int = 0, prompt_tokens: int = 0, completion_tokens: int = 0) -> None:
        with self._lock:
            old = self._usage
            self._usage = Usage(
                old.requests + requests,
                old.cached + cached,
                old.prompt_tokens + prompt_tokens,
                old.completion_tokens + completion_tokens,
            )


def _ask_for_json(body: dict[str, Any], schema: Mapping[str, Any], format: str) -> None:
    """Add to a request that the reply must fit `schema`, in the way that `format` names."""
    if format == "json_schema":
        strict = strict_form(schema)
        form = {"name": "reply", "strict": strict is not None, "schema": dict(schema) if strict is None else strict}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
        return
    if format == "json_object":
        body["response_format"] = {"type": "json_object"}
    system, *rest = body["messages"]
    wanted = f"Answer with one JSON object that fits this JSON schema, and nothing else:\n{json.dumps(schema)}"
    body["messages"] = [{**system, "content": f"{system['content']}\n\n{wanted}"}, *rest]


def _judge(reply: _Reply, schema: Mapping[str, Any] | None) -> tuple[str, str | None]:
    """Return what is usable of a reply, and what is wrong with it."""
    if reply.refusal is not None:
        return "", f"the model refuses: {reply.refusal[:200]}"
    usable, wrong = _fit(reply.text, schema)
    if wrong is not None and reply.finished == "length":
        wrong = "it was cut off at the length limit; be briefer, keep the most important parts"
    return usable, wrong


def _fit(text: str, schema: Mapping[str, Any] | None) -> tuple[str, str | None]:
    if schema is None:
        return text, None if text.strip() else "the reply is empty"
    try:
        value = read_object(text)
    except ValueError as error:
        return "", str(error)
    return well_formed(json.dumps(value, ensure_ascii=False)), violation(value, schema)
