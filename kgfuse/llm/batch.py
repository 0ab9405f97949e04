"""The asynchronous batch interface: thousands of requests in a file, answered within a day at a lower price.

    submit ──> file uploaded ──> batch made ──(hours)──> collect ──> replies in the cache

Each batch under way is a note in the ledger, written before every step that cannot be taken back, so that a run that ends
anywhere goes on in the next: a batch whose making was not noted any more is found again by its name among the server's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from kgfuse.config import LanguageModelSettings
from kgfuse.errors import BudgetSpent, ConfigurationError, RequestRejected
from kgfuse.llm.abilities import Abilities, note_name
from kgfuse.llm.account import Account
from kgfuse.llm.connection import client
from kgfuse.llm.endpoint import endpoint_of
from kgfuse.llm.failures import RequestFailed, failures_of
from kgfuse.llm.forms import Completion, Question, body_of, judge, kept_form, read_completion
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.model import content_id
from kgfuse.protocols import Notebook, ReplyCache, Usage

if TYPE_CHECKING:
    import openai

_MOST_REQUESTS, _MOST_BYTES = 50_000, 100 * 2**20
"""Limits of one batch: OpenAI's are 50,000 requests and 200 MB."""

_ENDPOINT, _AZURE_ENDPOINT = "/v1/chat/completions", "/chat/completions"
_UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_NOTE, _REFUSED = "batch:", "refused:"
_EXPIRED = "batch_expired"


