"""Processes that read: what they leave alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_script_without_a_main_guard_ingests_once(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(6):  # enough files for processes
        (folder / f"{number}.txt").write_text(f"Acme Energy acquired Firm{number} AS in 2020.", "utf-8")
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
