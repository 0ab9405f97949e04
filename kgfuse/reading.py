"""One file to a reading, within limits of time and memory, in a process of its own where a parser could do harm.

A reader that hangs is stopped (first by a signal, then with its process), one that wants too much memory is refused it,
and a process that dies takes only its own file with it.
"""

from __future__ import annotations

import faulthandler
import hashlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from kgfuse.config import IngestSettings, Settings
from kgfuse.errors import Damaged, IngestError, OutOfMemory, Unreadable
from kgfuse.ingest import read_bytes, read_raw, too_greedy
from kgfuse.ledger import FileState
from kgfuse.protocols import Failure, RawFile, Reading
from kgfuse.side_process import SideProcess

_GRACE = 10.0
"""Seconds after the time limit before the whole process is ended: code outside Python hears no signal."""

_HARMLESS_BYTES = 1_000_000
_HARMLESS = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".ics"})
"""What pure Python reads by the line: not worth a process while it is small."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read; `known_digest` is what its bytes hashed to when they were last read by the same recipe."""

    path: Path
    uri: str
    known_digest: str | None = None


class OutOfTime(BaseException):
    """Raised within a reader or an extractor that takes too long; no parser's ``except Exception`` may swallow it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in this block after `seconds`; without effect outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read(task: Task, settings: Settings, recipe: str) -> tuple[FileState, Reading | None]:
    """Read one file; no reading means that its bytes are known. Raises nothing but KeyboardInterrupt."""
    state = FileState(task.uri, -1, -1, "", recipe)  # matches no file: a failed stat is tried again
    try:
        about = task.path.stat()
        content = read_bytes(task.path, settings.ingest)
        digest = hashlib.sha256(content).hexdigest()
        state = FileState(task.uri, about.st_size, about.st_mtime_ns, digest, recipe)
        if digest == task.known_digest:
            return state, None
        modified = datetime.fromtimestamp(about.st_mtime, UTC)
        raw = RawFile(task.uri, task.path.name, content, modified_at=modified)
        with time_limit(settings.ingest.file_seconds):
            return state, read_raw(raw, settings.ingest)
    except MemoryError:  # for its bytes alone
        return state, Reading((), (Failure(task.uri, too_greedy(settings.ingest)),))
    except IngestError as error:
        if not error.transient and not isinstance(error, Unreadable):
            state = _stat_only(task, recipe)
        return state, Reading((), (Failure(task.uri, error),))
    except OutOfTime:
        damaged = Damaged(
            f"reading it took longer than {settings.ingest.file_seconds:g} s", hint="Raise ingest.file_seconds."
        )
        return state, Reading((), (Failure(task.uri, damaged),))
    except (OSError, OverflowError, ValueError) as error:
        return state, Reading((), (Failure(task.uri, Unreadable(f"cannot read the file: {error}")),))


def _stat_only(task: Task, recipe: str) -> FileState:
    """The state of a file that is known to be unreadable as it is (empty, too large): do not try again."""
    try:
        about = task.path.stat()
    except OSError:
        return FileState(task.uri, -1, -1, "", recipe)
    return FileState(task.uri, about.st_size, about.st_mtime_ns, "", recipe)


# ----------------------------------------------------------------------------------------------------- in a process


@contextmanager
def hard_limits(settings: IngestSettings) -> Iterator[None]:
    """End this process when the block takes too long whatever it does, and refuse it memory beyond the limit.

    For processes that may end. Memory is limited where the system can (Linux): the data of the process, and what it maps
    for itself, may grow by the limit.
    """
    faulthandler.dump_traceback_later(settings.file_seconds + _GRACE, exit=True, file=_nowhere())
    before = _limit_memory(settings.file_memory_bytes)
    try:
        yield
    finally:
        _restore(before)
        faulthandler.cancel_dump_traceback_later()


def _limit_memory(more: int) -> tuple[int, int] | None:
    held = _data_bytes()
    if held is None:
        return None
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + more
    if before[1] != resource.RLIM_INFINITY:
        wanted = min(wanted, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, before[1]))
    return before


def _restore(before: tuple[int, int] | None) -> None:
    if before is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int | None:
    """Return how much data this process holds; `None` where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), None)


_sink: list[int] = []


def _nowhere() -> int:
    if not _sink:
        _sink.append(os.open(os.devnull, os.O_WRONLY))
    return _sink[0]


class ReadingProcess:
    """Reads files one after the other in a process beside this one, which is started when it is first needed.

    Not for several threads.
    """

    def __init__(self, settings: Settings, recipe: str) -> None:
        self._settings, self._recipe = settings, recipe
        self._beside: SideProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._beside is not None:
            self._beside.end()
        self._beside = None

    def read(self, task: Task) -> tuple[FileState, Reading | None]:
        """Return what `read` does; a process that dies or hangs is a failure of this file alone."""
        if _is_harmless(task):
            return read(task, self._settings, self._recipe)
        if self._beside is None:
            self._beside = SideProcess("kgfuse-read", _serve, self._settings, self._recipe)
        line = self._beside.line
        try:
            line.send(task)
            if line.poll(self._settings.ingest.file_seconds + 2 * _GRACE):
                found: tuple[FileState, Reading | None]
                found, spent = line.recv()
                if spent:
                    self.close()
                return found
        except (EOFError, OSError):
            pass
        self.close()
        return lost(task, self._settings.ingest, self._recipe)


def peak_bytes() -> int:
    """Return the most memory that this process has held."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def is_spent(reading: Reading | None, before: int, settings: IngestSettings) -> bool:
    """Whether a read that failed may have run out of memory; `before` is the most that the process had held until then.

    A parser in C may call its want of memory something else, and may not come to itself after it: the process is to end.
    """
    if reading is None or not reading.failures:
        return False
    told = any(isinstance(one.error, OutOfMemory) for one in reading.failures)
    return told or peak_bytes() - before >= settings.file_memory_bytes / 2


def _is_harmless(task: Task) -> bool:
    if task.path.suffix.lower() not in _HARMLESS:
        return False
    with suppress(OSError):
        return task.path.stat().st_size <= _HARMLESS_BYTES
    return True  # what cannot be looked at will not be parsed either


def lost(task: Task, settings: IngestSettings, recipe: str) -> tuple[FileState, Reading]:
    """What is told of a file whose process died: for want of time or memory, or because a parser broke down."""
    died = Damaged(
        "the process that read it died",
        hint=f"It may take more than {settings.file_seconds:g} s or {settings.file_memory_bytes // 1_000_000} MB of memory: "
        "ingest.file_seconds, ingest.file_memory_bytes.",
    )
    return FileState(task.uri, -1, -1, "", recipe), Reading((), (Failure(task.uri, died),))


def _serve(line: Connection, settings: Settings, recipe: str) -> None:
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        before = peak_bytes()
        with hard_limits(settings.ingest):
            found = read(task, settings, recipe)
        line.send((found, is_spent(found[1], before, settings.ingest)))
