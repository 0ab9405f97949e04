"""How sure a fact is where it is contradicted, and what its reason says of what it lost to."""

from __future__ import annotations

import re
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest

from kgfuse.model import Fact
from tests.fuse.ledgers import fused, ledger, resolve_by_name


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def ceo(name: str, **more: Any) -> dict[str, Any]:
    return {"says": [name, "ceo of", "Acme"], **more}


def born(place: str, **more: Any) -> dict[str, Any]:
    return {"says": ["Ann", "born in", place], "object_type": "Place", **more}


def told(*rows: dict[str, Any]) -> dict[str, Fact]:
    """The facts by whom, or what, they are about, and since when."""
    facts = fused(ledger(rows)).facts
    keys = [(f.object if f.relation == "born_in" else f.subject, f.validity.valid_from) for f in facts]
    return {
        f"{str(who).removeprefix('entity:')} {start or '…'}": fact
        for (who, start), fact in zip(keys, facts, strict=True)
    }


@pytest.mark.parametrize("when", ["2020", None])
@pytest.mark.parametrize("claim", [ceo("Ann", when="2020"), ceo("Ann"), {"says": ["Acme", "acquire", "Beta"]}])
def test_confidence_falls_steadily_as_a_denial_grows(claim: dict[str, Any], when: str | None) -> None:
    found = []
    for sure in range(40, 100, 2):
        denial = {"says": claim["says"], "denied": True, "sure": sure / 100, **({"when": when} if when else {})}
        (fact,) = fused(ledger([claim, denial])).facts
        found.append(fact.confidence)
    assert all(0 < before - after < 0.06 for before, after in pairwise(found))


def test_a_reason_counts_the_denials_that_it_lost_to() -> None:
    acquired = {"says": ["Acme", "acquire", "Beta"]}
    (fact,) = fused(ledger([acquired, {**acquired, "denied": True}, {**acquired, "denied": True}])).facts
    assert re.fullmatch(r"stated by 1 source; denied by 2 sources \(posterior 0\.09 : 0\.91\)", fact.reason)
    (fact,) = fused(ledger([acquired, {**acquired, "denied": True}])).facts
    assert fact.reason == "stated by 1 source; denied with equal weight (posterior 0.50 : 0.50)"


def test_shares_are_a_distribution_where_one_value_is_denied() -> None:
    found = told(born("Oslo"), born("Bergen"), born("Bergen", denied=True), born("Bergen", denied=True))
    assert found["Oslo …"].reason == "stated by 1 source; preferred to Bergen (posterior 0.99 : 0.01)"
    assert found["Bergen …"].reason == "lost to Oslo (posterior 0.99 : 0.01); denied by 2 sources"


def test_what_is_denied_is_one_fact_with_what_was_said_for_it() -> None:
    denials = [ceo("Bob", when="2020-02-01", denied=True) for _ in range(2)]
    found = fused(ledger([ceo("Ann", when="2019-02-01"), ceo("Bob", when="2020-02-01"), *denials])).facts
    assert sorted(fact.subject for fact in found) == ["entity:Ann", "entity:Bob"]


def test_of_three_that_are_tied_each_is_tied_with_the_others() -> None:
    reasons = [fact.reason for fact in told(born("Oslo"), born("Bergen"), born("Moss")).values()]
    assert len(reasons) == 3
    assert all("tied with" in reason and "lost to" not in reason for reason in reasons)
    assert any("tied with Moss and Oslo" in reason for reason in reasons)


def test_what_lost_is_no_surer_than_what_it_lost_to() -> None:
    found = told(ceo("Ann", when="2018-02-01"), ceo("Bob"), ceo("Bob"))
    assert found["Ann 2018-02-01"].confidence >= found["Bob …"].confidence


def test_a_reason_names_the_end_that_lost_and_to_what() -> None:
    found = told(
        ceo("Ann", when="2015-01-01"),
        ceo("Ann", to="2019-03", when="2019-04-01"),
        ceo("Ann", to="2016", when="2020-04-01"),
    )
    assert found["Ann 2015-01-01"].reason.endswith("; the end stated as 2016 by 1 source lost to 2019-03")


def test_a_reason_names_the_start_that_lost_and_to_what() -> None:
    starts = [("2019-03", "2019-04-01"), ("2019-05", "2020-04-01"), ("2019-05", "2020-04-02")]
    found = told(*(ceo("Bob", when=when, **{"from": start}) for start, when in starts))
    assert found["Bob 2019-03"].reason == "the start stated as 2019-03 by 1 source lost to 2019-05"
    assert found["Bob 2019-03"].confidence < 0.1
    assert "lost" not in found["Bob 2019-05"].reason


def test_a_reason_names_the_stated_end_that_lies_after_the_next_stated_start() -> None:
    found = told(
        ceo("Ann", **{"from": "2015", "to": "2019", "when": "2022-04-01"}),
        ceo("Bob", **{"from": "2018", "to": "2021", "when": "2022-04-02"}),
    )
    assert "the end stated as 2019 by 1 source lost to 2018" in found["Ann 2015"].reason
    assert "lost" not in found["Bob 2018"].reason


def test_boundaries_that_a_stand_in_leaves_as_they_are_have_not_lost() -> None:
    found = told(
        ceo("Ann", **{"from": "2010", "to": "2020", "when": "2021-01-05"}),
        ceo("Bob", **{"from": "2015-03", "to": "2015-06", "when": "2021-01-05"}),
    )
    assert not any("lost" in fact.reason for fact in found.values())


def test_later_sightings_of_a_value_that_nobody_says_went_stand_against_the_present_one() -> None:
    """Ann, Bob three times, Ann again, and nobody says that anybody came or went."""
    reports = ["Ann", "Bob", "Bob", "Bob", "Ann"]
    found = told(*(ceo(name, when=f"{2010 + place}-02-01") for place, name in enumerate(reports)))
    assert found["Bob 2011-02-01"].confidence < 0.95
    assert "preferred to Ann" in found["Bob 2011-02-01"].reason
    assert found["Ann 2014-02-01"].opposed_by == found["Bob 2011-02-01"].supported_by
    assert found["Bob 2011-02-01"].opposed_by == found["Ann 2014-02-01"].supported_by


@pytest.mark.parametrize("gone", [{"to": "2011-01-15", "when": "2011-02-01"}, {"denied": True, "when": "2011-02-01"}])
def test_sightings_after_somebody_said_that_it_went_speak_of_the_past(gone: dict[str, Any]) -> None:
    reports = [(name, f"{2012 + place}-02-01") for place, name in enumerate(["Bob", "Bob", "Bob", "Ann"])]
    found = told(ceo("Ann", when="2010-02-01"), ceo("Ann", **gone), *(ceo(name, when=when) for name, when in reports))
    assert sorted(found) == ["Ann 2010-02-01", "Bob 2012-02-01"]
