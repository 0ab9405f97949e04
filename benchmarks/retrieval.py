"""Scores retrieval: ``python -m benchmarks.retrieval CORPUS.json QUESTIONS.json [--triples OPENIE.json] [--peers PYTHON]``.

The passages become a knowledge base, with kgfuse's own offline triples or with recorded ones; then every way to retrieve is
asked every question, with the same vectors for all. Recall@k is the mean share of a question's supporting passages among the
first k; intervals are percentile bootstraps over the questions (2,000 draws, fixed seed). Prints a table and writes
``benchmarks/results/retrieval.json``. Without arguments: the folders of ``$KGFUSE_BENCH_DATA`` that hold a corpus.

Recorded triples and ``--peers`` add LightRAG's modes (`retrieval_lightrag.py`; its own pipeline takes a quarter of an hour
for two thousand passages) and HippoRAG 2 (`retrieval_hipporag.py`): the same triples, the same vectors, no LLM.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.retrieval_corpus import (
    Asked,
    KeptEmbedder,
    Passage,
    Recorded,
    make_knowledge_base,
    passage_numbers,
    read_corpus,
    read_questions,
    read_triples,
)
from kgfuse.config import RetrieveSettings
from kgfuse.knowledge_base import KnowledgeBase
from kgfuse.model import Chunk
from kgfuse.retrieve import make_retriever

WAYS = (
    ("BM25", "full_text"),
    ("vector", "vector"),
    ("graph", "graph"),
    ("PageRank", "pagerank"),
    ("hybrid", "hybrid"),
    ("auto", "auto"),
)
AT = (2, 5, 10)
PEERS = {"LightRAG": "benchmarks.retrieval_lightrag", "HippoRAG": "benchmarks.retrieval_hipporag"}
_PEERS_COMMAND = (
    "python -m venv PEERS && PEERS/bin/pip install lightrag-hku==1.5.7 torch transformers python-igraph pandas pyarrow "
    "einops tenacity tiktoken openai && PEERS/bin/pip install --no-deps hipporag==2.0.0a4"
)
_DRAWS = 2000
_HITS = 100
"""Facts and passages share a list; so many hits hold ten passages."""


def recall(found: Sequence[int], gold: frozenset[int], k: int) -> float:
    """Return the share of the gold passages among the first `k`."""
    return len(gold.intersection(found[:k])) / len(gold)


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of a mean."""
    drawn = np.random.default_rng(20).choice(np.asarray(values), (_DRAWS, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), (2.5, 97.5))
    return round(float(low), 3), round(float(high), 3)


def passages_found(base: KnowledgeBase, way: str, asked: Sequence[Asked], embedder: KeptEmbedder) -> dict[str, Any]:
    """Return the passages found for each question, best first, and the milliseconds each took, its embedding apart."""
    numbers = passage_numbers(base)
    embedder.embed([one.text for one in asked])
    retriever = make_retriever(base.graph, RetrieveSettings(), way, lambda: embedder)
    retriever.retrieve(asked[0].text, _HITS)  # vectors are read into memory once
    found, took = [], []
    for one in asked:
        start = time.perf_counter()
        hits = retriever.retrieve(one.text, _HITS)
        took.append(1000 * (time.perf_counter() - start))
        chunks = [hit.item for hit in hits if isinstance(hit.item, Chunk)]
        found.append(list(dict.fromkeys(numbers[chunk.document_id] for chunk in chunks)))
    return {"found": found, "took": took}


def peers_found(
    python: str,
    corpus: Sequence[Passage],
    recorded: dict[int, Recorded],
    asked: Sequence[Asked],
    embedder: KeptEmbedder,
    console: Console,
) -> dict[str, Any]:
    """Return what `passages_found` does for each way of the peers that a Python has; say which it lacks."""
    ways: dict[str, Any] = {}
    with vectors_served(embedder) as address:
        given = {
            "passages": [f"{one.title}\n{one.text}" for one in corpus],
            "recorded": {n: {"triples": one.triples, "entities": one.entities} for n, one in recorded.items()},
            "questions": [one.text for one in asked],
            "vectors": address,
            "dimensions": embedder.dimensions,
        }
        for name, script in PEERS.items():
            done = subprocess.run(
                [python, "-m", script],
                cwd=Path(__file__).parents[1],
                input=json.dumps(given),
                capture_output=True,
                text=True,
                check=False,
            )
            line = next((line for line in done.stdout.splitlines() if line.startswith("result ")), None)
            if line is None:
                console.print(
                    f"{name} skipped: {done.stderr.strip()[-300:]}\nTo have it: {_PEERS_COMMAND}", markup=False
                )
                continue
            answer = json.loads(line.removeprefix("result "))
            ways |= {f"{way} ({answer['version']})": found for way, found in answer["ways"].items()}
    return ways


