"""Is what a rate limit allows used, and a bad server survived: ``python -m benchmarks.llm_client [--seconds 20]``.

A server on the loopback interface (``tests/support/llm_server.py``: real HTTP) answers after a latency drawn like a real
model's (log-normal, median 0.6 s). 1. Throughput: it admits so many requests a minute, as a bucket or as a window, and tells
so in headers, with Retry-After alone, or by nothing but 429s; measured is the share of what the limit allowed in the time.
2. Faults: of all requests 30 % fail, in turn by 429 with and without Retry-After, 500, 503, a dropped connection, a
truncated body and malformed JSON; a document of many passages is extracted into a ledger, twice. Measured: passages lost,
statements doubled, replies that the server generated and that never arrived (nobody can save those), and what the second run
pays. The baseline sees the same server: the openai package's own retries, with as many threads. Prints tables, writes
``benchmarks/results/llm_client.json``; exit status 1 below 95 % where the limit is told, or when anything is lost.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.made_document import document_of
from kgfuse.config import LanguageModelSettings
from kgfuse.extract.llm import LanguageModelExtractor
from kgfuse.ledger import Ledger
from kgfuse.llm.client import OpenAIModel
from kgfuse.ontology import builtin_ontology
from tests.support.llm_server import (
    BROKEN_BODY,
    DROP,
    TRUNCATED_BODY,
    Body,
    Fault,
    LanguageModelServer,
    RateLimit,
    refused,
)

GOAL = 0.95
CONCURRENCY = 24
PASSAGES = 200
FAULTS = 0.3

_MEDIAN_SECONDS, _SPREAD = 0.6, 0.4
_SCHEMA = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
_WAYS = {
    "headers and Retry-After": (True, True),
    "headers alone": (True, False),
    "Retry-After alone": (False, True),
    "429 and nothing else": (False, False),
}


class Latency:
    """Seconds that replies take; seeded."""

    def __init__(self, seed: int) -> None:
        self._chance, self._lock = random.Random(seed), threading.Lock()

    def wait(self) -> None:
        """Take as long as a model."""
        with self._lock:
            seconds = self._chance.lognormvariate(0.0, _SPREAD) * _MEDIAN_SECONDS
        time.sleep(min(3.0, seconds))


def settings_for(server: LanguageModelServer, concurrency: int = CONCURRENCY) -> LanguageModelSettings:
    """Settings that keep `concurrency` requests under way."""
    return LanguageModelSettings(
        model="m",
        base_url=server.base_url,
        concurrency=concurrency,
        max_retries=8,
        timeout_seconds=30.0,
        logprobs=False,
    )


# ----------------------------------------------------------------------------------------------------------- throughput


def by_kgfuse(server: LanguageModelServer, stop: Callable[[], bool]) -> None:
    """Ask until told to stop."""
    with OpenAIModel(settings_for(server)) as model, ThreadPoolExecutor(CONCURRENCY) as pool:

        def ask(thread: int) -> None:
            number = 0
            while not stop():
                number += 1
                model.submit((("system", "Count."), ("user", f"{thread} {number}")), _SCHEMA).result()

        list(pool.map(ask, range(CONCURRENCY)))


def by_openai(server: LanguageModelServer, stop: Callable[[], bool]) -> None:
    """The same with the openai package's own retries."""
    client = openai.OpenAI(api_key="k", base_url=server.base_url, max_retries=8, timeout=30.0)

    def ask(thread: int) -> None:
        number = 0
        while not stop():
            number += 1
            messages: Any = [{"role": "user", "content": f"{thread} {number}"}]
            try:
                client.chat.completions.create(model="m", messages=messages)
            except openai.OpenAIError:
                continue  # given up: the next one

    with client, ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(ask, range(CONCURRENCY)))


def throughput(
    limit: RateLimit, ask: Callable[[LanguageModelServer, Callable[[], bool]], None], seconds: float
) -> dict[str, Any]:
    """Ask for so many seconds; return what was admitted of what the limit allowed."""
    latency = Latency(1)

    def answer(_: Body) -> Any:
        latency.wait()
        return {"total": 1}

    with LanguageModelServer(answer, rate=limit) as server:
        end = time.monotonic() + seconds
        ask(server, lambda: time.monotonic() >= end)
    began = limit.admitted[0]
    admitted = sum(when <= began + seconds - 1.0 for when in limit.admitted)  # the last second is that of the stopping
    allowed = limit.allowed(seconds - 1.0)
    return {
        "admitted": admitted,
        "allowed": round(allowed, 1),
        "share": round(admitted / allowed, 4),
        "refused": limit.refused,
    }


