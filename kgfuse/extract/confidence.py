"""Extraction confidence: a logistic combination of what is seen in the sentence.

The weights are log-odds, set by hand on sentences written for this purpose so that a clean statement between two names
comes out near 0.85, an open one between noun phrases near 0.55, a plan near 0.3 and a rumour near 0.15; `kgfuse calibrate`
is to replace them by fitted ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kgfuse.extract.modality import Mode

WEIGHTS = {
    "bias": 0.25,
    "named_subject": 0.5,
    "named_object": 0.5,
    "literal_object": 0.45,
    "typed_arguments": 0.35,
    "strong_pattern": 0.45,  # an office, a name, an attribute: closed vocabulary on both sides
    "weak_pattern": -0.5,  # read from word order, not from syntax
    "resolved": -0.35,  # a pronoun or a last name stood for an argument
    "implied": -1.4,  # an argument was not written at all
    "negated": -0.1,
    "bounded": -0.5,  # 'more than 400'
    "long_sentence": -0.3,  # over 35 words: parses get worse
    "broken_parse": -0.4,  # no main verb, or several roots
    "undated_future": -1.1,
}
MODES = {
    Mode.STATED: 0.0,
    Mode.REPORTED: -0.15,
    Mode.ANNOUNCED: -0.55,
    Mode.PLANNED: -2.5,
    Mode.DOUBTED: -2.7,
    Mode.CONDITIONAL: -3.0,
    Mode.ASKED: -3.2,
    Mode.RUMOURED: -3.3,
}
QUOTED_FACTOR = 0.8
_FLOOR, _CEILING = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known about an extraction: names of `WEIGHTS` that apply, and how the clause is meant."""

    names: frozenset[str]
    mode: Mode = Mode.STATED
    quoted: bool = False


def confidence(signals: Signals) -> float:
    """Return the extraction confidence, in [0.05, 0.95], rounded to three digits."""
    score = WEIGHTS["bias"] + MODES[signals.mode] + sum(WEIGHTS[name] for name in sorted(signals.names))
    probability = 1 / (1 + math.exp(-score))
    if signals.quoted:
        probability *= QUOTED_FACTOR
    return round(min(max(probability, _FLOOR), _CEILING), 3)
