"""Which records are one thing, where sources describe things by attributes: fitted weights and constrained clustering."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgfuse.config import FuseSettings
from kgfuse.fuse.agreement import Comparator, choose_fields
from kgfuse.fuse.blocking import block_pairs, record_keys
from kgfuse.fuse.clustering import Clusters, Link, ordered
from kgfuse.fuse.decisions import ordered_pair
from kgfuse.fuse.profiles import Profile, described_kinds, read_profiles
from kgfuse.fuse.records import Evidence
from kgfuse.fuse.weights import Rivals, Weights, fit_weights, log_odds, pack, unpack
from kgfuse.model import Document
from kgfuse.protocols import MatchWeights

_APART = -7.0
"""Log-odds below which two records are judged different: a chain of likenesses does not bring them together."""

Pair = tuple[int, int]
Pairs = NDArray[np.int64]
"""Shape ``(pairs, 2)``: positions of records, least first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of comparing records: `thing_of` maps each mention group that is a record to the first of its thing."""

    matching: tuple[MatchWeights, ...]
    thing_of: Mapping[str, str]


def judge_records(
    evidence: Evidence,
    documents: Iterable[Document],
    settings: FuseSettings,
    matching: tuple[MatchWeights, ...] | None = None,
) -> Judged:
    """Find the records that are one thing, with the weights in `matching`; `None`: they are fitted on these very records.

    Decisions, denials and relations between two records come before what the weights say; two records of a clean source
    are two things.
    """
    by_id = {document.id: document for document in documents}
    if matching is None:
        described = described_kinds(evidence.groups, evidence.statements, evidence.kinds, by_id)
    else:
        described = tuple(sorted((weights.kind, source) for weights in matching for source in weights.sources))
    if not described:
        return Judged((), {})
    clean = frozenset(settings.clean_sources)
    given = {weights.kind: weights for weights in matching or ()}
    fitted: list[MatchWeights] = []
    thing_of: dict[str, str] = {}
    for kind, profiles in read_profiles(evidence.groups, evidence.statements, evidence.kinds, by_id, described).items():
        fields, weights = unpack(given[kind]) if kind in given else (choose_fields(profiles), None)
        comparator = Comparator(fields, profiles)
        pairs = record_candidates(profiles, comparator, clean)
        levels = comparator.levels(pairs[:, 0], pairs[:, 1])
        if weights is None:
            comparisons = [field.comparison for field in fields]
            learned = fit_weights(levels, comparisons, _rivals(profiles, pairs, clean), len(profiles))
            fitted.append(
                pack(kind, tuple(source for of, source in described if of == kind), profiles, fields, learned)
            )
            weights = unpack(fitted[-1])[1]
        odds = dict(zip(map(tuple, pairs.tolist()), map(_rounded, log_odds(levels, weights)), strict=True))
        for members in _cluster(profiles, comparator, odds, weights, evidence, settings):
            thing_of.update(dict.fromkeys(members, members[0]))
    return Judged(tuple(fitted) if matching is None else matching, thing_of)


# ------------------------------------------------------------------------------------------------------------ candidates


def record_candidates(profiles: Sequence[Profile], comparator: Comparator, clean: frozenset[str]) -> Pairs:
    """Return the pairs worth comparing, sorted; two records of a clean source are none."""
    said = zip(*(column.said for column in comparator.columns), strict=True)
    pairs = block_pairs([list(record_keys(row, comparator.fields)) for row in said])
    pairs = np.unique(np.concatenate([pairs, _copies(profiles)]), axis=0)
    names = sorted({profile.source for profile in profiles})
    number = {source: at for at, source in enumerate(names)}
    sources = np.array([number[profile.source] for profile in profiles], dtype=np.int64)
    is_clean = np.array([source in clean for source in names], dtype=bool)
    left, right = sources[pairs[:, 0]], sources[pairs[:, 1]]
    kept: Pairs = pairs[(left != right) | ~is_clean[left]]
    return kept


def _copies(profiles: Sequence[Profile]) -> Pairs:
    """Return each record with the next that says the same, however many there are."""
    last: dict[str, int] = {}
    found = []
    for position, profile in enumerate(profiles):
        content = profile.content
        if content in last:
            found.append((last[content], position))
        last[content] = position
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _rivals(profiles: Sequence[Profile], pairs: Pairs, clean: frozenset[str]) -> tuple[Rivals, Rivals]:
    """Number the pairs so that those have one number of which one at most can be one thing."""
    numbers: dict[tuple[int, str], int] = {}

    def number(record: int, other: int, pair: int) -> int:
        source = profiles[other].source
        key = (record, source) if source in clean else (-1 - pair, "")
        return numbers.setdefault(key, len(numbers))

    left = [number(one, other, pair) for pair, (one, other) in enumerate(pairs.tolist())]
    right = [number(other, one, pair) for pair, (one, other) in enumerate(pairs.tolist())]
    return np.array(left, dtype=np.int64), np.array(right, dtype=np.int64)


# ------------------------------------------------------------------------------------------------------------ clustering


def _cluster(
    profiles: Sequence[Profile],
    comparator: Comparator,
    odds: dict[Pair, float],
    weights: Weights,
    evidence: Evidence,
    settings: FuseSettings,
) -> Clusters:
    clean = frozenset(settings.clean_sources)
    at = {profile.id: position for position, profile in enumerate(profiles)}

    def agree(left: str, right: str) -> float:
        pair = (min(at[left], at[right]), max(at[left], at[right]))
        if pair not in odds:
            levels = comparator.levels(np.array(pair[:1]), np.array(pair[1:]))
            odds[pair] = _rounded(log_odds(levels, weights)[0])
        return odds[pair]

    def differ(left: str, right: str) -> bool:
        source = profiles[at[left]].source
        if source == profiles[at[right]].source and source in clean:
            return True
        return ordered_pair(left, right) in evidence.related or agree(left, right) < _APART

    least = math.log(settings.record_threshold / (1 - settings.record_threshold))
    links = [
        Link(profiles[left].id, profiles[right].id, value) for (left, right), value in odds.items() if value >= least
    ]
    different = [pair for pair in sorted(evidence.verdicts.different) if pair[0] in at and pair[1] in at]
    clusters = Clusters(at, different, differ)
    for left, right in evidence.verdicts.same:
        if left in at and right in at:
            clusters.join(left, right, binding=True)
    for link in ordered(links):
        clusters.join(link.left, link.right)
    return clusters


def _rounded(value: float) -> float:
    return round(float(value), 6)
