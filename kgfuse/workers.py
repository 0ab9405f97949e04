"""One file to documents, chunks and triples: here, in other processes (spaCy), or in threads (an LLM server).

Whatever the way, each file yields one `Outcome`, in no particular order, and one file's trouble is its own: a reader that
hangs is stopped, and a process that dies takes only its own file with it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_lines
from typing import cast

from kgfuse.config import Settings
from kgfuse.errors import Damaged, KgfuseError
from kgfuse.ingest import chunk, token_counter
from kgfuse.ledger import DocumentRecord, FileState
from kgfuse.protocols import Extraction, Extractor, Failure, Reading
from kgfuse.reading import (
    OutOfTime,
    ReadingProcess,
    Task,
    hard_limits,
    is_spent,
    lost,
    peak_bytes,
    read,
    time_limit,
)
from kgfuse.side_process import SideProcess

_FEW = 4
"""Files up to which starting processes costs more than it saves."""

_AHEAD = 2
"""Files that a process is given while many wait: it need not wait for us. One when few do, so that all end together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. `unchanged`: only its time or place on the disk is new, its bytes are known."""

    state: FileState
    records: tuple[DocumentRecord, ...] = ()
    failures: tuple[Failure, ...] = ()
    unchanged: bool = False


def extract(state: FileState, reading: Reading | None, settings: Settings, extractor: Extractor) -> Outcome:
    """Chunk and extract what was read. Raises leaves of LanguageModelError and ModelError."""
    if reading is None:
        return Outcome(state, unchanged=True)
    records, failures = [], list(reading.failures)
    for document in reading.documents:
        chunks = chunk(document, settings.chunk, token_counter(settings.tokenizer))
        try:
            with time_limit(settings.ingest.file_seconds):
                extraction = extractor.extract(document, chunks)
        except KgfuseError:
            raise
        except OutOfTime:
            extraction = Extraction(())
            failures.append(
                Failure(document.uri, _unextracted(f"it took longer than {settings.ingest.file_seconds:g} s"))
            )
        # The text can still be searched; what stops an extractor is one document's trouble, not the others'.
        except Exception as error:  # noqa: BLE001
            extraction = Extraction(())
            failures.append(Failure(document.uri, _unextracted(f"{type(error).__name__}: {str(error)[:200]}")))
        records.append(DocumentRecord(document, chunks, extraction))
    return Outcome(state, tuple(records), tuple(failures))


def _unextracted(why: str) -> Damaged:
    return Damaged(
        f"read, but nothing could be extracted: {why}",
        hint="Its text can be searched. Please report the file to the makers of kgfuse.",
    )


# ---------------------------------------------------------------------------------------------------- in this process


def work_here(tasks: Sequence[Task], settings: Settings, extractor: Extractor, recipe: str) -> Generator[Outcome]:
    """Extract here, one file after the other; reading has a process of its own."""
    with ReadingProcess(settings, recipe) as reader:
        for task in tasks:
            yield extract(*reader.read(task), settings, extractor)


def work_in_threads(tasks: Sequence[Task], settings: Settings, extractor: Extractor, recipe: str) -> Generator[Outcome]:
    """Extract in threads: for an extractor that waits for a server most of the time."""
    pending: set[Future[Outcome]] = set()
    pool = ThreadPoolExecutor(settings.llm.concurrency, thread_name_prefix="extract")
    try:
        with ReadingProcess(settings, recipe) as reader:
            for task in tasks:
                pending.add(pool.submit(extract, *reader.read(task), settings, extractor))
                while len(pending) >= 2 * settings.llm.concurrency:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# -------------------------------------------------------------------------------------------------- in other processes

MakeExtractor = Callable[[Settings], Extractor]


def work_in_processes(
    tasks: Sequence[Task], settings: Settings, recipe: str, jobs: int, make: MakeExtractor | None = None
) -> Generator[Outcome]:
    """Read and extract in `jobs` processes. A file whose process dies (twice, the second time alone) is damaged.

    `make` (a function that can be imported) makes the extractor of each process; left out, it is as the settings ask.
    Raises leaves of LanguageModelError and ModelError.
    """
    suspects: list[Task] = []
    yield from _share(tasks, suspects, settings, recipe, jobs, make)
    for task in suspects:
        again: list[Task] = []
        yield from _share([task], again, settings, recipe, 1, make)
        if again:
            state, reading = lost(task, settings.ingest, recipe)
            yield Outcome(state, failures=reading.failures)


def _share(
    tasks: Sequence[Task],
    suspects: list[Task],
    settings: Settings,
    recipe: str,
    jobs: int,
    make: MakeExtractor | None,
) -> Generator[Outcome]:
    """Share `tasks` out among processes; one that a process died of moves to `suspects`, and another process goes on."""
    waiting = deque(tasks)
    workers: dict[Connection, _Worker] = {}
    try:
        while waiting or workers:
            while waiting and len(workers) < jobs:
                one = _Worker(SideProcess("kgfuse-work", _serve, settings, recipe, make))
                workers[one.beside.line] = one
                one.give(waiting.popleft())
            for line in wait_for_lines(list(workers)):
                worker = workers[cast(Connection, line)]
                outcome = worker.answer()
                task = worker.given.popleft()
                if outcome is None:
                    suspects.append(task)
                    waiting.extendleft(reversed(worker.given))
                    worker.given.clear()
                else:
                    ahead = _AHEAD if len(waiting) > jobs * _AHEAD else 1
                    while waiting and len(worker.given) < ahead:
                        worker.give(waiting.popleft())
                if not worker.given:
                    del workers[worker.beside.line]
                    worker.beside.end()
                if outcome is not None:
                    yield outcome
    finally:  # on Ctrl-C nobody waits for a file that is half read
        for worker in workers.values():
            worker.beside.end()


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process that reads and extracts, and the tasks that it was given and has not answered, the oldest first."""

    beside: SideProcess
    given: deque[Task] = field(default_factory=deque)

    def give(self, task: Task) -> None:
        self.given.append(task)
        with suppress(OSError):  # it has died; that is seen when its answer is asked for
            self.beside.line.send(task)

    def answer(self) -> Outcome | None:
        """Return what became of the oldest task; `None` when the process has died. Raises what was raised there."""
        try:
            found: Outcome | KgfuseError = self.beside.line.recv()
        except (EOFError, OSError):
            return None
        if isinstance(found, KgfuseError):
            raise found
        return found


def _serve(line: Connection, settings: Settings, recipe: str, make: MakeExtractor | None) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    from kgfuse.extract import make_extractor

    extractor: Extractor | None = None
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        try:
            extractor = extractor or (make or make_extractor)(settings)
            before = peak_bytes()
            with hard_limits(settings.ingest):
                state, reading = read(task, settings, recipe)
            if is_spent(reading, before, settings.ingest):
                os._exit(1)  # as if the system had ended it: the file is read again, alone
            line.send(extract(state, reading, settings, extractor))
        except KgfuseError as error:
            line.send(error)


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
