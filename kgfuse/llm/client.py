"""A language model behind any OpenAI-compatible server: asynchronous within, callable from any thread."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import ConfigurationError, ReplyUnusable
from kgfuse.llm.abilities import Abilities, Asked, note_name
from kgfuse.llm.account import Account
from kgfuse.llm.endpoint import endpoint_of, shown
from kgfuse.llm.failures import PATIENCE_SECONDS, RequestFailed, failures_of, scrubbed, too_slow, unreachable
from kgfuse.llm.forms import (
    Completion,
    Question,
    body_of,
    fit,
    judge,
    kept_form,
    read_completion,
    read_kept,
    sampling_question,
    well_formed_turns,
)
from kgfuse.llm.line import Line
from kgfuse.llm.rate import Started, Throttle
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.protocols import Notebook, ReplyCache, Sample, Turns, Usage

_AT_WORK_SECONDS = 2.0
_LATE = 1
"""How often a request that was not answered in time is tried again."""

_BUSY_SECONDS = 1800.0
"""How long one request is tried again while the server answers others."""


class OpenAIModel:
    """A `SamplingModel` over the openai package. Safe to use from several threads; close it when done.

    At most `settings.concurrency` requests are under way at once, fewer where the server limits the rate or is overloaded
    (`Throttle`). Replies that were usable are kept in `cache` under the hash of everything that determines them, and what
    the server was found to take is noted there if it is a `Notebook` too. Equal questions under way are asked once.
    `sleep` is called with seconds, `clock` gives seconds, `jitter` a number in [0, 1). Raises KeyRejected (OpenAI without a
    key) and ConfigurationError.
    """

    def __init__(
        self,
        settings: LanguageModelSettings,
        cache: ReplyCache | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if not settings.model:
            raise ConfigurationError("no model is set", hint="Set KGFUSE_LLM__MODEL.")
        self._settings = settings
        self._model = settings.model
        self._endpoint = endpoint_of(settings)
        self._cache = cache
        self._notes = cache if isinstance(cache, Notebook) else None
        self._sleep, self._clock, self._jitter = sleep, clock, jitter
        self._lock = threading.Lock()
        self._account = Account(settings)
        self._throttle = Throttle(settings.concurrency)
        self._abilities: Abilities | None = None
        self._thinks = False
        self._tried: set[Asked] = set()
        self._begun: dict[int, float] = {}
        self._under_way: dict[str, asyncio.Task[tuple[Sample, ...]]] = {}
        self._line: Line | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r}, {shown(self._endpoint.base_url)!r})"

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model

    def usage(self) -> Usage:
        """Return what was spent so far."""
        return self._account.usage

    def close(self) -> None:
        """Close the connections and give up what is under way; using the model again opens new ones."""
        with self._lock:
            line, self._line = self._line, None
            self._under_way = {}
        if line is not None:
            line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --------------------------------------------------------------------------------------------------------- asking

    def complete(self, system: str, user: str, schema: Mapping[str, Any] | None = None) -> str:
        """Return the reply's text; with a JSON schema, JSON that fits it.

        A reply that does not fit is sent back once with what is wrong with it. Raises KeyRejected, ServerUnreachable,
        ServerBusy, RequestRejected, BudgetSpent or ReplyUnusable.
        """
        question = Question(
            well_formed_turns((("system", system), ("user", user))),
            schema,
            temperature=self._settings.temperature,
            limit=self._settings.max_reply_tokens,
        )
        return self._start(question).result()[0].text

    def submit(self, turns: Turns, schema: Mapping[str, Any], samples: int = 1) -> Future[tuple[Sample, ...]]:
        """Ask for `samples` replies in one request; the future gives those that are JSON and fit the schema, at least one.

        Where the server gives one reply a request, one is what is given, unless the settings say `sample_separately`. The
        future raises what `complete` raises.
        """
        return self._start(sampling_question(turns, schema, samples, self._settings))

    def _start(self, question: Question) -> Future[tuple[Sample, ...]]:
        with self._lock:
            if self._line is None:
                self._line = Line(self._endpoint, self._settings.timeout_seconds)
                weakref.finalize(self, self._line.close)
            return self._line.loop.submit(self._answer(question))

    async def _answer(self, question: Question) -> tuple[Sample, ...]:
        """Return the usable replies: out of the cache, of the same question under way, or of the server."""
        key = question.key(self._endpoint.base_url, self._model)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._look_up_or_ask(question, key))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(task)

    async def _look_up_or_ask(self, question: Question, key: str) -> tuple[Sample, ...]:
        kept = await asyncio.to_thread(self._cache.get, key) if self._cache else None
        if kept is not None:
            fitting = [fit(sample, question.schema) for sample in read_kept(kept)]
            usable = tuple(sample for sample, wrong in fitting if wrong is None)
            if usable:
                self._account.kept()
                return usable
        samples = await self._ask(question)
        if self._cache:
            await asyncio.to_thread(self._cache.put, key, self._model, question.text(), kept_form(samples))
        return samples

    async def _ask(self, question: Question) -> tuple[Sample, ...]:
        """Ask the server; after replies none of which is usable, once more with what is wrong with the first."""
        question, completion = await self._bounded(question)
        judged = [judge(choice, question.schema) for choice in completion.choices[: question.samples]]
        usable = tuple(sample for sample, wrong in judged if wrong is None)
        if usable:
            return usable + await self._more(question, len(completion.choices))
        first, wrong = completion.choices[0], judged[0][1]
        if first.refusal is None and question.schema is not None:
            again = (
                f"That reply cannot be used: {wrong}. Answer once more with the corrected JSON object and nothing else."
            )
            said = (("assistant", first.sample.text or "(nothing)"), ("user", again))
            repair = replace(question, turns=(*question.turns, *said), samples=1)
            completion = await self._request(repair)
            sample, wrong = judge(completion.choices[0], question.schema)
            if wrong is None:
                return (sample,)
        raise ReplyUnusable(f"{self._model}: {wrong}")

    async def _bounded(self, question: Question) -> tuple[Question, Completion]:
        """Ask with the bound that the passage suggests, and without one where that is in the way; return what was asked."""
        if self._settings.max_reply_tokens is not None or question.limit is None:
            return question, await self._request(question)
        free = replace(question, limit=None)
        if self._thinks:
            return free, await self._request(free)
        try:
            completion = await self._request(question)
        except ReplyUnusable as error:
            if "context" not in str(error):
                raise
            return free, await self._request(free)  # some servers count the bound against the context
        if not completion.all_thought:
            return question, completion
        self._thinks = True  # it thinks first, and spent the bound on that
        return free, await self._request(free)

    async def _more(self, question: Question, given: int) -> tuple[Sample, ...]:
        """Ask for the samples that a server left out, one by one, where the settings allow it."""
        if given >= question.samples or not self._settings.sample_separately:
            return ()
        others = [replace(question, samples=1, number=number) for number in range(given, question.samples)]
        answers = await asyncio.gather(*(self._answer(other) for other in others), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, ReplyUnusable):
                raise answer
        return tuple(sample for answer in answers if not isinstance(answer, BaseException) for sample in answer)

    # -------------------------------------------------------------------------------------------------------- requests

    async def _request(self, question: Question) -> Completion:
        """Send one request. The first of its kind goes alone, so that what the server does not know is found out once."""
        assert self._line is not None
        if question.asked not in self._tried:
            async with self._line.first:
                if question.asked not in self._tried:
                    try:
                        return await self._persist(question)
                    finally:
                        self._tried.add(question.asked)
        return await self._persist(question)

    async def _persist(self, question: Question) -> Completion:
        """Send a request, trying again what may pass and conceding what the server does not know."""
        prompt_tokens = sum(estimate_tokens(text) for _, text in question.turns)
        tries, late, others, began = 0, 0, self._throttle.answered, self._clock()
        while True:
            abilities = self._known()
            failed = await self._send(question, abilities, prompt_tokens)
            if isinstance(failed, Completion):
                return failed
            less = abilities.without(failed, question.asked)
            if less is not None:
                self._learn(less)
                continue
            self._account.failed()
            late += failed.late
            if late > _LATE:  # a server that answers others is there: it is this text that takes it too long
                raise ReplyUnusable(str(failed.error)) if self._throttle.answered else failed.error
            works = self._throttle.answered > others or (failed.status == 429 and self._works())
            if works and self._clock() - began < _BUSY_SECONDS:
                tries, others = 0, self._throttle.answered  # the server answers others: this one's turn will come
            if not failed.retry or tries >= self._settings.max_retries:
                raise failed.error
            if tries or failed.wait is not None or not self._throttle.paced:
                await self._sleep(failed.waiting_time(tries, self._jitter()))
            tries += 1

    async def _send(self, question: Question, abilities: Abilities, prompt_tokens: int) -> Completion | RequestFailed:
        """Send a request once, when it is its turn. Raises BudgetSpent."""
        reserved, started = await self._turn(prompt_tokens)
        self._begun[started.requests] = self._clock()
        try:
            completion, headers = await self._exchange(body_of(question, self._model, abilities))
        except RequestFailed as caught:
            self._refused(caught, started)
            return caught
        finally:
            self._account.release(reserved)
            self._begun.pop(started.requests, None)
            self._throttle.end()
            if self._line is not None:
                self._line.room.set()
        self._throttle.succeeded(headers, started, self._clock())
        self._account.paid(completion)
        if question.samples > 1 and abilities.several and len(completion.choices) < question.samples:
            self._learn(Abilities(abilities.format, several=False).both(abilities))
        return completion

    async def _turn(self, prompt_tokens: int) -> tuple[tuple[float, float], Started]:
        """Wait, in line, until the throttle lets a request through; set aside what it will cost. Raises BudgetSpent."""
        assert self._line is not None
        async with self._line.door:
            while True:
                tokens = prompt_tokens + self._account.expected_reply()
                if self._throttle.under_way >= self._throttle.window:
                    self._line.room.clear()
                    await self._line.room.wait()
                elif (delay := self._throttle.wait(tokens, self._clock())) > 0:
                    await self._sleep(delay)
                else:
                    return self._account.reserve(prompt_tokens), self._throttle.start(tokens, self._clock())

    def _works(self) -> bool:
        """Whether the server is at work on other requests: a refusal comes at once, a reply takes its time."""
        now = self._clock()
        return any(now - begun > _AT_WORK_SECONDS for begun in self._begun.values())

    def _refused(self, failed: RequestFailed, started: Started) -> None:
        """Tell the throttle what a failure means for the others."""
        if failed.status == 429 or (failed.status == 503 and failed.wait is not None):
            patient = failed.wait if failed.wait is not None and failed.wait <= PATIENCE_SECONDS else None
            self._throttle.refused(failed.headers, patient, started, self._clock())
        elif failed.retry:
            self._throttle.overloaded()

    def _known(self) -> Abilities:
        if self._abilities is None:
            note = self._notes.note(note_name(self._endpoint.base_url, self._model)) if self._notes else None
            self._abilities = Abilities.read(note) or Abilities()
        return self._abilities

    def _learn(self, less: Abilities) -> None:
        self._abilities = less.both(self._known())
        if self._notes is not None:
            self._notes.set_note(note_name(self._endpoint.base_url, self._model), self._abilities.written())

    async def _exchange(self, body: dict[str, Any]) -> tuple[Completion, Mapping[str, str]]:
        """Send a body and read the answer. Raises RequestFailed."""
        assert self._line is not None
        late = False
        text, headers = "", dict[str, str]()
        with failures_of(self._endpoint.base_url, self._endpoint.key):
            try:
                async with asyncio.timeout(self._settings.timeout_seconds):
                    text, headers = await self._line.post(body)
            except TimeoutError:
                late = True
        if late:
            raise too_slow(self._endpoint.base_url, self._settings.timeout_seconds)
        try:
            return read_completion(text), headers
        except ValueError:
            begins = scrubbed(text[:1000], self._endpoint.key)[:60]
        raise unreachable(f"{shown(self._endpoint.base_url)} sent no chat completion, but {begins!r}")