def limit_of(window: bool, told: bool, retry_after: bool) -> RateLimit:
    """Some 15 requests a second, less than `CONCURRENCY` requests of the usual latency could make."""
    if window:
        return RateLimit(75, 5.0, window=True, headers=told, retry_after=retry_after)
    return RateLimit(900, 60.0, headers=told, retry_after=retry_after)


# --------------------------------------------------------------------------------------------------------------- faults


def faults(seed: int) -> Callable[[], Fault | None]:
    """Return what each request fails with, if anything; late ones are generated before they fail."""
    chance, lock = random.Random(seed), threading.Lock()
    kinds = [
        refused(429, "slow down", Retry_After="1"),
        refused(429, "slow down"),
        refused(500, "oops"),
        refused(503, "overloaded"),
        DROP,
        Fault(raw=TRUNCATED_BODY.raw, promised=TRUNCATED_BODY.promised, late=True),
        Fault(raw=BROKEN_BODY.raw, late=True),
    ]

    def next_fault() -> Fault | None:
        with lock:
            return chance.choice(kinds) if chance.random() < FAULTS else None

    return next_fault


class FaultyServer(LanguageModelServer):
    """A server that fails at random."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.failed = 0
        self._next = faults(7)

    def fault_for(self, body: Body, headers: dict[str, str]) -> Fault | None:
        """Fail as drawn."""
        fault = super().fault_for(body, headers) or self._next()
        self.failed += fault is not None
        return fault


def survival() -> dict[str, Any]:
    """Extract a document over a faulty server, twice, and count."""
    latency, lock = Latency(2), threading.Lock()
    generated: dict[str, int] = {}

    def answer(body: Body) -> Any:
        text = body["messages"][1]["content"]
        passage = next(line for line in text.splitlines() if line.startswith("Person"))
        with lock:
            generated[passage] = generated.get(passage, 0) + 1
        latency.wait()
        who, what = passage.removesuffix(".").split(" founded ")
        said = {"subject": who, "predicate": "found", "object": what, "quote": passage, "confidence": 0.9}
        return {"entities": [], "triples": [said]}

    passages = [f"Person{n} Roe founded Acme{n} Energy." for n in range(PASSAGES)]
    document, chunks = document_of(passages)
    runs = []
    with tempfile.TemporaryDirectory() as folder, FaultyServer(answer) as server:
        settings = settings_for(server)
        for _ in range(2):
            with Ledger.open(Path(folder) / "kb.db") as ledger, OpenAIModel(settings, ledger.reply_cache()) as model:
                found = LanguageModelExtractor(model, builtin_ontology(), settings).extract(document, chunks)
                runs.append((found, model.usage()))
        (found, first), (again, second) = runs
        subjects = [triple.subject.surface for triple in found.triples]
        return {
            "passages": PASSAGES,
            "requests": len(server.requests),
            "failed": server.failed,
            "lost": PASSAGES - len(set(subjects)),
            "doubled": len(subjects) - len(set(subjects)),
            "replies paid for": first.requests,
            "generated but never arrived": sum(generated.values()) - first.requests,
            "second run: requests": second.requests,
            "second run: from the ledger": second.cached,
            "second run: same triples": again == found,
        }


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description="Throughput under a rate limit, and survival of faults.")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each throughput is measured")
    seconds = parser.parse_args().seconds
    console = Console()
    table = Table("limit told by", "server", "kgfuse: share of the allowed (429s)", "openai's retries")
    rates: dict[str, Any] = {}
    for name, (told, retry_after) in _WAYS.items():
        for kind in ("bucket", "window"):
            ours, theirs = (
                throughput(limit_of(kind == "window", told, retry_after), ask, seconds)
                for ask in (by_kgfuse, by_openai)
            )
            rates[f"{name}, {kind}"] = {"kgfuse": ours, "openai": theirs}
            cells = [f"{one['share']:.3f} ({one['refused']})" for one in (ours, theirs)]
            table.add_row(name, kind, *cells)
    console.print(table)
    survived = survival()
    rows = Table("30 % faults", "")
    for name, value in survived.items():
        rows.add_row(name, str(value))
    console.print(rows)
    report = {**surroundings(), "openai": openai.__version__, "seconds": seconds, "concurrency": CONCURRENCY}
    report |= {"throughput": rates, "faults": survived}
    (RESULTS / "llm_client.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    slow = [name for name, one in rates.items() if name.startswith("headers") and one["kgfuse"]["share"] < GOAL]
    bad = survived["lost"] or survived["doubled"] or survived["second run: requests"]
    return 1 if slow or bad else 0


if __name__ == "__main__":
    sys.exit(main())
