"""Reading PDFs: ``python -m benchmarks.pdf [DIR]``.

First a hundred PDFs that the benchmark sets itself from known text (`benchmarks.typeset_pdf`): columns, headings with
and without numbers, hyphenation, lists, tables with and without rules, footnotes, running heads. *Order*: the share
of words that the text read and the text set have in common in the same order (indel similarity of the words,
footnotes apart); *headings* and *cells*: precision, recall and F1, a cell being right when its table, row, column and
text are; *footnotes* found as text; *running heads* that got into the text (in a file of one page none can be known
for one). Beside kgfuse: the order of pypdfium2's and, where it is installed, pdfplumber's plain text.

Then every PDF in DIR (default: ``pdfs`` in KGFUSE_BENCH_DATA): read, or reported with a reason; pages per second of
kgfuse and of the two libraries alone. Prints tables, writes ``benchmarks/results/pdf.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.typeset_pdf import Cell, Truth, typeset
from kgfuse.config import IngestSettings
from kgfuse.ingest.read import read_raw
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

_WORD = re.compile(r"\w+")
_SEED = 1000


def words(text: str) -> list[str]:
    """Split a text into words in lower case."""
    return _WORD.findall(text.lower())


def in_order(true: Sequence[str], found: Sequence[str]) -> float:
    """Return the share of words that two texts have in common in the same order, between 0 and 1."""
    from rapidfuzz.distance import Indel

    return float(Indel.normalized_similarity(true, found))


def cells_of(document: Document) -> list[Cell]:
    """Return the cells of a document's tables."""
    tables = [block for block in document.blocks if block.kind is BlockKind.TABLE]
    return [
        Cell(number, row, column, text.strip())
        for number, block in enumerate(tables)
        for row, line in enumerate(document.text[block.start : block.end].splitlines())
        for column, text in enumerate(line.split(" | "))
    ]


def f1(true: Iterable[object], found: Iterable[object]) -> tuple[int, int, int]:
    """Return how many are right, how many were found, how many there are."""
    wanted, given = Counter(true), Counter(found)
    return sum((wanted & given).values()), sum(given.values()), sum(wanted.values())


def _scores(counts: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    right, found, true = (sum(column) for column in zip(*counts, strict=True))
    precision, recall = right / found if found else 0.0, right / true if true else 0.0
    score = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(score, 4)}


def _read(name: str, content: bytes) -> tuple[Document | None, str]:
    reading = read_raw(RawFile(f"file:///{name}", name, content), IngestSettings())
    if not reading.documents:
        return None, f"{type(reading.failures[0].error).__name__}: {reading.failures[0].error}"
    return reading.documents[0], ""


def _pdfium_text(content: bytes) -> tuple[str, int]:
    import pypdfium2

    with closing(pypdfium2.PdfDocument(content)) as book:
        return "\n".join(page.get_textpage().get_text_range() for page in book), len(book)


def _plumber_text(content: bytes) -> tuple[str, int]:
    import io

    import pdfplumber

    with pdfplumber.open(io.BytesIO(content)) as book:
        return "\n".join(page.extract_text() or "" for page in book.pages), len(book.pages)


def _peers() -> dict[str, Callable[[bytes], tuple[str, int]]]:
    peers: dict[str, Callable[[bytes], tuple[str, int]]] = {"pypdfium2": _pdfium_text}
    return peers | ({"pdfplumber": _plumber_text} if find_spec("pdfplumber") else {})


# ----------------------------------------------------------------------------------------------------------- known text


