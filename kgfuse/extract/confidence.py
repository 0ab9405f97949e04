"""Extraction confidence: a calibrated logistic combination of what is seen in a sentence and in a reply.

The weights are log-odds in a versioned file (`calibration.json`, one set an extractor); `kgfuse calibrate` refits them on labelled
data. A confidence remembers the features that it was computed from for as long as it stays in the process (`Scored`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from kgfuse.errors import ConfigurationError
from kgfuse.extract.modality import Mode
from kgfuse.model import Chunk, Document, Triple
from kgfuse.protocols import Extraction, Extractor

FORMAT = 1
"""Version of the file's format."""

QUOTED_FACTOR = 0.8
"""What a quoted passage is worth: it was said elsewhere, and may be cut. No calibration: labelled sets hold none."""

_FLOOR, _CEILING = 0.05, 0.95

_USUAL_WORDS = 20
"""Words of a usual sentence of prose."""

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weights of one extractor: probability = 1 / (1 + exp(-(bias + sum of weight x feature))).

    A feature without a weight counts nothing. `fitted_on` says on what they were fitted; empty: set by hand.
    """

    bias: float
    weights: Mapping[str, float]
    fitted_on: Mapping[str, Any] = field(default_factory=dict)

    def probability(self, features: Features) -> float:
        """Return the probability, unrounded; sums in order of name, so that equal features give equal bits."""
        score = self.bias + sum(self.weights.get(name, 0.0) * features[name] for name in sorted(features))
        return 1 / (1 + math.exp(-min(50.0, max(-50.0, score))))


class Scored(float):
    """An extraction confidence that knows its features; to everybody else, and once it is pickled, a plain float."""

    __slots__ = ("features",)
    features: Features

    def __reduce__(self) -> tuple[type[float], tuple[float]]:
        return float, (float(self),)


def scored(features: Features, calibration: Calibration) -> Scored:
    """Return the confidence, in [0.05, 0.95], rounded to three digits; the feature ``quoted`` is a factor on it."""
    probability = calibration.probability(features) * (QUOTED_FACTOR if features.get("quoted") else 1.0)
    value = Scored(round(min(max(probability, _FLOOR), _CEILING), 3))
    value.features = features
    return value


def read_calibrations(text: str, origin: str) -> dict[str, Calibration]:
    """Read a calibration file: the weights by extractor (``spacy``, ``llm``). Raises ConfigurationError."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise ConfigurationError(f"{origin}: calibration format {body['format']}, this kgfuse reads {FORMAT}")
        return {
            name: Calibration(
                float(one["bias"]),
                {feature: float(weight) for feature, weight in one["weights"].items()},
                dict(one.get("fitted_on") or {}),
            )
            for name, one in body["extractors"].items()
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{origin} is no calibration file: {error}", hint="`kgfuse calibrate` writes one."
        ) from error


def written_calibrations(calibrations: Mapping[str, Calibration]) -> str:
    """Return the text of a calibration file."""
    extractors = {
        name: {
            "bias": round(one.bias, 4),
            "weights": {feature: round(weight, 4) for feature, weight in sorted(one.weights.items())},
            "fitted_on": dict(one.fitted_on),
        }
        for name, one in sorted(calibrations.items())
    }
    return json.dumps({"format": FORMAT, "extractors": extractors}, indent=2, ensure_ascii=False) + "\n"


@lru_cache(maxsize=4)
def load_calibrations(path: Path | None = None) -> dict[str, Calibration]:
    """Return the weights in a file, completed by the shipped ones. Raises ConfigurationError."""
    shipped = read_calibrations(shipped_text(), "calibration.json")
    if path is None:
        return shipped
    return {**shipped, **read_calibrations(calibration_text(path), str(path))}


def shipped_text() -> str:
    """Return the text of the shipped file."""
    return (files("kgfuse.extract") / "calibration.json").read_text("utf-8")


def calibration_text(path: Path | None) -> str:
    """Return the text of the file that is used. Raises ConfigurationError."""
    if path is None:
        return shipped_text()
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"extract.calibration: {path} cannot be read: {error}") from error


class CalibratedExtractor:
    """An `Extractor` whose confidences are computed again by other weights; those without features stay as they are."""

    def __init__(self, extractor: Extractor, calibration: Calibration) -> None:
        self._extractor = extractor
        self._calibration = calibration

    @property
    def version(self) -> str:
        """The version of the extractor beneath, whose settings name the weights already."""
        return self._extractor.version

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Extract, then score."""
        found = self._extractor.extract(document, chunks)
        return replace(found, triples=tuple(map(self._rescored, found.triples)))

    def _rescored(self, triple: Triple) -> Triple:
        if not isinstance(triple.confidence, Scored):
            return triple
        return replace(triple, confidence=scored(triple.confidence.features, self._calibration))


# ---------------------------------------------------------------------------------------------------------- by grammar


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about an extraction by grammar: names of weights that apply, and how the clause is meant.

    named_subject, named_object, literal_object, typed_arguments; strong_pattern (an office, a name, an attribute: closed
    vocabulary on both sides), weak_pattern (read from word order, not from syntax); resolved (a pronoun or a last name stood
    for an argument), implied (an argument was not written at all); negated; bounded ('more than 400'); broken_parse (no main
    verb, or several roots); undated_future. Of open triples the clause pattern as well (`kgfuse.extract.patterns`): subordinate, participle, relative
    (the clause), borrowed_subject (another clause's), modified_subject (a clause hangs on it), far_object, long_object.

    `words` is the length of the sentence: parses get worse with it.
    """

    names: frozenset[str]
    mode: Mode = Mode.STATED
    quoted: bool = False
    words: int = 0

    @property
    def features(self) -> dict[str, float]:
        """The signals as features of value 1, and ``length``: how many times the usual length doubled, -2 to 2."""
        found = dict.fromkeys(sorted(self.names), 1.0)
        if self.mode is not Mode.STATED:
            found[f"mode_{self.mode}"] = 1.0
        if self.quoted:
            found["quoted"] = 1.0
        if self.words:
            found["length"] = round(min(2.0, max(-2.0, math.log2(self.words / _USUAL_WORDS))), 2)
        return found


def confidence(signals: Signals) -> Scored:
    """Return the extraction confidence by the shipped weights, in [0.05, 0.95]."""
    return scored(signals.features, load_calibrations()["spacy"])
