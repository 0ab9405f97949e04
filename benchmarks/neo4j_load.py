"""How fast the graph gets into a real Neo4j, beside neo4j-graphrag's `Neo4jWriter` and Graphiti's bulk save.

    python -m benchmarks.neo4j_load [--peers PYTHON] [--apoc FOLDER] [--sizes 10000x20000,…] [--server URI]

Every size is a made-up ledger of so many entities and facts; see benchmarks/README.md for the scope. `--peers` names the
Python of an environment that holds neo4j-graphrag and graphiti-core. The server is warm for everybody: each of the three
loads the smallest graph `--warm` times into it, and empties it, before it is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from benchmarks.neo4j_bulk import cpu_seconds, measure_bulk
from benchmarks.neo4j_graphs import make_graph, one_more
from kgfuse.config import Neo4jSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.neo4j.push import PushSummary, push
from kgfuse.ledger import Ledger
from kgfuse.ontology import builtin_ontology
from tests.support.neo4j_server import Memory, Neo4jAccess, Neo4jServer, wipe

SIZES = ((10_000, 20_000), (100_000, 200_000), (100_000, 500_000))
PEERS = ("neo4j-graphrag", "graphiti")
PEERS_MOST = 220_000
"""Relationships above which the peers are not asked: they take minutes per 100,000."""

PROVIDE_PEERS = (
    "python -m venv peers && peers/bin/pip install neo4j-graphrag graphiti-core, then --peers peers/bin/python"
)
PROVIDE_APOC = (
    "mvn dependency:copy -Dartifact=org.neo4j.procedure:apoc-core:5.26.0:jar:core -DoutputDirectory=apoc, "
    "then --apoc apoc"
)
MEMORY = Memory(heap="3g", page_cache="2g")
WARM_UP = (10_000, 20_000)
"""What is loaded to warm the server up."""

_START = datetime(2024, 1, 1, tzinfo=UTC)


def warm_up(server: Server, folder: Path, times: int) -> None:
    """Push a small ledger again and again into the emptied server: its code is compiled while it runs."""
    path = folder / "warm.db"
    with Ledger.open(path):
        pass
    with EmbeddedGraphStore.open(path) as store:
        graph = make_graph(*WARM_UP)
        for number in range(times):
            store.write(graph, _START + timedelta(days=2 * number))
            wipe(server.access)
            push(path, builtin_ontology(), _settings(server.access))
            store.write(one_more(graph), _START + timedelta(days=2 * number + 1))
            push(path, builtin_ontology(), _settings(server.access))


def _settings(access: Neo4jAccess) -> Neo4jSettings:
    return Neo4jSettings(uri=access.uri, user=access.user, password=SecretStr(access.password), kb="load")


def measure(server: Server, folder: Path, entities: int, facts: int) -> dict[str, Any]:
    """Push a made-up ledger into the emptied server, push it again unchanged, and push one document more."""
    graph = make_graph(entities, facts)
    path = folder / f"load-{entities}-{facts}.db"
    settings = _settings(server.access)
    ontology = builtin_ontology()
    with Ledger.open(path):
        pass
    with EmbeddedGraphStore.open(path) as store:
        started = time.perf_counter()
        store.write(graph, _START)
        written = time.perf_counter() - started
        wipe(server.access)
        client, engine = cpu_seconds(), server.seconds()
        first, first_seconds = _timed(lambda: push(path, ontology, settings))
        client, engine = cpu_seconds() - client, server.seconds() - engine
        properties = count_properties(server.access)
        same = [_timed(lambda: push(path, ontology, settings))[1] for _ in range(3)]
        bulk = None if server.pid is None else measure_bulk(path, folder, MEMORY)
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
        "client_cpu_seconds": round(client, 2),
        "server_cpu_seconds": round(engine, 2),
        "properties": properties,
        "properties_per_second": round(properties / first_seconds),
        "rows_per_second": round(rows / first_seconds),
        "relationships_per_second": round(first.relationships / first_seconds),
        "no_change_seconds": [round(seconds, 2) for seconds in same],
        "one_document_more_seconds": round(more_seconds, 2),
        "one_document_more_rows": more.nodes_written + more.relationships_written,
        "bulk": bulk,
        "load_average": round(os.getloadavg()[0], 1),
    }


def count_properties(access: Neo4jAccess) -> int:
    """Return how many properties the database holds; of a list, one."""
    with access.driver() as driver:
        counts = [
            driver.execute_query(query).records[0].value()
            for query in (
                "MATCH (n) RETURN sum(size(keys(n)))",
                "MATCH ()-[r]->() RETURN sum(size(keys(r)))",
            )
        ]
    return sum(counts)


def _timed(work: Any) -> tuple[PushSummary, float]:
    started = time.perf_counter()
    summary: PushSummary = work()
    return summary, time.perf_counter() - started


def warm_up_peers(server: Server, python: str, folder: Path, times: int) -> None:
    """Have every peer load what we loaded to warm up, as often."""
    file = _peer_file(folder, *WARM_UP)
    for peer in PEERS:
        for _ in range(times):
            wipe(server.access)
            _run_peer(server.access, python, peer, file)


def measure_peers(server: Server, python: str, folder: Path, entities: int, facts: int) -> list[dict[str, Any]]:
    """Have the peers write the same entities and facts, as nodes and relationships, into the emptied server."""
    file = _peer_file(folder, entities, facts)
    found = []
    for peer in PEERS:
        wipe(server.access)
        engine, client = server.seconds(), _children()
        done = _run_peer(server.access, python, peer, file)
        engine, client = server.seconds() - engine, _children() - client
        size = {"entities": entities, "facts": facts}
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            found.append({"peer": peer, **size, "failed": reason[0][:300]})
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        seconds, properties = told["seconds"], count_properties(server.access)
        found.append(
            {
                **told,
                **size,
                "seconds": round(seconds, 2),
                "rows_per_second": round((told["nodes"] + told["relationships"]) / seconds),
                "relationships_per_second": round(told["relationships"] / seconds),
                "client_cpu_seconds": round(client, 2),
                "server_cpu_seconds": round(engine, 2),
                "properties": properties,
                "properties_per_second": round(properties / seconds),
                "load_average": round(os.getloadavg()[0], 1),
            }
        )
    return found


def _children() -> float:
    """CPU seconds of the processes started so far, a peer's start and what it makes before it writes among them."""
    times = os.times()
    return times.children_user + times.children_system


