"""Values and dates that a model wrote: kept when the text carries them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.extract.llm_values import read_literal, read_moment, read_validity
from kgfuse.model import Datatype, Literal, Moment


@pytest.mark.parametrize(
    ("written", "value", "unit", "kept"),
    [
        ("12.4 million euros", "12400000", "EUR", "12400000"),
        ("12,4 Mio. Euro", "12400000", "EUR", "12400000"),
        ("EUR 12.4m", "12400000.00", "EUR", "12400000"),
        ("12.4m", "12.4", "m", "12.4"),
        ("1.200 Mitarbeiter", "1200", "employee", "1200"),
        ("1,200 employees", "1,200", "employee", "1200"),
        ("1.200 km", "1.2", "km", "1.2"),
        ("1 234 567", "1234567", None, "1234567"),
        ("two hundred people", "200", "person", "200"),
        ("a loss of 3.5%", "-3.5", "%", "-3.5"),
        ("0.50", "0.5", None, "0.5"),
        ("between 5 and 7 MW", "7", "MW", "7"),
        ("12.4 million euros", "12400", "EUR", None),
        ("12.4 million euros", "12,4", "EUR", None),
        ("12.4 million euros", "twelve", "EUR", None),
        ("450 employees", "540", "employee", None),
        ("5 km", "5000", "m", None),
        ("450", "NaN", None, None),
        ("450", "1e400", None, None),
    ],
)
def test_numbers(written: str, value: str, unit: str | None, kept: str | None) -> None:
    literal = read_literal("quantity", written, value, unit)
    assert (literal.value if literal else None) == kept
    assert literal is None or literal.datatype is (Datatype.QUANTITY if unit else Datatype.NUMBER)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=0, max_value=10**9))
def test_a_number_written_out_agrees_with_itself(number: object) -> None:
    literal = read_literal("number", f"{number}", None, None)
    assert literal is not None
    assert float(literal.value) == float(str(number))


@pytest.mark.parametrize(
    ("kind", "written", "value", "literal"),
    [
        ("date", "3 June 2021", "2021-06-03", Literal("3 June 2021", Datatype.DATE, "2021-06-03")),
        ("date", "3 June 2021", "3/6/21", None),
        ("boolean", "yes", None, Literal("yes", Datatype.BOOLEAN, "true")),
        ("boolean", "perhaps", None, None),
        ("string", "in  liquidation", None, Literal("in liquidation", Datatype.STRING, "in liquidation")),
        ("string", "  ", None, None),
    ],
)
def test_other_values(kind: str, written: str, value: str | None, literal: Literal | None) -> None:
    assert read_literal(kind, written, value, None) == literal


@pytest.mark.parametrize("text", [None, "", "soon", "2021-13", "2021-02-30", "0000", "2021-06-03T25:00:00Z"])
def test_no_moment(text: str | None) -> None:
    assert read_moment(text) is None


@pytest.mark.parametrize(
    ("stated", "near", "published", "validity"),
    [
        (("2019", None), "since 2019", None, "2019 – …"),
        (("2019", None), "since 20190", None, "… – …"),
        ((None, "2020"), "until the end of 2019", None, "… – 2020"),
        (("2019", None), "in FY19", None, "2019 – …"),
        (("2019-05", None), "last May", "2020-01-02", "2019-05 – …"),
        (("2018", None), "last May", "2020-01-02", "2018 – …"),
        (("2018", None), "in May", "2020-01-02", "… – …"),
        (("2000", None), "two decades ago", "2020-01-02", "2000 – …"),
        (("1900", None), "two decades ago", "2020-01-02", "… – …"),
        (("2000", None), "two decades ago", None, "… – …"),
        (("2019", "2019"), "in 2019", None, "2019 – 2020"),
        (("9999", "9999"), "in 9999", None, "9999 – …"),
    ],
)
def test_an_interval_keeps_what_the_text_carries(
    stated: tuple[str | None, str | None], near: str, published: str | None, validity: str
) -> None:
    when = Moment.parse(published) if published else None
    read = read_validity(*stated, [near], when)
    assert str(read) == validity
