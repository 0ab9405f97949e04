"""The Cypher script that `kgfuse export -f cypher` writes, run by Neo4j: hostile text is stored, never run."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import cypher_text, export
from kgfuse.ledger import Ledger
from tests.support.made import entity, fact, graph
from tests.support.neo4j_server import Neo4jAccess

HOSTILE = (
    "x'}) DETACH DELETE n //",
    r"x\u0027}) DETACH DELETE n //",
    r"\\u0027 \u005cu0027 \u005c' \' \\",
    "ends in a backslash\\",
    '"quotes", `ticks`; $name {x} /* */ //',
    "\x00\x01\x7f\x85\n\r\t\u2028\ufeff",
    "ø 😀 \uffff",
)
PIECES = ["'", "\\", "u", "0027", "005c", r"\u0027", r"\u005c", "\n", "\x00", "😀", "`", '"', ";"]


def test_the_script_builds_the_graph_and_runs_nothing_else(neo4j_empty: Neo4jAccess, tmp_path: Path) -> None:
    Ledger.open(tmp_path / "kb.db").close()
    entities = [entity(name) for name in HOSTILE]
    facts = [fact(left, "owns", right) for left, right in pairwise(entities)]
    out = io.StringIO()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
        store.write(graph(entities, facts), datetime(2024, 1, 1, tzinfo=UTC))
        export(store, "cypher", out)
    with neo4j_empty.driver() as driver, driver.session() as session:
        for _ in range(2):  # running it twice is safe
            for statement in out.getvalue().split("\n")[:-1]:
                session.run(statement).consume()
        names = session.run("MATCH (entity:Entity) RETURN collect(entity.name) AS names").single(strict=True)["names"]
        owned = session.run("MATCH (:Entity)-[owns:OWNS]->(:Entity) RETURN count(owns) AS count").single(strict=True)
    assert sorted(names) == sorted(HOSTILE)
    assert owned["count"] == len(facts)


def test_every_text_comes_back_as_it_was(neo4j: Neo4jAccess) -> None:
    chance = random.Random(4)
    texts = [*HOSTILE, *("".join(chance.choices(PIECES, k=chance.randint(1, 12))) for _ in range(300))]
    with neo4j.driver() as driver, driver.session() as session:
        listed = ", ".join(map(cypher_text, texts))
        assert session.run(f"RETURN [{listed}] AS texts").single(strict=True)["texts"] == texts
