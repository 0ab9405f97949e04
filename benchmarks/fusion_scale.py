"""Measures fusion by size: ``python -m benchmarks.fusion_scale [--claims 30000 300000 3000000]``.

For each size a made-up ledger (`benchmarks.made_ledger`, seeded) is fitted and fused in a process of its own, as an ingest
does it; then a fusion is kept (`kgfuse.fuse.kept`) and ten more documents are taken in one by one. At the smallest size
the graph after that is compared with one fused from scratch. Prints a table and writes
``benchmarks/results/fusion_scale.json``, size by size.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.made_ledger import more_documents
from kgfuse.config import FuseSettings
from kgfuse.fuse import fit_and_fuse, fuse
from kgfuse.fuse.kept import Kept
from kgfuse.keeping import collector_paused
from kgfuse.ontology import builtin_ontology

SIZES = (30_000, 300_000, 3_000_000)
MORE = 10
"""Documents taken in one by one."""


class Watch:
    """Seconds of wall clock and of processor time, stage by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = (time.perf_counter(), time.process_time())

    def lap(self, stage: str | None = None) -> None:
        """End a stage (`None`: what is not measured)."""
        now = (time.perf_counter(), time.process_time())
        if stage is not None:
            self.seconds[stage] = round(now[0] - self._at[0], 3)
            self.seconds[f"{stage}_cpu"] = round(now[1] - self._at[1], 3)
        self._at = now


def measure(claims: int, *, keep: bool, check: bool) -> dict[str, Any]:
    """Return seconds, memory and sizes for a ledger of so many claims."""
    ontology, settings, watch = builtin_ontology(), FuseSettings(), Watch()
    content, more = more_documents(claims, MORE)
    ledger_mib = _memory()
    watch.lap()
    with collector_paused():
        parameters, graph = fit_and_fuse(content, ontology, settings)
        watch.lap("whole")
    found: dict[str, Any] = {
        "claims": len(content.triples),
        "documents": len(content.documents),
        "entities": len(graph.entities),
        "facts": len(graph.facts),
        "ledger_mib": ledger_mib,
        "peak_mib": _memory(),
    }
    if keep and Kept.applies(content):
        del graph
        with collector_paused():
            watch.lap()
            kept = Kept(ontology, settings, parameters)
            kept.update((), content)
            watch.lap("keep")
            ones = []
            for one in more:
                start = time.process_time()
                kept.update((), one)
                ones.append(time.process_time() - start)
        found["one_more_median_cpu"] = round(statistics.median(ones), 4)
        found["one_more_most_cpu"] = round(max(ones), 4)
        found["kept_peak_mib"] = _memory()
        if check:
            whole = replace(
                content,
                documents=(*content.documents, *(d for one in more for d in one.documents)),
                triples=(*content.triples, *(t for one in more for t in one.triples)),
                mentions=(*content.mentions, *(m for one in more for m in one.mentions)),
                quoted_chunks=content.quoted_chunks.union(*(one.quoted_chunks for one in more)),
            )
            found["same_as_from_scratch"] = kept.graph() == fuse(whole, ontology, settings, parameters)
    return {**found, **watch.seconds}


def _others(asked: Iterable[int]) -> list[dict[str, Any]]:
    """The rows of earlier runs for other sizes, each with its date."""
    file = RESULTS / "fusion_scale.json"
    report = json.loads(file.read_text("utf-8")) if file.exists() else {"sizes": []}
    rows = ({"date": report["date"], **row} for row in report["sizes"])
    return [row for row in rows if not any(claims <= row["claims"] < 1.01 * claims for claims in asked)]


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def show(rows: list[dict[str, Any]], console: Console) -> None:
    """Print the table."""
    table = Table(title="Fusion by size; seconds of processor time (one core)", title_justify="left")
    for name in (
        "claims",
        "documents",
        "entities",
        "facts",
        "fit and fuse",
        "µs a claim",
        "peak MiB",
        "one document more",
    ):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            *(f"{row[name]:,}" for name in ("claims", "documents", "entities", "facts")),
            f"{row['whole_cpu']:.1f}",
            f"{row['whole_cpu'] / row['claims'] * 1e6:.0f}",
            f"{row['peak_mib']:,}",
            f"{row['one_more_median_cpu']:.3f}" if "one_more_median_cpu" in row else "–",
        )
    console.print(table)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Measures fusion by size.")
    parser.add_argument("--claims", type=int, nargs="+", default=list(SIZES), help="Sizes of the ledgers.")
    parser.add_argument("--no-keep", action="store_true", help="Do not keep a fusion: half the memory.")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one is not None:
        print(json.dumps(measure(asked.one, keep=not asked.no_keep, check=asked.one == min(asked.claims))))
        return
    console, rows = Console(), []
    for claims in sorted(asked.claims):
        command = [sys.executable, "-m", "benchmarks.fusion_scale", "--one", str(claims)]
        command += ["--claims", *map(str, asked.claims), *(["--no-keep"] if asked.no_keep else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        around = surroundings()
        rows.append({**json.loads(done.stdout), "date": around["date"]})
        report = {**around, "sizes": sorted([*_others(asked.claims), *rows], key=lambda row: row["claims"])}
        (RESULTS / "fusion_scale.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    show(rows, console)


if __name__ == "__main__":
    main()
