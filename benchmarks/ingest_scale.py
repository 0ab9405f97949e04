"""Reading at scale: ``python -m benchmarks.ingest_scale [--files 10000] [--jobs 2]``.

Files are made here (seeded): mails with replies, web pages, PDFs of three pages, workbooks, Word files, text. They are read
and chunked (not extracted) in as many processes as `--jobs`, the way `kgfuse ingest` does it. Told are files a second by
format, pages of PDF a second, and how the memory of the processes grows between the first tenth of the files and the last.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.ingest import chunk, file_uri, read_file

PAGES_OF_A_PDF = 3
_NAMES = "Acme Beta Gamma Delta Oslo Bergen Jane Tom Ann Roe Poe Lee".split()
_VERBS = "makes sells bought opened closed leads advises supplies".split()
_THINGS = "wheels tyres a factory the harbour an office new ships its archive the board".split()
_AT_ONCE = 20
_GOALS = {"pdf": 30 / PAGES_OF_A_PDF, "eml": 50.0, "html": 50.0}  # files a second


def _prose(chance: random.Random, sentences: int) -> str:
    return " ".join(
        f"In {chance.randint(1990, 2024)} {chance.choice(_NAMES)} {chance.choice(_VERBS)} {chance.choice(_THINGS)} "
        f"in town number {chance.randint(1, 999)}, as {chance.choice(_NAMES)} said."
        for _ in range(sentences)
    )


def _mail(chance: random.Random) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Tom Poe <tom@acme.example>", "Jane Roe <jane@acme.example>"
    mail["Date"], mail["Subject"] = "Wed, 03 Mar 2021 12:00:00 +0200", f"News {chance.randint(1, 500)}"
    mail["Message-ID"] = f"<{chance.getrandbits(64):x}@acme.example>"
    quoted = "\n".join(f"> {_prose(chance, 1)}" for _ in range(3))
    mail.set_content(f"{_prose(chance, 8)}\n\nOn Mon, 1 Mar 2021, Jane Roe wrote:\n{quoted}\n\n-- \nTom\n")
    return bytes(mail)


def _page(chance: random.Random) -> bytes:
    menu = "".join(f"<li><a href='/{number}'>Part {number}</a></li>" for number in range(30))
    text = "".join(f"<h2>{_prose(chance, 1)}</h2><p>{_prose(chance, 6)}</p>" for _ in range(5))
    head = "<title>News</title><meta property='article:published_time' content='2021-03-03'>"
    return f"<html><head>{head}</head><body><nav><ul>{menu}</ul></nav><article>{text}</article></body></html>".encode()


def _pdf(chance: random.Random) -> bytes:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number in range(PAGES_OF_A_PDF):
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 780, f"Part {number + 1}")
        canvas.setFont("Helvetica", 10)
        words = _prose(chance, 40).split()
        for line in range(45):
            canvas.drawString(72, 750 - 14 * line, " ".join(words[line * 13 : line * 13 + 13]))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _sheet(chance: random.Random) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    sheet.append(["Name", "Town", "Staff"])
    for _ in range(40):
        sheet.append([chance.choice(_NAMES), chance.choice(_NAMES), chance.randint(1, 900)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _word(chance: random.Random) -> bytes:
    import docx

    text = docx.Document()
    for number in range(4):
        text.add_heading(f"Part {number}", 1)
        text.add_paragraph(_prose(chance, 8))
    out = io.BytesIO()
    text.save(out)
    return out.getvalue()


MAKERS: Mapping[str, Callable[[random.Random], bytes]] = {
    "eml": _mail,
    "html": _page,
    "pdf": _pdf,
    "xlsx": _sheet,
    "docx": _word,
    "txt": lambda chance: _prose(chance, 30).encode(),
}


def make(folder: Path, count: int) -> list[Path]:
    """Write the files, the same number of each format: 600 different ones, then those again."""
    originals: dict[int, bytes] = {}
    paths = []
    for number in range(count):
        kind = list(MAKERS)[number % len(MAKERS)]
        path = folder / f"{number:06}.{kind}"
        if number % 600 not in originals:
            originals[number % 600] = MAKERS[kind](random.Random(number % 600))
        path.write_bytes(originals[number % 600])
        paths.append(path)
    return paths


def read_some(paths: list[Path]) -> tuple[dict[str, float], int, int, int]:
    """Read files; return CPU seconds by format, chunks, files not read, and the memory of this process now (KiB)."""
    seconds: Counter[str] = Counter()
    chunks = lost = 0
    for path in paths:
        started = time.process_time()
        reading = read_file(path, file_uri(path), IngestSettings())
        chunks += sum(len(chunk(document, ChunkSettings())) for document in reading.documents)
        lost += not reading.documents
        seconds[path.suffix[1:]] += time.process_time() - started
    return dict(seconds), chunks, lost, _memory()


def _memory() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(paths: list[Path], jobs: int) -> dict[str, Any]:
    """Read all files in `jobs` processes."""
    batches = [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)]
    seconds: Counter[str] = Counter()
    memory: list[int] = []
    chunks = lost = 0
    started = time.perf_counter()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for spent, found, missed, used in pool.map(read_some, batches):
            seconds.update(spent)
            chunks, lost = chunks + found, lost + missed
            memory.append(used)
    wall = time.perf_counter() - started
    counts = Counter(path.suffix[1:] for path in paths)
    tenth = max(1, len(memory) // 10)
    return {
        "files": len(paths),
        "jobs": jobs,
        "chunks": chunks,
        "not_read": lost,
        "seconds": round(wall, 1),
        "files_per_second": round(len(paths) / wall, 1),
        "per_cpu_second": {kind: round(counts[kind] / seconds[kind], 1) for kind in counts},
        "pdf_pages_per_cpu_second": round(PAGES_OF_A_PDF * counts["pdf"] / seconds["pdf"], 1),
        "memory_mib_first_tenth": round(max(memory[tenth : 2 * tenth] or memory) / 1024),
        "memory_mib_last_tenth": round(max(memory[-tenth:]) / 1024),
    }


def rows(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the rows of the table."""
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from ((f"{kind} a CPU second", str(rate)) for kind, rate in value.items())
        else:
            yield name.replace("_", " "), str(value)


def main() -> int:
    """Run the benchmark; status 1 when a file is not read, a format is slower than its goal or memory grows by a fifth."""
    parser = argparse.ArgumentParser(description="Reading at scale.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    chosen = parser.parse_args()
    with TemporaryDirectory() as name:
        numbers = measure(make(Path(name), chosen.files), chosen.jobs)
    table = Table("measure", "value", title="Reading at scale", title_justify="left")
    for row in rows(numbers):
        table.add_row(*row)
    Console().print(table)
    (RESULTS / "ingest_scale.json").write_text(
        json.dumps({**surroundings(), "ingest_scale": numbers}, indent=2) + "\n", "utf-8"
    )
    flat = numbers["memory_mib_last_tenth"] <= 1.2 * numbers["memory_mib_first_tenth"]
    fast = all(chosen.jobs * numbers["per_cpu_second"][kind] >= goal for kind, goal in _GOALS.items())
    return 0 if flat and fast and not numbers["not_read"] else 1


if __name__ == "__main__":
    sys.exit(main())
