"""Comparisons that are kept equal those made from scratch, whatever records come, change and go."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.fuse.entities import Pair, compare_records
from kgfuse.fuse.kept_comparisons import KeptComparisons
from kgfuse.fuse.matching import Comparison, Record
from kgfuse.fuse.normalise import read_name

_NAMES = {
    "Person": ["Jane Roe", "J. Roe", "Jane Rhoe", "Roe", "Yuri Gagarin", "Юрий Гагарин", "Tom Poe", "Tomas Poe"],
    "Organization": ["Halden Energy AS", "Halden Energy", "Halden", "NNE", "Northern Nordic Energy", "Haldne Energy"],
    "Place": ["Oslo", "Oslo, Norway", "Norway", "Oslo, Minnesota", "Minnesota", "Springfield", "Springfield, Illinois"],
}


def made(dice: random.Random) -> Record:
    kind = dice.choice(sorted(_NAMES))
    name = read_name(dice.choice(_NAMES[kind]))
    part = dice.choice(["", "", "'"])
    documents = frozenset(f"d{dice.randrange(6)}" for _ in range(dice.randrange(1, 4)))
    ties = frozenset(dice.sample(["x", "y", "z"], dice.randrange(3)))
    shorts = frozenset([name.key.split()[0]]) if dice.random() < 0.2 else frozenset()
    id = f"{name.surface}{part}"
    told = dice.choice([kind, kind, None])
    return Record(id, f"{name.surface} {told}", name, told, (id,), documents, ties, shorts)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 30))
def test_kept_is_compared(seed: int) -> None:
    dice = random.Random(seed)
    kept, records, judged = KeptComparisons(), dict[str, Record](), set[str]()
    said: dict[Pair, Comparison] = {}
    for _ in range(6):
        before, were = dict(records), judged
        for id in dice.sample(sorted(records), dice.randrange(len(records) + 1)):
            if dice.random() < 0.4:
                del records[id]
        records.update((one.id, one) for one in (made(dice) for _ in range(dice.randrange(8))))
        judged = set(dice.sample(sorted(records), dice.randrange(len(records) + 1))) if dice.random() < 0.5 else set()
        gone = [one for id, one in before.items() if records.get(id) is not one]
        new = [one for id, one in records.items() if before.get(id) is not one]
        touched = kept.update(gone, new, judged, were - judged)
        found = {(id, other): one for id in records for other, one in kept.of(id) if id < other}
        assert {pair: one for pair, one in found.items() if not judged.issuperset(pair)} == compare_records(
            records, judged
        )
        assert touched >= {id for pair, _ in found.items() ^ said.items() for id in pair}
        said = found
