"""What went wrong with a request, in kgfuse's words: no message ever holds a key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from kgfuse.errors import (
    KeyRejected,
    LanguageModelError,
    ReplyUnusable,
    RequestRejected,
    ServerBusy,
    ServerUnreachable,
)
from kgfuse.llm.endpoint import shown

if TYPE_CHECKING:
    import openai

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_ABOUT_THIS_TEXT = (
    "context_length",
    "context length",
    "context size",
    "content_filter",
    "content management policy",
    "maximum context",
)
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|key|Bearer)[-_ ][\w*.\-]{6,}")
_MESSAGE_LENGTH = 300
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 60.0
PATIENCE_SECONDS = 300.0
"""A server that asks to wait longer than this is not waited for."""


@dataclass(eq=False)
class RequestFailed(Exception):
    """A failed request: our error, whether to try again, after how many seconds, and what the server said.

    Not frozen, as values are: Python itself writes the traceback into an exception.
    """

    error: LanguageModelError
    retry: bool
    wait: float | None = None
    status: int | None = None
    said: str = ""
    parameter: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    late: bool = False
    """Whether there was no answer in time: a server that took so long once will again."""

    def waiting_time(self, tries: int, jitter: float) -> float:
        """Seconds to wait before another try: what the server asks for, else exponential back-off; `jitter` in [0, 1).

        Raises ServerBusy when the server asks for more than `PATIENCE_SECONDS`.
        """
        if self.wait is not None:
            if self.wait > PATIENCE_SECONDS:
                raise ServerBusy(f"{self.error} (it asks to wait {self.wait:.0f} s)")
            return self.wait * (1 + 0.1 * jitter)
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0**tries)
        return longest * (0.5 + jitter / 2)


@contextmanager
def failures_of(base_url: str, key: str) -> Iterator[None]:
    """Turn the exceptions of the openai package into `RequestFailed`, cut loose from requests that hold the key."""
    import openai

    failed: RequestFailed | None = None
    try:
        yield
    except openai.APIStatusError as error:
        failed = _refused(error, base_url, key)
    except openai.APITimeoutError:
        failed = unreachable(f"{shown(base_url)} did not answer in time")
    except openai.APIConnectionError as error:
        cause = scrubbed(str(error.__cause__ or error), key)
        failed = unreachable(f"{shown(base_url)} cannot be reached: {cause}")
    except openai.OpenAIError as error:
        failed = unreachable(f"{shown(base_url)} sent what cannot be read: {scrubbed(str(error), key)}")
    except Exception as error:
        # While a body is read the HTTP library's own errors come through, and which library that is depends on openai's.
        if not type(error).__module__.startswith(("httpx", "httpcore", "h11")):
            raise
        failed = unreachable(f"{shown(base_url)} broke off: {scrubbed(str(error), key)}")
    if failed is not None:
        raise failed  # outside the handler, so that the original and its request are not chained to it


def unreachable(message: str) -> RequestFailed:
    """A failure of the line or of a server that speaks something else: worth another try."""
    return RequestFailed(ServerUnreachable(message), retry=True)


def too_slow(base_url: str, seconds: float) -> RequestFailed:
    """A server that did not answer in time: worth one more try."""
    hint = "A model that is slow, or has just been loaded, may need more: set KGFUSE_LLM__TIMEOUT_SECONDS."
    error = ServerUnreachable(f"{shown(base_url)} did not answer in time ({seconds:g} s)", hint=hint)
    return RequestFailed(error, retry=True, late=True)


def _refused(error: openai.APIStatusError, base_url: str, key: str) -> RequestFailed:
    status, said = error.status_code, scrubbed(_said(error), key)
    message = f"{shown(base_url)} answered {status}: {said}"
    code = f"{getattr(error, 'code', '') or ''} {said}".lower()
    if status in (401, 403):
        return RequestFailed(KeyRejected(message), retry=False, status=status)
    if status == 429 and "insufficient_quota" in code:
        broke = RequestRejected(message, hint="The account has no credit left; top it up, then ingest again.")
        return RequestFailed(broke, retry=False, status=status)
    if status in _BUSY:
        headers = error.response.headers
        return RequestFailed(ServerBusy(message), True, _retry_after(headers), status, said, headers=dict(headers))
    if any(words in code for words in _ABOUT_THIS_TEXT):
        return RequestFailed(ReplyUnusable(message), retry=False, status=status)
    parameter = getattr(error, "param", None)
    return RequestFailed(RequestRejected(message), retry=False, status=status, said=said, parameter=parameter)


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    inner: Any = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(inner, dict):
        inner = inner.get("message") or inner.get("detail") or inner
    parameter = getattr(error, "param", None)
    return f"{inner or 'no reason given'}{f' ({parameter})' if parameter else ''}"


def scrubbed(text: str, key: str) -> str:
    """Return `text` on one line, fit for a message: without the key, what looks like one, and passwords in URLs."""
    text = re.sub(r"\s+", " ", text.replace(key, "[key]"))
    text = re.sub(r"(?<=//)[^/@\s]+@", "", _KEY_LIKE.sub("[key]", text))
    return text[:_MESSAGE_LENGTH]


def _retry_after(headers: Any) -> float | None:
    """Read Retry-After (seconds or an HTTP date, RFC 9110 section 10.2.3) or retry-after-ms; seconds from now."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        text = headers.get("retry-after", "")
        if not text:
            return None
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
