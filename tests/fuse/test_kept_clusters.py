"""Clusters that are kept equal those made from scratch, whatever records come, change and go and whatever connects them."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse.decisions import Pair, Verdicts
from kgfuse.fuse.entities import cluster_records
from kgfuse.fuse.kept_clusters import Bonds, Connections, KeptClusters
from kgfuse.fuse.matching import Record
from kgfuse.fuse.records import Evidence
from tests.fuse.test_kept_comparisons import made

SETTINGS = FuseSettings()


def pairs_of(dice: random.Random, ids: list[str], most: int) -> list[Pair]:
    """Some pairs of these, each once."""
    drawn = [tuple(sorted(dice.sample(ids, 2))) for _ in range(dice.randrange(most))] if len(ids) > 1 else []
    return [(left, right) for left, right in dict.fromkeys(drawn)]


def evidence_of(dice: random.Random, ids: list[str]) -> Evidence:
    """Claims of identity, decisions and relations on records of one mention group each."""
    identities = {pair: dice.choice([0.6, 0.9, -0.7]) for pair in pairs_of(dice, ids, 4)}
    different = frozenset(pairs_of(dice, ids, 3))
    same = tuple(sorted(pair for pair in pairs_of(dice, ids, 3) if pair not in different))
    return Evidence({}, [], {}, Verdicts(same, different), identities, set(pairs_of(dice, ids, 4)), {}, 3)


def said_of(evidence: Evidence, id: str) -> tuple[object, ...]:
    """What the evidence says of one record: where that changes, the record is made anew."""
    verdicts = evidence.verdicts
    claims = {(pair, sure) for pair, sure in evidence.identities.items() if id in pair}
    kinds = (verdicts.same, verdicts.different, evidence.related)
    return claims, *({pair for pair in pairs if id in pair} for pairs in kinds)


def bonds_of(evidence: Evidence, thing_of: dict[str, str]) -> Bonds:
    bonds = Bonds()
    for pair in (*evidence.identities, *evidence.verdicts.same, *((id, thing) for id, thing in thing_of.items())):
        if pair[0] != pair[1]:
            bonds.tie(*pair)
    return bonds


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 1 << 30))
def test_kept_is_clustered(seed: int) -> None:
    dice = random.Random(seed)
    kept, records, thing_of = KeptClusters(SETTINGS), dict[str, Record](), dict[str, str]()
    evidence = evidence_of(dice, [])
    clusters: set[tuple[str, ...]] = set()
    for _ in range(6):
        before, things_before, evidence_before = dict(records), thing_of, evidence
        for id in dice.sample(sorted(records), dice.randrange(len(records) + 1)):
            if dice.random() < 0.4:
                del records[id]
        records.update((one.id, one) for one in (made(dice) for _ in range(dice.randrange(9))))
        ids = sorted(records)
        evidence = evidence_of(dice, ids) if dice.random() < 0.7 else evidence_of(dice, [])
        for id in ids:
            if said_of(evidence, id) != said_of(evidence_before, id):
                records[id] = replace(records[id])
        described = sorted(dice.sample(ids, dice.randrange(len(ids) + 1))) if dice.random() < 0.5 else []
        thing_of = {id: described[min(at, dice.randrange(3))] for at, id in enumerate(described)}
        thing_of = {id: thing for id, thing in thing_of.items() if thing_of[thing] == thing}
        buckets: defaultdict[str, list[Record]] = defaultdict(list)
        for id in ids:
            buckets[records[id].bucket].append(records[id])
        changed = {one.bucket: buckets[one.bucket] for one in (*before.values(), *records.values()) if one.bucket}
        connections = Connections(
            evidence,
            bonds_of(evidence, thing_of),
            thing_of,
            dict(zip(ids, ids, strict=True)),
            lambda one, other: (min(one, other), max(one, other)) in evidence.related,  # noqa: B023
        )
        doubted = {id for id, _ in thing_of.items() ^ things_before.items() if id in records}
        found = kept.update(changed, doubted, connections)
        whole = cluster_records(records, evidence, SETTINGS, thing_of)
        for members in whole:
            assert kept.members(members[0]) == tuple(members)
            assert {kept.root(id) for id in members} == {whole.root(members[0])}
        assert kept.records == records
        assert set(found.gone) <= clusters
        clusters = (clusters - {*found.gone}) | {*found.come}
        assert clusters == {tuple(members) for members in whole}


def test_what_nothing_touches_is_not_clustered_again() -> None:
    dice = random.Random(1)
    some = {one.id: one for one in (made(dice) for _ in range(200))}
    kept = KeptClusters(SETTINGS)
    ids = dict(zip(some, some, strict=True))
    nothing = Connections(evidence_of(dice, []), Bonds(), {}, ids, lambda _one, _other: False)
    buckets: defaultdict[str, list[Record]] = defaultdict(list)
    for one in some.values():
        buckets[one.bucket].append(one)
    assert {id for members in kept.update(buckets, (), nothing).come for id in members} == some.keys()
    oslo = some["Oslo"]
    others = [one for one in buckets[oslo.bucket] if one is not oslo]
    again = kept.update({oslo.bucket: [replace(oslo), *others]}, (), nothing)
    assert {id for members in again.come for id in members} < {id for id in some if "Oslo" in id or "Norway" in id}
    assert not kept.update({}, (), nothing).come
