"""The throttle against simulated servers: what a limit allows is used, and little is refused."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kgfuse.llm.rate import Quota, Started, Throttle, seconds

NONE = Started(0, 0.0, 0.0)


@dataclass
class World:
    """A server with a rate limit, in simulated time."""

    limit: int
    period: float
    window: bool
    told: bool
    retry_after: bool
    now: float = 0.0
    level: float = 1.0
    at: float = 0.0
    admitted: int = 0
    refused: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self) -> tuple[bool, dict[str, str], float | None]:
        if self.window:
            periods = math.floor((self.now - self.at) / self.period)
            if periods or not self.admitted:
                self.level, self.at = float(self.limit), self.at + periods * self.period
            reset = self.at + self.period - self.now
        else:
            self.level = min(self.limit, self.level + (self.now - self.at) * self.limit / self.period)
            self.at = self.now
            reset = (self.limit - self.level) * self.period / self.limit
        passed = self.level >= 1 - 1e-9
        self.level -= passed
        self.admitted += passed
        self.refused += not passed
        if not self.window:
            reset = (self.limit - self.level) * self.period / self.limit
        headers = {
            "x-ratelimit-limit-requests": str(self.limit),
            "x-ratelimit-remaining-requests": str(math.floor(max(self.level, 0))),
            "x-ratelimit-reset-requests": f"{reset * 1000:.0f}ms",
        }
        wait = reset if self.window else (1 - self.level) * self.period / self.limit
        return passed, headers if self.told else {}, math.ceil(wait) if not passed and self.retry_after else None


def run(world: World, most: int, latency: float, until: float, throttle: Throttle | None = None) -> float:
    """Keep `most` askers busy until the time is up; return the answers that the limit would have allowed."""
    throttle = throttle or Throttle(most)
    replies: list[tuple[float, int, bool, dict[str, str], float | None, Started]] = []
    number = 0
    while world.now < until:
        delay = throttle.wait(1.0, world.now)
        if throttle.under_way < throttle.window and delay <= 0:
            started = throttle.start(1.0, world.now)
            passed, headers, wait = world.ask()
            number += 1
            took = latency * (1 + 0.2 * math.sin(number)) if passed else 0.02
            heapq.heappush(replies, (world.now + took, number, passed, headers, wait, started))
            continue
        next_reply = replies[0][0] if replies else math.inf
        world.now = min(next_reply, world.now + delay if throttle.under_way < throttle.window else math.inf)
        while replies and replies[0][0] <= world.now:
            _, _, passed, headers, wait, started = heapq.heappop(replies)
            throttle.end()
            if passed:
                throttle.succeeded(headers, started, world.now)
            else:
                throttle.refused(headers, wait, started, world.now)
    return world.limit * until / world.period


@pytest.mark.parametrize("window", [False, True], ids=["bucket", "window"])
@pytest.mark.parametrize(
    ("told", "retry_after", "least"),
    [(True, True, 0.95), (True, False, 0.95), (False, True, 0.95), (False, False, 0.95)],
    ids=["headers", "headers alone", "Retry-After alone", "nothing"],
)
def test_what_the_limit_allows_is_used(window: bool, told: bool, retry_after: bool, least: float) -> None:
    world = World(600, 60.0, window, told, retry_after)
    allowed = run(world, 32, latency=0.8, until=180.0)
    assert world.admitted >= least * allowed
    if told:
        assert world.refused <= 0.05 * world.admitted
    elif not retry_after:
        assert world.refused <= 0.1 * world.admitted


@pytest.mark.parametrize("latency", [0.05, 2.0, 10.0])
@pytest.mark.parametrize("window", [False, True], ids=["bucket", "window"])
def test_a_slow_server_that_only_says_no_is_not_pestered(window: bool, latency: float) -> None:
    world = World(20, 60.0, window, told=False, retry_after=False)
    allowed = run(world, 32, latency, until=600.0)
    assert world.admitted >= 0.95 * allowed
    assert world.refused <= 60 * 10  # one a second


def test_a_limit_that_is_raised_is_used() -> None:
    world, throttle = World(300, 60.0, window=False, told=False, retry_after=False), Throttle(64)
    run(world, 64, latency=0.5, until=60.0, throttle=throttle)
    world.limit, before = 900, world.admitted
    run(world, 64, latency=0.5, until=240.0, throttle=throttle)
    assert world.admitted - before >= 0.9 * 180 * 15


def test_a_gateway_that_refuses_at_random_is_not_asked_ever_more_slowly() -> None:
    throttle, now, answered = Throttle(8), 0.0, []
    for number in range(4000):
        now += max(0.02, throttle.wait(1.0, now))
        started = throttle.start(1.0, now)
        throttle.end()
        if number % 4 == 0:
            throttle.succeeded({}, started, now)
            answered.append(now)
        else:
            throttle.refused({}, None, started, now)
    first, last = answered[99], answered[-1] - answered[-100]
    assert last <= 20 * first


def test_a_fast_limit_is_no_limit() -> None:
    world = World(100_000, 60.0, False, True, True, level=100_000.0)
    run(world, 8, latency=0.5, until=30.0)
    assert world.refused == 0
    assert world.admitted >= 0.95 * 8 * 30 / 0.5


def test_an_overloaded_server_is_asked_less_at_once_and_then_more_again() -> None:
    throttle = Throttle(16)
    throttle.overloaded()
    assert throttle.window == 10
    throttle.overloaded()  # of the same round
    assert throttle.window == 10
    for _ in range(12):
        throttle.succeeded({}, NONE, 0.0)
    throttle.overloaded()
    assert throttle.window < 10
    for _ in range(300):
        throttle.succeeded({}, NONE, 0.0)
    assert throttle.window == 16


def test_a_refusal_with_a_time_pauses_everybody() -> None:
    throttle = Throttle(4)
    throttle.refused({}, 7.0, NONE, now=100.0)
    assert throttle.wait(1.0, 103.0) == pytest.approx(4.0)
    assert throttle.wait(1.0, 107.0) == 0.0
    assert throttle.window == 4


def test_tokens_are_a_limit_of_their_own() -> None:
    throttle = Throttle(4)
    started = throttle.start(100.0, 0.0)
    throttle.end()
    told = {"limit": "1000", "remaining": "100", "reset": "54s"}
    throttle.succeeded({f"x-ratelimit-{part}-tokens": value for part, value in told.items()}, started, 0.0)
    assert throttle.wait(80.0, 0.0) == 0.0
    assert throttle.wait(600.0, 0.0) == pytest.approx(30.0)  # 900 tokens in 54 s are a token in 60 ms
    assert throttle.wait(5000.0, 0.0) == pytest.approx(54.0)  # more than there ever is: what there ever is


def test_a_plain_reset_of_the_ietf_draft_is_read() -> None:
    throttle = Throttle(4)
    throttle.succeeded({"ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "5"}, NONE, 0.0)
    assert 0.0 < throttle.wait(1.0, 0.0) <= 5.0


@pytest.mark.parametrize(
    ("text", "value"),
    [("1s", 1.0), ("6m0s", 360.0), ("85ms", 0.085), ("7.66s", 7.66), ("12", 12.0), ("1h2m3s", 3723.0)],
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["soon", "", "2026-11-25T00:00:00Z"])
def test_what_is_no_duration_is_ignored(text: str) -> None:
    throttle = Throttle(4)
    names = ("limit", "remaining", "reset")
    headers = {f"x-ratelimit-{name}-requests": value for name, value in zip(names, ("1", "0", text), strict=True)}
    throttle.succeeded(headers, NONE, 0.0)
    assert throttle.wait(1.0, 0.0) == 0.0


@settings(max_examples=100)
@example([(2.2e-313, 0.0, 1.0, 0.0)])
@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e5), st.floats(0, 100)), min_size=1, max_size=20
    )
)
def test_whatever_a_server_tells_the_wait_is_finite(told: list[tuple[float, float, float, float]]) -> None:
    quota, now = Quota(), 0.0
    for limit, remaining, reset, later in told:
        now += later
        quota.heard(limit, remaining, reset, 1.0, now)
        wait = quota.wait(1.0, now)
        assert 0.0 <= wait < math.inf