def _run_peer(access: Neo4jAccess, python: str, peer: str, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, str(Path(__file__).with_name("neo4j_peers.py")), peer, str(file)],
        env={**os.environ, "PEER_URI": access.uri, "PEER_USER": access.user, "PEER_PASSWORD": access.password},
        capture_output=True,
        text=True,
        check=False,
    )


def _peer_file(folder: Path, entities: int, facts: int) -> Path:
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
    return file


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is; `pid` where it is ours."""

    access: Neo4jAccess
    pid: int | None

    def seconds(self) -> float:
        """Return the CPU seconds that it has used; 0 where that cannot be told."""
        file = Path(f"/proc/{self.pid}/stat")
        if self.pid is None or not file.exists():
            return 0.0
        fields = file.read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server(uri: str | None, apoc: Path | None) -> Iterator[Server]:
    if uri is not None:
        user, password = os.environ.get("KGFUSE_NEO4J_USER", "neo4j"), os.environ["KGFUSE_NEO4J_PASSWORD"]
        yield Server(Neo4jAccess(uri, user, password), None)
        return
    settings = {"dbms.security.procedures.unrestricted": "apoc.*"} if apoc else {}
    server = Neo4jServer(memory=MEMORY, settings=settings)
    if apoc is not None:
        shutil.copytree(apoc, server.home / "plugins")
    with server:
        yield Server(server.access, server.pid)


def main() -> None:
    """Measure, print a table and write ``results/neo4j_load.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", metavar="PYTHON", help="Python of an environment that holds the peers")
    parser.add_argument("--sizes", default=",".join(f"{one}x{other}" for one, other in SIZES))
    parser.add_argument("--server", metavar="URI", help="a server that may be emptied, instead of one of its own")
    parser.add_argument("--apoc", metavar="FOLDER", type=Path, help="the jar of apoc-core: neo4j-graphrag asks for it")
    parser.add_argument("--warm", type=int, default=5, help="how often the small graph is loaded before")
    given = parser.parse_args()
    sizes = [tuple(map(int, size.split("x"))) for size in given.sizes.split(",")]
    ours: list[dict[str, Any]] = []
    peers: list[dict[str, Any]] = []
    console = Console()
    if given.peers is None:
        console.print(f"No peers: {PROVIDE_PEERS}")
    elif given.apoc is None:
        console.print(f"Without APOC neo4j-graphrag's writer ends: {PROVIDE_APOC}")
    with _server(given.server, given.apoc) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm_up(server, folder, given.warm)
        if given.peers:
            warm_up_peers(server, given.peers, folder, given.warm)
        for entities, facts in sizes:
            ours.append(measure(server, folder, entities, facts))
            console.print(ours[-1])
            if given.peers and facts <= PEERS_MOST:
                peers += measure_peers(server, given.peers, folder, entities, facts)
                console.print(peers[-len(PEERS) :])
            _keep(ours, peers, server.access, given.warm)
    console.print(_table(ours, peers))


def _table(ours: list[dict[str, Any]], peers: list[dict[str, Any]]) -> Table:
    table = Table(title="a first load, and what follows it (seconds)")
    for column in (
        "",
        "graph",
        "relationships/s",
        "rows/s",
        "properties/s",
        "CPU s client, server",
        "unchanged",
        "one more",
    ):
        table.add_column(column)
    for told in ours:
        same = min(told["no_change_seconds"])
        table.add_row("kgfuse", *_rates(told), str(same), str(told["one_document_more_seconds"]))
        if bulk := told["bulk"]:
            rates = (f"{bulk[name]:,}" for name in ("relationships_per_second", "rows_per_second"))
            table.add_row("kgfuse, by files", f"{told['entities']:,} / {told['facts']:,}", *rates)
        for peer in peers:
            if (peer["entities"], peer["facts"]) == (told["entities"], told["facts"]):
                table.add_row(peer["peer"], *([peer["failed"][:60]] if "failed" in peer else _rates(peer)))
    return table


def _rates(told: dict[str, Any]) -> list[str]:
    rates = [f"{told[name]:,}" for name in ("relationships_per_second", "rows_per_second", "properties_per_second")]
    cpu = f"{told['client_cpu_seconds']}, {told['server_cpu_seconds']}"
    return [f"{told['entities']:,} / {told['facts']:,}", *rates, cpu]


def _keep(ours: list[dict[str, Any]], peers: list[dict[str, Any]], access: Neo4jAccess, warm: int) -> None:
    with access.driver() as driver:
        server = driver.get_server_info().agent
    packages = {name: version(name) for name in ("neo4j", "neo4j-rust-ext")}
    warmth = {"loads": warm, "entities": WARM_UP[0], "facts": WARM_UP[1], "by": ["kgfuse", *(PEERS if peers else ())]}
    held = {"server": server, "packages": packages, "warm_up": warmth, "kgfuse": ours, "peers": peers}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "neo4j_load.json").write_text(json.dumps({**surroundings(), **held}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
