"""Every recipe of docs/cypher.md, run on the corpus in a real Neo4j: it returns what the page shows, from an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import neo4j
import pytest

from kgfuse.config import EmbeddingSettings
from kgfuse.embedding import SentenceTransformerEmbedder
from kgfuse.graph.rows import instant
from tests.graph.neo4j.conftest import Pushed
from tests.support.cypher_page import PAGE, Recipe, recipes, scans, shown

RECIPES = recipes()
QUESTION = "Who became chief executive of Sunnfall Kraft?"


@pytest.fixture(scope="module")
def driver(pushed: Pushed) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(
        pushed.access.uri, auth=pushed.access.auth, notifications_min_severity="OFF"
    ) as driver:
        yield driver


@pytest.fixture(scope="module")
def embedding() -> list[float]:
    return [float(number) for number in SentenceTransformerEmbedder(EmbeddingSettings()).embed([QUESTION])[0]]


def test_every_query_of_the_page_is_a_recipe() -> None:
    assert len(RECIPES) == PAGE.read_text("utf-8").count("```cypher") > 12
    assert all(recipe.rows for recipe in RECIPES)


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first one waits for the corpus to be read
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_recipes(recipe: Recipe, driver: neo4j.Driver, pushed: Pushed, embedding: list[float]) -> None:
    parameters: dict[str, Any] = driver.execute_query(f"RETURN {recipe.parameters} AS held").records[0]["held"]
    since = instant(pushed.corpus.since)
    for name, value in (("since", since), ("known", since), ("embedding", embedding)):
        if name in parameters:
            parameters[name] = value
    found, summary, _ = driver.execute_query(f"PROFILE {recipe.query}", parameters, routing_="r")
    assert set(recipe.columns) <= set(found[0].keys())
    rows = {tuple(shown(record[column]) for column in recipe.columns) for record in found}
    assert set(recipe.rows) <= rows
    assert summary.profile is not None
    assert scans(summary.profile) == []
