"""Match weights fitted without labels: the model of Fellegi and Sunter (1969), estimated by EM (Winkler 1988).

A pair of records is one thing with odds ``prior / (1 - prior) x prod m(level) / u(level)`` over the fields in which both
say something: m is how often records of one thing agree so far, u how often candidate pairs of two things do. Both, and the
prior, are the ones that explain the levels seen among the candidate pairs best. Where a source is clean, a record has at
most one partner in it: the candidates of a record compete, and the expected number of partners stays below one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgfuse.fuse.agreement import CODE, LEVELS, MISSING, TEXT, Field, Levels
from kgfuse.fuse.profiles import Profile
from kgfuse.parameters import FieldWeights, MatchWeights

Rivals = NDArray[np.int64]
"""Shape ``(pairs,)``: pairs with the same number exclude each other; each has a number of its own where nothing does."""

_ROUNDS = 100
_SETTLED = 1e-7
_DECAY = 0.6
_DOUBT = 5.0
"""Pairs of experience that the prior of a level's probabilities counts for."""

_NAMELESS = 0.003
"""Most of the pairs that are one thing whose two names may have nothing in common. Without the bound EM takes what shares
an address and a telephone, as the restaurants of one hotel do, for things with many names."""

_LARGEST = 50.0
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Weights:
    """Probabilities of the levels among pairs that are one thing and that are not, by field, and the share of the former."""

    prior: float
    agreeing: tuple[NDArray[np.float64], ...]
    chance: tuple[NDArray[np.float64], ...]


def _expected(comparison: str) -> NDArray[np.float64]:
    """Return the prior of m: each level down is less likely by a factor; levels that only differ in rarity are equal."""
    equal = {TEXT: 3, CODE: 2}.get(comparison, 3)
    ranks = [max(0, level - equal + 1) for level in range(LEVELS[comparison])]
    shares = np.array([_DECAY**rank for rank in ranks], dtype=np.float64)
    total: np.float64 = shares.sum()
    return shares / total


def fit_weights(
    levels: Levels,
    comparisons: Sequence[str],
    rivals: tuple[Rivals, Rivals],
    records: int,
    different: Levels | None = None,
    name: int | None = None,
) -> Weights:
    """Fit the weights on the candidate pairs of `records` records; deterministic. Without pairs: the priors.

    `rivals` says for the left and the right record of each pair which pairs exclude each other. `different` are levels of
    pairs known to be two things, as two records of a clean source are: they say what agreement by chance looks like.
    `name` is the position of the field that is the name.
    """
    known = np.empty((0, len(comparisons)), dtype=np.int8) if different is None else different
    everything = np.concatenate([levels, known])
    certain = np.ones(len(known))
    expected = [_expected(comparison) for comparison in comparisons]
    against = [share[::-1] / share.sum() for share in expected]
    chance = [_shares(known[:, f], certain, against[f], 0.01 if len(known) else 1.0) for f in range(len(comparisons))]
    weights = Weights(min(0.5, records / (2 * max(1, len(levels)))), tuple(expected), tuple(chance))
    if not len(levels):
        return weights
    for _ in range(_ROUNDS):
        odds = np.exp(np.clip(log_odds(levels, weights), -_LARGEST, _LARGEST))
        one_thing = odds / (1.0 + np.maximum(_rivalling(odds, rivals[0]), _rivalling(odds, rivals[1])))
        prior = float(np.clip(one_thing.mean(), 1e-6, 1 - 1e-6))
        doubt = _DOUBT / (_DOUBT + min(one_thing.sum(), (1 - one_thing).sum()))
        agreeing = [_shares(levels[:, f], one_thing, expected[f], doubt) for f in range(len(comparisons))]
        if name is not None:
            agreeing[name] = _bounded(agreeing[name])
        two_things = np.concatenate([1 - one_thing, certain])
        chance = [_shares(everything[:, f], two_things, against[f], doubt) for f in range(len(comparisons))]
        settled = abs(prior - weights.prior) < _SETTLED
        weights = Weights(prior, tuple(agreeing), tuple(chance))
        if settled:
            break
    return weights


def _rivalling(odds: NDArray[np.float64], rivals: Rivals) -> NDArray[np.float64]:
    totals: NDArray[np.float64] = np.bincount(rivals, odds).astype(np.float64)
    return totals[rivals]


def _shares(
    levels: Levels, counted: NDArray[np.float64], prior: NDArray[np.float64], doubt: float
) -> NDArray[np.float64]:
    """Return how often each level is seen, mixed with the prior: a level never seen weighs what the priors say."""
    said = levels != MISSING
    counts = np.bincount(levels[said], counted[said], minlength=len(prior))
    total = counts.sum()
    seen = counts / total if total > 0 else prior
    return (1 - doubt) * seen + doubt * prior


def _bounded(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares of which the last is at most `_NAMELESS`."""
    last = min(float(shares[-1]), _NAMELESS)
    return np.append(shares[:-1] * ((1 - last) / (1 - shares[-1])), last)


def log_odds(levels: Levels, weights: Weights) -> NDArray[np.float64]:
    """Return the log-odds of each pair's being one thing, shape ``(pairs,)``."""
    total = np.full(len(levels), math.log(weights.prior / (1 - weights.prior)))
    for f, (agreeing, chance) in enumerate(zip(weights.agreeing, weights.chance, strict=True)):
        table = np.log(agreeing / chance)
        table[0] = max(table[0], 0.0)
        table[-1] = min(table[-1], 0.0)
        total += np.append(table, 0.0)[levels[:, f]]
    return total


def pack(
    kind: str, sources: tuple[str, ...], profiles: Sequence[Profile], fields: Sequence[Field], weights: Weights
) -> MatchWeights:
    """Return the weights as a value that can be kept, rounded."""

    def rounded(shares: NDArray[np.float64]) -> tuple[float, ...]:
        return tuple(float(f"{share:.{_DIGITS}g}") for share in shares)

    return MatchWeights(
        kind,
        sources,
        len(profiles),
        float(f"{weights.prior:.{_DIGITS}g}"),
        tuple(
            FieldWeights(
                field.name,
                field.comparison,
                rounded(weights.agreeing[f]),
                rounded(weights.chance[f]),
                tuple(sorted(field.frequency.items())),
            )
            for f, field in enumerate(fields)
        ),
    )


def unpack(kept: MatchWeights) -> tuple[list[Field], Weights]:
    """Return the fields and the weights that were kept."""
    fields = [Field(f.name, f.comparison, dict(f.frequency), kept.records) for f in kept.fields]
    return fields, Weights(
        kept.prior,
        tuple(np.array(f.agreeing) for f in kept.fields),
        tuple(np.array(f.chance) for f in kept.fields),
    )
