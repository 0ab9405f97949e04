"""A file that hangs, eats memory or kills its process harms only itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.config import IngestSettings
from kgfuse.errors import Damaged, OutOfMemory
from kgfuse.ingest import file_uri
from kgfuse.reading import OutOfTime, ReadingProcess, Task, time_limit

PAGE = "<html><body><article><p>{}</p></article></body></html>"


def task(path: Path, text: str) -> Task:
    path.write_text(text, "utf-8")
    return Task(path, file_uri(path))


def settings(**ingest: float) -> Settings:
    return Settings(ingest=IngestSettings.model_validate(ingest), jobs=1)


def test_files_are_read_in_a_process_beside_this_one(tmp_path: Path) -> None:
    with ReadingProcess(settings(), "r") as reader:
        for number in range(3):
            state, reading = reader.read(task(tmp_path / f"{number}.html", PAGE.format("Acme makes wheels. " * 9)))
            assert reading is not None
            (document,) = reading.documents
            assert "Acme makes wheels." in document.text
            assert state.recipe == "r"
        assert reader._beside is not None
        process = reader._beside.process
        assert process.pid != os.getpid()
    assert not process.is_alive()


def test_a_process_that_dies_costs_one_file(tmp_path: Path) -> None:
    one, other = (task(tmp_path / f"{name}.html", PAGE.format(f"Acme makes {name}. " * 9)) for name in "xy")
    with ReadingProcess(settings(), "r") as reader:
        assert reader.read(one)[1]
        assert reader._beside is not None
        reader._beside.process.kill()
        _, reading = reader.read(one)
        assert reading is not None
        (failure,) = reading.failures
        assert "died" in str(failure.error)
        assert "file_memory_bytes" in failure.error.hint
        _, reading = reader.read(other)
        assert reading is not None
        assert reading.documents


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's data")
def test_a_file_that_eats_memory_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    large = task(
        tmp_path / "large.html", PAGE.format("".join(f"<p>Acme makes {n} wheels.</p>" for n in range(400_000)))
    )
    small = task(tmp_path / "small.html", PAGE.format("Acme makes wheels. " * 9))
    with ReadingProcess(settings(file_memory_bytes=200_000_000), "r") as reader:
        _, reading = reader.read(large)
        assert reading is not None
        (failure,) = reading.failures  # a parser in C may say something else of its want of memory
        assert isinstance(failure.error, (OutOfMemory, Damaged))
        _, reading = reader.read(small)
        assert reading is not None
        assert reading.documents


def test_a_file_that_takes_too_long_is_told(tmp_path: Path) -> None:
    long = task(tmp_path / "long.html", PAGE.format("".join(f"<p>Acme makes {n} wheels.</p>" for n in range(200_000))))
    with ReadingProcess(settings(file_seconds=0.3), "r") as reader:
        _, reading = reader.read(long)
        assert reading is not None
        (failure,) = reading.failures
        assert "longer than 0.3 s" in str(failure.error)


def test_code_that_hears_no_signal_ends_with_its_process() -> None:
    code = (
        "import signal, kgfuse.reading as r\n"
        "from kgfuse.config import IngestSettings\n"
        "r._GRACE = 0.2\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "with r.hard_limits(IngestSettings(file_seconds=0.2)):\n"
        "    while True: pass\n"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == ("", "")
    assert time.monotonic() - began < 30


def deaf_parser() -> None:
    while True:
        with suppress(Exception):
            time.sleep(1)


def test_no_parser_swallows_the_end_of_its_time() -> None:
    with pytest.raises(OutOfTime), time_limit(0.05):
        deaf_parser()


def test_few_files_are_safe_too(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    task(docs / "a.html", PAGE.format("".join(f"<p>Acme makes {n} wheels.</p>" for n in range(800_000))))
    task(docs / "b.html", PAGE.format("Acme makes wheels. " * 9))
    given = Settings(kb=tmp_path / "kb.db", jobs=1, ingest=IngestSettings(file_seconds=4.0))
    with KnowledgeBase.open(settings=given) as kb:
        summary = kb.ingest(docs)
    assert (summary.documents, len(summary.failures)) == (1, 1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's data")
def test_among_many_files_one_that_eats_memory_costs_no_other(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    task(docs / "a.html", PAGE.format("".join(f"<p>Acme makes {n} wheels.</p>" for n in range(1_000_000))))
    for name in "bcdefg":
        task(docs / f"{name}.html", PAGE.format(f"Acme makes {name} wheels. " * 9))
    given = Settings(kb=tmp_path / "kb.db", jobs=2, ingest=IngestSettings(file_memory_bytes=400_000_000))
    with KnowledgeBase.open(settings=given) as kb:
        summary = kb.ingest(docs)
    assert (summary.documents, len(summary.failures)) == (6, 1)
