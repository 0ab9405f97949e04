"""How long retrieval takes in a large graph: ``python -m benchmarks.retrieval_scale [--facts 1000000] [--chunks 200000]``.

A made-up knowledge base (`benchmarks.made_knowledge`, seeded) is written to a real file (``--folder`` keeps it), then a
process of its own opens it and asks as a service would: the same questions in every mode, one after the other, with the
vector of the question ready (the time to embed is apart). Prints median, 95th percentile and the longest in milliseconds,
the first question (which loads what later ones find in memory), and the memory of the process; then the share of the ten
nearest facts that are found where there are too many to compare them all. Writes
``benchmarks/results/retrieval_scale.json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.made_knowledge import MODEL, Plan, Words, make
from kgfuse.config import RetrieveSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.retrieve import make_retriever

MODES = ("full_text", "vector", "graph", "hybrid", "auto", "pagerank")
LIMIT = 10


class _Ready(Words):
    """Gives vectors that were made before."""

    def __init__(self, questions: list[str]) -> None:
        self._made = dict(zip(questions, Words.embed(self, questions), strict=True))

    def embed(self, texts: list[str]) -> Any:  # type: ignore[override]
        import numpy as np

        return np.stack([self._made[text] for text in texts])


def measure(path: Path, plan: Plan, questions: int, modes: list[str]) -> dict[str, Any]:
    """Ask, in this process; milliseconds."""
    asked = plan.questions(questions)
    embedder = _Ready(asked)
    found: dict[str, Any] = {}
    with EmbeddedGraphStore.open(path, read_only=True) as store:
        for mode in modes:
            retriever = make_retriever(store, RetrieveSettings(), mode, lambda: embedder)
            took = []
            for question in asked:
                start = time.perf_counter()
                retriever.retrieve(question, LIMIT)
                took.append((1000 * (time.perf_counter() - start), question))
            rest = sorted(took[1:])
            found[mode] = {
                "first": round(took[0][0], 1),
                "median": round(statistics.median(ms for ms, _ in rest), 1),
                "p95": round(rest[int(0.95 * len(rest))][0], 1),
                "most": round(rest[-1][0], 1),
                "slowest": [question for _, question in rest[-3:]],
                "peak_mib": _peak(),
            }
    return found


def _peak() -> int:
    """The most memory that this process has held, in MiB: `ru_maxrss` would count what the one that started it held."""
    status = Path("/proc/self/status").read_text("utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) // 1024


def recall(path: Path, plan: Plan, questions: int) -> float:
    """Return the mean share of the ten facts nearest to a question that `nearest` finds."""
    import numpy as np

    vectors = Words().embed(plan.questions(questions))
    with EmbeddedGraphStore.open(path, read_only=True) as store:
        ids, matrix = zip(*store.vectors_of("fact", MODEL), strict=True)
        whole = np.stack(matrix)
        shares = []
        for vector in vectors:
            best = {ids[at] for at in np.argpartition(-(whole @ vector), LIMIT)[:LIMIT]}
            shares.append(len(best & {id for id, _ in store.nearest("fact", vector, LIMIT)}) / LIMIT)
    return float(np.mean(shares))


def show(modes: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table(title="Milliseconds a question (its embedding apart)", title_justify="left")
    for name in ("mode", "median", "p95", "most", "first", "peak MiB"):
        table.add_column(name, justify="left" if name == "mode" else "right")
    for mode, row in modes.items():
        table.add_row(mode, *(f"{row[name]:,}" for name in ("median", "p95", "most", "first", "peak_mib")))
    console.print(table)


def main() -> None:
    """Make, ask, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--chunks", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--folder", type=Path, help="keep the file here, and use it if it is there")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--recall", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    plan = Plan(arguments.facts, arguments.chunks)
    if arguments.ask:
        print(json.dumps(measure(arguments.ask, plan, arguments.questions, arguments.modes)))
        return
    if arguments.recall:
        print(recall(arguments.recall, plan, arguments.questions))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{plan.facts}-{plan.chunks}.db"
        if not path.exists():
            make(path.with_suffix(".part"), plan)
            path.with_suffix(".part").rename(path)
        sizes = ["--facts", str(plan.facts), "--chunks", str(plan.chunks), "--questions", str(arguments.questions)]
        command = [sys.executable, "-m", "benchmarks.retrieval_scale", *sizes]
        asking = [*command, "--ask", str(path), "--modes", *arguments.modes]
        modes = json.loads(subprocess.run(asking, capture_output=True, text=True, check=True).stdout)
        comparing = [*command, "--recall", str(path)]
        found = float(subprocess.run(comparing, capture_output=True, text=True, check=True).stdout)
        size = path.stat().st_size
    show(modes, Console())
    print(f"of the ten nearest facts found: {found:.3f}")
    about = {
        "facts": plan.facts,
        "chunks": plan.chunks,
        "questions": arguments.questions,
        "file_mib": size >> 20,
        "recall of the nearest": found,
    }
    text = json.dumps({**surroundings(), **about, "modes": modes}, indent=2)
    (RESULTS / "retrieval_scale.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
