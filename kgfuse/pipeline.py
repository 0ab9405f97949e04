"""The wiring: files -> ledger -> graph. What each stage does stands in its own room."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec

from kgfuse.config import Settings
from kgfuse.document_graph import BETWEEN, relations
from kgfuse.errors import BudgetSpent, ConfigurationError, Encrypted, LanguageModelError, ModelError
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ingest import chunk, discover, token_counter
from kgfuse.keeping import PLAIN, Fitting, Keeper, collector_paused, standing_parameters
from kgfuse.ledger import FileState, Ledger
from kgfuse.llm.tokens import estimate_cost
from kgfuse.model import Chunk, Document, content_id
from kgfuse.near_duplicates import families_of, with_families
from kgfuse.ontology import Ontology
from kgfuse.protocols import (
    Changes,
    Embedder,
    Extractor,
    Failure,
    GraphCounts,
    GraphStore,
    LedgerContent,
    Paths,
    Progress,
    Usage,
)
from kgfuse.reading import ReadingProcess, Task
from kgfuse.workers import Outcome, work

READERS_VERSION = 7
"""Raised when the readers or the chunker give another result for the same bytes: files are then read again."""

FUSION_VERSION = 6
"""Raised when fusion gives another graph for the same ledger."""

_EMBED_AT_ONCE = 256


class NoProgress:
    """Tells nobody."""

    def start(self, stage: str, total: int | None) -> None:
        """Ignore the start of a stage."""

    def advance(self, stage: str, count: int = 1, detail: str = "") -> None:
        """Ignore an advance."""

    def finish(self, stage: str) -> None:
        """Ignore the end of a stage."""


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did: counts in files, documents, chunks, triples; times in seconds.

    `read` counts the files that were read this time and did not fail. `failures` names every file or attachment among those
    given that is not in the graph, also those known from before.
    `stopped` says why it ended before every file was read, and how to go on; empty when it did not.
    """

    files: int
    read: int
    unchanged: int
    documents: int
    chunks: int
    triples: int
    quarantined: tuple[tuple[str, int], ...]
    failures: tuple[Failure, ...]
    changes: Changes
    graph: GraphCounts
    usage: Usage
    seconds: tuple[tuple[str, float], ...]
    extractor: str
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Models:
    """What the wiring is given to work with; each is made when there is work for it, not before.

    `extractor` also says whether it asks a server; `extractor_version` is its version, known without making it. `keeper`
    remembers what this process has fused.
    """

    extractor: Callable[[], tuple[Extractor, bool]]
    extractor_version: str
    embedder: Callable[[], Embedder]
    usage: Callable[[], Usage]
    keeper: Keeper | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an ingest would do; nothing was written.

    `to_read` files are new or changed; `requests` and tokens are zero for the spaCy extractor; `price` is `None` where the
    model's prices are not configured. Token counts are estimates.
    """

    files: int
    to_read: tuple[str, ...]
    unchanged: int
    documents: int
    chunks: int
    failures: tuple[Failure, ...]
    requests: int
    prompt_tokens: int
    reply_tokens: int
    price: float | None
    currency: str


@dataclass
class _Stopwatch:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, progress: Progress, total: int | None) -> Iterator[None]:
        started = time.perf_counter()
        progress.start(name, total)
        try:
            yield
        finally:
            progress.finish(name)
            self.seconds[name] = round(time.perf_counter() - started, 3)


@dataclass(frozen=True, slots=True)
class Examination:
    """Which files must be read, and what is known of the others."""

    files: int
    tasks: tuple[Task, ...]
    unchanged: int
    failures: tuple[Failure, ...]


def recipe_of(settings: Settings, extractor_version: str) -> str:
    """Name everything that determines what is made of a file's bytes."""
    reading = settings.ingest.model_dump_json(
        exclude={"file_seconds", "file_memory_bytes", "password_file", "ocr_page_seconds"}
    )
    return content_id(
        "recipe", READERS_VERSION, reading, settings.chunk.model_dump_json(), settings.tokenizer, extractor_version
    )


def examine(ledger: Ledger | None, paths: Paths, settings: Settings, recipe: str) -> Examination:
    """Find the files and compare them with the ledger by size and time. Raises PathMissing."""
    found = discover(paths, settings.ingest)
    tasks: list[Task] = []
    failures = list(found.failures)
    for path, uri in found.files:
        known = ledger.file(uri) if ledger else None
        if known is None or known.recipe != recipe:
            tasks.append(Task(path, uri))
            continue
        try:
            about = path.stat()
            same = (about.st_size, about.st_mtime_ns) == (known.size, known.mtime_ns)
        except OSError:
            same = False
        if same and ledger is not None:
            old = ledger.failures(uri)
            if settings.ingest.password_file and any(isinstance(failure.error, Encrypted) for failure in old):
                tasks.append(Task(path, uri))
                continue
            failures.extend(old)
        else:
            tasks.append(Task(path, uri, known.digest or None))
    return Examination(len(found.files), tuple(tasks), len(found.files) - len(tasks), tuple(failures))


