"""Who takes up an office has left the one before, unless something says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.fuse.ledgers import fused, ledger, words


def careers(*said: Mapping[str, object]) -> list[str]:
    graph = fused(ledger([{"by": f"s{number}", **row} for number, row in enumerate(said)]))
    names = {entity.id: entity.name for entity in graph.entities}
    return sorted(words(fact, names) for fact in graph.facts)


FINANCE = {"says": ["Ann", "finance director of", "Oddfirm"], "from": "2015", "when": "2019-08-19"}
TAKES_OVER = {"says": ["Ann", "chief executive of", "Beta"], "from": "2019-09-01", "when": "2019-08-19"}


def test_taking_up_an_office_elsewhere_ends_the_one_before() -> None:
    assert careers(FINANCE, TAKES_OVER) == [
        "Ann | chief_executive_of | Beta | 2019-09-01 | … | accepted",
        "Ann | chief_financial_officer_of | Oddfirm | 2015 | 2019-09-01 | superseded",
    ]


def test_the_reason_tells_what_was_taken_up() -> None:
    graph = fused(ledger([{"by": "a", **FINANCE}, {"by": "b", **TAKES_OVER}]))
    (left,) = [fact for fact in graph.facts if fact.relation == "chief_financial_officer_of"]
    assert left.reason.endswith("left when chief executive of Beta, end inferred as 2019-09-01")


def test_what_is_seen_to_go_on_is_not_ended() -> None:
    later = {"says": ["Ann", "finance director of", "Oddfirm"], "when": "2020-03-01"}
    assert "Ann | chief_financial_officer_of | Oddfirm | 2015 | … | accepted" in careers(FINANCE, TAKES_OVER, later)


@pytest.mark.parametrize(
    ("second", "ends"),
    [
        ({"says": ["Ann", "board member of", "Beta"], "from": "2019-09-01"}, False),
        ({"says": ["Ann", "chair of", "Beta"], "from": "2019-09-01"}, False),
        ({"says": ["Ann", "works for", "Beta"], "from": "2019-09-01"}, False),
        ({"says": ["Ann", "chief executive of", "Beta"], "when": "2019-08-19"}, False),
        ({"says": ["Ann", "chief executive of", "Beta"], "from": "2012"}, False),
        ({"says": ["Bob", "chief executive of", "Beta"], "from": "2019-09-01"}, False),
        ({"says": ["Ann", "mayor of", "Lundby"], "from": "2019-09-01"}, True),
    ],
    ids=lambda value: " ".join(value["says"]) if isinstance(value, Mapping) else "",
)
def test_only_what_fills_the_day_and_comes_later_ends_an_office(second: Mapping[str, object], ends: bool) -> None:
    held = [line for line in careers(FINANCE, {"when": "2019-08-19", **second}) if "Oddfirm" in line]
    assert held == [
        f"Ann | chief_financial_officer_of | Oddfirm | 2015 | {'2019-09-01 | superseded' if ends else '… | accepted'}"
    ]


def test_an_office_with_the_employer_ends_no_employment() -> None:
    works = {"says": ["Ann", "works for", "Beta"], "from": "2012", "when": "2019-08-19"}
    assert "Ann | works_for | Beta | 2012 | … | accepted" in careers(works, TAKES_OVER)
