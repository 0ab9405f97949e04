"""Near duplicates: MinHash against exact Jaccard similarity, candidates against all pairs."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.ingest.copies import copies, families, likeness, minhash, signature_of

_WORDS = [f"word{number}" for number in range(400)]


def _text(seed: int, changed: int) -> str:
    words = random.Random(0).choices(_WORDS, k=300)
    other = random.Random(seed)
    for _ in range(changed):
        words[other.randrange(len(words))] = f"new{other.randrange(10_000)}"
    return " ".join(words)


def _exact(left: str, right: str) -> float:
    one, other = (
        {tuple(words[at : at + 4]) for at in range(len(words) - 3)}
        for words in (re.findall(r"\w+", text) for text in (left, right))
    )
    return len(one & other) / len(one | other)


@given(st.integers(0, 60), st.integers(1, 1000))
@settings(deadline=None)
def test_the_estimate_is_near_the_likeness_of_the_shingles(changed: int, seed: int) -> None:
    left, right = _text(0, 0), _text(seed, changed)
    one, other = minhash(left), minhash(right)
    assert one is not None
    assert other is not None
    assert abs(likeness(one, other) - _exact(left, right)) < 0.25  # four standard deviations of 128 bins at most


@given(st.lists(st.integers(0, 40), min_size=2, max_size=12), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_candidates_by_bands_are_all_pairs_that_are_alike(changes: list[int], shuffle: random.Random) -> None:
    found = {
        f"document:{number:02}": signature_of(_text(number, changed))[0].value for number, changed in enumerate(changes)
    }
    names = sorted(found)
    hashes = {name: minhash(_text(number, changes[number])) for number, name in enumerate(names)}
    every = [
        (left, right, round(likeness(hashes[left], hashes[right]), 3))  # type: ignore[arg-type]
        for at, left in enumerate(names)
        for right in names[at + 1 :]
    ]
    items = list(found.items())
    shuffle.shuffle(items)
    assert copies(dict(items)) == [pair for pair in every if pair[2] >= 0.8]


def test_copies_form_families_and_short_texts_none() -> None:
    assert families([("b", "c", 0.9), ("a", "b", 0.9), ("x", "y", 1.0)]) == {
        "a": "a",
        "b": "a",
        "c": "a",
        "x": "x",
        "y": "x",
    }
    assert signature_of("Thank you for your message.") == ()


def test_a_text_of_few_shingles_is_like_itself_alone() -> None:
    left, right = (" ".join(f"{mark}{number}" for number in range(30)) for mark in "ab")
    one, again, other = minhash(left), minhash(left.upper()), minhash(right)
    assert one is not None
    assert again is not None
    assert other is not None
    assert likeness(one, again) == 1.0
    assert likeness(one, other) < 0.1
