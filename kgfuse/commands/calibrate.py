"""Confidence: fit its weights on labelled statements, and see whether it means what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgfuse.commands.options import JsonOption, KbOption, VerboseOption
from kgfuse.commands.running import reading, reporting, settings_of

if TYPE_CHECKING:
    from kgfuse.config import Settings
    from kgfuse.extract.labelled import Judged
    from kgfuse.protocols import LanguageModel

LabelledArgument = Annotated[
    Path, typer.Argument(metavar="LABELLED.jsonl", help="Texts with all that they say, or judged statements.")
]
ExtractorOption = Annotated[
    str | None,
    typer.Option(
        "--extractor", metavar="auto|llm|spacy", help="Whose confidence; auto: the LLM's when one is configured."
    ),
]


def calibrate(
    labelled: LabelledArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the weights.")] = Path(
        "calibration.json"
    ),
    extractor: ExtractorOption = None,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Fit the weights of the extraction confidence on labelled statements (docs/calibration.md says in what form)."""
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.console.calibration import show_fit
        from kgfuse.extract import extractor_kind
        from kgfuse.extract.refit import refit

        settings = settings_of(kb, extractor=extractor)
        kind = extractor_kind(settings)
        report = refit(judged(labelled, settings), kind, labelled.name, settings.extract.calibration)
        out.write_text(report.text, "utf-8")
        console.write_json(report.summary) if json else show_fit(report, kind, out)


def evaluate(
    labelled: Annotated[
        Path,
        typer.Argument(
            metavar="LABELLED.jsonl|retrieval", help="Texts with all that they say, or the word: retrieval."
        ),
    ],
    questions: Annotated[
        Path | None,
        typer.Argument(metavar="QUESTIONS.jsonl", help="After 'retrieval': questions with the documents that answer."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option("--mode", metavar="auto|hybrid|full_text|vector|graph|pagerank", help="Retrieval: how to search."),
    ] = "auto",
    extractor: ExtractorOption = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Write the statements with their labels, to correct.")
    ] = None,
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Draw the reliability diagram.")] = None,
    kb: KbOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> None:
    """Show what the extraction confidence is worth on labelled statements; with 'retrieval', what searching finds."""
    if str(labelled) == "retrieval":
        _evaluate_retrieval(questions, mode, kb, json=json, verbose=verbose)
        return
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.console.calibration import draw_reliability, show_reliability
        from kgfuse.errors import UsageError
        from kgfuse.extract import extractor_kind
        from kgfuse.extract.labelled import written
        from kgfuse.extract.reliability import reliability

        settings = settings_of(kb, extractor=extractor)
        found = [one for one in judged(labelled, settings) if one.confidence >= 0]
        if not found:
            raise UsageError(f"{labelled} holds no statement with a confidence, and the extractor found none")
        if save is not None:
            save.write_text(written(found, extractor_kind(settings)), "utf-8")
        result = reliability([(one.confidence, one.right) for one in found])
        console.write_json(result) if json else show_reliability(result)
        if png is not None:
            draw_reliability(result, png)


def _evaluate_retrieval(questions: Path | None, mode: str, kb: str | None, *, json: bool, verbose: int) -> None:
    with reporting(json, verbose):
        from kgfuse import console
        from kgfuse.errors import UsageError
        from kgfuse.rating import rate
        from kgfuse.retrieve.evaluation import read_rated

        if questions is None:
            raise UsageError("no questions are named", hint="kgfuse evaluate retrieval QUESTIONS.jsonl")
        rated = read_rated(questions)
        with reading(kb) as base:
            scores = rate(base, rated, mode)
        console.write_json(scores) if json else console.show_retrieval(scores, mode, verbose)


def judged(labelled: Path, settings: Settings) -> list[Judged]:
    """Read a labelled file; where it holds texts, let the extractor read them (an LLM's replies are kept in the ledger)."""
    from kgfuse.extract import extractor_kind, make_extractor
    from kgfuse.extract.labelled import judged_of, read_rows, spacy_lemmas

    rows = read_rows(labelled)
    kind = extractor_kind(settings)
    kept = [row for row in rows if row.extractor in (None, kind)]
    if not any(row.text is not None for row in kept):
        return list(judged_of(kept, lambda: make_extractor(settings), lambda _: {}))
    lemmas = spacy_lemmas(settings.extract.spacy_model)
    if kind == "spacy":
        return list(judged_of(kept, lambda: make_extractor(settings), lemmas))
    with _paid_once(settings) as model:
        return list(judged_of(kept, lambda: make_extractor(settings, model=model), lemmas))


@contextmanager
def _paid_once(settings: Settings) -> Iterator[LanguageModel]:
    from kgfuse.ledger import Ledger
    from kgfuse.llm.client import OpenAIModel

    with Ledger.open(settings.kb) as ledger, OpenAIModel(settings.llm, ledger.reply_cache()) as model:
        yield model
