"""docs/cypher.md as values: its recipes, each with parameters, query and the rows that it shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "cypher.md"

_RECIPE = re.compile(
    r"```\n:params (?P<parameters>\{.*?\})\n```\n\n```cypher\n(?P<query>.*?)```\n\n(?P<table>(?:\|[^\n]*\|\n?)+)",
    re.DOTALL,
)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_SCANS = re.compile(r"AllNodesScan|LabelScan|LabelsScan|TypeScan|AllRelationshipsScan|RelationshipTypesScan")
_INDEXED = re.compile(r"Index|ProcedureCall")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe of the page: `parameters` is a Cypher map, `columns` and `rows` are the table below it."""

    title: str
    parameters: str
    query: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def recipes() -> list[Recipe]:
    """Return the recipes in the order of the page."""
    text = PAGE.read_text("utf-8")
    headings = [(match.start(), match[1]) for match in _HEADING.finditer(text)]
    found = []
    for match in _RECIPE.finditer(text):
        lines = [_cells(line) for line in match["table"].strip().splitlines()]
        title = [name for start, name in headings if start < match.start()][-1]
        found.append(Recipe(title, match["parameters"], match["query"], lines[0], tuple(lines[2:])))
    return found


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def shown(value: Any) -> str:
    """Return a value as the page writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def operators(plan: dict[str, Any]) -> list[str]:
    """Return the operators of a plan, root first."""
    found = [str(plan["operatorType"]).partition("@")[0]]
    for child in plan.get("children", []):
        found += operators(child)
    return found


def scans(plan: dict[str, Any]) -> list[str]:
    """Return the operators that read a whole label, type or store; and ``none`` where no index is used at all."""
    found = operators(plan)
    return [name for name in found if _SCANS.search(name)] + ([] if any(map(_INDEXED.search, found)) else ["none"])
