"""Countries and their parts."""

from __future__ import annotations

import pytest

from kgfuse.regions import all_regions, are_apart, country_of, lies_in, regions_of


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Norway", {"NO"}),
        ("the U.S.A.", {"US"}),
        ("N.Y.", {"US-NY"}),
        ("ONTARIO", {"CA-ON"}),
        ("Georgia", {"GE", "US-GA"}),
        ("Oslo", set()),
        ("", set()),
    ],
)
def test_a_name_has_the_codes_of_all_that_bear_it(name: str, codes: set[str]) -> None:
    assert regions_of(name) == codes


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Texas", "France", True),
        ("Texas", "Oregon", True),
        ("Texas", "USA", False),
        ("England", "United Kingdom", False),
        ("Georgia", "Armenia", True),
        ("Georgia", "USA", False),
        ("Texas", "Lamar County", False),
    ],
)
def test_apart_is_what_cannot_overlap(one: str, other: str, apart: bool) -> None:
    assert are_apart(regions_of(one), regions_of(other)) is apart
    assert are_apart(regions_of(other), regions_of(one)) is apart


def test_every_part_lies_in_a_country_that_is_listed() -> None:
    codes = frozenset().union(*all_regions().values())
    parts = {code for code in codes if "-" in code}
    assert parts
    assert all(lies_in(frozenset({part}), codes - parts) for part in parts)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("the U.S.A.", "US"),
        ("UK", "GB"),
        ("Georgia", None),
        ("America", None),
        ("Great Britain", None),
        ("Texas", None),
    ],
)
def test_a_country_is_what_can_be_nothing_else(name: str, code: str | None) -> None:
    assert country_of(name) == code
