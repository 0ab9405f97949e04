"""A first load by files: what `neo4j-admin database import` makes of them is what a push would have written."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgfuse.errors import UsageError
from kgfuse.graph.neo4j.bulk import write_bulk
from kgfuse.model import Datatype, Literal
from tests.graph.neo4j.graphs import ACME, BETA, MAIL, WHOLE, fill
from tests.graph.neo4j.pushing import Made, assert_parity, made
from tests.graph.neo4j.test_hostile import HOSTILE
from tests.support.made import entity, fact, graph
from tests.support.neo4j_jars import jars, java
from tests.support.neo4j_server import Neo4jServer

_OPENED = ("java.nio", "sun.nio.ch")


def fill_hostile(base: Made) -> None:
    """The whole graph, hostile names, a value that is a number here and a text there, two vectors."""
    fill(base.ledger)
    odd = [entity(f"{number}", text) for number, text in enumerate(HOSTILE)]
    odd[0] = replace(odd[0], aliases=("one\x1ftwo", "", '"', "\\"))
    text = fact(BETA, "revenue", Literal("much", Datatype.STRING, "much"))
    base.write(graph([*WHOLE.entities, *odd], [*WHOLE.facts, text], list(WHOLE.claims)))
    base.store.put_vectors("chunk", "m", [(MAIL.chunks[0].id, np.array([0.25, -1e-7], dtype=np.float32))])
    base.store.put_vectors("entity", "m", [(ACME.id, np.array([-0.5, 1e-9], dtype=np.float32))])


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    with made(tmp_path / "kb.db") as base:
        base.write(graph([ACME], []))
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "file").touch()
        with pytest.raises(UsageError, match="not empty"):
            write_bulk(base.path, base.ontology, base.settings, tmp_path / "full")
        summary = write_bulk(base.path, base.ontology, base.settings, tmp_path / "new")
    assert (summary.nodes, summary.relationships) == (1, 0)
    assert "import.args" in summary.command


@pytest.mark.usefixtures("neo4j_java")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_import_gives_what_a_push_gives(tmp_path: Path) -> None:
    with Neo4jServer() as server:
        server.stop()
        with made(tmp_path / "kb.db", server.access) as base:
            fill_hostile(base)
            summary = write_bulk(base.path, base.ontology, base.settings, tmp_path / "files")
            opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
            admin = [java() or "java", *opened, "-cp", f"{jars()}/*", "org.neo4j.cli.AdminTool"]
            done = subprocess.run(
                [*admin, "database", "import", "full", "@import.args", "--", "neo4j"],
                cwd=summary.folder,
                env={**os.environ, "NEO4J_HOME": str(server.home), "NEO4J_CONF": str(server.home / "conf")},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            server.start()
            first = base.push()
            assert (first.nodes, first.relationships) == (summary.nodes, summary.relationships)
            assert first.repaired is not None
            assert first.repaired <= 3, "what CSV cannot carry: an alias with a separator, values of two kinds"
            assert_parity(base, server.access)
            assert not base.push().any
