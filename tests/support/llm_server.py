"""A real OpenAI-compatible server on the loopback interface, for tests: it answers as told, and fails as told.

    with LanguageModelServer(replies=[{"triples": []}]) as server:
        settings = LanguageModelSettings(model="test", base_url=server.base_url)

Each request takes the next of `faults`; without one it is answered by `answer`, a function from the request's body to the
reply's text (or a mapping, written as JSON), called once for each of the `n` replies that are asked for. `recorded` gives
such a function over a folder of recorded replies. Files and batches are served as well, and rates limited.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from kgfuse.model import content_id
from tests.support.llm_batches import BatchBoard
from tests.support.llm_faults import BROKEN_BODY, DROP, HANG, TRUNCATED_BODY, WEB_PAGE, Fault, refused
from tests.support.llm_rate import RateLimit

__all__ = [
    "BROKEN_BODY",
    "DROP",
    "HANG",
    "TRUNCATED_BODY",
    "WEB_PAGE",
    "Answer",
    "Body",
    "Fault",
    "LanguageModelServer",
    "RateLimit",
    "Said",
    "in_turn",
    "recorded",
    "refused",
]

Body = dict[str, Any]
Answer = Callable[[Body], "str | Mapping[str, Any]"]


@dataclass(frozen=True)
class Said:
    """A reply with its reason to end, a refusal and the log-probability of its tokens, for handlers that say more."""

    text: str | None
    finish_reason: str = "stop"
    refusal: str | None = None
    logprob: float = -0.1


def in_turn(replies: Iterable[Any]) -> Answer:
    """Answer with one reply after the other, the last one for ever."""
    waiting = deque(replies)
    lock = threading.Lock()

    def answer(_: Body) -> Any:
        with lock:
            return waiting.popleft() if len(waiting) > 1 else waiting[0]

    return answer


def messages_hash(body: Body) -> str:
    """The hash by which a recorded reply can name its request exactly."""
    return content_id("messages", json.dumps(body["messages"], sort_keys=True))


def recorded(folder: Path) -> Answer:
    """Replay the files of `folder`: ``{"contains": text in the last message, "reply": …}`` or ``{"messages": hash, …}``."""
    entries = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]

    def answer(body: Body) -> Any:
        last, hash = body["messages"][-1]["content"], messages_hash(body)
        for entry in entries:
            if entry.get("messages") == hash or ("contains" in entry and entry["contains"] in last):
                return entry["reply"]
        raise LookupError(f"no reply is recorded for {last[-400:]!r}")

    return answer


class LanguageModelServer:
    """The server; a context manager. `requests` and `headers` hold what was asked, in order of arrival."""

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        replies: Iterable[Any] = (),
        faults: Iterable[Fault | None] = (),
        refused_formats: Iterable[str] = (),
        refused_parameters: Iterable[str] = (),
        ignored_parameters: Iterable[str] = (),
        key: str | None = None,
        delay: float = 0.0,
        rate: RateLimit | None = None,
        azure: str | None = None,
    ) -> None:
        self.answer = answer or in_turn(list(replies) or [{}])
        self.faults = deque(faults)
        self.always: Fault | None = None
        self.refused_formats = set(refused_formats)
        self.refused_parameters = set(refused_parameters)
        self.ignored_parameters = set(ignored_parameters)
        self.rate = rate
        self.board = BatchBoard()
        self._systems: set[str] = set()
        self.billed = 0
        """Completions that were generated, whether or not they arrived."""
        self.key = key
        self.azure = azure
        """Version of Azure's dialect, if that is what is spoken."""
        self.delay = delay
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.errors: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self.board_faults: deque[Fault] = deque()
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True)

    @property
    def base_url(self) -> str:
        """The root of the API; in Azure's dialect, the resource."""
        return f"http://127.0.0.1:{self._server.server_address[1]}" + ("" if self.azure else "/v1")

    def way(self, path: str) -> str:
        """The path as OpenAI's protocol has it; empty where it is none of the dialect that is spoken."""
        place, _, query = path.partition("?")
        if self.azure is None:
            return place
        if f"api-version={self.azure}" not in query.split("&") or not place.startswith("/openai/"):
            return ""
        return "/v1/" + re.sub(r"^deployments/[^/]+/(?=chat/completions$)", "", place.removeprefix("/openai/"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None and self.errors:
            raise AssertionError(f"the server could not answer: {self.errors[0]}")

    def close(self) -> None:
        """Stop serving; requests that hang are let go."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fault_for(self, body: Body, headers: dict[str, str]) -> Fault | None:
        """What this request fails with, if anything."""
        with self.lock:
            self.requests.append(body)
            self.headers.append(headers)
            fault = self.faults.popleft() if self.faults else self.always
        if fault is not None:
            return fault
        sent = headers.get("api-key" if self.azure else "authorization", "")
        if self.key is not None and sent != (self.key if self.azure else f"Bearer {self.key}"):
            return refused(401, f"Incorrect API key provided: {sent.removeprefix('Bearer ')}.")
        format = (body.get("response_format") or {}).get("type")
        if format in self.refused_formats:
            return refused(400, f"response_format.type {format!r} is not supported")
        wrong = sorted(self.refused_parameters & body.keys())
        return refused(400, f"Unsupported parameter: '{wrong[0]}' is not supported with this model.") if wrong else None

    def completion(self, body: Body) -> bytes:
        """Answer one request."""
        with self.lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.delay:
                self.released.wait(self.delay)
            return self._completion(body)
        finally:
            with self.lock:
                self._at_once -= 1

    def _completion(self, body: Body) -> bytes:
        count = 1 if "n" in self.ignored_parameters else body.get("n", 1)
        replies = [self.answer(body) for _ in range(count)]
        saids = [
            reply if isinstance(reply, Said) else Said(reply if isinstance(reply, str) else json.dumps(reply))
            for reply in replies
        ]
        with self.lock:
            self.billed += 1
            system = body["messages"][0]["content"]
            known = len(system) // 4 if system in self._systems else 0
            self._systems.add(system)
        prompt = sum(len(message["content"]) for message in body["messages"]) // 4
        written = sum(len(said.text or "") for said in saids) // 4
        completion = {
            "id": "chatcmpl-test",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [self._choice(number, said, body) for number, said in enumerate(saids)],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": written,
                "total_tokens": prompt + written,
                "prompt_tokens_details": {"cached_tokens": known},
            },
        }
        return json.dumps(completion).encode()

    def _choice(self, index: int, said: Said, body: Body) -> Body:
        message: Body = {"role": "assistant", "content": said.text, "refusal": said.refusal}
        if "tools" in body and "tools" not in self.ignored_parameters:
            name = body["tools"][0]["function"]["name"]
            call = {"id": "c", "type": "function", "function": {"name": name, "arguments": said.text}}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
        choice: Body = {"index": index, "finish_reason": said.finish_reason, "message": message}
        if body.get("logprobs") and "logprobs" not in self.ignored_parameters:
            pieces = re.findall(r"(?s).{1,4}", said.text or "")
            choice["logprobs"] = {"content": [{"token": piece, "logprob": said.logprob} for piece in pieces]}
        return choice

    def batched(self, body: Body) -> tuple[int, Body]:
        """Answer one request of a batch: status and body."""
        fault = self.fault_for(body, {"authorization": f"Bearer {self.key}", "api-key": self.key or ""})
        if fault is not None:
            return fault.status, {"error": {"message": fault.message}}
        return 200, json.loads(self._completion(body))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: LanguageModelServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """List the models; show files and batches."""
        board, path = self.server.owner.board, self.server.owner.way(self.path)
        batch = path.removeprefix("/v1/batches/")
        file = path.removeprefix("/v1/files/").removesuffix("/content")
        if path == "/v1/models":
            self._send(Fault(raw=b'{"object": "list", "data": [{"id": "test", "object": "model"}]}'))
        elif path == "/v1/batches":
            self._answer({"object": "list", "data": list(board.batches.values()), "has_more": False})
        elif batch in board.batches:
            self._answer(board.look(batch, self.server.owner.batched))
        elif file in board.files and path.endswith("/content"):
            self._send(Fault(raw=board.files[file], content_type="application/octet-stream"))
        else:
            self._send(refused(404, f"no such path: {self.path}"))

    def _answer(self, value: Mapping[str, Any]) -> None:
        self._send(Fault(raw=json.dumps(value).encode()))

    def do_POST(self) -> None:
        """Answer a chat completion, or fail."""
        owner = self.server.owner
        path = owner.way(self.path)
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "/v1/files":
            self._answer(owner.board.upload(self.headers["Content-Type"], content))
            return
        body: Body = json.loads(content)
        if path == "/v1/batches":
            fault = owner.board_faults.popleft() if owner.board_faults else None
            made = owner.board.create(body)
            self._send(fault) if fault else self._answer(made)
            return
        if path != "/v1/chat/completions":
            self._send(refused(404, f"no such path: {self.path}"))
            return
        passed, told = owner.rate.admit() if owner.rate else (True, {})
        if not passed:
            self._send(Fault(429, "Rate limit reached.", told))
            return
        fault = owner.fault_for(body, {name.lower(): value for name, value in self.headers.items()})
        if fault is None or fault.late:
            try:
                generated = Fault(raw=owner.completion(body), headers=told)
            except LookupError as error:
                owner.errors.append(str(error))
                generated = refused(400, str(error))
            fault = fault or generated
        if fault.hang:
            owner.released.wait(30)
        if fault.hang or fault.drop:
            self.close_connection = True
            return
        self._send(fault)

    def _send(self, fault: Fault) -> None:
        error = {"error": {"message": fault.message, "type": "test", "param": None, "code": None}}
        content = json.dumps(error).encode() if fault.raw is None else fault.raw
        try:
            self.send_response(fault.status)
            self.send_header("Content-Type", fault.content_type)
            self.send_header("Content-Length", str(fault.promised or len(content)))
            for name, value in fault.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up first: that is what such tests are about
            return
        if fault.promised:
            self.close_connection = True


@pytest.fixture
def llm_server() -> Iterator[LanguageModelServer]:
    """A running server that answers ``{}`` until told otherwise."""
    with LanguageModelServer() as server:
        yield server
