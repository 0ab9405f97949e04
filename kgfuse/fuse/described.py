"""Which records are one thing, where sources describe things by attributes: fitted weights and constrained clustering."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgfuse.config import FuseSettings
from kgfuse.fuse.agreement import Comparator, Levels, choose_fields
from kgfuse.fuse.blocking import block_pairs, record_keys
from kgfuse.fuse.clustering import Clusters, Link, ordered
from kgfuse.fuse.decisions import ordered_pair
from kgfuse.fuse.profiles import NAME, Described, Profile, described_kinds, read_profiles
from kgfuse.fuse.records import Evidence
from kgfuse.fuse.weights import Rivals, Weights, fit_weights, log_odds, pack, unpack
from kgfuse.model import Document
from kgfuse.parameters import MatchWeights

_APART = -7.0
"""Log-odds below which two records are judged different: a chain of likenesses does not bring them together."""

_UNLIKE = -3.0
"""Log-odds below which two clusters are kept apart when their members have it on average."""

_COMPARED = 30
"""Members of each of two clusters that are compared before the clusters are joined; the first in order, of larger ones."""

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
    clean = frozenset(settings.clean_sources)
    if matching is None:
        described = described_kinds(evidence.groups, evidence.statements, evidence.kinds, by_id, clean)
    else:
        described = described_by(matching)
    if not described:
        return Judged((), {})
    given = {weights.kind: weights for weights in matching or ()}
    fitted: list[MatchWeights] = []
    thing_of: dict[str, str] = {}
    for kind, profiles in read_profiles(evidence.groups, evidence.statements, evidence.kinds, by_id, described).items():
        if kind in given:
            thing_of.update(judge_kind(profiles, given[kind], evidence, settings))
            continue
        fields = choose_fields(profiles)
        comparator = Comparator(fields, profiles)
        pairs, apart = record_candidates(profiles, comparator, clean)
        levels = comparator.levels(pairs[:, 0], pairs[:, 1])
        comparisons = [field.comparison for field in fields]
        known = comparator.levels(apart[:, 0], apart[:, 1])
        name = next((at for at, field in enumerate(fields) if field.name == NAME), None)
        learned = fit_weights(levels, comparisons, _rivals(profiles, pairs, clean), len(profiles), known, name)
        fitted.append(pack(kind, tuple(source for of, source in described if of == kind), profiles, fields, learned))
        weights = unpack(fitted[-1])[1]
        thing_of.update(_things(profiles, comparator, pairs, levels, weights, evidence, settings))
    return Judged(tuple(fitted) if matching is None else matching, thing_of)


def judge_kind(
    profiles: Sequence[Profile], weights: MatchWeights, evidence: Evidence, settings: FuseSettings
) -> dict[str, str]:
    """Return what `judge_records` does for the records of one kind, in order of id, with fitted weights."""
    fields, unpacked = unpack(weights)
    comparator = Comparator(fields, profiles)
    pairs, _ = record_candidates(profiles, comparator, frozenset(settings.clean_sources))
    levels = comparator.levels(pairs[:, 0], pairs[:, 1])
    return _things(profiles, comparator, pairs, levels, unpacked, evidence, settings)


def described_by(matching: Iterable[MatchWeights]) -> Described:
    """Return of which kinds of things which sources held records when the weights were fitted."""
    return tuple(sorted((weights.kind, source) for weights in matching for source in weights.sources))


def _things(
    profiles: Sequence[Profile],
    comparator: Comparator,
    pairs: Pairs,
    levels: Levels,
    weights: Weights,
    evidence: Evidence,
    settings: FuseSettings,
) -> dict[str, str]:
    odds = dict(zip(((a, b) for a, b in pairs.tolist()), map(_rounded, log_odds(levels, weights)), strict=True))
    clusters = _cluster(profiles, comparator, odds, weights, evidence, settings)
    return {id: members[0] for members in clusters for id in members}


# ------------------------------------------------------------------------------------------------------------ candidates


def record_candidates(
    profiles: Sequence[Profile], comparator: Comparator, clean: frozenset[str]
) -> tuple[Pairs, Pairs]:
    """Return the pairs worth comparing, sorted, and those blocked alike that are two things: of a clean source, both."""
    said = zip(*(column.said for column in comparator.columns), strict=True)
    contents = [profile.content for profile in profiles]
    pairs = block_pairs([list(record_keys(row, comparator.fields)) for row in said], contents)
    pairs = np.unique(np.concatenate([pairs, _copies(contents)]), axis=0)
    names = sorted({profile.source for profile in profiles})
    number = {source: at for at, source in enumerate(names)}
    sources = np.array([number[profile.source] for profile in profiles], dtype=np.int64)
    is_clean = np.array([source in clean for source in names], dtype=bool)
    left, right = sources[pairs[:, 0]], sources[pairs[:, 1]]
    apart = (left == right) & is_clean[left]
    return pairs[~apart], pairs[apart]


def _copies(contents: Sequence[str]) -> Pairs:
    """Return each record with the next that says the same, however many there are."""
    last: dict[str, int] = {}
    found = []
    for position, content in enumerate(contents):
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

    def compare(left: Iterable[str], right: Sequence[str]) -> list[float]:
        pairs = [(min(at[a], at[b]), max(at[a], at[b])) for a in left for b in right]
        new = np.array([pair for pair in pairs if pair not in odds], dtype=np.int64).reshape(-1, 2)
        if len(new):
            found = log_odds(comparator.levels(new[:, 0], new[:, 1]), weights)
            odds.update(zip(((a, b) for a, b in new.tolist()), map(_rounded, found), strict=True))
        return [odds[pair] for pair in pairs]

    def differ(left: str, right: str) -> bool:
        source = profiles[at[left]].source
        return (source == profiles[at[right]].source and source in clean) or ordered_pair(
            left, right
        ) in evidence.related

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
        if clusters.together(link.left, link.right) or not clusters.may_join(link.left, link.right):
            continue
        between = compare(*(sorted(clusters.members(node))[:_COMPARED] for node in (link.left, link.right)))
        if min(between) >= _APART and math.fsum(between) >= _UNLIKE * len(between):
            clusters.join(link.left, link.right)
    return clusters


def _rounded(value: float) -> float:
    return round(float(value), 6)
