"""From labelled statements to a calibration file, with what it is worth on statements that it was not fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kgfuse.errors import UsageError
from kgfuse.extract.confidence import Calibration, load_calibrations, scored, written_calibrations
from kgfuse.extract.fitting import fit
from kgfuse.extract.labelled import Judged
from kgfuse.extract.reliability import Prediction, Reliability, reliability

FOLDS = 5
_FEWEST = 50
"""Statements below which a fit says more about chance than about the extractor."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A fit. `before` is the reliability of the weights in use, `after` that of the new ones on statements held out.

    `text` is that of the calibration file, `summary` the numbers.
    """

    calibration: Calibration
    before: Reliability
    after: Reliability
    left_out: int
    text: str

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers, for machines."""
        return {
            "statements": self.after.count,
            "right": round(self.after.right, 4),
            "left_out": self.left_out,
            "calibration_error": {
                "before": round(self.before.calibration_error, 4),
                "after": round(self.after.calibration_error, 4),
            },
            "brier": {"before": round(self.before.brier, 4), "after": round(self.after.brier, 4)},
        }


def refit(judged: Sequence[Judged], extractor: str, source: str, calibration: Path | None = None) -> Refit:
    """Fit the weights of one extractor. Raises UsageError with too few statements, or with labels of one kind."""
    usable = [one for one in judged if one.fits]
    if len(usable) < _FEWEST:
        raise UsageError(
            f"{len(usable)} usable statements are too few to fit on; {_FEWEST} are the least",
            hint="Label more: `kgfuse evaluate TEXTS.jsonl --save FILE` writes statements to judge.",
        )
    if len({one.right for one in usable}) < 2:
        raise UsageError("every statement has the same label: there is nothing to tell apart")
    known = load_calibrations(calibration)
    prior = known[extractor]
    about = {
        "statements": len(usable),
        "right": round(sum(one.right for one in usable) / len(usable), 3),
        "labels": source,
        "date": datetime.now(UTC).date().isoformat(),
    }
    new = fit([(one.features or {}, one.right) for one in usable], prior, about=about)
    before = reliability([(scored(one.features or {}, prior), one.right) for one in usable])
    after = reliability(held_out(usable, prior))
    return Refit(new, before, after, len(judged) - len(usable), written_calibrations({**known, extractor: new}))


def held_out(judged: Sequence[Judged], prior: Calibration) -> list[Prediction]:
    """Predict every statement by weights fitted without its part of the texts (`FOLDS` parts, by hash of the quote)."""
    parts: Mapping[int, list[Judged]] = {number: [] for number in range(FOLDS)}
    for number, one in enumerate(judged):
        key = one.quote or f"{one.statement} {number}"
        parts[int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS].append(one)
    predictions: list[Prediction] = []
    for held, part in parts.items():
        others = [(one.features or {}, one.right) for n, rest in parts.items() if n != held for one in rest]
        if len({right for _, right in others}) < 2:
            continue
        weights = fit(others, prior)
        predictions += [(scored(one.features or {}, weights), one.right) for one in part]
    return predictions or [(scored(one.features or {}, prior), one.right) for one in judged]
