"""Rate limits as servers have them: a bucket that fills steadily or a window that is renewed, told in headers or not."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field


@dataclass
class RateLimit:
    """At most `limit` requests per `seconds`. Thread-safe.

    `window`: the limit is renewed at once at the end of each period; else it fills steadily (a token bucket of that
    capacity). `headers` tells the quota with each answer, as OpenAI does; `retry_after` names the wait with a 429, in whole
    seconds, as RFC 9110 has it.
    """

    limit: int
    seconds: float
    window: bool = False
    headers: bool = True
    retry_after: bool = True
    full: bool = False
    """Whether the bucket is full at the start."""

    admitted: list[float] = field(default_factory=list)
    refused: int = 0
    _level: float = 0.0
    _at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self) -> tuple[bool, dict[str, str]]:
        """Count a request; whether it may pass, and the headers to answer with."""
        with self._lock:
            now = time.monotonic()
            self._fill(now)
            passed = self._level >= 1
            if passed:
                self._level -= 1
                self.admitted.append(now)
            else:
                self.refused += 1
            return passed, self._told(now, passed)

    def _fill(self, now: float) -> None:
        if not self._at:
            self._at = now
            self._level = float(self.limit) if self.window or self.full else 1.0
        if self.window:
            if now >= self._at + self.seconds:
                self._at += self.seconds * math.floor((now - self._at) / self.seconds)
                self._level = float(self.limit)
        else:
            self._level = min(self.limit, self._level + (now - self._at) * self.limit / self.seconds)
            self._at = now

    def _told(self, now: float, passed: bool) -> dict[str, str]:
        reset = self._at + self.seconds - now if self.window else (self.limit - self._level) * self.seconds / self.limit
        told = {}
        if self.headers:
            told["x-ratelimit-limit-requests"] = str(self.limit)
            told["x-ratelimit-remaining-requests"] = str(math.floor(max(0.0, self._level)))
            told["x-ratelimit-reset-requests"] = f"{max(0, round(reset * 1000))}ms"
        if not passed and self.retry_after:
            wait = reset if self.window else (1 - self._level) * self.seconds / self.limit
            told["Retry-After"] = str(max(1, math.ceil(wait)))
        return told

    def allowed(self, elapsed: float) -> float:
        """How many requests could have passed at most in `elapsed` seconds from the first one on."""
        if self.window:
            return self.limit * (math.floor(elapsed / self.seconds) + 1)
        return (self.limit if self.full else 1) + elapsed * self.limit / self.seconds
