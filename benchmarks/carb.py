"""CaRB's scoring of open extractions (Bhardwaj, Aggarwal and Mausam, EMNLP 2019), after the published algorithm.

A tuple is a relation and its arguments; all arguments after the first count as one. Two tuples match when their relations
share a word; then words shared slot by slot give precision (of the predicted words) and recall (of the gold words). In a
sentence every gold tuple takes the best recall of any prediction, many to one; for precision each prediction is paired with
one gold tuple at most, the most precise pair first, and an unpaired one counts as wrong. Both are summed over the
sentences for each confidence threshold.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_BE = frozenset({"be", "is", "am", "are", "was", "were", "been", "being"})
_SAID = ("said", "told", "added", "adds", "says")
"""Where the gold relation holds one of these, speaker and speech may be swapped."""


@dataclass(frozen=True, slots=True)
class Tuple:
    """One extraction; `confidence` orders predictions and is 1 for gold."""

    relation: str
    arguments: tuple[str, ...]
    confidence: float = 1.0

    def folded(self) -> Tuple:
        """Return the tuple with all arguments after the first joined into one."""
        if len(self.arguments) < 2:
            return self
        return Tuple(self.relation, (self.arguments[0], " ".join(self.arguments[1:])), self.confidence)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the curve: what is reached by the predictions of at least this confidence."""

    confidence: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """The best point of the curve, the last one (all predictions), and the area under the curve from recall 0."""

    best: Point
    all: Point
    auc: float
    predictions: int
    gold: int


def read_gold(path: Path) -> dict[str, list[Tuple]]:
    """Read tab-separated lines of sentence, relation and arguments; an argument 'C: ...' (attribution) is no part of the
    tuple, as in CaRB's own reader. Raises ValueError with the line number on a line without two fields."""
    found: dict[str, list[Tuple]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        fields = [field.strip() for field in line.strip().split("\t")]
        if len(fields) < 2:
            raise ValueError(f"{path.name}, line {number}: not sentence TAB relation TAB arguments")
        arguments = tuple(field for field in fields[2:] if "C: " not in field)
        found.setdefault(fields[0], []).append(Tuple(fields[1], arguments))
    return found


def match(gold: Tuple, predicted: Tuple) -> tuple[float, float]:
    """Return precision and recall of one predicted tuple against one of the gold."""
    gold, predicted = gold.folded(), predicted.folded()
    straight = _match(gold, predicted)
    if len(predicted.arguments) < 2 or not any(word in gold.relation for word in _SAID):
        return straight
    return max(straight, _match(gold, Tuple(predicted.relation, predicted.arguments[::-1])))


def _match(gold: Tuple, predicted: Tuple) -> tuple[float, float]:
    ours, theirs = predicted.relation.split(), gold.relation.split()
    shared = _shared(theirs, ours)
    if "be" in (Counter(ours) - Counter(theirs)) and _BE & set(theirs):
        shared = min(shared + 1, len(theirs))
    if shared == 0 or len(predicted.arguments) < min(len(gold.arguments), 2):
        return 0.0, 0.0
    right, said, wanted = shared, len(ours), len(theirs)
    for number, argument in enumerate(gold.arguments):
        theirs, ours = argument.split(), predicted.arguments[number].split()
        right += _shared(theirs, ours)
        said += len(ours)
        wanted += len(theirs)
    return right / said, right / wanted


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return (Counter(one) & Counter(other)).total()


def score(gold: Mapping[str, Sequence[Tuple]], predicted: Mapping[str, Sequence[Tuple]]) -> Score:
    """Score predictions sentence by sentence; a sentence without gold is left out."""
    thresholds = sorted({item.confidence for sentence in gold for item in predicted.get(sentence, ())})
    tuples = sum(map(len, gold.values()))
    sums = {threshold: [0.0, 0.0, 0.0] for threshold in thresholds}  # precision, recall, predictions
    for sentence, wanted in gold.items():
        found = predicted.get(sentence, ())
        pairs = [[match(one, other) for other in found] for one in wanted]
        own = sorted({item.confidence for item in found})
        steps = [(at, _at(pairs, [n for n, item in enumerate(found) if item.confidence >= at])) for at in own]
        place = 0
        for threshold in thresholds:
            while place < len(steps) and steps[place][0] < threshold:
                place += 1
            if place == len(steps):
                break
            for slot, value in enumerate(steps[place][1]):
                sums[threshold][slot] += value
    curve = [Point(at, p / n if n else 1.0, r / tuples) for at, (p, r, n) in sums.items()]
    nothing = Point(1.0, 0.0, 0.0)
    best = max(curve, key=lambda point: point.f1, default=nothing)
    predictions = sum(len(predicted.get(sentence, ())) for sentence in gold)
    return Score(best, curve[0] if curve else nothing, _area(curve), predictions, tuples)


def _at(pairs: Sequence[Sequence[tuple[float, float]]], kept: Sequence[int]) -> tuple[float, float, int]:
    """Return summed precision, summed recall and the count of the predictions `kept`."""
    recall = sum(max((row[column][1] for column in kept), default=0.0) for row in pairs)
    order = sorted(
        ((-pairs[row][column][0], row, place) for row in range(len(pairs)) for place, column in enumerate(kept))
    )
    rows: set[int] = set()
    columns: set[int] = set()
    precision = 0.0
    for negative, row, column in order:
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            precision -= negative
    return precision, recall, len(kept)


def _area(curve: Iterable[Point]) -> float:
    """Return the area under precision over recall by trapezoids, from precision 1 at recall 0."""
    points = [(point.recall, point.precision) for point in curve] + [(0.0, 1.0)]
    steps = itertools.pairwise(points)
    return sum((left[0] - right[0]) * (left[1] + right[1]) / 2 for left, right in steps)