def measure_known(count: int) -> dict[str, Any]:
    """Set, read and compare `count` PDFs."""
    rows: list[dict[str, Any]] = []
    for seed in range(_SEED, _SEED + count):
        content, truth, style = typeset(seed)
        document, _ = _read(f"{seed}.pdf", content)
        text = _without(document.text if document else "", truth)
        true = words(" ".join(truth.text))
        headings = [
            " ".join(document.text[block.start : block.end].split())
            for block in (document.blocks if document else ())
            if block.kind is BlockKind.HEADING
        ]
        rows.append(
            {
                "columns": style.columns,
                "order": in_order(true, words(text)),
                "headings": f1(truth.headings, headings),
                "cells": f1(truth.cells, cells_of(document) if document else ()),
                "footnotes": f1(
                    truth.footnotes, [one for one in truth.footnotes if document and _holds(document, one)]
                ),
                "running": sum(document.text.count(head) for head in set(truth.running))
                if document and truth.pages > 1
                else 0,
                "peers": {
                    name: in_order(true, words(_without(text_of(content)[0], truth)))
                    for name, text_of in _peers().items()
                },
            }
        )
    return {
        "files": count,
        "order": round(sum(row["order"] for row in rows) / count, 4),
        "order_worst": round(min(row["order"] for row in rows), 4),
        "order_by_columns": {
            str(columns): round(_mean([row["order"] for row in rows if row["columns"] == columns]), 4)
            for columns in (1, 2, 3)
        },
        "headings": _scores([row["headings"] for row in rows]),
        "cells": _scores([row["cells"] for row in rows]),
        "footnotes": _scores([row["footnotes"] for row in rows]),
        "running_heads_left": sum(row["running"] for row in rows),
        "order_of_peers": {name: round(_mean([row["peers"][name] for row in rows]), 4) for name in _peers()},
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _holds(document: Document, text: str) -> bool:
    return " ".join(text.split()[1:]) in " ".join(document.text.split())


def _without(text: str, truth: Truth) -> str:
    """Leave footnotes out of a text, wherever they stand: their place in the order is a matter of taste."""
    text = " ".join(text.split())
    for note in truth.footnotes:
        text = text.replace(note, " ").replace(" ".join(note.split()[1:]), " ")
    return text


# ----------------------------------------------------------------------------------------------------------- real files


def measure_real(folder: Path) -> dict[str, Any]:
    """Read every PDF of a folder; time kgfuse and the libraries."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".pdf")
    reasons: Counter[str] = Counter()
    read, pages = 0, 0
    started = time.perf_counter()
    for path in files:
        document, reason = _read(path.name, path.read_bytes())
        read += document is not None
        if document is None:
            reasons[reason.partition(":")[0]] += 1
    seconds = time.perf_counter() - started
    speeds: dict[str, float] = {}
    for name, text_of in _peers().items():
        pages, started = 0, time.perf_counter()
        for path in files:
            try:
                pages += text_of(path.read_bytes())[1]
            except Exception:  # noqa: BLE001  (a file that the library cannot open has no pages)
                continue
        speeds[name] = round(pages / (time.perf_counter() - started), 1)
    pages = sum(_page_count(path) for path in files)
    return {
        "files": len(files),
        "read": read,
        "reported": dict(sorted(reasons.items())),
        "pages": pages,
        "pages_per_second": {"kgfuse": round(pages / seconds, 1), **speeds},
    }


def _page_count(path: Path) -> int:
    import pypdfium2

    try:
        with closing(pypdfium2.PdfDocument(path.read_bytes())) as book:
            return len(book)
    except pypdfium2.PdfiumError:
        return 0


def show(known: dict[str, Any], real: dict[str, Any] | None, console: Console) -> None:
    """Print the tables."""
    table = Table(title=f"{known['files']} PDFs set from known text", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_row("words in order, mean", f"{known['order']:.3f}")
    table.add_row("words in order, worst file", f"{known['order_worst']:.3f}")
    for columns, value in known["order_by_columns"].items():
        table.add_row(f"  of {columns} column{'s' if columns != '1' else ''}", f"{value:.3f}")
    for name, value in known["order_of_peers"].items():
        table.add_row(f"  {name}", f"{value:.3f}")
    for key in ("headings", "cells", "footnotes"):
        score = known[key]
        table.add_row(f"{key} F1 (P, R)", f"{score['f1']:.3f} ({score['precision']:.3f}, {score['recall']:.3f})")
    table.add_row("running heads left in the text", str(known["running_heads_left"]))
    console.print(table)
    if real is None:
        console.print("No folder of real PDFs given, and KGFUSE_BENCH_DATA names none (see benchmarks/README.md).")
        return
    reported = ", ".join(f"{count} {name}" for name, count in real["reported"].items())
    console.print(
        f"{real['files']} real PDFs: {real['read']} read, reported: {reported or 'none'}; {real['pages']} pages"
    )
    console.print(
        "pages per second: " + ", ".join(f"{name} {speed}" for name, speed in real["pages_per_second"].items())
    )


def main() -> int:
    """Run the benchmark; status 1 when a real file is neither read nor reported or a goal on known text is missed."""
    parser = argparse.ArgumentParser(description="Reading PDFs: order, headings, tables; real files.")
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(data) / "pdfs" if data else None)
    parser.add_argument("--count", type=int, default=100, help="how many PDFs to set")
    chosen = parser.parse_args()
    known = measure_known(chosen.count)
    real = measure_real(chosen.folder) if chosen.folder and chosen.folder.is_dir() else None
    show(known, real, Console())
    report = {**surroundings(), "known": known, "real": real}
    (RESULTS / "pdf.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    whole = real is None or real["read"] + sum(real["reported"].values()) == real["files"]
    reached = known["order"] >= 0.98 and known["headings"]["f1"] >= 0.95 and known["cells"]["f1"] >= 0.95
    return 0 if whole and reached else 1


if __name__ == "__main__":
    sys.exit(main())
