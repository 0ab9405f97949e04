"""One file to documents, chunks and triples: here, in other processes (spaCy), or in threads (an LLM server).

Whatever the way, each file yields one `Outcome`, in no particular order, and one file's trouble is its own: a reader that
hangs is stopped, and a process that dies takes only its own file with it.
"""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from kgfuse.config import Settings
from kgfuse.errors import Damaged, IngestError, KgfuseError, Unreadable
from kgfuse.ingest import chunk, read_bytes, read_raw
from kgfuse.ledger import DocumentRecord, FileState
from kgfuse.protocols import Extraction, Extractor, Failure, RawFile, Reading

_FEW = 4
"""Files up to which starting processes costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read; `known_digest` is what its bytes hashed to when they were last read by the same recipe."""

    path: Path
    uri: str
    known_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. `unchanged`: only its time or place on the disk is new, its bytes are known."""

    state: FileState
    records: tuple[DocumentRecord, ...] = ()
    failures: tuple[Failure, ...] = ()
    unchanged: bool = False


class _OutOfTime(Exception):
    """Raised within a reader or an extractor that takes too long."""


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise `_OutOfTime` in this block after `seconds`; without effect outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _OutOfTime

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
        with _time_limit(settings.ingest.file_seconds):
            return state, read_raw(raw, settings.ingest)
    except IngestError as error:
        if not error.transient and not isinstance(error, Unreadable):
            state = _stat_only(task, recipe)
        return state, Reading((), (Failure(task.uri, error),))
    except _OutOfTime:
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


def extract(state: FileState, reading: Reading | None, settings: Settings, extractor: Extractor) -> Outcome:
    """Chunk and extract what was read. Raises leaves of LanguageModelError and ModelError."""
    if reading is None:
        return Outcome(state, unchanged=True)
    records, failures = [], list(reading.failures)
    for document in reading.documents:
        chunks = chunk(document, settings.chunk)
        try:
            with _time_limit(settings.ingest.file_seconds):
                extraction = extractor.extract(document, chunks)
        except KgfuseError:
            raise
        # The text can still be searched; what stops an extractor is one document's trouble, not the others'.
        except Exception as error:  # noqa: BLE001
            extraction = Extraction(())
            told = Damaged(
                f"read, but nothing could be extracted: {type(error).__name__}: {str(error)[:200]}",
                hint="Its text can be searched. Please report the file to the makers of kgfuse.",
            )
            failures.append(Failure(document.uri, told))
        records.append(DocumentRecord(document, chunks, extraction))
    return Outcome(state, tuple(records), tuple(failures))


# ---------------------------------------------------------------------------------------------------- in this process


def work_here(tasks: Sequence[Task], settings: Settings, extractor: Extractor, recipe: str) -> Generator[Outcome]:
    """Read and extract one file after the other."""
    for task in tasks:
        yield extract(*read(task, settings, recipe), settings, extractor)


def work_in_threads(tasks: Sequence[Task], settings: Settings, extractor: Extractor, recipe: str) -> Generator[Outcome]:
    """Read here, extract in threads: for an extractor that waits for a server most of the time."""
    pending: set[Future[Outcome]] = set()
    pool = ThreadPoolExecutor(settings.llm.concurrency, thread_name_prefix="extract")
    try:
        for task in tasks:
            pending.add(pool.submit(extract, *read(task, settings, recipe), settings, extractor))
            while len(pending) >= 2 * settings.llm.concurrency:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# -------------------------------------------------------------------------------------------------- in other processes

_here: dict[str, tuple[Settings, Extractor, str]] = {}


def _start(settings: Settings, recipe: str) -> None:
    from kgfuse.extract import make_extractor

    logging.getLogger().addHandler(logging.NullHandler())  # parsers complain about files in the wild
    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which stops its children
    os.environ["OMP_NUM_THREADS"] = "1"
    _here["worker"] = (settings, make_extractor(settings), recipe)


def _end_with_parent() -> None:
    """End this process when the one that started it dies, however it dies: nobody would read what it finds."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def _work(task: Task) -> Outcome:
    settings, extractor, recipe = _here["worker"]
    return extract(*read(task, settings, recipe), settings, extractor)


def work_in_processes(tasks: Sequence[Task], settings: Settings, recipe: str, jobs: int) -> Generator[Outcome]:
    """Read and extract in `jobs` processes. A file whose process dies (twice, the second time alone) is damaged."""
    waiting = list(reversed(tasks))
    suspects: list[Task] = []
    while waiting:
        yield from _run_pool(waiting, suspects, settings, recipe, jobs)
    for task in suspects:
        alone: list[Task] = [task]
        again: list[Task] = []
        yield from _run_pool(alone, again, settings, recipe, 1)
        if again:
            state = replace(FileState(task.uri, -1, -1, "", recipe))
            yield Outcome(state, failures=(Failure(task.uri, Damaged("the process that read it died")),))


def _run_pool(
    waiting: list[Task], suspects: list[Task], settings: Settings, recipe: str, jobs: int
) -> Generator[Outcome]:
    """Work through `waiting` until it is empty or the pool breaks; then what was under way moves to `suspects`."""
    pool = ProcessPoolExecutor(
        min(jobs, len(waiting)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(settings, recipe),
    )
    running: dict[Future[Outcome], Task] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * jobs:
                task = waiting.pop()
                with _main_left_alone():
                    future = pool.submit(_work, task)  # may start a process
                running[future] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                del running[future]
                yield outcome
    except BrokenProcessPool:
        suspects.extend(running.values())
    finally:
        _stop(pool)


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Start processes that do not import the user's script again.

    A spawned process imports the program's main module; a script that calls `KnowledgeBase.ingest` outside an
    ``if __name__ == "__main__"`` would ingest once more in every process. Ours need nothing of it.
    """
    main = sys.modules["__main__"]
    kept: dict[str, object] = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(kept)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End the pool at once: on Ctrl-C nobody waits for a file that is half read."""
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


def work(
    tasks: Sequence[Task], settings: Settings, extractor: Extractor, recipe: str, *, remote: bool
) -> Generator[Outcome]:
    """Read and extract files the way that suits them; `remote` says that the extractor asks a server."""
    if remote:
        return work_in_threads(tasks, settings, extractor, recipe)
    jobs = settings.jobs or min(os.cpu_count() or 1, 8)
    if jobs == 1 or len(tasks) <= _FEW:
        return work_here(tasks, settings, extractor, recipe)
    return work_in_processes(tasks, settings, recipe, jobs)
