"""Candidate pairs against brute force, and that the keys bring together what matching can join."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.blocking import COMBINED, NEIGHBOURS, block_pairs, blocking_keys, candidate_pairs
from kgfuse.fuse.normalise import read_name

KEYS = st.dictionaries(
    st.sampled_from([f"r{number}" for number in range(12)]),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from("xyz")), max_size=4),
)


@given(keys=KEYS, largest=st.integers(2, 6))
def test_candidate_pairs_are_those_that_share_a_key_of_a_small_block(
    keys: dict[str, list[tuple[str, str]]], largest: int
) -> None:
    size = {key: sum(key in own for own in keys.values()) for own in keys.values() for key in own}
    expected = {}
    for left, right in combinations(sorted(keys), 2):
        shared = [key for key in set(keys[left]) & set(keys[right]) if size[key] <= largest]
        if shared:
            expected[left, right] = min(rule for rule, _ in shared)
    found = candidate_pairs(keys, largest)
    assert {(pair.left, pair.right): pair.blocking_rule for pair in found} == expected
    assert found == sorted(found, key=lambda pair: (pair.left, pair.right))
    assert candidate_pairs(dict(reversed(keys.items())), largest) == found


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("Acme Ltd.", "ACME Limited", "same name"),
        ("Müller", "Mueller", "same name"),
        ("NorthWind", "North Wind", "same name"),
        ("NNE", "Northern Nordic Energy AS", "acronym"),
        ("Halden", "Halden Energy", "short form"),
        ("Northern Nordic Energy", "Nothern Nordic Energy", "spelling"),
        ("Halliburton", "Haliburton", "spelling"),
        ("J. Roe", "Jane Roe", "person"),
        ("Bob Poe", "Robert Poe", "person"),
        ("Roe, Jane", "Jane Roe", "person"),
        ("Oslo", "Oslo, Norway", "qualified"),
        ("Юрий Гагарин", "Yuri Gagarin", "romanised"),
        ("Mikhail Gorbachev", "Michail Gorbatschow", "romanised"),
        ("USA", "United States", "country"),
    ],
)
def test_what_can_match_is_compared(one: str, other: str, rule: str) -> None:
    keys = {name: list(blocking_keys(read_name(name), True)) for name in (one, other)}
    assert {key_rule for key_rule, _ in set(keys[one]) & set(keys[other])} >= {rule}
    assert len(candidate_pairs(keys)) == 1


def test_a_name_that_names_nothing_attracts_nothing() -> None:
    assert {rule for rule, _ in blocking_keys(read_name("The Board of Directors"), True)} == {"same name"}


@given(
    keys=st.lists(st.lists(st.sampled_from(["a", "b", "c", f"{COMBINED}d"]), max_size=4), max_size=14),
    largest=st.integers(2, 5),
)
def test_blocks_of_records_pair_all_and_large_ones_their_neighbours(keys: list[list[str]], largest: int) -> None:
    contents = [f"{number * 7 % 5}" for number in range(len(keys))]
    expected = set()
    for key in {key for own in keys for key in own}:
        members = [record for record, own in enumerate(keys) if key in own]
        if len(members) <= largest:
            expected |= set(combinations(members, 2))
        elif key.startswith(COMBINED):
            members.sort(key=lambda record: (contents[record], record))
            for at, one in enumerate(members):
                expected |= {(min(one, other), max(one, other)) for other in members[at + 1 : at + 1 + NEIGHBOURS]}
    found = block_pairs(keys, contents, largest)
    assert [tuple(pair) for pair in found.tolist()] == sorted(expected)
