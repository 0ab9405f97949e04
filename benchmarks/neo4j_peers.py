"""What the peers do with the same graph; run by `benchmarks.neo4j_load` in an environment of theirs.

python neo4j_peers.py neo4j-graphrag|graphiti GRAPH.json, with PEER_URI, PEER_USER and PEER_PASSWORD in the environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any


def graphrag(graph: dict[str, Any], uri: str, auth: tuple[str, str]) -> float:
    """neo4j-graphrag: `Neo4jWriter` with its defaults."""
    import neo4j
    from neo4j_graphrag.experimental.components.kg_writer import Neo4jWriter
    from neo4j_graphrag.experimental.components.types import Neo4jGraph, Neo4jNode, Neo4jRelationship

    nodes = [
        Neo4jNode(
            id=item["id"],
            label=item["label"],
            properties={"name": item["name"], "mention_count": item["mention_count"]},
        )
        for item in graph["nodes"]
    ]
    edges = [
        Neo4jRelationship(
            start_node_id=item["start"],
            end_node_id=item["end"],
            type=item["type"],
            properties={name: item[name] for name in ("id", "confidence", "status", "valid_from", "reason")},
        )
        for item in graph["edges"]
    ]
    with neo4j.GraphDatabase.driver(uri, auth=auth) as driver:
        started = time.perf_counter()
        told = asyncio.run(Neo4jWriter(driver).run(Neo4jGraph(nodes=nodes, relationships=edges)))
        seconds = time.perf_counter() - started
    if told.status != "SUCCESS":
        raise RuntimeError(f"the writer says {told.status}: {told.metadata}")
    return seconds


def graphiti(graph: dict[str, Any], uri: str, auth: tuple[str, str]) -> float:
    """Graphiti: the statements of its bulk save (`add_nodes_and_edges_bulk`), in transactions of 1,000 rows."""
    from graphiti_core.driver.driver import GraphProvider
    from graphiti_core.models.edges.edge_db_queries import get_entity_edge_save_bulk_query
    from graphiti_core.models.nodes.node_db_queries import get_entity_node_save_bulk_query
    from neo4j import AsyncGraphDatabase

    now = datetime.now(UTC)
    nodes = [
        {
            "uuid": item["id"],
            "name": item["name"],
            "group_id": "load",
            "summary": "",
            "created_at": now,
            "name_embedding": [0.0],
            "labels": ["Entity", item["label"]],
        }
        for item in graph["nodes"]
    ]
    edges = [
        {
            "uuid": item["id"],
            "source_node_uuid": item["start"],
            "target_node_uuid": item["end"],
            "name": item["type"],
            "fact": item["reason"],
            "group_id": "load",
            "episodes": [],
            "created_at": now,
            "expired_at": None,
            "valid_at": None,
            "invalid_at": None,
            "fact_embedding": [0.0],
        }
        for item in graph["edges"]
    ]

    async def save() -> float:
        from graphiti_core.driver.neo4j_driver import Neo4jDriver

        driver = Neo4jDriver(uri, *auth)
        await driver.build_indices_and_constraints()
        await driver.close()
        async with AsyncGraphDatabase.driver(uri, auth=auth) as raw, raw.session() as session:
            await session.run("CALL db.awaitIndexes(60)")
            started = time.perf_counter()
            for listed, query, name in (
                (nodes, get_entity_node_save_bulk_query(GraphProvider.NEO4J, nodes), "nodes"),
                (edges, get_entity_edge_save_bulk_query(GraphProvider.NEO4J), "entity_edges"),
            ):
                for start in range(0, len(listed), 1000):
                    batch = listed[start : start + 1000]

                    async def work(tx: Any, query: Any = query, name: str = name, batch: Any = batch) -> None:
                        await (await tx.run(query, **{name: batch})).consume()

                    await session.execute_write(work)
            return time.perf_counter() - started

    return asyncio.run(save())


def main() -> None:
    """Run one peer and print what it took."""
    peer, file = sys.argv[1:]
    graph = json.loads(Path(file).read_text("utf-8"))
    uri, auth = os.environ["PEER_URI"], (os.environ["PEER_USER"], os.environ["PEER_PASSWORD"])
    seconds = {"neo4j-graphrag": graphrag, "graphiti": graphiti}[peer](graph, uri, auth)
    package = {"neo4j-graphrag": "neo4j-graphrag", "graphiti": "graphiti-core"}[peer]
    from neo4j import GraphDatabase

    with GraphDatabase.driver(uri, auth=auth) as driver:
        nodes = driver.execute_query("MATCH (n) RETURN count(n) AS count").records[0]["count"]
        edges = driver.execute_query("MATCH ()-[r]->() RETURN count(r) AS count").records[0]["count"]
    told = {"peer": peer, "version": version(package), "driver": version("neo4j")}
    print(json.dumps({**told, "seconds": seconds, "nodes": nodes, "relationships": edges}))


if __name__ == "__main__":
    main()
