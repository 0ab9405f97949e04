"""How reliabilities are learned, and that they are frozen."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from kgfuse.fuse import fit, fuse
from kgfuse.model import FactStatus
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import Parameters
from tests.fuse.ledgers import SETTINGS, ledger, resolve_by_name


@pytest.fixture(autouse=True)
def _names_are_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)


def births(liar_alone: bool = True) -> list[dict[str, Any]]:
    """Twelve births, each told alike by two sources and differently by a third."""
    rows: list[dict[str, Any]] = []
    for day in range(10, 22):
        for source in ("good", "fair"):
            rows.append({"says": [f"P{day}", "born on", f"=1970-03-{day}"], "by": source})
        if liar_alone:
            rows.append({"says": [f"P{day}", "born on", f"=1990-03-{day}"], "by": "bad"})
    return rows


def learned(rows: list[dict[str, Any]]) -> dict[str, float]:
    return dict(fit(ledger(rows), builtin_ontology(), SETTINGS).reliability)


def test_who_is_contradicted_by_the_others_is_believed_less() -> None:
    reliability = learned(births())
    assert reliability["good"] == reliability["fair"] > SETTINGS.prior_reliability
    assert reliability["bad"] < 0.45


def test_what_was_learned_elsewhere_breaks_a_tie() -> None:
    content = ledger(
        [*births(), {"says": ["Q", "born on", "=1980"], "by": "good"}, {"says": ["Q", "born on", "=1981"], "by": "bad"}]
    )
    ontology = builtin_ontology()
    graph = fuse(content, ontology, SETTINGS, fit(content, ontology, SETTINGS))
    status = {str(fact.object): fact.status for fact in graph.facts if fact.subject == "entity:Q"}
    assert status == {"1980": FactStatus.ACCEPTED, "1981": FactStatus.DISPUTED}


def test_a_source_that_nobody_confirms_or_contradicts_keeps_the_prior() -> None:
    assert learned([{"says": ["P", "born on", "=1970"], "by": "lone"}]) == {}
    assert fit(ledger([]), builtin_ontology(), SETTINGS).default_reliability == SETTINGS.prior_reliability


def test_a_tie_teaches_nothing_about_either_side() -> None:
    rows = [{"says": ["P", "born on", f"=197{n}-01-01"], "by": f"s{n}"} for n in (0, 1)]
    reliability = learned(rows)
    assert reliability["s0"] == reliability["s1"]


def test_copies_teach_nothing() -> None:
    copied = [{**row, "by": "parrot", "sentence": f"s{row['says'][0]}"} for row in births(False) if row["by"] == "good"]
    firsts = [{**row, "sentence": f"s{row['says'][0]}"} if row["by"] == "fair" else row for row in births()]
    assert "parrot" not in learned([*firsts, *copied])


def test_parameters_are_a_function_of_the_ledger_and_name_themselves_by_content() -> None:
    ontology = builtin_ontology()
    parameters = fit(ledger(births()), ontology, SETTINGS)
    assert parameters == fit(ledger(births()[::-1]), ontology, SETTINGS)
    assert parameters.version != fit(ledger(births(False)), ontology, SETTINGS).version
    assert [source for source, _ in parameters.reliability] == ["bad", "fair", "good"]


def test_fusion_uses_the_parameters_that_it_is_given() -> None:
    content = ledger([{"says": ["P", "acquire", "Q"], "by": "s", "sure": 0.9}])
    ontology = builtin_ontology()
    trusted = fuse(content, ontology, SETTINGS, Parameters("v", (("s", 1.0),), 0.8))
    doubted = fuse(content, ontology, SETTINGS, Parameters("v", (("s", 0.5),), 0.8))
    assert (trusted.facts[0].confidence, doubted.facts[0].confidence) == (0.9, 0.45)
