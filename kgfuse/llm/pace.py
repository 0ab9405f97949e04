"""How fast a server may be asked that refuses without saying more: a 429 with neither headers nor Retry-After.

The pace grows a little with every request that had to wait for it, and is cut once when refusals begin (multiplicative
increase and decrease, so the share of refusals it settles at is the ratio of the two, at any speed). While nothing but
refusals come, the server is tried again at times that grow apart by a seventh of the silence so far: a window that is
renewed after a minute is noticed within seconds, for few refusals more (some servers count those too).
"""

from __future__ import annotations

_GROW, _CUT = 0.01, 0.85
_GROW_FIRST, _CUT_FIRST = 0.05, 0.5
"""How the pace changes while it is far off: growth until it is first cut; the cut when refusals follow on each other."""

_FAR_OFF = 4
"""Requests between two runs of refusals, or fewer, by which a pace is known to be far too high."""

_APART, _LEAST_APART_SECONDS = 0.15, 0.05
_SHORTEST_LEARNING_SECONDS = 0.25
_COUNTED_SECONDS, _LOWEST = 10.0, 0.25
"""The pace is not cut below a quarter of the most that was answered in ten seconds: some gateways refuse at random."""

_SHORTEST_SILENCE_SECONDS, _LONGEST_SILENCE_SECONDS = 0.2, 5.0


class Pace:
    """Requests a second. Times are seconds of one clock; requests are told apart by their numbers, which only grow."""

    def __init__(self) -> None:
        self._rate = 0.0
        self._cut = False
        self._first_start: float | None = None
        self._let_through = 0
        self._next = 0.0
        self._waited = False
        self._between = 0
        self._refusals_began: float | None = None
        self._last_before = 0
        self._probes: dict[int, float] = {}
        self._refusal_took = 0.0
        self._counted_from, self._answers, self._best = 0.0, 0, 0.0

    @property
    def known(self) -> bool:
        """Whether there is a pace: the server has both answered and refused."""
        return self._rate > 0

    def wait(self, now: float) -> float:
        """Seconds until the next request may go."""
        if not self.known:
            return 0.0
        decided = self._next
        if self._probes:
            decided = min(self._probes.values()) + self._patience()
            if now >= decided:
                self._answering()  # a refusal comes at once: what is not refused by now has been let through
        delay = self._next - now
        if delay <= 0:
            return 0.0
        self._waited = True
        return min(delay, decided - now) if decided > now else delay

    def start(self, number: int, now: float) -> None:
        """Count a request as sent."""
        if self._first_start is None:
            self._first_start = now
        self._let_through += 1
        if not self.known:
            return
        if self._refusals_began is not None:
            self._probes[number] = now
            self._next = now + max(1 / self._rate, _APART * (now - self._refusals_began), _LEAST_APART_SECONDS)
            return
        self._between += 1
        if self._waited:
            self._rate *= 1 + (_GROW if self._cut else _GROW_FIRST)
        self._waited = False
        self._next = max(now, self._next) + 1 / self._rate

    def succeeded(self, number: int, now: float) -> None:
        """Learn from an answer."""
        if now - self._counted_from > _COUNTED_SECONDS:
            self._counted_from, self._answers = now, 0
        self._answers += 1
        self._best = max(self._best, self._answers / _COUNTED_SECONDS)
        if self._refusals_began is not None and number > self._last_before:
            self._answering()

    def refused(self, number: int, latest: int, begun: float, now: float) -> None:
        """Learn from a bare refusal of a request sent at `begun`; `latest` is the number of the last one that was sent."""
        self._let_through -= 1
        self._probes.pop(number, None)
        self._refusal_took = max(now - begun, 0.9 * self._refusal_took)
        if not self.known:
            if self._let_through > 0 and self._first_start is not None:
                self._rate = self._let_through / max(now - self._first_start, _SHORTEST_LEARNING_SECONDS)
                self._begin(latest, now)
        elif self._refusals_began is None and number > self._last_before:
            cut = self._rate * (_CUT_FIRST if self._between <= _FAR_OFF else _CUT)
            self._rate = max(cut, _LOWEST * self._best)
            self._cut = True
            self._begin(latest, now)

    def _begin(self, latest: int, now: float) -> None:
        self._refusals_began, self._last_before, self._between = now, latest, 0
        self._next = max(self._next, now + 1 / self._rate)

    def _answering(self) -> None:
        self._refusals_began = None
        self._next = max(self._probes.values(), default=0.0) + 1 / self._rate
        self._probes.clear()

    def _patience(self) -> float:
        return min(_LONGEST_SILENCE_SECONDS, max(_SHORTEST_SILENCE_SECONDS, 3 * self._refusal_took))
