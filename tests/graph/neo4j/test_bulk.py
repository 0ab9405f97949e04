"""A first load by files: what `neo4j-admin database import` makes of them is what a push would have written."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgfuse.errors import UsageError
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.bulk import write_bulk
from kgfuse.graph.neo4j.elements import Element, node
from kgfuse.graph.neo4j.import_files import ImportFiles
from kgfuse.graph.neo4j.pushed import Placed, Pushed
from kgfuse.graph.schema import GRAPH
from kgfuse.model import Datatype, Literal
from kgfuse.sqlite import connect
from tests.graph.neo4j.graphs import ACME, BETA, MAIL, WHOLE, fill
from tests.graph.neo4j.pushing import Made, assert_parity, expected, made
from tests.graph.neo4j.test_hostile import HOSTILE
from tests.support.made import entity, fact, graph
from tests.support.neo4j_server import Neo4jServer


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
            done = server.admin("database", "import", "full", "@import.args", "--", "neo4j", folder=summary.folder)
            assert done.returncode == 0, done.stdout + done.stderr
            server.start()
            first = base.push()
            assert (first.nodes, first.relationships) == (summary.nodes, summary.relationships)
            assert first.repaired is None, "what was written to the files is known"
            assert (first.nodes_written, first.relationships_written) == (1, 0), "an alias with a separator"
            assert_parity(base, server.access)
            assert not base.push().any


def test_what_files_cannot_hold_is_told(tmp_path: Path) -> None:
    def value(**more: object) -> Element:
        return node(schema.VALUE, "v", {"value": "w", **more})

    kept = [value(number=2), value(number=2.5), value(unit='"'), value(unit=""), value(names=["", "b"]), value(on=True)]
    cut = [value(names=["a\x1fb"]), value(names=[""]), value(number=float("inf"))]
    with ImportFiles(tmp_path, "kb") as files:
        assert [files.put(element) for element in kept] == kept
        assert [files.put(element) for element in cut] == [Placed(element.key, 0, None) for element in cut]
    files.write_arguments("Base", complete=False)
    header = ":LABEL,kb:string,checksum:long,id:ID(Value),value:string"
    assert _text(tmp_path, "Value.header.csv") == f"{header},number:long,unit:string,names:string[],on:boolean\n"
    assert _text(tmp_path, "Value-1.header.csv") == f"{header},number:double\n", (
        "a number here is of another type there"
    )
    sums = [element.checksum for element in kept]
    assert _text(tmp_path, "Value.rows.csv").splitlines() == [
        f'"Value","kb",{sums[0]},"v","w",2',
        f'"Value","kb",{sums[2]},"v","w",,""""',
        f'"Value","kb",{sums[3]},"v","w",,""',
        f'"Value","kb",{sums[4]},"v","w",,,"\x1fb"',
        f'"Value","kb",{sums[5]},"v","w",,,,true',
        '"Value","kb",0,"v","w"',
        '"Value","kb",0,"v","w"',
    ]
    assert _text(tmp_path, "import.args").endswith("--nodes=Value-1.header.csv,Value-1.rows.csv\n")


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_bytes().decode("utf-8")


def test_files_are_on_record_as_pushed(tmp_path: Path) -> None:
    with made(tmp_path / "kb.db") as base:
        fill(base.ledger)
        base.write(WHOLE)
        stamps = []
        for name in ("one", "two"):
            write_bulk(base.path, base.ontology, base.settings, tmp_path / name)
            stamps += re.findall(r'"kb","(\w{32})","kb"', _text(tmp_path / name, "KnowledgeBase.rows.csv"))
        with closing(connect(base.path, GRAPH)) as connection:
            pushed = Pushed(connection, stamps[1], "a server")
            assert pushed.known
            whole = expected(base.path, base.ontology)
            assert sum(total.checksum for total in pushed.sums().values()) == sum(one for one, _ in whole.values())
            assert sum(total.count for total in pushed.sums().values()) == len(whole)
            assert not Pushed(connection, stamps[0], "another").known, "the files before are forgotten"
            assert Pushed(connection, stamps[1], "a server").known
