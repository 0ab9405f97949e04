"""How well retrieval finds what it should: recall, reciprocal rank and nDCG over one's own questions, and where it failed.

A question names the documents that answer it. Facts and passages are ranked together; a document's rank is that of the first
hit that was read in it. nDCG with equal gains (Järvelin and Kekäläinen 2002), MRR as at TREC (Voorhees 1999).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from kgfuse.errors import UsageError

AT = (2, 5, 10)
DEPTH = 100
"""Hits that are looked through; what is not among them was not found."""


@dataclass(frozen=True, slots=True)
class RatedQuestion:
    """A question, the names of the documents that answer it, and the date it is asked as of."""

    question: str
    relevant: tuple[str, ...]
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A relevant document that did not come among the first ten: its rank, over all and by part (`None`: not found)."""

    question: str
    document: str
    rank: int | None
    parts: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Means over the questions. `recall` by depth, `ndcg` and `mrr` over the first ten documents."""

    questions: int
    recall: tuple[tuple[int, float], ...]
    mrr: float
    ndcg: float
    missed: tuple[Missed, ...]


def read_rated(path: Path) -> tuple[RatedQuestion, ...]:
    """Read a JSON Lines file of ``{"question", "relevant": [document, …], "as_of"?}``. Raises UsageError with the line."""
    hint = 'A line is {"question": "Who runs Acme?", "relevant": ["report.pdf"]}, optionally with "as_of": "2021-06".'
    found = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_rated(json.loads(line)))
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}", hint=hint) from error
    if not found:
        raise UsageError(f"{path} holds no question", hint=hint)
    return tuple(found)


def _rated(row: Any) -> RatedQuestion:
    if not isinstance(row, dict):
        raise ValueError('it is no {"question": …, "relevant": […]}')
    for key in ("question", "relevant"):
        if key not in row:
            raise ValueError(f"{key!r} is missing")
    question, relevant, as_of = row["question"], row["relevant"], row.get("as_of")
    if not (isinstance(question, str) and question.strip()):
        raise ValueError("'question' holds no text")
    if not (isinstance(relevant, list) and relevant):
        raise ValueError("'relevant' is no list of at least one document")
    return RatedQuestion(question, tuple(map(str, relevant)), None if as_of is None else str(as_of))


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for a question: `wanted` are the relevant documents by id, `found` ids, best first.

    `parts` gives what each part found alone; it is asked where a document is missing.
    """

    rated: RatedQuestion
    wanted: Mapping[str, str]
    found: Sequence[str]
    parts: Callable[[], Mapping[str, Sequence[str]]]


def score(rankings: Iterable[Ranking]) -> RetrievalScores:
    """Score rankings, at least one."""
    recalls: dict[int, list[float]] = {k: [] for k in AT}
    reciprocal, gains, missed = [], [], []
    for ranking in rankings:
        wanted, rank_of = ranking.wanted, _ranks(ranking.found)
        ranks = sorted(rank_of[id] for id in wanted if id in rank_of)
        for k in AT:
            recalls[k].append(sum(rank <= k for rank in ranks) / len(wanted))
        last = AT[-1]
        reciprocal.append(1 / ranks[0] if ranks and ranks[0] <= last else 0.0)
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(last, len(wanted)) + 1))
        gains.append(sum(1 / math.log2(rank + 1) for rank in ranks if rank <= last) / ideal)
        lacking = [id for id in wanted if rank_of.get(id, last + 1) > last]
        if lacking:
            parts = {name: _ranks(ids) for name, ids in ranking.parts().items()}
            for id in lacking:
                alone = tuple((name, ranks.get(id)) for name, ranks in parts.items())
                missed.append(Missed(ranking.rated.question, wanted[id], rank_of.get(id), alone))
    return RetrievalScores(
        len(reciprocal),
        tuple((k, round(fmean(values), 4)) for k, values in recalls.items()),
        round(fmean(reciprocal), 4),
        round(fmean(gains), 4),
        tuple(missed),
    )


def _ranks(ids: Iterable[str]) -> dict[str, int]:
    return {id: rank for rank, id in enumerate(dict.fromkeys(ids), 1)}