def preview(
    ledger: Ledger | None,
    paths: Paths,
    settings: Settings,
    recipe: str,
    estimate: Callable[[Sequence[tuple[Document, Sequence[Chunk]]]], Usage] | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Read and chunk what an ingest would read; `estimate` says what a server is asked for it. Raises PathMissing."""
    progress = progress or NoProgress()
    seen = examine(ledger, paths, settings, recipe)
    failures, documents, chunks, cost = list(seen.failures), 0, 0, Usage()
    with _Stopwatch().stage("read", progress, len(seen.tasks)), ReadingProcess(settings, recipe) as reader:
        for task in seen.tasks:
            _, reading = reader.read(task)
            counter = token_counter(settings.tokenizer)
            cut = [(one, chunk(one, settings.chunk, counter)) for one in (reading.documents if reading else ())]
            documents += len(cut)
            chunks += sum(len(pieces) for _, pieces in cut)
            cost = _add(cost, estimate(cut)) if estimate else cost
            failures.extend(reading.failures if reading else ())
            progress.advance("read", 1, task.path.name)
    return Preview(
        files=seen.files,
        to_read=tuple(task.uri for task in seen.tasks),
        unchanged=seen.unchanged,
        documents=documents,
        chunks=chunks,
        failures=tuple(failures),
        requests=cost.requests,
        prompt_tokens=cost.prompt_tokens,
        reply_tokens=cost.completion_tokens,
        price=estimate_cost(cost.prompt_tokens, cost.completion_tokens, settings.llm) if estimate else None,
        currency=settings.llm.currency,
    )


def _add(one: Usage, other: Usage) -> Usage:
    return Usage(*(getattr(one, name) + getattr(other, name) for name in Usage.__slots__))


def ingest(
    ledger: Ledger,
    store: EmbeddedGraphStore,
    paths: Paths,
    settings: Settings,
    ontology: Ontology,
    models: Models,
    progress: Progress | None = None,
) -> IngestSummary:
    """Bring the files into the ledger and the graph up to date. One transaction per file: stop it anywhere, go on later.

    Raises leaves of UsageError, LedgerError, LanguageModelError and ModelError; never for a single file.
    """
    progress = progress or NoProgress()
    watch = _Stopwatch()
    if settings.ingest.docling and find_spec("docling") is None:
        raise ConfigurationError(
            "ingest.docling is set, but docling is not installed", hint="pip install 'kgfuse[docling]'"
        )
    recipe = recipe_of(settings, models.extractor_version)
    seen = examine(ledger, paths, settings, recipe)
    failures, counts, quarantined = list(seen.failures), Counter[str](), Counter[str]()
    stopped = ""
    if seen.tasks:
        try:
            with watch.stage("read", progress, len(seen.tasks)):
                extractor, remote = models.extractor()
                # closed at once, also on Ctrl-C: the other processes must not outlive this one
                with closing(work(seen.tasks, settings, extractor, recipe, remote=remote)) as outcomes:
                    for outcome in outcomes:
                        failures.extend(_keep(ledger, outcome))
                        failed = bool(outcome.failures) and not outcome.records
                        counts.update(unchanged=int(outcome.unchanged), read=int(not outcome.unchanged and not failed))
                        for record in outcome.records:
                            counts.update(
                                documents=1, chunks=len(record.chunks), triples=len(record.extraction.triples)
                            )
                            quarantined.update(dict(record.extraction.quarantined))
                        progress.advance("read", 1, _short(outcome.state))
        except BudgetSpent as error:  # a limit that was set on purpose: what is done makes a graph
            stopped = f"{error}. {error.hint}"
        except LanguageModelError:  # the server is gone, but what it answered so far is worth a graph
            refresh(ledger, store, settings, ontology, progress, watch, Fitting(models.embedder, models.keeper))
            raise
    changes = refresh(ledger, store, settings, ontology, progress, watch, Fitting(models.embedder, models.keeper))
    embed(store, settings, models.embedder, progress, watch)
    return IngestSummary(
        files=seen.files,
        read=counts["read"],
        unchanged=seen.unchanged + counts["unchanged"],
        documents=counts["documents"],
        chunks=counts["chunks"],
        triples=counts["triples"],
        quarantined=tuple(sorted(quarantined.items())),
        failures=tuple(sorted(failures, key=lambda failure: failure.uri)),
        changes=changes,
        graph=store.counts(),
        usage=models.usage(),
        seconds=tuple(watch.seconds.items()),
        extractor=models.extractor_version,
        stopped=stopped,
    )


def _keep(ledger: Ledger, outcome: Outcome) -> Sequence[Failure]:
    """Store what became of a file; return what of it could not be read."""
    if outcome.unchanged:
        ledger.touch(outcome.state)
        return ledger.failures(outcome.state.uri)
    ledger.store(outcome.state, outcome.records, outcome.failures)
    return outcome.failures


def _short(state: FileState) -> str:
    return state.uri.rsplit("/", 1)[-1]


def refresh(
    ledger: Ledger,
    store: EmbeddedGraphStore,
    settings: Settings,
    ontology: Ontology,
    progress: Progress | None = None,
    watch: _Stopwatch | None = None,
    fitting: Fitting = PLAIN,
) -> Changes:
    """Fuse the ledger into the graph, unless the graph is what it would give already.

    Parameters are fitted anew where the standing ones are no longer good, or `fitting` says so.
    """
    basis = content_id(
        "basis",
        FUSION_VERSION,
        version("kgfuse"),
        settings.fuse.model_dump_json(exclude={"refit_from", "refit_growth"}),
        f"{ontology.types} {ontology.relations}",
        settings.embedding.model if fitting.embedder else None,
    )
    revision = ledger.revision
    token = content_id("fused", revision, basis)
    if ledger.fused == token and not fitting.anew:
        return Changes()
    from kgfuse.fuse import fit_and_fuse

    with (watch or _Stopwatch()).stage("fuse", progress or NoProgress(), None), collector_paused():
        parameters = None if fitting.anew else standing_parameters(ledger, settings.fuse, basis)
        whole = True
        if parameters is None:
            content, whole = _content(ledger, store, settings, ontology, fitting.embedder)
            parameters, graph = fit_and_fuse(content, ontology, settings.fuse)
            ledger.put_parameters(parameters)
            ledger.mark_fitted(basis if whole else "")
            if fitting.keeper is not None:
                fitting.keeper.drop()
        else:
            keeper = fitting.keeper or Keeper(store)
            graph = keeper.fused(ledger, ontology, settings.fuse, parameters, basis)
        changes = store.write(graph, datetime.now(UTC))
        store.relate_documents(
            [(edge.type, edge.source, edge.target, edge.likeness) for edge in relations(ledger) if edge.type in BETWEEN]
        )
        if whole:
            ledger.mark_fused(token, revision)
    return changes


def _content(
    ledger: Ledger,
    store: EmbeddedGraphStore,
    settings: Settings,
    ontology: Ontology,
    embedder: Callable[[], Embedder] | None,
) -> tuple[LedgerContent, bool]:
    """Return what fusion sees, and whether it has the vectors of phrases that were wanted."""
    from kgfuse.phrase_vectors import phrase_vectors

    content = with_families(ledger.content(), families_of(ledger))
    if embedder is None:
        return content, True
    try:
        vectors = phrase_vectors(content.triples, ontology, store, settings.embedding.model, embedder)
    except ModelError:  # a graph without is better than none; the next run, with a model, fuses again
        return content, False
    return replace(content, phrases=vectors), True


def embed(
    store: GraphStore,
    settings: Settings,
    embedder: Callable[[], Embedder],
    progress: Progress | None = None,
    watch: _Stopwatch | None = None,
) -> None:
    """Give every chunk, fact and entity a vector that lacks one; each batch is kept at once."""
    missing = {kind: store.missing_vectors(kind, settings.embedding.model) for kind in ("chunk", "fact", "entity")}
    total = sum(map(len, missing.values()))
    if not total:
        return
    progress = progress or NoProgress()
    with (watch or _Stopwatch()).stage("embed", progress, total):
        model = embedder()
        for kind, items in missing.items():
            for batch in _runs(items, _EMBED_AT_ONCE):
                vectors = model.embed([text for _, text in batch])
                store.put_vectors(
                    kind,
                    settings.embedding.model,
                    [(id, vector) for (id, _), vector in zip(batch, vectors, strict=True)],
                )
                progress.advance("embed", len(batch))


def _runs(items: list[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    # Texts of like length go together: a batch costs as much as its longest text.
    items = sorted(items, key=lambda item: (len(item[1]), item[0]))
    return (items[start : start + size] for start in range(0, len(items), size))
