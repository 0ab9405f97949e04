"""The README holds: its session is what the demo prints, its Python runs, its commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kgfuse.cli import app
from tests.support.folder import write_folder

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_is_described() -> None:
    described = set(re.findall(r"^\| `kgfuse (\w+)", README, re.MULTILINE))
    commands = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert described == commands | {str(group.name) for group in app.registered_groups}


def test_every_page_it_points_to_exists() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_python_runs(tmp_path: Path) -> None:
    write_folder(tmp_path / "docs")
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=170, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Jane Roe" in done.stdout


@pytest.mark.slow
def test_the_session_is_what_the_demo_prints(tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", str(ROOT / "tests" / "corpus" / "demo.sh")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = {without_id(line) for line in done.stdout.splitlines()}
    (session,) = re.findall(r"<!-- session -->\n(.*?)<!-- /session -->", README, re.DOTALL)
    shown = [without_id(line) for line in session.splitlines() if line.strip()]
    assert [line for line in shown if line not in printed] == []


def without_id(line: str) -> str:
    """A line without the id of a fact, which depends on where the documents lie."""
    return re.sub(r"^[0-9a-f]{10} ", "", line.strip()).strip()
