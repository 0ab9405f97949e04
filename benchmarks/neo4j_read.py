"""How fast the cookbook's queries (docs/cypher.md) are on a large graph in a real Neo4j: median and 95th percentile.

python -m benchmarks.neo4j_read [--entities 100000 --facts 1000000]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import neo4j
import numpy as np
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.synthetic_graph import DIMENSIONS, FIRST_DAY, Known, Plan, windows
from kgfuse.config import Neo4jSettings
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.rules import Rules
from kgfuse.graph.neo4j.writing import Writer
from kgfuse.ontology import builtin_ontology
from tests.support.cypher_page import Recipe, operators, recipes, scans
from tests.support.neo4j_server import Memory, Neo4jAccess, Neo4jServer

KB = "synthetic"
Parameters = dict[str, Any]


def load(access: Neo4jAccess, plan: Plan, console: Console) -> tuple[Known, dict[str, Any]]:
    """Write the graph as `kgfuse push` writes; return what can be asked for and how long it took."""
    settings = Neo4jSettings(uri=access.uri, user=access.user, password=SecretStr(access.password), kb=KB)
    names, known, started, written = schema.names_of(builtin_ontology()), Known(), time.perf_counter(), 0
    with access.driver() as driver:
        rules = Rules(driver, settings)
        rules.for_nodes()
        rules.for_facts(names.fact_types)
        rules.for_vectors({schema.FACT: DIMENSIONS})
        writer = Writer(driver, settings, KB)
        for window in windows(plan, names, known):
            writer.put(window, {})
            written += len(window)
            if written % 400_000 < len(window):
                console.print(f"{written:,} elements, {time.perf_counter() - started:.0f} s")
        writer.close()
        rules.for_readers()
        rules.wait()
    return known, {"elements": written, "seconds": round(time.perf_counter() - started, 1)}


def drawn(recipe: Recipe, known: Known, dice: random.Random) -> Parameters:
    """Return parameters for one run of a recipe: other names each time, as its own parameters ask."""
    day = str(
        np.datetime64(FIRST_DAY + 993, "D")
    )  # the last of the thousand days on which facts were recorded, less a week
    asked = {name.strip() for name in recipe.parameters.strip("{}").replace(":", ",").split(",")}
    firm, amount = dice.choice(known.earning)
    every: dict[str, Callable[[], Any]] = {
        "at": lambda: f"{dice.randrange(2001, 2023)}-06-15T00:00:00Z",
        "since": lambda: f"{day}T00:00:00Z",
        "known": lambda: f"{day}T00:00:00Z",
        "one": lambda: dice.choice(known.people),
        "other": lambda: dice.choice(known.people),
        "source": lambda: dice.choice(known.sources),
        "words": lambda: dice.choice(known.people if "names" in recipe.query else known.sentences).rsplit(" (", 1)[0],
        "embedding": lambda: _unit(dice),
        "value": lambda: amount,
        "name": lambda: _named(recipe, known, dice, firm),
    }
    return {"kb": KB, **{name: draw() for name, draw in every.items() if name in asked}}


def _named(recipe: Recipe, known: Known, dice: random.Random, earning: str) -> str:
    if "REVENUE" in recipe.query:
        return earning
    if "CHIEF_EXECUTIVE_OF" in recipe.query:
        return dice.choice(known.led)
    return dice.choice(known.inferred if "premises" in recipe.query else known.firms)


def _unit(dice: random.Random) -> list[float]:
    vector = np.random.default_rng(dice.getrandbits(32)).standard_normal(DIMENSIONS)
    return [float(number) for number in vector / np.linalg.norm(vector)]


def measure(driver: neo4j.Driver, recipe: Recipe, known: Known, runs: int) -> dict[str, Any]:
    """Run a recipe with other parameters each time; milliseconds as the client sees them, rows fetched."""
    dice = random.Random(recipe.title)
    plan = driver.execute_query(f"EXPLAIN {recipe.query}", drawn(recipe, known, dice)).summary.plan
    assert plan is not None
    times, rows = [], []
    for number in range(runs + runs // 5):
        parameters = drawn(recipe, known, dice)
        started = time.perf_counter()
        found = driver.execute_query(recipe.query, parameters, routing_="r").records
        elapsed = 1000 * (time.perf_counter() - started)
        if number >= runs // 5:  # the first ones compile the query and warm the page cache
            times.append(elapsed)
            rows.append(len(found))
    return {
        "recipe": recipe.title,
        "median_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 2),
        "median_rows": statistics.median(rows),
        "runs": len(times),
        "scans": scans(plan),
        "starts": next((name for name in reversed(operators(plan)) if "Index" in name or "Call" in name), ""),
    }


def main() -> None:
    """Load, measure, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--vectors", type=int, default=20_000, help="how many of the facts have a vector")
    parser.add_argument("--runs", type=int, default=200)
    asked = parser.parse_args()
    console = Console()
    plan = Plan(asked.entities, asked.facts, asked.vectors)
    with Neo4jServer(memory=Memory("3g", "2g")) as server:
        known, loading = load(server.access, plan, console)
        access = server.access
        with neo4j.GraphDatabase.driver(access.uri, auth=access.auth, notifications_min_severity="OFF") as driver:
            counted = driver.execute_query("MATCH (n) RETURN count(n) AS nodes").records[0]["nodes"]
            edges = driver.execute_query("MATCH ()-[r]->() RETURN count(r) AS edges").records[0]["edges"]
            measured = []
            for recipe in recipes():
                measured.append(measure(driver, recipe, known, asked.runs))
                console.print(measured[-1])
            agent = driver.get_server_info().agent
    table = Table(title=f"{counted:,} nodes, {edges:,} relationships")
    for column in ("recipe", "median ms", "p95 ms", "rows", "starts from"):
        table.add_column(column)
    for row in measured:
        cells = (row["recipe"], row["median_ms"], row["p95_ms"], row["median_rows"], row["starts"], *row["scans"])
        table.add_row(*map(str, cells[:5]))
    console.print(table)
    size = {"entities": plan.entities, "facts": plan.facts, "fact_vectors": plan.vectors, "seed": plan.seed}
    report = {**surroundings(), "server": agent, **size, "nodes": counted, "relationships": edges, "load": loading}
    (RESULTS / "neo4j_read.json").write_text(json.dumps({**report, "recipes": measured}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
