"""Which values are the same, and which are coarser ways of saying another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.values import (
    Value,
    coarser,
    lend,
    likeness,
    one_form,
    refine,
    representative,
    similar_values,
    value_of,
)
from kgfuse.model import Datatype, Literal


def date(text: str) -> Value:
    return value_of(Literal(text, Datatype.DATE, text))


def amount(text: str, unit: str | None = "EUR") -> Value:
    return value_of(Literal(text, Datatype.QUANTITY, text, unit))


@pytest.mark.parametrize(
    ("coarse", "fine", "expected"),
    [
        (date("2019"), date("2019-03"), True),
        (date("2019-03"), date("2019"), False),
        (date("2019"), date("2020-03"), False),
        (date("2019"), date("2019"), False),
        (amount("12000000"), amount("11900000"), True),
        (amount("12000000"), amount("12400000"), True),
        (amount("12000000"), amount("12600000"), False),
        (amount("11900000"), amount("12000000"), False),
        (amount("12000000"), amount("11900000", "NOK"), False),
        (amount("450"), amount("452"), False),  # a single zero is a digit like any other
        (amount("500"), amount("452"), True),
        (amount("3.5"), amount("3.52"), True),
        (amount("0"), amount("0.1"), False),
        (amount("inf"), amount("1"), False),
        (value_of("entity:a"), value_of("entity:b"), False),
        (amount("2019"), date("2019-03"), False),
        (("string", "norway", ""), ("string", "oslo, norway", ""), True),
        (("string", "oslo", ""), ("string", "oslo, norway", ""), False),
        (("string", "oslo, norway", ""), ("string", "norway", ""), False),
    ],
)
def test_coarser(coarse: Value, fine: Value, expected: bool) -> None:
    assert coarser(coarse, fine) is expected


def test_writing_does_not_matter() -> None:
    assert amount("450.0", None) == value_of(Literal("450", Datatype.NUMBER, "450"))
    assert value_of(Literal("Open", Datatype.STRING, "Open")) == value_of(Literal("open", Datatype.STRING, "open"))
    exact, other = Literal("b", Datatype.STRING, "Open"), Literal("a", Datatype.STRING, "Open")
    assert representative([exact, other]) == other


def test_a_coarse_value_stands_for_the_finer_one_with_most_support() -> None:
    weights = {amount("12000000"): 9, amount("11900000"): 1, amount("12400000"): 2, date("2019"): 1}
    assert refine(weights)[amount("12000000")] == amount("12400000")
    assert refine(weights)[date("2019")] == date("2019")


numbers = st.integers(1, 10**7).map(lambda n: amount(str(n)))


@given(numbers, numbers)
def test_coarser_is_never_mutual(left: Value, right: Value) -> None:
    assert not (coarser(left, right) and coarser(right, left))


@given(st.dictionaries(numbers, st.integers(0, 5), max_size=12))
def test_what_a_value_stands_for_stands_for_itself(weights: dict[Value, int]) -> None:
    target = refine(weights)
    assert all(target[fine] == fine for fine in target.values())


def text(value: str) -> Value:
    return ("string", value, "")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("weston-super-mare", "weston super mare", True),
        ("josé álvarez", "jose alvarez", True),
        ("7:10 a.m.", "7:10 a m", True),
        ("7:10", "710", False),
        ("1.5", "15", False),
        ("-5 c", "5 c", False),
        ("c++", "c", False),
        ("open", "closed", False),
    ],
)
def test_form_is_no_difference(left: str, right: str, same: bool) -> None:
    mapped = one_form([text(left), text(right), text(right)])
    assert mapped[text(left)] == (text(right) if same else text(left))


def test_what_is_all_but_equal_lends_weight() -> None:
    values = [amount("1000"), amount("1001"), amount("2000")]
    similar = similar_values(values)
    assert set(similar) == {amount("1000"), amount("1001")}
    votes = lend({amount("1000"): 100, amount("1001"): 50, amount("2000"): 120}, similar, 0.5)
    assert votes[amount("1000")] == 100 + round(0.5 * 0.9001 * 50)
    assert votes[amount("2000")] == 120


@given(st.sampled_from(["12 main street", "12 main stret", "13 main street", "oslo", "os lo"]), st.data())
def test_likeness_is_mutual_and_minds_every_number(left: str, data: st.DataObject) -> None:
    right = data.draw(st.sampled_from(["12 main street", "12 main stret", "13 main street", "oslo"]))
    near = likeness(text(left), text(right))
    assert near == likeness(text(right), text(left))
    assert 0.0 <= near < 1.0
    if ("12" in left) != ("12" in right):
        assert near == 0.0
