"""A real OpenAI-compatible server on the loopback interface, for tests: it answers as told, and fails as told.

    with LanguageModelServer(replies=[{"triples": []}]) as server:
        settings = LanguageModelSettings(model="test", base_url=server.base_url)

Each request takes the next of `faults`; without one it is answered by `answer`, a function from the request's body to the
reply's text (or a mapping, written as JSON). `recorded` gives such a function over a folder of recorded replies.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from kgfuse.model import content_id

Body = dict[str, Any]
Answer = Callable[[Body], "str | Mapping[str, Any]"]


@dataclass(frozen=True)
class Fault:
    """One way to fail. `raw` replaces the whole body; `promised` is the Content-Length announced instead of the true one."""

    status: int = 200
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    promised: int | None = None
    hang: bool = False
    drop: bool = False
    content_type: str = "application/json"


HANG = Fault(hang=True)
DROP = Fault(drop=True)
BROKEN_BODY = Fault(raw=b'{"choices": [{"mess')
TRUNCATED_BODY = Fault(raw=b'{"choices": [{"message": ', promised=5000)
WEB_PAGE = Fault(raw=b"<html>Welcome</html>", content_type="text/html")


def refused(status: int, message: str, **headers: str) -> Fault:
    """An error reply in OpenAI's form; header names are written with underscores."""
    return Fault(status, message, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True)
class Said:
    """A reply with its reason to end and a refusal, for handlers that need more than a text."""

    text: str | None
    finish_reason: str = "stop"
    refusal: str | None = None


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
        key: str | None = None,
        delay: float = 0.0,
    ) -> None:
        self.answer = answer or in_turn(list(replies) or [{}])
        self.faults = deque(faults)
        self.always: Fault | None = None
        self.refused_formats = set(refused_formats)
        self.key = key
        self.delay = delay
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.errors: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True)

    @property
    def base_url(self) -> str:
        """The root of the API."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

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
        if self.key is not None and headers.get("authorization") != f"Bearer {self.key}":
            return refused(401, f"Incorrect API key provided: {headers.get('authorization', '')[7:]}.")
        format = (body.get("response_format") or {}).get("type")
        if format in self.refused_formats:
            return refused(400, f"response_format.type {format!r} is not supported")
        return None

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
        reply = self.answer(body)
        said = reply if isinstance(reply, Said) else Said(reply if isinstance(reply, str) else json.dumps(reply))
        prompt = sum(len(message["content"]) for message in body["messages"]) // 4
        completion = {
            "id": "chatcmpl-test",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": said.finish_reason,
                    "message": {"role": "assistant", "content": said.text, "refusal": said.refusal},
                }
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": len(said.text or "") // 4,
                "total_tokens": prompt + len(said.text or "") // 4,
            },
        }
        return json.dumps(completion).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: LanguageModelServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """List the models."""
        if self.path == "/v1/models":
            self._send(Fault(raw=b'{"object": "list", "data": [{"id": "test", "object": "model"}]}'))
        else:
            self._send(refused(404, f"no such path: {self.path}"))

    def do_POST(self) -> None:
        """Answer a chat completion, or fail."""
        owner = self.server.owner
        body: Body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._send(refused(404, f"no such path: {self.path}"))
            return
        fault = owner.fault_for(body, {name.lower(): value for name, value in self.headers.items()})
        if fault is None:
            try:
                fault = Fault(raw=owner.completion(body))
            except LookupError as error:
                owner.errors.append(str(error))
                fault = refused(400, str(error))
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
