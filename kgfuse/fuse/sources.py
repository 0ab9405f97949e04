"""How often each source is right, and who copies whom, learned from where sources agree and disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from kgfuse.config import FuseSettings
from kgfuse.fuse.dependence import Copying
from kgfuse.fuse.items import Item
from kgfuse.fuse.support import LEAST, MOST, Trust
from kgfuse.fuse.votes import Floats, Indices, Votes, contests_of, targets, volume, votes_of
from kgfuse.model import content_id
from kgfuse.parameters import Parameters

_CONVERGED = 1e-3
_IN_ALL_RELATIONS = 6  # rounds before a source's record in one relation is looked at by itself
_STEP = 0.5  # how far a round moves: copying and reliability hang on each other and would swing


def learn(items: Iterable[Item], settings: FuseSettings, beside: Mapping[str, int] | None = None) -> Parameters:
    """Fit reliabilities and copying by iterative truth discovery; see docs/fusion.md, 'Sources'.

    Each round weighs all contested claims with the reliabilities so far (Accu, with copying: Dong et al. 2009), finds the
    probability of each value, and from it how often each source is right: the mean over its claims, each weighed by its
    extraction confidence, with a prior of `prior_weight` claims (a source that was seen twice is not believed blindly). The
    prior is that of sources which say about as much, itself drawn towards `prior_reliability`. When the sources are known,
    the same is done by source and relation, with the source's own record as the prior. All contests are computed at once.
    `beside` counts the claims that each source makes beside those of `items`: they contradict nothing.
    """
    known = list(items)
    votes = votes_of(contests_of(known, Trust(settings.prior_reliability), settings))
    default = settings.prior_reliability
    if not votes.sources:
        return Parameters(content_id("parameters", default), (), default)
    reliability, scoped, copying = _fit(votes, volume(known) + Counter(beside or {}), settings)
    per_source = np.bincount(votes.source_of_scope, minlength=len(votes.sources))
    table = tuple((source, round(float(p), 6)) for source, p in zip(votes.sources, reliability, strict=True))
    by_relation = tuple(
        (*scope, round(float(scoped[number]), 6))
        for number, scope in enumerate(votes.scopes)
        if per_source[votes.source_of_scope[number]] > 1
    )
    rows: Iterable[tuple[object, ...]] = (*table, *by_relation, *copying)
    version = content_id("parameters", default, *(str(part) for row in rows for part in row))
    return Parameters(version, table, default, by_relation=by_relation, dependence=copying)


def _fit(
    votes: Votes, volumes: Mapping[str, int], settings: FuseSettings
) -> tuple[Floats, Floats, tuple[tuple[str, str, float], ...]]:
    """Return the reliability of each source and of each scope, and the pairs of sources that copy."""
    stratum = np.array([_stratum(volumes[source]) for source in votes.sources], dtype=np.int64)
    copying = Copying(votes, settings)
    reliability = np.full(len(votes.sources), settings.prior_reliability)
    scoped = reliability[votes.source_of_scope]
    shares = np.ones(len(votes.value))
    pairs = np.zeros((len(copying.sources), len(copying.sources)))
    for turn in range(settings.reliability_rounds):
        right, target = _beliefs(votes, scoped, shares, settings)
        before = reliability, scoped
        reliability, scoped = _judged(votes, right[target[votes.value]], stratum, before, turn, settings)
        pairs = copying.probabilities(right[target], reliability)
        shares = copying.shares(pairs, len(votes.value))
        moved = max(np.abs(new - old).max() for new, old in zip((reliability, scoped), before, strict=True))
        if turn > _IN_ALL_RELATIONS and moved < _CONVERGED:
            break
    return reliability, scoped, _named(votes, copying, pairs)


def _stratum(claims: int) -> int:
    """Put sources that say about as much together: up to 3 claims, to 15, to 63 and so on."""
    return (max(claims, 1).bit_length() - 1) // 2


def _beliefs(votes: Votes, scoped: Floats, shares: Floats, settings: FuseSettings) -> tuple[Floats, Indices]:
    """Return the probability of each value (0 for one that another says more precisely), and what each stands for."""
    size = len(votes.contest)
    p = np.clip(scoped[votes.scope] * votes.confidence, LEAST, MOST)
    weights = np.maximum(np.log(settings.false_values * p / (1.0 - p)), 0.0) * shares * votes.sign
    own: Floats = np.asarray(np.bincount(votes.value, weights, size), dtype=np.float64)
    target = targets(votes, own)
    support = np.bincount(target, own, size)
    lent = settings.similarity_support * votes.nearness * np.maximum(support[votes.lender], 0.0)
    support = support + np.bincount(votes.near, lent, size)
    stands = target == np.arange(size)
    highest = np.zeros(votes.contests)
    np.maximum.at(highest, votes.contest[stands], support[stands])
    odds = np.where(stands, np.exp(support - highest[votes.contest]), 0.0)
    claimed = np.bincount(votes.contest[stands], minlength=votes.contests)
    # Of the n + 1 values that an item might have, those that nobody claims have no votes, but may be the true one (Accu).
    unclaimed = np.maximum(settings.false_values + 1.0 - claimed, 0.0) * np.exp(-highest)
    whole = np.bincount(votes.contest, odds, votes.contests) + unclaimed
    return np.asarray(odds / whole[votes.contest]), target


def _judged(
    votes: Votes,
    right: Floats,
    stratum: Indices,
    before: tuple[Floats, Floats],
    turn: int,
    settings: FuseSettings,
) -> tuple[Floats, Floats]:
    """Return how often each source and each scope is right, given how probably each vote is; denials teach nothing."""
    weights = np.where(votes.sign > 0, votes.confidence, 0.0)
    reliability, scoped = before
    sums, counts = (np.bincount(votes.source, part, len(votes.sources)) for part in (right * weights, weights))
    m = settings.prior_weight
    each = (sums + settings.prior_reliability * m) / (counts + m)
    prior = ((np.bincount(stratum, each) + settings.prior_reliability * m) / (np.bincount(stratum) + m))[stratum]
    reliability = reliability + _STEP * ((sums + prior * m) / (counts + m) - reliability)
    if turn < _IN_ALL_RELATIONS:
        return reliability, reliability[votes.source_of_scope]
    sums, counts = (np.bincount(votes.scope, part, len(votes.scopes)) for part in (right * weights, weights))
    own, k = reliability[votes.source_of_scope], settings.relation_weight
    relations = np.bincount(votes.source_of_scope, minlength=len(votes.sources))
    apart = scoped + _STEP * ((sums + own * k) / (counts + k) - scoped)
    return reliability, np.where(relations[votes.source_of_scope] > 1, apart, own)


def _named(votes: Votes, copying: Copying, pairs: Floats) -> tuple[tuple[str, str, float], ...]:
    left, right = np.nonzero(np.triu(pairs, 1))
    names = [votes.sources[number] for number in copying.sources]
    return tuple((names[a], names[b], round(float(pairs[a, b]), 6)) for a, b in zip(left, right, strict=True))
