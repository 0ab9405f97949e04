"""Survives real input: ``KGFUSE_BENCH_DATA=FOLDER python -m benchmarks.real_input [--verbose]``.

Reads real PDFs, mails, office files and web pages in one ``kgfuse ingest`` with a fresh ledger, then once more. Every file
must be in the graph or among the failures with a reason; the second run must read nothing. Prints a table and writes
``benchmarks/results/real_input.json`` (counts only). Ends with status 1 when a file is unaccounted for.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.ledger import Ledger

FOLDERS = ("pdfs", "emails", "office")
PAGES = "html_articles"


@dataclass(frozen=True, slots=True)
class Run:
    """One ``kgfuse ingest``: the summary it printed, its exit status and its wall-clock seconds."""

    summary: Mapping[str, Any]
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a file: `documents` made of it (attachments included), and the names of the errors met in it."""

    name: str
    kind: str
    documents: int
    errors: tuple[str, ...]

    @property
    def accounted(self) -> bool:
        """Whether the file is in the graph, or its failure has a reason."""
        return bool(self.documents or self.errors)


def unpack(data: Path, folder: Path) -> None:
    """Unpack the gzipped web pages of the data into `folder`."""
    folder.mkdir()
    for packed in sorted((data / PAGES / "html").glob("*.gz")):
        (folder / packed.name.removesuffix(".gz")).write_bytes(gzip.decompress(packed.read_bytes()))


def ingest(paths: list[Path], ledger: Path) -> Run:
    """Run ``kgfuse ingest PATHS --json`` in the ledger's folder. Raises RuntimeError when it ends otherwise than it may."""
    command = [sys.executable, "-m", "kgfuse", "ingest", *map(str, paths), "--kb", str(ledger), "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ledger.parent, capture_output=True, text=True, check=False, env=_environment())
    seconds = time.perf_counter() - start
    try:
        summary = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"kgfuse ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-2000:]}") from None
    return Run(summary, done.returncode, seconds)


def _environment() -> dict[str, str]:
    """Return the environment without settings of kgfuse, and with the project on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KGFUSE_", "OPENAI_"))}
    root = str(Path(__file__).parent.parent)
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (root, kept.get("PYTHONPATH"))))}


def fates(roots: Mapping[str, Path], summary: Mapping[str, Any], ledger: Path) -> list[Fate]:
    """Return what became of every file below `roots`, found here by walking the folders."""
    with Ledger.open(ledger, read_only=True) as opened:
        documents = Counter(document.uri.partition("#")[0] for document in opened.documents())
    errors: dict[str, list[str]] = {}
    for failure in summary["failures"]:
        assert failure["error"]["message"], failure
        errors.setdefault(failure["uri"].partition("#")[0], []).append(failure["error"]["error"])
    found = []
    for root, folder in roots.items():
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            uri = path.resolve().as_uri()
            kind = f"{root} {path.suffix.lower() if root == 'office' else ''}".strip()
            name = f"{root}/{path.relative_to(folder).as_posix()}"
            found.append(Fate(name, kind, documents[uri], tuple(errors.get(uri, ()))))
    return found


def figures(first: Run, second: Run, found: list[Fate]) -> dict[str, Any]:
    """Return the numbers, ready for JSON; no name of a file is among them."""
    kinds: dict[str, dict[str, int]] = {}
    for fate in found:
        row = kinds.setdefault(fate.kind, dict.fromkeys(("files", "read", "in_part", "failed", "documents"), 0))
        row["files"] += 1
        row["read" if fate.documents and not fate.errors else "in_part" if fate.documents else "failed"] += 1
        row["documents"] += fate.documents
    return {
        "files": len(found),
        "unaccounted": sum(not fate.accounted for fate in found),
        "documents": first.summary["documents"],
        "chunks": first.summary["chunks"],
        "triples": first.summary["triples"],
        "entities": first.summary["graph"]["entities"],
        "facts": dict(first.summary["graph"]["facts"]),
        "seconds": round(first.seconds, 1),
        "seconds_by_stage": {name: round(seconds, 1) for name, seconds in first.summary["seconds"]},
        "seconds_again": round(second.seconds, 1),
        "read_again": second.summary["read"],
        "changed_again": sum(second.summary["changes"].values()),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "by_kind": kinds,
        "by_reason": dict(sorted(Counter(error for fate in found for error in fate.errors).items())),
    }


def show(numbers: Mapping[str, Any], console: Console) -> None:
    """Print the tables."""
    console.print(
        f"{numbers['files']} files, {numbers['unaccounted']} unaccounted for; {numbers['documents']} documents, "
        f"{numbers['chunks']} chunks, {numbers['triples']} triples, {numbers['entities']} entities; "
        f"{numbers['seconds']} s, again {numbers['seconds_again']} s ({numbers['read_again']} files read, "
        f"{numbers['changed_again']} rows changed); at most {numbers['peak_memory_mib']} MiB per process",
        highlight=False,
    )
    table = Table("kind", *(name.replace("_", " ") for name in next(iter(numbers["by_kind"].values()))))
    for kind, row in numbers["by_kind"].items():
        table.add_row(kind, *map(str, row.values()))
    console.print(table)
    reasons = Table("reason", "files and attachments")
    for reason, count in numbers["by_reason"].items():
        reasons.add_row(reason, str(count))
    console.print(reasons)


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description="Reads a folder of real files and accounts for every one.")
    parser.add_argument("--verbose", action="store_true", help="Name every file that was not read as a whole.")
    verbose = parser.parse_args().verbose
    console = Console()
    place = os.environ.get("KGFUSE_BENCH_DATA")
    if not place or not Path(place).is_dir():
        console.print("KGFUSE_BENCH_DATA names no folder: this benchmark needs real files (see benchmarks/README.md).")
        return 2
    data = Path(place).resolve()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        pages, ledger = folder / "pages", folder / "real.db"
        unpack(data, pages)
        roots = {**{name: data / name for name in FOLDERS}, "pages": pages}
        first = ingest(list(roots.values()), ledger)
        second = ingest(list(roots.values()), ledger)
        found = fates(roots, second.summary, ledger)
    numbers = figures(first, second, found)
    show(numbers, console)
    for fate in found if verbose else ():
        if fate.errors or not fate.accounted:
            console.print(f"{fate.name}: {', '.join(fate.errors) or 'unaccounted for'}", markup=False, soft_wrap=True)
    report = {**surroundings(), "real_input": numbers}
    (RESULTS / "real_input.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 1 if numbers["unaccounted"] or numbers["read_again"] else 0


if __name__ == "__main__":
    sys.exit(main())
