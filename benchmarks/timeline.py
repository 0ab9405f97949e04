"""Scores timelines: ``python -m benchmarks.timeline [DIR] [--items 150] [--graphiti PYTHON]``.

1. Synthetic histories (`benchmarks.histories`, seeded) at 0 to 40 % noise, sparsely and densely documented, one value
at a time and two: *interval F1* and boundaries (`benchmarks.timeline_score`) of kgfuse beside newest-wins,
last-observed-majority and Graphiti's rule for contradicting edges. `ceiling` is kgfuse on the statements that are not
wrong: what the evidence gives away.
2. Real statements (DIR, by default ``$KGFUSE_BENCH_DATA/temporal_kg``): see `benchmarks.real_intervals`.
3. Growth: seconds to settle one item with 10 to 10,000 claims.

Prints tables and writes ``benchmarks/results/timeline.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.histories import History, Said, histories, long_history
from benchmarks.real_intervals import measure_real
from benchmarks.timeline_methods import (
    Absent,
    Found,
    graphiti,
    kgfuse,
    last_observed_majority,
    newest_wins,
    ontology,
)
from benchmarks.timeline_score import agreement

NOISE = (0.0, 0.1, 0.2, 0.3, 0.4)
DOCUMENTED = {"sparse": (6.0, 1), "dense": (12.0, 1), "two holders": (12.0, 2)}
"""Statements a spell, and how many values hold at a time."""
PROVIDE = "python -m venv .venv-graphiti && .venv-graphiti/bin/pip install graphiti-core httpx"

Curve = dict[str, dict[str, dict[str, float]]]
"""Method -> noise -> figures."""


def curves(items: int, density: float, capacity: int, peer: Path, console: Console) -> tuple[Curve, str | None]:
    """Run all methods over all levels of noise; return what they reach, and the version of Graphiti if it ran."""
    sets = {noise: histories(items, noise, density=density, capacity=capacity) for noise in NOISE}
    known = ontology(capacity=capacity)
    methods: dict[str, Callable[[Sequence[Said]], Found]] = {
        "kgfuse": lambda said: kgfuse(said, known),
        "ceiling": lambda said: kgfuse([s for s in said if not s.wrong], known),
    }
    if capacity == 1:
        methods |= {"newest_wins": newest_wins, "last_observed_majority": last_observed_majority}
    reached: Curve = {
        name: {f"{noise:.1f}": agreement(made, method(_said(made))).figures() for noise, made in sets.items()}
        for name, method in methods.items()
    }
    if capacity > 1:
        return reached, None
    try:
        version, found = graphiti(peer, list(sets.values()))
    except Absent as reason:
        console.print(f"Graphiti is skipped ({reason}). To have it: {PROVIDE}", markup=False, highlight=False)
        return reached, None
    pairs = zip(sets.items(), found, strict=True)
    reached["graphiti"] = {f"{noise:.1f}": agreement(made, result).figures() for (noise, made), result in pairs}
    return reached, version


def _said(made: Sequence[History]) -> list[Said]:
    return [s for history in made for s in history.said]


def growth() -> list[dict[str, float]]:
    """Time one item with ever more claims: of ever more values, and of eight."""
    rows = []
    for claims in (10, 100, 1_000, 10_000):
        row: dict[str, float] = {"claims": claims}
        for name, values in (("seconds_many_values", max(2, claims // 6)), ("seconds_eight_values", 8)):
            said = long_history(claims, values)
            start = time.perf_counter()
            kgfuse(said, ontology())
            row[name] = round(time.perf_counter() - start, 3)
        rows.append(row)
    return rows


def show(curve: Curve, title: str, console: Console) -> None:
    """Print interval F1 by noise, and the boundaries at 20 %."""
    table = Table(title=f"Interval F1 by noise, {title}", title_justify="left")
    table.add_column("method")
    for noise in NOISE:
        table.add_column(f"{noise:.0%}", justify="right")
    table.add_column("boundaries found, right at 20%", justify="right")
    for name, levels in curve.items():
        row = [f"{levels[f'{noise:.1f}']['interval_f1']:.3f}" for noise in NOISE]
        at = levels["0.2"]
        table.add_row(name.replace("_", " "), *row, f"{at['boundaries_found']:.3f}, {at['boundaries_right']:.3f}")
    console.print(table)


def _show_rows(title: str, rows: Sequence[dict[str, float]], console: Console) -> None:
    table = Table(title=title, title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Scores timelines on synthetic histories and on real statements.")
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(data) / "temporal_kg" if data else None)
    parser.add_argument("--items", type=int, default=150, help="Synthetic histories of each kind.")
    peer = Path(os.environ.get("KGFUSE_BENCH_GRAPHITI", ".venv-graphiti/bin/python"))
    parser.add_argument("--graphiti", type=Path, default=peer, help="The Python that has graphiti-core.")
    asked = parser.parse_args()
    console = Console()
    report: dict[str, object] = {**surroundings(), "items": asked.items}
    for title, (density, capacity) in DOCUMENTED.items():
        items = max(1, asked.items // capacity**3)  # the search over sets of values is slower
        curve, version = curves(items, density, capacity, asked.graphiti, console)
        show(curve, f"{title}: about {density:.0f} statements a spell", console)
        report[title.replace(" ", "_")] = curve
        report["graphiti_core"] = version or report.get("graphiti_core")
        _write(report)
    if asked.directory is None or not asked.directory.is_dir():
        console.print("No real statements: name their folder or set KGFUSE_BENCH_DATA.")
    else:
        report["real"] = measure_real(asked.directory, console)
        _write(report)
    rows = growth()
    _show_rows("Growth: one item, fitted and fused", rows, console)
    report["growth"] = rows
    _write(report)


def _write(report: dict[str, object]) -> None:
    """Write what is known so far: the whole takes many minutes."""
    (RESULTS / "timeline.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
