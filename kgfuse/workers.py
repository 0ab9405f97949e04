"""One file to documents, chunks and triples: here, in other processes (spaCy), or in threads (an LLM server).

Whatever the way, each file yields one `Outcome`, in no particular order, and one file's trouble is its own: a reader that
hangs is stopped, and a process that dies takes only its own file with it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

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
    main_left_alone,
    peak_bytes,
    read,
    settle_in,
    time_limit,
)

_FEW = 4
"""Files up to which starting processes costs more than it saves."""


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
_here: dict[str, tuple[Settings, Extractor, str]] = {}


def _start(settings: Settings, recipe: str, make: MakeExtractor | None) -> None:
    settle_in()
    os.environ["OMP_NUM_THREADS"] = "1"
    from kgfuse.extract import make_extractor

    _here["worker"] = (settings, (make or make_extractor)(settings), recipe)


def _work(task: Task) -> Outcome:
    settings, extractor, recipe = _here["worker"]
    before = peak_bytes()
    with hard_limits(settings.ingest):
        state, reading = read(task, settings, recipe)
    if is_spent(reading, before, settings.ingest):
        os._exit(1)  # as if the system had ended it: what was under way beside it is read again
    return extract(state, reading, settings, extractor)


def work_in_processes(
    tasks: Sequence[Task], settings: Settings, recipe: str, jobs: int, make: MakeExtractor | None = None
) -> Generator[Outcome]:
    """Read and extract in `jobs` processes. A file whose process dies (twice, the second time alone) is damaged.

    `make` (a function that can be imported) makes the extractor of each process; left out, it is as the settings ask.
    """
    waiting = list(reversed(tasks))
    suspects: list[Task] = []
    while waiting:
        yield from _run_pool(waiting, suspects, settings, recipe, jobs, make)
    for task in suspects:
        alone: list[Task] = [task]
        again: list[Task] = []
        yield from _run_pool(alone, again, settings, recipe, 1, make)
        if again:
            state, reading = lost(task, settings.ingest, recipe)
            yield Outcome(state, failures=reading.failures)


def _run_pool(
    waiting: list[Task],
    suspects: list[Task],
    settings: Settings,
    recipe: str,
    jobs: int,
    make: MakeExtractor | None,
) -> Generator[Outcome]:
    """Work through `waiting` until it is empty or the pool breaks; then what was under way moves to `suspects`."""
    pool = ProcessPoolExecutor(
        min(jobs, len(waiting)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start,
        initargs=(settings, recipe, make),
    )
    running: dict[Future[Outcome], Task] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * jobs:
                task = waiting.pop()
                with main_left_alone():
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
