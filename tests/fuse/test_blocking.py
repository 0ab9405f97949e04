"""Candidate pairs against brute force, and that the keys bring together what matching can join."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
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
    ],
)
def test_what_can_match_is_compared(one: str, other: str, rule: str) -> None:
    keys = {name: list(blocking_keys(read_name(name), True)) for name in (one, other)}
    assert {key_rule for key_rule, _ in set(keys[one]) & set(keys[other])} >= {rule}
    assert len(candidate_pairs(keys)) == 1


def test_a_name_that_names_nothing_attracts_nothing() -> None:
    assert {rule for rule, _ in blocking_keys(read_name("The Board of Directors"), True)} == {"same name"}
