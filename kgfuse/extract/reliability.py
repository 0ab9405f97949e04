"""Do confidences mean what they say? Precision by confidence, Brier score, expected calibration error.

Brier (1950); expected calibration error as Naeini, Cooper and Hauskrecht (2015): over bins of equal width, the mean distance between
what was claimed and what was right, weighted by the predictions in each bin.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10

Prediction = tuple[float, bool]
"""A confidence and whether the statement was right."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions with a confidence in ``[low, high)``, the last bin including 1."""

    low: float
    high: float
    count: int
    claimed: float
    right: float


@dataclass(frozen=True, slots=True)
class Step:
    """What is left above a confidence: how many statements, and the share of them that is right."""

    confidence: float
    count: int
    precision: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far confidences can be trusted. `brier_of_mean` is the Brier score of always claiming the mean: what is to be beaten.

    `ranking` is how probable it is that a right statement has a higher confidence than a wrong one (the area under the ROC
    curve; .5: the confidence tells nothing); `None` where all are right or all are wrong.
    """

    count: int
    right: float
    claimed: float
    brier: float
    brier_of_mean: float
    calibration_error: float
    ranking: float | None
    bins: tuple[Bin, ...]
    steps: tuple[Step, ...]


def reliability(predictions: Sequence[Prediction], bins: int = BINS) -> Reliability:
    """Assess predictions. Raises ValueError when there are none."""
    if not predictions:
        raise ValueError("nothing to assess")
    count = len(predictions)
    right = sum(truth for _, truth in predictions) / count
    cut: list[list[Prediction]] = [[] for _ in range(bins)]
    for confidence, truth in predictions:
        cut[min(bins - 1, int(confidence * bins))].append((confidence, truth))
    found = tuple(_bin(number / bins, (number + 1) / bins, part) for number, part in enumerate(cut) if part)
    return Reliability(
        count=count,
        right=right,
        claimed=sum(confidence for confidence, _ in predictions) / count,
        brier=sum((confidence - truth) ** 2 for confidence, truth in predictions) / count,
        brier_of_mean=right * (1 - right),
        calibration_error=sum(one.count / count * abs(one.claimed - one.right) for one in found),
        ranking=_ranking(predictions),
        bins=found,
        steps=tuple(
            _step(number / bins, predictions)
            for number in range(bins)
            if any(c >= number / bins for c, _ in predictions)
        ),
    )


def _ranking(predictions: Sequence[Prediction]) -> float | None:
    wrong = sorted(confidence for confidence, truth in predictions if not truth)
    right = [confidence for confidence, truth in predictions if truth]
    if not wrong or not right:
        return None
    above = sum(bisect_left(wrong, one) + bisect_right(wrong, one) for one in right) / 2
    return above / (len(wrong) * len(right))


def _bin(low: float, high: float, part: Sequence[Prediction]) -> Bin:
    claimed = sum(confidence for confidence, _ in part) / len(part)
    return Bin(low, high, len(part), claimed, sum(truth for _, truth in part) / len(part))


def _step(confidence: float, predictions: Sequence[Prediction]) -> Step:
    kept = [truth for given, truth in predictions if given >= confidence]
    return Step(confidence, len(kept), sum(kept) / len(kept))
