"""The grey zone: pairs that were joined or kept apart without much to tell, by what an answer would be worth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from kgfuse.config import FuseSettings
from kgfuse.fuse.agreement import Comparator
from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
from kgfuse.fuse.decisions import ordered_pair
from kgfuse.fuse.described import judge_records, record_candidates
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.fuse.matching import Comparison, Record, Surroundings, compare
from kgfuse.fuse.mentions import group_mentions, read_statements
from kgfuse.fuse.profiles import read_profiles
from kgfuse.fuse.records import Bucket, Evidence, RareTies, fill_buckets, gather_evidence, make_records, part_records
from kgfuse.fuse.weights import log_odds, unpack
from kgfuse.ontology import Ontology
from kgfuse.parameters import MatchWeights
from kgfuse.protocols import LedgerContent

_SURE = 0.1
"""An answer that is this improbable beforehand is not asked for."""

_NAMESAKES = 0.3
"""How probable it is that two of one name, told apart by what is said of them, are one; by hand, below the threshold."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two sets of mention groups that may be one thing; `probability` says how likely it was, `because` what that rests on.

    `joined` says how it was decided. `gain` is the uncertainty, ``1 - |2 p - 1|``, times the mentions and facts of the
    smaller side: what an answer is worth.
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    probability: float
    because: str
    joined: bool
    gain: float


def find_doubts(
    content: LedgerContent,
    ontology: Ontology,
    settings: FuseSettings,
    facts: Mapping[str, int],
    matching: tuple[MatchWeights, ...] | None = None,
) -> tuple[Doubt, ...]:
    """Return the pairs in doubt that nobody decided, the most worthwhile first; near-linear, like resolving.

    `facts` counts the facts of each entity. `matching` are the fitted weights of records; `None`: fitted on this content.
    """
    resolution = resolve(content, ontology, settings, matching)
    groups, index = group_mentions(content, ontology)
    evidence = gather_evidence(groups, read_statements(content, ontology, groups, index), content.decisions, ontology)
    described = judge_records(evidence, content.documents, settings, resolution.matching).thing_of
    buckets = _as_resolved(part_records(fill_buckets(evidence), described), resolution)
    records = {r.id: r for r in make_records(buckets, evidence, RareTies(evidence).of(buckets)).values()}
    found: dict[tuple[str, str], tuple[float, str]] = {}
    found.update(_namesakes(records, resolution))
    found.update(_variants(records, resolution, described))
    found.update(_described(content, evidence, resolution, records, frozenset(settings.clean_sources)))
    weights = _Weights(evidence, resolution, facts)
    decided = _decided(evidence, records)
    doubts = []
    for (left, right), (probability, because) in found.items():
        joined = resolution.entity_of[left] == resolution.entity_of[right]
        uncertainty = 1.0 - abs(2.0 * probability - 1.0)
        if (left, right) in decided or not _SURE <= probability <= 1.0 - _SURE:
            continue
        gain = uncertainty * min(weights.of(records[id], joined) for id in (left, right))
        sides = (records[left].groups, records[right].groups)
        doubts.append(Doubt(*sides, round(probability, 4), because, joined, round(gain, 4)))
    return tuple(sorted(doubts, key=lambda doubt: (-doubt.gain, doubt.left, doubt.right)))


def _as_resolved(buckets: list[Bucket], resolution: Resolution) -> list[Bucket]:
    """Divide the buckets as the resolution divided them."""
    parts = []
    for bucket in buckets:
        members: defaultdict[str, list[str]] = defaultdict(list)
        for id in bucket.groups:
            members[resolution.entity_of[id]].append(id)
        parts += [Bucket(bucket.name, bucket.kind, tuple(ids)) for _, ids in sorted(members.items())]
    return parts


def _decided(evidence: Evidence, records: Mapping[str, Record]) -> set[tuple[str, str]]:
    record_of = {id: record.id for record in records.values() for id in record.groups}
    pairs = (*evidence.verdicts.same, *sorted(evidence.verdicts.different))
    return {ordered_pair(record_of[left], record_of[right]) for left, right in pairs}


class _Weights:
    def __init__(self, evidence: Evidence, resolution: Resolution, facts: Mapping[str, int]) -> None:
        self._evidence, self._resolution, self._facts = evidence, resolution, facts
        self._mentions = {entity.id: entity.mention_count for entity in resolution.entities}

    def of(self, record: Record, joined: bool) -> int:
        """Return what the answer moves: the record's mentions where it is to be taken out, all of its entity otherwise."""
        if joined:
            return sum(self._evidence.groups[id].weight for id in record.groups)
        entity = self._resolution.entity_of[record.id]
        return self._mentions[entity] + self._facts.get(entity, 0)


# ------------------------------------------------------------------------------------------------------- where doubt is


def _namesakes(
    records: Mapping[str, Record], resolution: Resolution
) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
    """Yield each record of a name with the next one of it, in order of ids."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for id in sorted(records):
        by_name[records[id].bucket].append(id)
    for ids in by_name.values():
        for left, right in pairwise(ids):
            if resolution.entity_of[left] != resolution.entity_of[right] and not records[left].name.anaphoric:
                yield (left, right), (_NAMESAKES, "same name, told apart by what is said")


def _variants(
    records: Mapping[str, Record], resolution: Resolution, described: Mapping[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
    """Yield the pairs whose names may be one's; where a short form may stand for several, each has a share."""
    beside = Surroundings(records.values())
    keys = {id: list(blocking_keys(record.name, record.kind in (None, "Person"))) for id, record in records.items()}
    compared: dict[tuple[str, str], Comparison] = {}
    choices: defaultdict[str, set[str]] = defaultdict(set)
    for pair in candidate_pairs(keys):
        if pair.left in described and pair.right in described:
            continue
        found = compare(records[pair.left], records[pair.right], beside)
        if found is not None:
            compared[pair.left, pair.right] = found
            if found.brief is not None:
                full = pair.right if found.brief == pair.left else pair.left
                choices[found.brief].add(resolution.entity_of[full])
    for (left, right), found in compared.items():
        joined = resolution.entity_of[left] == resolution.entity_of[right]
        shared = 1 if joined or found.brief is None else len(choices[found.brief])
        yield (left, right), (found.score / shared, found.rule if shared == 1 else f"{found.rule}, one of {shared}")


def _described(
    content: LedgerContent,
    evidence: Evidence,
    resolution: Resolution,
    records: Mapping[str, Record],
    clean: frozenset[str],
) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
    """Yield the pairs of records that are described by attributes, with their fitted probability."""
    given = {weights.kind: weights for weights in resolution.matching}
    if not given:
        return
    of = tuple(sorted((weights.kind, source) for weights in resolution.matching for source in weights.sources))
    documents = {document.id: document for document in content.documents}
    record_of = {id: record.id for record in records.values() for id in record.groups}
    for kind, profiles in read_profiles(evidence.groups, evidence.statements, evidence.kinds, documents, of).items():
        fields, weights = unpack(given[kind])
        comparator = Comparator(fields, profiles)
        pairs, _ = record_candidates(profiles, comparator, clean)
        odds = log_odds(comparator.levels(pairs[:, 0], pairs[:, 1]), weights)
        for (one, other), value in zip(pairs.tolist(), odds, strict=True):
            left, right = ordered_pair(record_of[profiles[one].id], record_of[profiles[other].id])
            if left != right:
                yield (left, right), (1.0 / (1.0 + math.exp(-float(value))), "attributes")
