"""How much claims weigh, and how sure they make us.

A claim is right with probability ``p = source reliability x extraction confidence``. Its *weight* is the log-odds that
it adds to its value, ``ln(n p / (1 - p))``, where a wrong claim hits each of `n` false values alike (the Accu model of
Dong, Berti-Equille and Srivastava, 'Integrating conflicting data: the role of source dependence', VLDB 2009). Weights
are whole micro-units, so that sums do not depend on their order and ties are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, prod

from kgfuse.config import FuseSettings
from kgfuse.model import Claim

UNIT = 1_000_000
"""Micro-units in one unit of log-odds."""

_LEAST, _MOST = 0.02, 0.98  # no single claim is treated as surely wrong or surely right


@dataclass(frozen=True, slots=True)
class Testimony:
    """A claim with what it is worth: `strength` is the probability that it is right, `weight` its micro-log-odds.

    Both are 0 for a claim that does not speak for itself: `silent` says why (its source took it back).
    """

    claim: Claim
    strength: float
    weight: int
    silent: str = ""

    @property
    def id(self) -> str:
        """The triple's id."""
        return self.claim.triple_id


def weigh(strength: float, settings: FuseSettings) -> int:
    """Return the weight of a claim that is right with probability `strength`; never negative."""
    p = min(max(strength, _LEAST), _MOST)
    return max(0, round(UNIT * log(settings.false_values * p / (1.0 - p))))


def testify(
    claims: Iterable[Claim],
    reliability: Mapping[str, float],
    default: float,
    silent: Mapping[str, str],
    settings: FuseSettings,
) -> tuple[Testimony, ...]:
    """Weigh claims; `silent` maps triples that do not speak for themselves to the reason."""
    testimonies = []
    for claim in claims:
        if claim.triple_id in silent:
            testimonies.append(Testimony(claim, 0.0, 0, silent[claim.triple_id]))
            continue
        strength = reliability.get(claim.source, default) * claim.confidence
        testimonies.append(Testimony(claim, strength, weigh(strength, settings)))
    return tuple(testimonies)


def by_source(testimonies: Iterable[Testimony]) -> list[Testimony]:
    """Return the strongest testimony of each source, in order of source: a source that repeats itself counts once."""
    best: dict[str, Testimony] = {}
    for testimony in sorted(testimonies, key=lambda t: (-t.strength, t.id)):
        best.setdefault(testimony.claim.source, testimony)
    return [best[source] for source in sorted(best)]


def noisy_or(testimonies: Iterable[Testimony], settings: FuseSettings) -> float:
    """Return the probability that at least one independent source is right, capped."""
    return min(settings.max_confidence, 1.0 - prod(1.0 - t.strength for t in by_source(testimonies)))


def total_weight(testimonies: Iterable[Testimony]) -> int:
    """Return the summed weight of the independent sources, in micro-units."""
    return sum(testimony.weight for testimony in by_source(testimonies))


def posterior(scores: Sequence[int]) -> list[float]:
    """Turn scores in micro-log-odds into probabilities (softmax)."""
    if not scores:
        return []
    top = max(scores)
    shares = [exp((score - top) / UNIT) for score in scores]
    whole = sum(sorted(shares))
    return [share / whole for share in shares]


def rounded(confidence: float) -> float:
    """Cut a confidence to the six digits that are kept."""
    return round(min(max(confidence, 0.0), 1.0), 6)
