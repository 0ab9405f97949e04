"""Questions about a date, answered beside retrieval that ignores time: ``python -m benchmarks.temporal_questions [DIR]``.

1. The corpus of the tests: for every value of every gold timeline a question about a day in the middle of its time ('Who was
the chief executive of X on 14 June 2019?'). 2. Wikidata's dated statements (``temporal_kg``): who was a member of which team
is stored as the statements say it, members drawn with a seed; each is asked about a year when another team was not theirs.
The same questions are asked again without their date: what an answer is worth that knows no time. An answer is right when it
names a value that held then and none that did not; nothing is asked of an LLM. Prints a table, writes
``benchmarks/results/temporal_questions.json``; exit status 1 when time does not help.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.real_intervals import FILE, read_spells
from kgfuse import KnowledgeBase, Settings
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.ledger import DocumentRecord, FileState
from kgfuse.model import Chunk, DateSource, Document, Evidence, Mention, Moment, Triple, Validity, triple_id
from kgfuse.protocols import Extraction
from tests.support.corpus_gold import CORPUS, DOCS

_SUBJECTS, _SEED = 150, 20261125
_TEAM = "P54"  # member of a sports team
_PHRASES = {
    "chief_executive_of": "Who was the chief executive of {of}",
    "chief_financial_officer_of": "Who was the chief financial officer of {of}",
    "chief_technology_officer_of": "Who was the chief technology officer of {of}",
    "chair_of": "Who was the chair of {of}",
    "mayor_of": "Who was the mayor of {of}",
    "headquartered_in": "Where was the head office of {of}",
}
_LATEST = datetime(2023, 1, 1, tzinfo=UTC)
"""A value that still holds is asked about before this day."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A question without its date, the date in words, what held then, and every value that the answer could name."""

    question: str
    when: str
    right: frozenset[str]
    known: frozenset[str]


def corpus_questions() -> Iterator[Dated]:
    """Yield a question for each value of each gold timeline that has one."""
    for line in json.loads((CORPUS / "gold" / "timelines.json").read_text("utf-8")):
        if line["relation"] not in _PHRASES:
            continue
        words = _PHRASES[line["relation"]].format(of=line["of"])
        known = frozenset(value["value"] for value in line["sequence"])
        for value in line["sequence"]:
            since, until = value.get("valid_from"), value.get("valid_to")
            start = Moment.parse(since).at if since else None
            end = Moment.parse(until).at if until else _LATEST
            if start is None or end <= start:
                continue
            day = start + (end - start) / 2
            yield Dated(words, f"on {day.day} {day:%B %Y}", frozenset({value["value"]}), known)


Statement = tuple[str, str, int | None, int | None]
"""Who was a member of which team, from and to which year (included), as far as that is stated."""


def team_questions(lines: Iterable[str]) -> tuple[list[Dated], list[Statement]]:
    """Return questions, and the statements that answer them.

    Asked is about the year of a boundary in which another team certainly was not the member's; a team of which one boundary
    is not stated may or may not hold, and is neither right nor wrong.
    """
    teams_of: dict[str, list[Statement]] = defaultdict(list)
    for item, teams in read_spells((line for line in lines if line.split("\t")[1] == _TEAM), whole=False).items():
        subject = item.split(" ")[0]
        teams_of[subject] += [(subject, team, *spell) for team, spells in sorted(teams.items()) for spell in spells]
    dice = random.Random(_SEED)
    asked, said = [], []
    subjects = sorted(teams_of)
    dice.shuffle(subjects)
    for subject in subjects:
        statements = teams_of[subject]
        years = sorted({year for _, _, since, until in statements for year in (since, until) if year is not None})
        dice.shuffle(years)
        for year in years:
            right = {team for _, team, since, until in statements if _holds(since, until, year)}
            wrong = {team for _, team, since, until in statements if _is_over(since, until, year)} - right
            if right and wrong:
                question = f"Which team was {subject} a member of"
                asked.append(Dated(question, f"in {year}", frozenset(right), frozenset(right | wrong)))
                said += statements
                break
        if len(asked) == _SUBJECTS:
            break
    return asked, said


def _holds(since: int | None, until: int | None, year: int) -> bool:
    return year in (since, until) or (since is not None and until is not None and since <= year <= until)


