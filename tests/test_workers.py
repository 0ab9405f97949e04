"""Processes that read: what they leave alone, what becomes of a file that one dies of, and that all end when they are to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kgfuse import Settings
from kgfuse.errors import ModelError
from kgfuse.ingest import file_uri
from kgfuse.reading import Task
from kgfuse.workers import work_in_processes
from tests.support.worker_extractors import deadly


def tasks(folder: Path, *texts: str) -> list[Task]:
    """Write a file for each text."""
    folder.mkdir()
    paths = [folder / f"{number}.txt" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return [Task(path, file_uri(path)) for path in paths]


def test_a_script_without_a_main_guard_ingests_once(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    tasks(folder, *(f"Acme Energy acquired Firm{number} AS in 2020." for number in range(6)))  # enough for processes
    script = tmp_path / "script.py"
    script.write_text(
        "print('begun', flush=True)\n"
        "from kgfuse import KnowledgeBase\n"
        "from kgfuse.config import load_settings\n"
        f"with KnowledgeBase.open({str(tmp_path / 'kb.db')!r}, settings=load_settings(jobs=2)) as kb:\n"
        f"    summary = kb.ingest({str(folder)!r})\n"
        "print(summary.documents, len(summary.failures))\n",
        "utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=150, check=False)
    assert done.stdout.split() == ["begun", "6", "0"], done.stderr


def test_only_the_file_that_processes_die_of_is_lost(tmp_path: Path) -> None:
    given = tasks(tmp_path / "docs", *("deadly" if number in (0, 5) else f"Note {number}." for number in range(12)))
    found = {outcome.state.uri: outcome for outcome in work_in_processes(given, Settings(), "r", 2, deadly)}
    assert set(found) == {task.uri for task in given}
    lost = [uri for uri, outcome in found.items() if not outcome.records]
    assert sorted(lost) == sorted([given[0].uri, given[5].uri])
    for uri in lost:
        (failure,) = found[uri].failures
        assert "the process that read it died" in str(failure.error)


def test_what_concerns_every_file_is_raised(tmp_path: Path) -> None:
    given = tasks(tmp_path / "docs", *(f"There is no model, {number}." for number in range(6)))
    with pytest.raises(ModelError, match="there is no model") as raised:
        list(work_in_processes(given, Settings(), "r", 2, deadly))
    assert raised.value.hint == "Install one."


def test_processes_ended_in_the_middle_of_an_answer_keep_nobody_from_ending(tmp_path: Path) -> None:
    tasks(tmp_path / "docs", *(f"Note {number}." for number in range(8)))
    script = (
        "from pathlib import Path\n"
        "from kgfuse import Settings\n"
        "from kgfuse.reading import Task\n"
        "from kgfuse.workers import work_in_processes\n"
        "from tests.support.worker_extractors import long_answers\n"
        f"given = [Task(path, path.as_uri()) for path in Path({str(tmp_path / 'docs')!r}).iterdir()]\n"
        "for _ in range(3):\n"
        "    outcomes = work_in_processes(given, Settings(), 'r', 4, long_answers)\n"
        "    assert next(outcomes).records\n"
        "    outcomes.close()\n"
        "print('ended')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr
