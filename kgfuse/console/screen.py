"""The two consoles, progress bars and errors. Results go to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kgfuse.errors import KgfuseError
from kgfuse.model import Citation
from kgfuse.plain import to_plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

_STAGES = {
    "read": "Reading",
    "terms": "Terms",
    "fuse": "Fusing",
    "embed": "Embedding",
    "push": "Pushing",
    "bulk": "Writing",
    "project": "Copying",
}


def out() -> Console:
    """The console for results; names from documents are never read as markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def err() -> Console:
    """The console for progress and errors."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def write_json(value: Any) -> None:
    """Write a value as one JSON document on standard output."""
    sys.stdout.write(json.dumps(to_plain(value), ensure_ascii=False, indent=2) + "\n")


def show_error(error: KgfuseError, as_json: bool) -> None:
    """Say what happened and what to do next."""
    if as_json:
        write_json({"error": type(error).__name__, "message": str(error), "hint": error.hint})
    console = err()
    console.print(f"Error: {error}", style="bold red")
    if error.hint:
        console.print(error.hint)


class Bars:
    """A `Progress` of the protocols as bars with counts, rates and the time left; quiet where nobody watches."""

    def __init__(self, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description:<10}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[detail]}", markup=False, style="dim"),
            console=err(),
            disable=quiet or not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, stage: str, total: int | None) -> None:
        """Show a bar; without a total it only shows that something is under way."""
        self._tasks[stage] = self._progress.add_task(_STAGES.get(stage, stage), total=total, detail="", rate="")

    def advance(self, stage: str, count: int = 1, detail: str = "") -> None:
        """Move a bar on."""
        task = self._tasks[stage]
        speed = self._progress.tasks[self._progress.task_ids.index(task)].speed
        self._progress.update(
            task, advance=count, detail=cut(unquote(detail), 40), rate=f"{speed:.1f}/s" if speed else ""
        )

    def finish(self, stage: str) -> None:
        """Leave the bar as it is, full when it had no total."""
        task = self._tasks[stage]
        current = self._progress.tasks[self._progress.task_ids.index(task)]
        if current.total is None:
            self._progress.update(task, total=1, completed=1)
        self._progress.update(task, detail="")


def cut(text: str, length: int) -> str:
    """Return a text shortened to `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def file_name(uri: str) -> str:
    """The file name of a URI, with the attachment's when it is one."""
    file, mark, attachment = uri.partition("#")
    return unquote(file.rsplit("/", 1)[-1] + mark + attachment)


def place(citation: Citation) -> str:
    """Where something was read: file, page, characters."""
    page = f", page {citation.page}" if citation.page else ""
    return f"{file_name(citation.uri)}{page}, characters {citation.start}–{citation.end}"


def short(id: str) -> str:
    """An abbreviated id that commands take."""
    return id.partition(":")[2][:10]
