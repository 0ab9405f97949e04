"""Reading at scale: ``python -m benchmarks.ingest_scale [--files 10000] [--jobs 2]``.

Files are made here (seeded): mails with replies, web pages, PDFs of three pages, workbooks, Word files, text. They are read
and chunked (not extracted) by the processes of `kgfuse ingest` (`--jobs`), each file with its limits, and come back whole.
Told are files a second by format and by CPU second, pages of PDF, and the memory of parent and workers over time. Linux.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.ingest_scale_extractor import no_extractor
from kgfuse.config import Settings
from kgfuse.ingest import file_uri
from kgfuse.reading import Task
from kgfuse.workers import work_in_processes

PAGES_OF_A_PDF = 3
_NAMES = "Acme Beta Gamma Delta Oslo Bergen Jane Tom Ann Roe Poe Lee".split()
_VERBS = "makes sells bought opened closed leads advises supplies".split()
_THINGS = "wheels tyres a factory the harbour an office new ships its archive the board".split()
_STRETCH = 50  # files of one format; a divisor of 100
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
    """Write the files, stretches of one format after the other: 600 different ones, then those again."""
    originals: dict[int, bytes] = {}
    paths = []
    for number in range(count):
        kind = list(MAKERS)[number // _STRETCH % len(MAKERS)]
        path = folder / f"{number:06}.{kind}"
        if number % 600 not in originals:
            originals[number % 600] = MAKERS[kind](random.Random(number % 600))
        path.write_bytes(originals[number % 600])
        paths.append(path)
    return paths


@dataclass(frozen=True, slots=True)
class Used:
    """What processes have used: their CPU seconds, and the memory (MiB) of the parent and of its largest child."""

    cpu: float
    parent: float
    child: float


def used() -> Used:
    """Ask the system (Linux) about this process and its children."""
    children = [one.pid for one in multiprocessing.active_children() if one.pid is not None]
    own, *theirs = [_asked(pid) for pid in (os.getpid(), *children)]
    return Used(own[0] + sum(cpu for cpu, _ in theirs), own[1], max((memory for _, memory in theirs), default=0.0))


def _asked(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:  # has just ended
        return 0.0, 0.0
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    return (int(fields[11]) + int(fields[12])) / ticks, int(fields[21]) * page / 2**20


def measure(paths: Sequence[Path], jobs: int) -> dict[str, Any]:
    """Read all files in `jobs` processes of kgfuse's own pool, without extraction; stretches of one format after another."""
    tasks = [Task(path, file_uri(path)) for path in paths]
    wall: defaultdict[str, float] = defaultdict(float)
    cpu: defaultdict[str, float] = defaultdict(float)
    files: Counter[str] = Counter()
    memory: list[Used] = []
    chunks = lost = 0
    kind, before, last = "", used(), time.perf_counter()
    started = last
    for outcome in work_in_processes(tasks, Settings(), "measured", jobs, no_extractor):
        chunks += sum(len(record.chunks) for record in outcome.records)
        lost += not outcome.records
        now, kind_now = time.perf_counter(), outcome.state.uri.rpartition(".")[2]
        if kind:
            wall[kind_now] += now - last
            files[kind_now] += 1
        else:  # what comes before the first is the start of the processes
            kind, started, before = kind_now, now, used()
        last = now
        if kind_now != kind:
            after = used()
            cpu[kind] += after.cpu - before.cpu
            kind, before = kind_now, after
            memory.append(after)
    tenth = max(1, len(memory) // 10)
    early, late = memory[tenth : 2 * tenth] or memory, memory[-tenth:]
    return {
        "files": len(paths),
        "jobs": jobs,
        "chunks": chunks,
        "not_read": lost,
        "seconds": round(last - started, 1),
        "files_per_second": round(len(paths) / (last - started), 1),
        "per_second": {one: round(files[one] / wall[one], 1) for one in MAKERS},
        "per_cpu_second": {one: round(files[one] / cpu[one], 1) for one in MAKERS if cpu[one]},
        "pdf_pages_per_second": round(PAGES_OF_A_PDF * files["pdf"] / wall["pdf"], 1),
        "pdf_pages_per_cpu_second": round(PAGES_OF_A_PDF * files["pdf"] / cpu["pdf"], 1),
        "memory_mib": {
            "parent_second_tenth": round(max(one.parent for one in early)),
            "parent_last_tenth": round(max(one.parent for one in late)),
            "worker_second_tenth": round(max(one.child for one in early)),
            "worker_last_tenth": round(max(one.child for one in late)),
        },
        "memory_mib_over_time": {
            "parent": [round(one.parent) for one in memory[:: max(1, len(memory) // 20)]],
            "worker": [round(one.child) for one in memory[:: max(1, len(memory) // 20)]],
        },
    }


def rows(numbers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the rows of the table."""
    for name, value in numbers.items():
        if isinstance(value, dict):
            yield from ((f"{name.replace('_', ' ')}: {kind}", _told(one)) for kind, one in value.items())
        else:
            yield name.replace("_", " "), str(value)


def _told(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


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
    memory = numbers["memory_mib"]
    flat = all(memory[f"{who}_last_tenth"] <= 1.2 * memory[f"{who}_second_tenth"] for who in ("parent", "worker"))
    fast = all(chosen.jobs * numbers["per_cpu_second"][kind] >= goal for kind, goal in _GOALS.items())
    return 0 if flat and fast and not numbers["not_read"] else 1


if __name__ == "__main__":
    sys.exit(main())
