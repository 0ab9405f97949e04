"""Exports read back by other programs, with hostile names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.errors import UsageError
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import cypher_text, export
from kgfuse.ledger import Ledger
from kgfuse.model import Datatype, Literal
from tests.support.made import entity, fact, graph, validity

HOSTILE = "x'}) DETACH DELETE n //\\' \" ` \n;\u2028 <b>&amp; \x01 ø 😀"
ACME, EVIL = entity("Acme", "Organization", "A|B"), entity(HOSTILE, "Bad`Type")
OWNS = fact(EVIL, "owns", ACME, validity("2019"))
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
REVENUE = fact(ACME, "revenue", Literal("x", Datatype.QUANTITY, "1", "EUR"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedGraphStore]:
    Ledger.open(tmp_path / "kb.db").close()
    with EmbeddedGraphStore.open(tmp_path / "kb.db") as store:
        store.write(graph([ACME, EVIL], [OWNS, REVENUE]), datetime(2024, 1, 1, tzinfo=UTC))
        yield store


def test_graphml_is_read_back_by_networkx(store: EmbeddedGraphStore, tmp_path: Path) -> None:
    path = tmp_path / "graph.graphml"
    export(store, "graphml", path)
    read = nx.read_graphml(path)
    assert read.number_of_nodes() == 3
    assert {data["label"] for *_, data in read.edges(data=True)} == {"owns", "revenue"}
    assert read.nodes[EVIL.id]["label"] == HOSTILE.replace("\x01", "\ufffd")


def test_csv_is_read_back(store: EmbeddedGraphStore, tmp_path: Path) -> None:
    export(store, "csv", tmp_path / "tables")
    with (tmp_path / "tables" / "entities.csv").open(newline="", encoding="utf-8") as stream:
        assert {row["name"] for row in csv.DictReader(stream)} == {"Acme", HOSTILE}
    with (tmp_path / "tables" / "facts.csv").open(newline="", encoding="utf-8") as stream:
        found = {row["relation"]: row for row in csv.DictReader(stream)}
    assert (found["owns"]["subject"], found["owns"]["valid_from"]) == (HOSTILE, "2019")
    assert (found["revenue"]["object"], found["revenue"]["unit"]) == ("1", "EUR")


def test_cypher_statements_cannot_be_broken_out_of(store: EmbeddedGraphStore) -> None:
    out = io.StringIO()
    export(store, "cypher", out)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2 + 2 + 2
    for line in lines:
        code = _LITERAL.sub("''", line)
        assert "DELETE" not in code
        assert code.endswith(";")
        assert code.count(";") == 1
    assert "Bad`Type" not in out.getvalue()
    assert "MERGE (s)-[r:`OWNS` {fact_id:" in out.getvalue()


@given(st.text() | st.text(alphabet="'\\\\u0275c;`\"\\n"))
def test_cypher_text_is_one_literal_that_means_the_text(text: str) -> None:
    r"""Read as Neo4j does: what stands as ``\uXXXX`` first, which may end a literal, then the literal."""
    written = cypher_text(text)
    assert not set('"`;\n\r') & set(written)
    translated = re.sub(r"(\\[^u])|\\u([0-9a-f]{4})", lambda match: match[1] or chr(int(match[2], 16)), written)
    assert _LITERAL.fullmatch(translated)
    decoded = re.sub(r"\\(.)", r"\1", translated[1:-1])
    assert decoded.encode("utf-16", "surrogatepass").decode("utf-16") == text


def test_wrong_uses_are_told(store: EmbeddedGraphStore) -> None:
    with pytest.raises(UsageError):
        export(store, "xml", io.StringIO())
    with pytest.raises(UsageError):
        export(store, "csv", io.StringIO())
