"""How fast the graph gets into a real Neo4j, beside neo4j-graphrag's `Neo4jWriter` and Graphiti's bulk save.

    python -m benchmarks.neo4j_load [--peers PYTHON] [--apoc FOLDER] [--sizes 10000x20000,…] [--server URI]

Every size is a made-up ledger of so many entities and facts; see benchmarks/README.md for the scope. `--peers` names the
Python of an environment that holds neo4j-graphrag and graphiti-core.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import Neo4jSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.neo4j.push import PushSummary, push
from kgfuse.ledger import Ledger
from kgfuse.model import Entity, Fact, FactStatus, FusedGraph, Moment, Validity, content_id, fact_id
from kgfuse.ontology import builtin_ontology
from tests.support.neo4j_server import Memory, Neo4jAccess, Neo4jServer, wipe

SIZES = ((10_000, 20_000), (100_000, 200_000), (100_000, 500_000))
RELATIONS = ("works_for", "acquired", "located_in", "partner_of", "supplies", "owns", "works_with", "competes_with")
PEERS_MOST = 220_000
"""Relationships above which the peers are not asked: they take minutes per 100,000."""

_WARM_UP = (5_000, 10_000)  # the JVM is cold before

_START = datetime(2024, 1, 1, tzinfo=UTC)


def make_graph(entities: int, facts: int, seed: int = 1) -> FusedGraph:
    """A graph of so many entities and facts, most of them about few entities (degrees fall off as in real graphs)."""
    chance = random.Random(seed)
    people = [_entity(number) for number in range(entities)]
    found: dict[str, Fact] = {}
    while len(found) < facts:
        one, other = people[chance.randrange(entities)], people[int(entities * chance.random() ** 2)]
        when = Validity(Moment.parse(f"{chance.randrange(1990, 2024)}-{chance.randrange(1, 13):02}"), None)
        relation = RELATIONS[chance.randrange(len(RELATIONS))]
        id = fact_id(one.id, relation, other.id, when)
        found[id] = Fact(id, one.id, relation, other.id, when, 0.9, FactStatus.ACCEPTED, (), (), "stated by one source")
    return FusedGraph(
        tuple(sorted(people, key=lambda item: item.id)), tuple(sorted(found.values(), key=lambda item: item.id)), ()
    )


def _entity(number: int) -> Entity:
    id = content_id("entity", number)
    type = ("Person", "Company", "City", "Product")[number % 4]
    return Entity(id, f"Entity number {number}", type, (f"E{number}",), 1 + number % 9, (id,))


def one_more(graph: FusedGraph) -> FusedGraph:
    """The graph after one document more: three new entities, twenty new facts, five facts that are believed more."""
    new = make_graph(20, 17, seed=2)
    entities = [
        replace(item, id=content_id("entity", "new", item.id), name=f"New {item.name}") for item in new.entities
    ]
    entities = entities[:3]
    when = Validity(Moment.parse("2024-05"), None)
    facts: list[Fact] = []
    for number in range(20):
        one, other = entities[number % 3], graph.entities[number * 7]
        id = fact_id(one.id, RELATIONS[number % 8], other.id, when)
        facts.append(Fact(id, one.id, RELATIONS[number % 8], other.id, when, 0.8, FactStatus.ACCEPTED, ()))
    raised = [replace(item, confidence=0.95) for item in graph.facts[:5]]
    return FusedGraph(
        tuple(sorted([*graph.entities, *entities], key=lambda item: item.id)),
        tuple(
            sorted([*raised, *graph.facts[5:], *{item.id: item for item in facts}.values()], key=lambda item: item.id)
        ),
        (),
    )


def measure(access: Neo4jAccess, folder: Path, entities: int, facts: int) -> dict[str, Any]:
    """Push a made-up ledger into the emptied server, push it again unchanged, and push one document more."""
    graph = make_graph(entities, facts)
    path = folder / f"load-{entities}-{facts}.db"
    settings = Neo4jSettings(uri=access.uri, user=access.user, password=SecretStr(access.password), kb="load")
    ontology = builtin_ontology()
    with Ledger.open(path):
        pass
    with EmbeddedGraphStore.open(path) as store:
        started = time.perf_counter()
        store.write(graph, _START)
        written = time.perf_counter() - started
        wipe(access)
        first, first_seconds = _timed(lambda: push(path, ontology, settings))
        same = [_timed(lambda: push(path, ontology, settings))[1] for _ in range(3)]
        store.write(one_more(graph), _START + timedelta(days=1))
        more, more_seconds = _timed(lambda: push(path, ontology, settings))
    if same and more.nodes_written + more.relationships_written == 0:
        raise RuntimeError("one document more wrote nothing")
    path.unlink()
    rows = first.nodes + first.relationships
    return {
        "entities": entities,
        "facts": facts,
        "ledger_write_seconds": round(written, 2),
        "nodes": first.nodes,
        "relationships": first.relationships,
        "seconds": round(first_seconds, 2),
        "seconds_by_stage": dict(first.seconds),
        "rows_per_second": round(rows / first_seconds),
        "relationships_per_second": round(first.relationships / first_seconds),
        "no_change_seconds": [round(seconds, 2) for seconds in same],
        "one_document_more_seconds": round(more_seconds, 2),
        "one_document_more_rows": more.nodes_written + more.relationships_written,
        "load_average": round(os.getloadavg()[0], 1),
    }


def _timed(work: Any) -> tuple[PushSummary, float]:
    started = time.perf_counter()
    summary: PushSummary = work()
    return summary, time.perf_counter() - started


def measure_peers(access: Neo4jAccess, python: str, folder: Path, entities: int, facts: int) -> list[dict[str, Any]]:
    """Have the peers write the same entities and facts, as nodes and relationships, into the emptied server."""
    graph = make_graph(entities, facts)
    file = folder / "graph.json"
    nodes = [
        {"id": item.id, "label": item.type, "name": item.name, "mention_count": item.mention_count}
        for item in graph.entities
    ]
    edges = [
        {
            "start": item.subject,
            "end": item.object,
            "type": item.relation.upper(),
            "id": item.id,
            "confidence": item.confidence,
            "status": item.status.value,
            "valid_from": str(item.validity.valid_from),
            "reason": item.reason,
        }
        for item in graph.facts
    ]
    file.write_text(json.dumps({"nodes": nodes, "edges": edges}), "utf-8")
    found = []
    for peer in ("neo4j-graphrag", "graphiti"):
        wipe(access)
        done = subprocess.run(
            [python, str(Path(__file__).with_name("neo4j_peers.py")), peer, str(file)],
            env={**os.environ, "PEER_URI": access.uri, "PEER_USER": access.user, "PEER_PASSWORD": access.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            found.append({"peer": peer, "entities": entities, "facts": facts, "failed": reason[0][:300]})
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        seconds = told["seconds"]
        found.append(
            {
                **told,
                "entities": entities,
                "facts": facts,
                "seconds": round(seconds, 2),
                "rows_per_second": round((told["nodes"] + told["relationships"]) / seconds),
                "relationships_per_second": round(told["relationships"] / seconds),
                "load_average": round(os.getloadavg()[0], 1),
            }
        )
    return found


@contextmanager
def _server(uri: str | None, apoc: Path | None) -> Iterator[Neo4jAccess]:
    if uri is not None:
        yield Neo4jAccess(uri, os.environ.get("KGFUSE_NEO4J_USER", "neo4j"), os.environ["KGFUSE_NEO4J_PASSWORD"])
        return
    server = Neo4jServer(memory=Memory(heap="3g", page_cache="2g"))
    if apoc is not None:
        shutil.copytree(apoc, server.home / "plugins")
    with server:
        yield server.access


def main() -> None:
    """Measure, print a table and write ``results/neo4j_load.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", metavar="PYTHON", help="Python of an environment that holds the peers")
    parser.add_argument("--sizes", default=",".join(f"{one}x{other}" for one, other in SIZES))
    parser.add_argument("--server", metavar="URI", help="a server that may be emptied, instead of one of its own")
    parser.add_argument(
        "--apoc", metavar="FOLDER", type=Path, help="apoc-core and what it needs: neo4j-graphrag asks for it"
    )
    given = parser.parse_args()
    sizes = [tuple(map(int, size.split("x"))) for size in given.sizes.split(",")]
    ours: list[dict[str, Any]] = []
    peers: list[dict[str, Any]] = []
    with _server(given.server, given.apoc) as access, tempfile.TemporaryDirectory() as name:
        measure(access, Path(name), *_WARM_UP)
        for entities, facts in sizes:
            ours.append(measure(access, Path(name), entities, facts))
            _print(ours[-1])
            if given.peers and facts <= PEERS_MOST:
                peers += measure_peers(access, given.peers, Path(name), entities, facts)
                for told in peers[-2:]:
                    print(json.dumps(told), flush=True)
            _keep(ours, peers, access)


def _print(told: dict[str, Any]) -> None:
    print(
        f"{told['entities']:>8} entities {told['facts']:>8} facts: {told['nodes']:>8} nodes {told['relationships']:>8} "
        f"relationships in {told['seconds']:>7} s = {told['relationships_per_second']:>6} relationships/s, "
        f"{told['rows_per_second']:>6} rows/s; unchanged {min(told['no_change_seconds'])} s; "
        f"one document more {told['one_document_more_seconds']} s",
        flush=True,
    )


def _keep(ours: list[dict[str, Any]], peers: list[dict[str, Any]], access: Neo4jAccess) -> None:
    with access.driver() as driver:
        server = driver.get_server_info().agent
    packages = {name: version(name) for name in ("neo4j", "neo4j-rust-ext")}
    result = {**surroundings(), "server": server, "packages": packages, "kgfuse": ours, "peers": peers}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "neo4j_load.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
