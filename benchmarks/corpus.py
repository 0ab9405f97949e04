"""Scores kgfuse on the project's own corpus: ``python -m benchmarks.corpus [--verbose]``.

Ingests ``tests/corpus/docs`` twice into ledgers of their own, once with the old minutes of ``archive/`` last and once all
together, and compares the graph with the gold. Prints a table and writes ``benchmarks/results/corpus.json``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse import KnowledgeBase, Settings
from kgfuse.graph.export import canonical_lines
from kgfuse.protocols import FactFilter
from tests.support.corpus_gold import DOCS, Gold, load_gold
from tests.support.corpus_score import AnswerScore, Score, Seen, document_name, score, score_answer


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the benchmark found; `seconds` is the time of the ingest in one go."""

    score: Score
    answers: tuple[AnswerScore, ...]
    same_in_both_orders: bool
    documents: int
    seconds: float
    extractor: str


def look(base: KnowledgeBase) -> Seen:
    """Return what is scored of a knowledge base."""
    documents = {document.id: document_name(document.uri) for document in base.ledger.documents()}
    facts = tuple(base.graph.facts(FactFilter()))
    return Seen(tuple(base.graph.entities()), facts, tuple(base.graph.claims()), documents)


def measure(folder: Path, gold: Gold) -> Measured:
    """Ingest the corpus in both orders into ledgers in `folder` and score the graph."""
    settings = Settings(jobs=1)
    with KnowledgeBase.open(folder / "late.db", settings=settings) as late:
        late.ingest(sorted(path for path in DOCS.iterdir() if path.name != "archive"))
        late.ingest(DOCS)
        dump = list(canonical_lines(late.graph))
    with KnowledgeBase.open(folder / "corpus.db", settings=settings) as base:
        start = time.perf_counter()
        summary = base.ingest(DOCS)
        seconds = time.perf_counter() - start
        answers = tuple(score_answer(asked, base.ask(asked.question, as_of=asked.as_of)) for asked in gold.questions)
        return Measured(
            score(look(base), gold, base.ontology),
            answers,
            dump == list(canonical_lines(base.graph)),
            summary.documents,
            seconds,
            summary.extractor,
        )


def figures(measured: Measured) -> dict[str, object]:
    """Return the numbers, ready for JSON; pairs are ``[reached, possible]``."""
    found = measured.score
    answerable = [answer for answer in measured.answers if answer.question.answers]
    without = [answer for answer in measured.answers if not answer.question.answers]
    return {
        "documents": measured.documents,
        "seconds": round(measured.seconds, 1),
        "extractor": measured.extractor,
        "precision": round(found.precision, 3),
        "recall": round(found.recall, 3),
        "f1": round(found.f1, 3),
        "facts_right": [len(found.right), len(found.right) + len(found.wrong)],
        "facts_recalled": [len(found.recalled), len(found.recalled) + len(found.missed)],
        "boundaries": [found.boundaries_right, len(found.boundaries)],
        "timelines": [found.timelines_right, len(found.timelines)],
        "rumours_and_corrected_not_believed": [
            len(found.disputed_kept) + len(found.disputed_absent),
            len(found.disputed_kept) + len(found.disputed_absent) + len(found.disputed_believed),
        ],
        "kept_as_disputed": len(found.disputed_kept),
        "namesakes_apart": [found.namesakes_apart, found.namesakes],
        "names_together": [len(found.names_together), len(found.names_together) + len(found.names_astray)],
        "questions": [sum(answer.right for answer in answerable), len(answerable)],
        "questions_cited": [sum(answer.cited for answer in answerable), len(answerable)],
        "abstentions": [sum(answer.right for answer in without), len(without)],
        "same_in_both_orders": measured.same_in_both_orders,
        "facts_about_others": found.elsewhere,
        "facts_of_open_relations": found.open_facts,
    }


def show(measured: Measured, console: Console, verbose: bool) -> None:
    """Print the table; `verbose` adds what is missed and wrong, by name."""
    table = Table(title="The corpus of tests/corpus", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for name, value in figures(measured).items():
        if name != "extractor":
            words = f"{value[0]}/{value[1]}" if isinstance(value, list) else str(value)
            table.add_row(name.replace("_", " "), words)
    console.print(table)
    if verbose:
        _show_details(measured, console)


def _show_details(measured: Measured, console: Console) -> None:
    found = measured.score

    def section(title: str, lines: Iterable[object]) -> None:
        console.print(f"\n{title}", style="bold")
        for line in lines:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)

    section("Wrong", found.wrong)
    section("Missed", found.missed)
    section("Boundaries", (boundary for boundary in found.boundaries if not boundary.right))
    section(
        "Timelines not reproduced",
        (
            f"{item.timeline.relation} of {item.timeline.of}: {'; '.join(item.found) or 'nothing'}"
            for item in found.timelines
            if not item.reproduced
        ),
    )
    section("Disputed but believed", found.disputed_believed)
    section("Disputed and absent", found.disputed_absent)
    section("Names astray", found.names_astray)
    section("Entities in pieces", (f"{name}: {', '.join(parts)}" for name, parts in found.split))
    section(
        "Questions",
        (
            f"{'wrong' if not answer.right else 'no right citation'}: {answer.question.question} "
            f"({answer.question.as_of or 'no date'}) -> {answer.text}"
            for answer in measured.answers
            if not answer.cited
        ),
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Scores kgfuse on the project's own corpus.")
    parser.add_argument("--verbose", action="store_true", help="Show what is missed and wrong, by name.")
    verbose = parser.parse_args().verbose
    with TemporaryDirectory() as folder:
        measured = measure(Path(folder), load_gold())
    show(measured, Console(), verbose)
    report = {**surroundings(), "corpus": figures(measured)}
    (RESULTS / "corpus.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