def _is_over(since: int | None, until: int | None, year: int) -> bool:
    return (since is not None and year < since) or (until is not None and year > until)


def store(base: KnowledgeBase, said: Sequence[Statement]) -> None:
    """Put statements into a ledger, a document a subject, and fuse."""
    by_subject: dict[str, list[Statement]] = defaultdict(list)
    for statement in said:
        by_subject[statement[0]].append(statement)
    for subject, statements in by_subject.items():
        sentences = [_sentence(*statement) for statement in statements]
        text = " ".join(sentences)
        when = Moment.parse("2018")
        id = f"document:{subject}"
        document = Document(id, f"wiki:{subject}", "text/plain", subject, text, (), "wiki", when, DateSource.METADATA)
        chunk = Chunk(f"chunk:{subject}", id, 0, len(text), text)
        triples, at = [], 0
        for sentence, (_, team, since, until) in zip(sentences, statements, strict=True):
            who = Mention(subject, at, at + len(subject), "Person")
            place = at + sentence.index(team)
            which = Mention(team, place, place + len(team), "Organization")
            evidence = Evidence(id, chunk.id, at, at + len(sentence), sentence)
            start = Moment.parse(f"{since:04d}") if since is not None else None
            end = Moment.parse(f"{until + 1:04d}") if until is not None else None
            validity = Validity(start, end)
            made = triple_id(who, "member of", which, evidence, False, validity, "stated")
            triples.append(Triple(made, who, "member of", which, evidence, 0.9, "stated", validity=validity))
            at += len(sentence) + 1
        base.ledger.store(
            FileState(document.uri, 1, 1, subject, "stated"),
            [DocumentRecord(document, (chunk,), Extraction(tuple(triples)))],
        )
    base.refresh()


def _sentence(subject: str, team: str, since: int | None, until: int | None) -> str:
    start = f" from {since}" if since is not None else ""
    end = f" until {until}" if until is not None else ""
    return f"{subject} was a member of {team}{start}{end}."


def named(text: str, known: Iterable[str]) -> set[str]:
    """Return the values that an answer names."""
    return {value for value in known if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)}


def score(base: KnowledgeView, asked: Sequence[Dated]) -> dict[str, Any]:
    """Ask everything with and without its date and count right answers and abstentions."""
    counts = {"questions": len(asked), "right": 0, "abstained": 0, "right_without_time": 0, "abstained_without_time": 0}
    for one in asked:
        for key, question in (("", f"{one.question} {one.when}?"), ("_without_time", f"{one.question}?")):
            answer = base.ask(question)
            found = named(answer.text, one.known)
            counts[f"right{key}"] += bool(found) and found <= one.right
            counts[f"abstained{key}"] += answer.abstained
    return counts


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description="Questions about a date, beside retrieval that ignores time.")
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(data) / "temporal_kg" if data else None)
    directory = parser.parse_args().directory
    console = Console()
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        with KnowledgeBase.open(Path(folder) / "corpus.db", settings=Settings()) as base:
            base.ingest(DOCS)
            report["corpus"] = score(base, list(corpus_questions()))
        if directory is not None and (directory / FILE).is_file():
            asked, said = team_questions((directory / FILE).read_text("utf-8").splitlines())
            with KnowledgeBase.open(Path(folder) / "wiki.db", settings=Settings()) as base:
                store(base, said)
                report["wikidata"] = score(base, asked)
        else:
            console.print("Wikidata skipped: name the folder temporal_kg, or set KGFUSE_BENCH_DATA.")
    table = Table("set", "questions", "right", "without the date", "abstained", "without the date")
    for name, counts in report.items():
        total = counts["questions"]
        shares = (f"{counts[key]} ({counts[key] / total:.2f})" for key in ("right", "right_without_time"))
        table.add_row(name, str(total), *shares, str(counts["abstained"]), str(counts["abstained_without_time"]))
    console.print(table)
    (RESULTS / "temporal_questions.json").write_text(
        json.dumps({**surroundings(), "temporal_questions": report}, indent=2) + "\n", "utf-8"
    )
    return 0 if all(counts["right"] > counts["right_without_time"] for counts in report.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
