"""Which mentions are one thing: the rows of tests/cases/matching.yaml."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from kgfuse.config import FuseSettings
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.ontology import builtin_ontology
from tests.support.resolving import content_of

ROWS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases" / "matching.yaml").read_text("utf-8"))


def entities_of(resolution: Resolution, name: str) -> set[str]:
    """The entities that a name, or a name in one document (``Jane Roe@2``), stands for."""
    surface, at, number = name.rpartition("@")
    found = {
        resolution.entity_of[group]
        for (document, said, _), group in resolution.groups.items()
        if (said == surface and document == f"document:{number}" if at else said == name)
    }
    assert found, f"nothing is called {name}"
    return found


@pytest.mark.parametrize("row", ROWS, ids=[row["case"] for row in ROWS])
def test_case(row: dict[str, Any]) -> None:
    resolution = resolve(content_of(row["documents"]), builtin_ontology(), FuseSettings())
    for names in row.get("together", []):
        assert len(set().union(*(entities_of(resolution, name) for name in names))) == 1, names
    for names in row.get("apart", []):
        for left, right in combinations(names, 2):
            assert not entities_of(resolution, left) & entities_of(resolution, right), (left, right)


def test_every_row_says_something() -> None:
    assert all(row.get("together") or row.get("apart") for row in ROWS)
