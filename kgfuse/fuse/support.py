"""How much claims weigh, and how sure they make us.

A claim is right with probability ``p = source reliability x extraction confidence``. Its *weight* is the log-odds that
it adds to its value, ``ln(n p / (1 - p))``, where a wrong claim hits each of `n` false values alike (the Accu model of
Dong, Berti-Equille and Srivastava, 'Integrating conflicting data: the role of source dependence', VLDB 2009). Where sources
that copy each other say the same, each has a share of a vote. Weights are whole micro-units, so that sums do not depend on
their order and ties are exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, prod

from kgfuse.config import FuseSettings
from kgfuse.frozen import quickly_made
from kgfuse.fuse.values import Value
from kgfuse.model import Claim
from kgfuse.parameters import Parameters

UNIT = 1_000_000
"""Micro-units in one unit of log-odds."""

LEAST, MOST = 0.02, 0.98
"""No single claim is treated as surely wrong or surely right."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known about sources: how often each is right, at all and in one relation, and who copies whom.

    `dependence` maps a source to the others that it shares its origin with, each with the probability; symmetric.
    """

    default: float
    reliability: Mapping[str, float] = field(default_factory=dict)
    by_relation: Mapping[tuple[str, str], float] = field(default_factory=dict)
    dependence: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Parameters) -> Trust:
        """Read the fitted parameters."""
        dependence: dict[str, dict[str, float]] = defaultdict(dict)
        for left, right, probability in parameters.dependence:
            dependence[left][right] = dependence[right][left] = probability
        by_relation = {(source, relation): right for source, relation, right in parameters.by_relation}
        return cls(parameters.default_reliability, dict(parameters.reliability), by_relation, dependence)

    def in_relation(self, source: str, relation: str) -> float:
        """Return how often `source` is right about `relation`: as learned of both, else of the source, else by default."""
        known = self.by_relation.get((source, relation))
        return self.reliability.get(source, self.default) if known is None else known


@quickly_made
@dataclass(frozen=True, slots=True)
class Testimony:
    """A claim with what it is worth: `strength` is the probability that it is right, `weight` its micro-log-odds.

    Both are 0 for a claim that does not speak for itself: `silent` says why (its source took it back). Both are those of
    the share of a vote that is left where sources that copy each other agree.
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
    p = min(max(strength, LEAST), MOST)
    return max(0, round(UNIT * log(settings.false_values * p / (1.0 - p))))


def share_of_vote(shared: float, settings: FuseSettings) -> float:
    """Return what is left of a vote beside others of the same origin, whose probabilities sum to `shared`.

    k copies of one another have ``k / (1 + c (k - 1))`` votes together, `c` being `copy_rate`: little more than one.
    """
    return 1.0 / (1.0 + settings.copy_rate * shared)


def testify(
    claims: Sequence[Claim],
    trust: Trust,
    values: Mapping[str, Value],
    silent: Mapping[str, str],
    settings: FuseSettings,
) -> tuple[Testimony, ...]:
    """Weigh the claims of a data item.

    `values` maps a triple to the value that it speaks for; `silent` maps triples that do not speak for themselves to the
    reason.
    """
    shares = _shares(claims, trust, values, silent, settings) if trust.dependence else {}
    testimonies = []
    for claim in claims:
        if claim.triple_id in silent:
            testimonies.append(Testimony(claim, 0.0, 0, silent[claim.triple_id]))
            continue
        strength = trust.in_relation(claim.source, claim.relation) * claim.confidence
        weight = weigh(strength, settings)
        share = shares.get((values[claim.triple_id], claim.negated, claim.source))
        if share is not None:
            strength, weight = 1.0 - (1.0 - strength) ** share, round(weight * share)
        testimonies.append(Testimony(claim, strength, weight))
    return tuple(testimonies)


def _shares(
    claims: Iterable[Claim],
    trust: Trust,
    values: Mapping[str, Value],
    silent: Mapping[str, str],
    settings: FuseSettings,
) -> dict[tuple[Value, bool, str], float]:
    """Return the share of a vote of each source with copiers beside it, by what it says."""
    voices: dict[tuple[Value, bool], set[str]] = defaultdict(set)
    for claim in claims:
        if claim.triple_id not in silent and claim.source in trust.dependence:
            voices[values[claim.triple_id], claim.negated].add(claim.source)
    shares: dict[tuple[Value, bool, str], float] = {}
    for (value, negated), sources in voices.items():
        for source in sources if len(sources) > 1 else ():
            others = trust.dependence[source]
            shared = sum(others[other] for other in sorted(sources & others.keys()))
            if shared:
                shares[value, negated, source] = share_of_vote(shared, settings)
    return shares


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
