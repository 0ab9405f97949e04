"""A first load by files, for `benchmarks.neo4j_load`: everything from the ledger to a server that answers is counted."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from kgfuse.config import Neo4jSettings
from kgfuse.graph.neo4j.bulk import write_bulk
from kgfuse.graph.neo4j.push import push
from kgfuse.ontology import builtin_ontology
from tests.support.neo4j_server import Memory, Neo4jServer

Result = TypeVar("Result")


def measure_bulk(path: Path, folder: Path, memory: Memory) -> dict[str, Any]:
    """Write the ledger at `path` as files, import them, start the server anew and push: indexes, constraints, parity.

    The server is another one than that of the other rows, and cold, as it is after any import.
    """
    files, ontology = folder / "files", builtin_ontology()
    watch = _Watch()
    with Neo4jServer(memory=memory) as server:
        server.stop()
        access = server.access
        settings = Neo4jSettings(
            uri=access.uri, user=access.user, password=SecretStr(access.password), kb="load", retry_seconds=60
        )
        summary = watch.time("files", lambda: write_bulk(path, ontology, settings, files))
        arguments = ("database", "import", "full", "@import.args", "--", "neo4j")
        done = watch.time("import", lambda: server.admin(*arguments, folder=files))
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        watch.time("start", server.start)
        pushed = watch.time("push", lambda: push(path, ontology, settings))
    shutil.rmtree(files)
    if pushed.repaired is not None or pushed.nodes != summary.nodes or pushed.any:
        raise RuntimeError(f"the import did not give what was written: {pushed}")
    seconds = sum(watch.seconds.values())
    return {
        "seconds": round(seconds, 2),
        "seconds_by_stage": {stage: round(one, 2) for stage, one in watch.seconds.items()},
        "cpu_seconds_by_stage": {stage: round(one, 2) for stage, one in watch.cpu.items()},
        "rows_per_second": round((summary.nodes + summary.relationships) / seconds),
        "relationships_per_second": round(summary.relationships / seconds),
    }


class _Watch:
    """Seconds by stage, and the CPU seconds of this process and those that it started and that have ended."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        started, spent = time.perf_counter(), cpu_seconds()
        found = work()
        self.seconds[stage], self.cpu[stage] = time.perf_counter() - started, cpu_seconds() - spent
        return found


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
