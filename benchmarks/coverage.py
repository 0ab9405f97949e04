"""How many of a text's facts its graph holds: ``python -m benchmarks.coverage [ESSAYS.jsonl] [--judged JUDGED.jsonl]``.

ESSAYS.jsonl holds ``{"id", "topic", "text", "facts"}`` a line, JUDGED.jsonl (default: ``judged_dev.jsonl`` beside it)
``{"essay", "system", "fact", "retrieved_context", "verdict"}``: what other systems' graphs held and how an LLM judged it.
Without arguments: ``mine/`` of KGFUSE_BENCH_DATA. Each text becomes a graph of its own by `kgfuse ingest` with the offline
extractor; what it believes (accepted, inferred or superseded) is looked through for each fact. The score
(`benchmarks.coverage_score`) is fitted to the verdicts, cross-validated over texts, and applied to kgfuse and to the judged
systems alike. Writes ``benchmarks/results/coverage.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.coverage_score import FEATURES, Agreement, Asked, agreement, features, fitted, probabilities
from benchmarks.hardware import RESULTS, surroundings
from kgfuse import KnowledgeBase, Settings
from kgfuse.config import EmbeddingSettings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.model import Fact, FactStatus, Literal
from kgfuse.protocols import FactFilter

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.INFERRED, FactStatus.SUPERSEDED)
_CORES = 2


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a JSON value a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def contexts(judged: Sequence[dict[str, Any]]) -> list[Asked]:
    """Return what the judge saw: sentences that end in a full stop, one after the other."""
    return [
        Asked(
            str(row["essay"]),
            row["fact"],
            tuple(part for part in row["retrieved_context"].split(". ") if part.strip(" .")),
        )
        for row in judged
    ]


def graph_of(essay: dict[str, Any]) -> tuple[tuple[str, ...], float]:
    """Ingest one text into a graph of its own: its facts as sentences, and the seconds that took."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(essay["text"], "utf-8")
        settings = Settings(jobs=1, extractor="spacy")
        with KnowledgeBase.open(Path(folder) / "graph.db", settings=settings) as base:
            start = time.perf_counter()
            base.ingest([path])
            seconds = time.perf_counter() - start
            names = {entity.id: entity.name for entity in base.graph.entities()}
            facts = list(base.graph.facts(FactFilter(statuses=_BELIEVED)))
            return tuple(sorted({sentence(fact, names) for fact in facts})), seconds


def sentence(fact: Fact, names: dict[str, str]) -> str:
    """Return a fact in the plainest words: subject, relation, object, qualifiers."""
    value = fact.object.lexical if isinstance(fact.object, Literal) else names.get(fact.object, fact.object)
    said = dict(fact.qualifiers).get("predicate", fact.relation.replace("_", " "))
    more = (f"{role} {phrase}" for role, phrase in fact.qualifiers if role != "predicate")
    return " ".join([names.get(fact.subject, fact.subject), said, value, *more])


def show(found: Agreement, own: dict[str, float], console: Console) -> None:
    """Print the systems, and how far the score can be trusted."""
    table = Table("system", "judged", "score", "facts in graph")
    for name, judged, predicted in found.systems:
        table.add_row(name, f"{judged:.3f}", f"{predicted:.3f}", "")
    table.add_row("kgfuse, offline", "not judged", f"{own['coverage']:.3f}", f"{own['facts_per_text']:.0f}")
    console.print(table)
    console.print(
        f"The score beside {found.verdicts} verdicts, cross-validated over texts: AUC {found.auc:.3f}, accuracy "
        f"{found.accuracy:.3f}, kappa {found.kappa:.3f}.",
        highlight=False,
    )


def main() -> int:
    """Run the benchmark and return its exit status: 1 when kgfuse falls below the worst of the judged systems."""
    place = os.environ.get("KGFUSE_BENCH_DATA")
    default = Path(place) / "mine" / "essays_dev.jsonl" if place else None
    parser = argparse.ArgumentParser(description="Share of gold facts that the built graph covers, without a judge.")
    parser.add_argument("essays", nargs="?", type=Path, default=default, metavar="ESSAYS.jsonl")
    parser.add_argument("--judged", type=Path, help="Verdicts to fit the score to; default: judged_dev.jsonl beside.")
    asked = parser.parse_args()
    console = Console()
    if asked.essays is None or not asked.essays.is_file():
        console.print("No essays given, and KGFUSE_BENCH_DATA has no mine/essays_dev.jsonl (see benchmarks/README.md).")
        return 2
    essays = read_lines(asked.essays)
    judged = read_lines(asked.judged or asked.essays.parent / "judged_dev.jsonl")
    with ProcessPoolExecutor(_CORES) as pool:
        graphs = list(pool.map(graph_of, essays))
    embedder = SentenceTransformerEmbedder(EmbeddingSettings())
    rows = features(contexts(judged), embedder)
    verdicts = [int(row["verdict"]) for row in judged]
    found = agreement(rows, verdicts, [str(row["essay"]) for row in judged], [row["system"] for row in judged])
    wanted = [
        Asked(str(essay["id"]), fact, facts)
        for essay, (facts, _) in zip(essays, graphs, strict=True)
        for fact in essay["facts"]
    ]
    chances = probabilities(fitted(rows, verdicts), features(wanted, embedder))
    own = {
        "coverage": round(float(chances.mean()), 4),
        "share_from_one_half": round(float((chances >= 0.5).mean()), 4),
        "facts_per_text": round(sum(len(facts) for facts, _ in graphs) / len(graphs), 1),
        "seconds_per_text": round(sum(seconds for _, seconds in graphs) / len(graphs), 2),
    }
    show(found, own, console)
    data = {"essays": len(essays), "facts": len(wanted), "features": FEATURES}
    report = {**surroundings(), "data": data, "agreement": asdict(found), "kgfuse": own}
    (RESULTS / "coverage.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return int(own["coverage"] < min(predicted for _, _, predicted in found.systems))


if __name__ == "__main__":
    sys.exit(main())
