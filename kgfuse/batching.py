"""The wiring of `kgfuse ingest --batch`: ask everything at once, read the files when the answers are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kgfuse.config import Settings
from kgfuse.errors import ConfigurationError
from kgfuse.extract import extractor_kind, extractor_version
from kgfuse.extract.llm import LanguageModelExtractor
from kgfuse.ingest import chunk, token_counter
from kgfuse.ledger import Ledger
from kgfuse.llm.batch import BatchDesk, BatchReport
from kgfuse.llm.client import OpenAIModel
from kgfuse.llm.forms import Question, sampling_question
from kgfuse.ontology import Ontology
from kgfuse.pipeline import NoProgress, examine, recipe_of
from kgfuse.protocols import Paths, Progress
from kgfuse.reading import ReadingProcess


def ask_in_batches(
    ledger: Ledger, paths: Paths, settings: Settings, ontology: Ontology, progress: Progress | None = None
) -> BatchReport:
    """Collect what finished batches answered, then submit what an ingest of `paths` would still have to ask.

    When nothing is left waiting, an ingest finds its replies in the ledger. What only comes up in the course of it
    (gleaning, a repair turn, a request that the batch refused) it asks one by one. Raises ConfigurationError without an LLM,
    PathMissing, and leaves of LanguageModelError.
    """
    if extractor_kind(settings) != "llm":
        raise ConfigurationError(
            "--batch asks a language model, and none is set",
            hint="Set KGFUSE_LLM__MODEL (and KGFUSE_LLM__BASE_URL for a server of your own).",
        )
    with BatchDesk(settings.llm, ledger.reply_cache()) as desk:
        collected = desk.collect()
        submitted = desk.submit(_questions(ledger, paths, settings, ontology, progress or NoProgress()))
    return replace(
        collected,
        waiting=(*collected.waiting, *submitted.waiting),
        submitted=submitted.submitted,
        left_out=submitted.left_out,
    )


def _questions(
    ledger: Ledger, paths: Paths, settings: Settings, ontology: Ontology, progress: Progress
) -> Iterator[Question]:
    """Yield what the extractor would ask about the files that are new or changed."""
    recipe = recipe_of(settings, extractor_version(settings, ontology))
    tasks = examine(ledger, paths, settings, recipe).tasks
    given = settings.extract
    progress.start("read", len(tasks))
    with OpenAIModel(settings.llm) as model, ReadingProcess(settings, recipe) as reader:
        extractor = LanguageModelExtractor(model, ontology, settings.llm, given.seeds, given.calibration)
        for task in tasks:
            _, reading = reader.read(task)
            for document in reading.documents if reading else ():
                for turns, schema, samples in extractor.questions(
                    document, chunk(document, settings.chunk, token_counter(settings.tokenizer))
                ):
                    yield sampling_question(turns, schema, samples, settings.llm)
            progress.advance("read", 1, task.path.name)
    progress.finish("read")
