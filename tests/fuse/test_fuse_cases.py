"""Behaviour as readable rows: tests/cases/timelines.yaml and conflicts.yaml."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fuse.ledgers import fused, ledger, resolve_by_name, words

_CASES = Path(__file__).parent.parent / "cases"


def cases(name: str) -> list[Any]:
    rows = yaml.safe_load((_CASES / name).read_text("utf-8"))
    return [pytest.param(row, id=f"{name.removesuffix('.yaml')}: {row['name']}") for row in rows]


@pytest.mark.parametrize("case", [*cases("timelines.yaml"), *cases("conflicts.yaml")])
def test_case(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("kgfuse.fuse.fuse"), "resolve", resolve_by_name)
    content = ledger(case["says"])
    graph = fused(content)
    names = {entity.id: entity.name for entity in graph.entities}
    assert sorted(words(fact, names) for fact in graph.facts) == sorted(case["facts"])
    assert fused(replace(content, triples=content.triples[::-1], documents=content.documents[::-1])) == graph