@contextmanager
def vectors_served(embedder: KeptEmbedder) -> Iterator[str]:
    """Give the embedder's vectors over HTTP on the loopback interface: a list of texts for float32 rows."""
    alone = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with alone:
                body = embedder.embed(texts).astype("<f4").tobytes()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def scores(answer: dict[str, Any], asked: Sequence[Asked]) -> dict[str, Any]:
    """Return recall at each depth with its interval, and the median of the milliseconds."""
    row: dict[str, Any] = {}
    for k in AT:
        values = [recall(found, one.gold, k) for found, one in zip(answer["found"], asked, strict=True)]
        row[f"recall@{k}"] = round(statistics.mean(values), 4)
        row[f"recall@{k}_95"] = interval(values)
    row["median_ms"] = round(statistics.median(answer["took"]), 1)
    return row


def measure(
    corpus_path: Path, questions_path: Path, triples_path: Path | None, work: Path, peers: str | None, console: Console
) -> dict[str, Any]:
    """Score every way on one corpus and print the table."""
    corpus = read_corpus(corpus_path)
    asked = read_questions(questions_path, corpus)
    recorded = read_triples(triples_path, corpus) if triples_path else None
    embedder = KeptEmbedder(work / "vectors.npz")
    rows = {}
    with make_knowledge_base(corpus, recorded, work, embedder) as base:
        facts = base.graph.counts().total
        for name, way in WAYS:
            rows[name] = scores(passages_found(base, way, asked, embedder), asked)
    if peers and recorded is not None:
        found = peers_found(peers, corpus, recorded, asked, embedder, console)
        rows |= {name: scores(answer, asked) for name, answer in found.items()}
    embedder.keep()
    whose = "recorded triples" if recorded is not None else "kgfuse's own offline triples"
    console.print(
        f"\n[bold]{corpus_path.parent.name}[/bold]: {len(corpus)} passages, {len(asked)} questions, {facts} facts from "
        f"{whose}",
        highlight=False,
    )
    table = Table("retrieval", *(f"recall@{k}" for k in AT), "recall@5, 95 %", "median, ms")
    for name, row in rows.items():
        low, high = row["recall@5_95"]
        figures = [f"{row[f'recall@{k}']:.3f}" for k in AT]
        table.add_row(name, *figures, f"{low:.2f} - {high:.2f}", str(row["median_ms"]))
    console.print(table)
    return {
        "date": surroundings()["date"],
        "passages": len(corpus),
        "questions": len(asked),
        "facts": facts,
        "triples": "recorded" if recorded is not None else "own",
        "embedding": embedder.name,
        "retrieval": rows,
    }


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write the figures of one set; those of others stay."""
    path = RESULTS / "retrieval.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    sets = {**kept.get("sets", {}), name: figures}
    path.write_text(json.dumps({**surroundings(), "sets": sets}, indent=2) + "\n", "utf-8")


def jobs(asked: argparse.Namespace) -> list[tuple[Path, Path, Path | None]]:
    """Return the corpora to measure: the one named, or those of the data folder, with and without recorded triples."""
    if asked.corpus is not None and asked.questions is not None:
        return [(asked.corpus, asked.questions, asked.triples)]
    data = os.environ.get("KGFUSE_BENCH_DATA")
    found: list[tuple[Path, Path, Path | None]] = []
    for corpus in sorted(Path(data).glob("*/corpus.json")) if data else []:
        for questions in sorted(corpus.parent.glob("questions*.json")):
            triples = sorted(corpus.parent.glob("openie*.json"))
            found += [(corpus, questions, path) for path in (*triples, None)]
    return found


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description="Scores retrieval of passages for multi-hop questions.")
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("questions", nargs="?", type=Path)
    parser.add_argument("--triples", type=Path, help="Recorded triples; without: kgfuse's own offline extractor.")
    kept = Path(tempfile.gettempdir()) / "kgfuse-retrieval"
    parser.add_argument("--work", type=Path, default=kept, help="Where knowledge bases are kept.")
    parser.add_argument("--peers", help=f"A Python that has them: {_PEERS_COMMAND}")
    asked = parser.parse_args()
    console = Console(width=120)
    work = jobs(asked)
    if not work:
        console.print(
            "No data: name CORPUS.json and QUESTIONS.json, or set KGFUSE_BENCH_DATA to folders that hold them."
        )
        return 0
    for corpus, questions, triples in work:
        figures = measure(corpus, questions, triples, asked.work, asked.peers, console)
        keep(f"{corpus.parent.name}, {figures['triples']} triples", figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
