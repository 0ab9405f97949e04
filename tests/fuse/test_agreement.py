"""Comparison levels against plain definitions of what they measure."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kgfuse.fuse.agreement import (
    CODE,
    MISSING,
    TEXT,
    VALUE,
    Comparator,
    Field,
    TextColumn,
    ValueColumn,
    choose_fields,
    codes_of,
    slips,
)
from kgfuse.fuse.profiles import NAME, Profile

WORDS = st.lists(st.text("abé1", min_size=1, max_size=6), max_size=12)
TEXTS = st.lists(
    st.lists(st.sampled_from(["acme", "acne", "north", "nort", "x1", "wind"]), max_size=5), min_size=2, max_size=6
)


@given(words=WORDS)
def test_slips_are_all_words_one_letter_away(words: list[str]) -> None:
    found = slips(words)
    plain = {word for word in words if len(word) >= 4 and not any(c.isdigit() for c in word)}
    for one, other in combinations(sorted(plain), 2):
        near = OSA.distance(one, other) == 1
        assert (other in found.get(one, ())) is near
        assert (one in found.get(other, ())) is near
    assert set(found) <= plain


@given(texts=TEXTS, counts=st.dictionaries(st.sampled_from(["acme", "acne", "north", "wind"]), st.integers(2, 9)))
def test_overlap_is_the_cosine_of_rarity_weights(texts: list[list[str]], counts: dict[str, int]) -> None:
    said = [sorted(set(words)) for words in texts]
    field = Field(NAME, TEXT, counts, 20)
    column = TextColumn(said, field)
    pairs = list(combinations(range(len(said)), 2))
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    exact, forgiving = column.overlaps(left, right)

    def weight(word: str) -> float:
        return math.log(21 / counts.get(word, 1))

    for (one, other), plain, loose in zip(pairs, exact, forgiving, strict=True):
        a, b = said[one], said[other]
        lengths = [math.sqrt(sum(weight(word) ** 2 for word in words)) or 1.0 for words in (a, b)]
        shared = sum(weight(word) ** 2 for word in set(a) & set(b)) / math.prod(lengths)
        slipped = [(v, w) for v in a for w in b if v != w and min(map(len, (v, w))) >= 4 and OSA.distance(v, w) == 1]
        extra = sum(0.9 * weight(v) * weight(w) for v, w in slipped) / math.prod(lengths)
        assert plain == pytest.approx(shared, abs=1e-6)
        assert loose == pytest.approx(min(1.0, shared + extra), abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1999", "1999", 0),
        ("1999.0", "1999", 0),
        ("nsw", "nsw", 1),
        ("oslo", "oslo", 2),
        ("19560409", "19560490", 3),
        ("1999", "1989", 3),
        ("399", "410", 4),
        ("north wind", "northwind", 3),
        ("wallaby place", "wallaby pl", 4),
        ("399", "99", 5),
        ("cleveland", "ryde", 5),
        ("12", "13", 4),
    ],
)
def test_levels_of_short_values(one: str, other: str, level: int) -> None:
    column = ValueColumn([[one], [other]], Field("x", VALUE, {"nsw": 20, "oslo": 100}, 500))
    assert column.levels(np.array([0]), np.array([1])).tolist() == [level]
    assert column.levels(np.array([1]), np.array([0])).tolist() == [level]


def test_codes() -> None:
    assert codes_of("Sony Turntable - PSLX-350H") == {"pslx350h"}
    assert codes_of("iWork 09 - MB943Z/A (5 discs, 2009)") == {"mb943za", "2009"}
    assert codes_of("Series 5") == frozenset()


def profile(number: int, name: str, **values: str) -> Profile:
    return Profile(
        f"r{number:02}", "Product", "shop", name, {NAME: (name.lower(),), **{k: (v,) for k, v in values.items()}}
    )


def test_fields_are_chosen_by_what_records_state() -> None:
    texts = ["a belt drive system with a tonearm", "a dual cube speaker set in black"]
    records = [
        profile(
            number,
            f"Thing AB{number:03}C",
            text=texts[number % 2],
            price=str(number),
            **({"odd": "x"} if number < 5 else {}),
        )
        for number in range(40)
    ]
    fields = choose_fields(records)
    assert [(field.name, field.comparison) for field in fields] == [
        (NAME, TEXT),
        ("price", VALUE),
        ("text", TEXT),
        (CODE, CODE),
    ]
    comparator = Comparator(fields, [*records[:2], profile(99, "Thing")])
    levels = comparator.levels(np.array([0, 0]), np.array([1, 2]))
    assert levels[0, 3] == 3
    assert levels[1].tolist()[1:] == [MISSING] * 3