class LedgerCache(ReplyCache, Notebook, Protocol):
    """Where replies and batches are kept."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch under way. `keys` are the replies' in the cache; `id` is the server's, empty until it is known to be made."""

    name: str
    base_url: str
    model: str
    keys: tuple[str, ...]
    file_id: str = ""
    id: str = ""
    status: str = "prepared"


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What is under way and what came back; `left_out` requests did not fit the budget, `refused` are asked one by one."""

    waiting: tuple[Batch, ...] = ()
    submitted: int = 0
    collected: int = 0
    refused: int = 0
    left_out: int = 0
    usage: Usage = field(default_factory=Usage)

    @property
    def requests_waiting(self) -> int:
        """Requests whose replies are not there yet."""
        return sum(len(batch.keys) for batch in self.waiting)


class BatchDesk:
    """Submits and collects batches. One at a time on a ledger; raises leaves of LanguageModelError and of LedgerError."""

    def __init__(self, settings: LanguageModelSettings, cache: LedgerCache) -> None:
        if not settings.model:
            raise ConfigurationError("no model is set", hint="Set KGFUSE_LLM__MODEL.")
        self._settings = settings
        self._model = settings.model
        self._endpoint = endpoint_of(settings)
        self._place: Any = _ENDPOINT if self._endpoint.azure_api_version is None else _AZURE_ENDPOINT
        self._cache = cache
        self._account = Account(settings)
        self._client: openai.OpenAI | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()

    # ------------------------------------------------------------------------------------------------------- collecting

    def collect(self) -> BatchReport:
        """Take the replies of finished batches into the cache; what is not finished is left waiting."""
        waiting, collected, refused = [], 0, 0
        for batch in self.under_way():
            made = self._made(batch)
            if made is None:
                self._cache.set_note(_NOTE + batch.name, None)  # never reached the server: planned anew
                continue
            state = self._call(lambda client, made=made: client.batches.retrieve(made.id))
            status = str(state.status)
            if status in _UNDER_WAY:
                waiting.append(self._noted(replace(made, status=status)))
                continue
            if status == "failed":
                self._cache.set_note(_NOTE + batch.name, None)
                raise RequestRejected(f"the server refuses batch {made.id}: {_first_error(state)}")
            got, lost = self._take_in(state)
            collected, refused = collected + got, refused + lost
            self._cache.set_note(_NOTE + batch.name, None)
        return BatchReport(tuple(waiting), 0, collected, refused, 0, self._account.usage)

    def under_way(self) -> list[Batch]:
        """Return the batches of this server and model that are not collected."""
        batches = [Batch(**_with_tuple(json.loads(text))) for _, text in self._cache.notes(_NOTE)]
        return [batch for batch in batches if (batch.base_url, batch.model) == (self._endpoint.base_url, self._model)]

    def _made(self, batch: Batch) -> Batch | None:
        """Return a batch with its id, found by name where the last run ended before it could note it."""
        if batch.id:
            return batch
        listed = self._call(lambda client: list(client.batches.list(limit=100)))
        for one in listed:
            if (one.metadata or {}).get("kgfuse") == batch.name:
                return self._noted(replace(batch, id=str(one.id)))
        return self._create(batch) if batch.file_id else None

    def _take_in(self, state: Any) -> tuple[int, int]:
        """Put the replies of a finished batch into the cache; return how many there were, and how many were refused."""
        got = lost = 0
        for line in self._lines(state.output_file_id, state.error_file_id):
            key = str(line.get("custom_id", "")).replace("-", ":", 1)
            completion = _completion(line)
            if completion is not None:
                self._account.paid(completion, share=self._settings.batch_discount)
                samples = [choice.sample for choice in completion.choices if judge(choice, None)[1] is None]
                self._cache.put(key, self._model, json.dumps({"batch": state.id}), kept_form(samples))
                got += 1
            elif (line.get("error") or {}).get("code") != _EXPIRED:
                self._cache.set_note(_REFUSED + key, "1")
                lost += 1
        return got, lost

    def _lines(self, *file_ids: str | None) -> Iterator[dict[str, Any]]:
        for file_id in filter(None, file_ids):
            text = self._call(lambda client, named=file_id: client.files.content(named).text)
            for line in text.split("\n"):
                try:
                    value = json.loads(line)
                except ValueError:
                    continue
                if isinstance(value, dict):
                    yield value

    # ------------------------------------------------------------------------------------------------------- submitting

    def submit(self, questions: Iterable[Question]) -> BatchReport:
        """Submit what is neither answered nor under way nor was refused before, as far as the budget allows."""
        open_keys = {key for batch in self.under_way() for key in batch.keys}
        chosen: dict[str, str] = {}
        left_out = 0
        abilities = Abilities.read(self._cache.note(note_name(self._endpoint.base_url, self._model))) or Abilities()
        for question in questions:
            key = question.key(self._endpoint.base_url, self._model)
            if key in open_keys or key in chosen or self._cache.note(_REFUSED + key) or self._cache.get(key):
                continue
            try:
                asked = sum(estimate_tokens(text) for _, text in question.turns)
                self._account.reserve(asked, share=self._settings.batch_discount)
            except BudgetSpent:
                left_out += 1
                continue
            body = body_of(question, self._model, abilities)
            line = {"custom_id": key.replace(":", "-", 1), "method": "POST", "url": self._place, "body": body}
            chosen[key] = json.dumps(line, ensure_ascii=False)
        made = [self._submit(part) for part in _parts(chosen)]
        return BatchReport(tuple(made), len(chosen), left_out=left_out)

    def _submit(self, lines: dict[str, str]) -> Batch:
        keys = tuple(lines)
        batch = self._noted(Batch(content_id("batch", *keys), self._endpoint.base_url, self._model, keys))
        content = "".join(f"{line}\n" for line in lines.values()).encode()
        file = self._call(lambda client: client.files.create(file=("kgfuse.jsonl", content), purpose="batch"))
        return self._create(self._noted(replace(batch, file_id=str(file.id))))

    def _create(self, batch: Batch) -> Batch:
        state = self._call(
            lambda client: client.batches.create(
                input_file_id=batch.file_id,
                endpoint=self._place,
                completion_window="24h",
                metadata={"kgfuse": batch.name},
            )
        )
        return self._noted(replace(batch, id=str(state.id), status=str(state.status)))

    # -------------------------------------------------------------------------------------------------------- the line

    def _noted(self, batch: Batch) -> Batch:
        self._cache.set_note(_NOTE + batch.name, json.dumps(asdict(batch)))
        return batch

    def _call(self, request: Any) -> Any:
        """Send one request; the openai package itself tries again what may pass."""
        if self._client is None:
            self._client = client(self._endpoint, self._settings.timeout_seconds, self._settings.max_retries)
        try:
            with failures_of(self._endpoint.base_url, self._endpoint.key):
                return request(self._client)
        except RequestFailed as caught:
            failed = caught
        raise failed.error


def _with_tuple(value: dict[str, Any]) -> dict[str, Any]:
    return {**value, "keys": tuple(value["keys"])}


def _completion(line: dict[str, Any]) -> Completion | None:
    """Read the reply of a line; `None` where there is none."""
    response = line.get("response") or {}
    if response.get("status_code") != 200:
        return None
    try:
        return read_completion(json.dumps(response.get("body")))
    except ValueError:
        return None


def _first_error(state: Any) -> str:
    errors = getattr(getattr(state, "errors", None), "data", None) or []
    return str(errors[0].message) if errors else "no reason given"


def _parts(lines: dict[str, str]) -> Iterator[dict[str, str]]:
    """Cut lines into batches within the limits."""
    part: dict[str, str] = {}
    size = 0
    for key, line in lines.items():
        if part and (len(part) >= _MOST_REQUESTS or size + len(line) > _MOST_BYTES):
            yield part
            part, size = {}, 0
        part[key] = line
        size += len(line.encode())
    if part:
        yield part
