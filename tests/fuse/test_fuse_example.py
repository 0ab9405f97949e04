"""The worked example of docs/fusion.md is what fusion gives."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from kgfuse.fuse import fuse
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import Parameters
from tests.fuse.ledgers import SETTINGS, ledger, resolve_by_name

_PAGE = Path(__file__).parents[2] / "docs" / "fusion.md"


def told() -> list[dict[str, object]]:
    """The rows of the first table."""
    rows: list[dict[str, object]] = []
    for line in table("| sentence |"):
        sentence, document, states = line
        source, when, *sure = document.split(", ")
        row: dict[str, object] = {"says": [sentence[:3], "chief executive of", "Acme"], "by": source, "when": when}
        if sure:
            row["sure"] = float(sure[0].removeprefix("confidence "))
        if states:
            word, date = states.split()
            row["to" if word == "until" else "from"] = date
        rows.append(row)
    return rows


def table(head: str) -> list[list[str]]:
    lines = _PAGE.read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(head)) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)
    content = ledger(told())
    graph = fuse(content, builtin_ontology(), SETTINGS, Parameters("prior", (), SETTINGS.prior_reliability))
    given = [
        [
            fact.subject.removeprefix("entity:"),
            str(fact.validity.valid_from or ""),
            str(fact.validity.valid_to or ""),
            fact.status.value,
            f"{fact.confidence:.2f}",
            fact.reason,
        ]
        for fact in sorted(graph.facts, key=lambda fact: fact.subject)
    ]
    assert given == table("| fact |")
