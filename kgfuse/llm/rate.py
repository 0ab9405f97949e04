"""How fast a server may be asked: learned from its rate-limit headers, its 429s and its silences.

Three things bound the requests. *Quotas* (requests and tokens) are kept as the server's headers tell them, as a bucket
that fills steadily or as a window that is renewed at once, whichever the headers turn out to mean. A *pause* is what a 429
with Retry-After asks for, of everybody. The *window* of requests under way shrinks by a third when the server is overloaded
and grows by one a round when it answers (additive increase, multiplicative decrease: Chiu and Jain 1989). A server that
refuses without saying more is asked at a `Pace`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kgfuse.llm.pace import Pace

_SHRINK = 0.67
_LEAST_SAID_SECONDS = 1.0
"""The least that Retry-After, in whole seconds, can say: it need not mean so long, and the pace knows better."""

_SAME_MOMENT = 0.3
"""Share of the expected shift below which the end of a window counts as not having moved."""

_TELLING = 0.05
"""Share of the limit that must be used up before that is judged: latency alone moves the end a little."""


class Started(NamedTuple):
    """How many requests and tokens were sent up to a request, itself included, and when it was."""

    requests: int
    tokens: float
    at: float


_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_SLOWEST = 1e-6
"""Requests or tokens a second: no server means less than one in eleven days; its next renewal is waited for."""


@dataclass
class Quota:
    """One quota of a server, in its unit (requests, tokens); times are seconds of one clock."""

    limit: float = 0.0
    level: float = 0.0
    rate: float = 0.0
    at: float = 0.0
    until: float = 0.0
    renewed: bool = False
    _anchor: tuple[float, float] | None = None

    @property
    def known(self) -> bool:
        """Whether the server has told a limit."""
        return self.limit > 0

    def wait(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be spent; more than the limit needs the limit."""
        if not self.known:
            return 0.0
        self._fill(now)
        lacking = min(amount, self.limit) - self.level
        if lacking <= 1e-9:
            return 0.0
        if self.renewed or self.rate < _SLOWEST:
            return max(0.0, self.until - now)
        return lacking / self.rate

    def take(self, amount: float, now: float) -> None:
        """Spend."""
        if self.known:
            self._fill(now)
            self.level -= amount

    def heard(self, limit: float, remaining: float, reset: float, since: float, now: float) -> None:
        """Take over what the server says; `since` was spent here after the request that it answers was sent."""
        self._fill(now)
        first = not self.known
        self.limit = limit
        until = now + reset
        used = limit - remaining
        if used > 0 and reset > 0:
            self._recognise(remaining, until, used, reset)
            rate = used / reset
            self.rate = rate if first or self.rate <= 0 else 0.7 * self.rate + 0.3 * rate
        self.until = until
        # What was sent since is either counted by the server already or will be: the truth lies between.
        self.level = remaining - since if first else min(max(self.level, remaining - since), max(remaining, 0.0))

    def _recognise(self, remaining: float, until: float, used: float, reset: float) -> None:
        """Tell a bucket from a window: while it empties, the moment of a full bucket moves away; a window's end stays."""
        if self._anchor is None or remaining > self._anchor[0]:
            self._anchor = (remaining, until)
            return
        fallen = self._anchor[0] - remaining
        expected = fallen * reset / used
        if fallen >= max(3.0, _TELLING * self.limit) and expected > 0.05:
            self.renewed = until - self._anchor[1] < _SAME_MOMENT * expected
            self._anchor = (remaining, until)

    def _fill(self, now: float) -> None:
        if self.renewed:
            if now >= self.until > self.at:
                self.level = self.limit
        else:
            self.level = min(self.limit, self.level + self.rate * max(0.0, now - self.at))
        self.at = now


class Throttle:
    """Says when the next request may go. Not for several threads: it lives in the client's event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._window = float(most)
        self._shrunk_at = 0
        self._paused_until = 0.0
        self._pace = Pace()
        self._requests, self._tokens = Quota(), Quota()
        self._started, self._started_tokens = 0, 0.0
        self.under_way = 0
        self.answered = 0

    @property
    def paced(self) -> bool:
        """Whether a server that says no more than no is asked at a pace, so that a refused request need not wait itself."""
        return self._pace.known

    @property
    def window(self) -> int:
        """How many requests may be under way."""
        return max(1, int(self._window))

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until the next request may go as far as quotas, pauses and pace are concerned."""
        return max(
            0.0,
            self._paused_until - now,
            self._pace.wait(now),
            self._requests.wait(1, now),
            self._tokens.wait(tokens, now),
        )

    def start(self, tokens: float, now: float) -> Started:
        """Count a request as under way."""
        self.under_way += 1
        self._started += 1
        self._started_tokens += tokens
        self._requests.take(1, now)
        self._tokens.take(tokens, now)
        self._pace.start(self._started, now)
        return Started(self._started, self._started_tokens, now)

    def end(self) -> None:
        """Count a request as over."""
        self.under_way -= 1

    def succeeded(self, headers: Mapping[str, str], started: Started, now: float) -> None:
        """Learn from the answer to a request; `started` is what its `start` returned."""
        self.answered += 1
        self._pace.succeeded(started.requests, now)
        self._window = min(float(self._most), self._window + 1 / self._window)
        self._hear(headers, started, now)

    def refused(self, headers: Mapping[str, str], wait: float | None, started: Started, now: float) -> None:
        """Learn from a 429: pause when it says how long, and find the pace when no quota is told."""
        told = self._hear(headers, started, now)
        if not told:
            self._pace.refused(started.requests, self._started, started.at, now)
        if wait is not None and (wait > _LEAST_SAID_SECONDS or not self._pace.known):
            self._paused_until = max(self._paused_until, now + wait)
        if told:
            return
        if wait is None and not self._pace.known:
            self._shrink()

    def overloaded(self) -> None:
        """Learn from an error of the server or a silence: ask less at once."""
        self._shrink()

    def _shrink(self) -> None:
        # Once a round: the requests that were under way together fail together.
        if self.answered >= self._shrunk_at:
            self._window = max(1.0, self._window * _SHRINK)
            self._shrunk_at = self.answered + self.window

    def _hear(self, headers: Mapping[str, str], started: Started, now: float) -> bool:
        """Read the quotas; whether any was told."""
        requests = _told(headers, "requests") or _told(headers, "")
        if requests:
            self._requests.heard(*requests, self._started - started.requests, now)
        tokens = _told(headers, "tokens")
        if tokens:
            self._tokens.heard(*tokens, self._started_tokens - started.tokens, now)
        return bool(requests or tokens)


def _told(headers: Mapping[str, str], unit: str) -> tuple[float, float, float] | None:
    """Return limit, remaining and seconds to the reset, by OpenAI's names of headers or by those of the IETF's draft."""
    for prefix in ("x-ratelimit-", "ratelimit-"):
        names = [f"{prefix}{part}-{unit}".rstrip("-") for part in ("limit", "remaining", "reset")]
        values = [headers.get(name) for name in names]
        if values[0] and values[1] and values[2]:
            try:
                limit, remaining, reset = float(values[0]), float(values[1]), seconds(values[2])
            except ValueError:
                return None
            return (limit, remaining, reset) if limit > 0 and 0 <= reset < 1e6 else None
    return None


def seconds(text: str) -> float:
    """Read a duration as headers write it: '1s', '6m0s', '85ms', or a plain number of seconds. Raises ValueError."""
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text.strip():
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return float(text)
