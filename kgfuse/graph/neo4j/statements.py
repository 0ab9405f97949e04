"""The Cypher that writes: static templates, and what each asks of an element as a row.

Every statement finds what it touches by the unique ``(kb, id)`` of a label or type, and repeating it changes nothing. In a
first load there is nothing to find: what `CREATED_NODE` and `CREATED_EDGE` make must be new. They take rows as lists and set
properties one by one, which costs the server a third less than a map does, and find nodes by the element ids that
the server gave them a moment ago, which costs it half of what a look into an index does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import LiteralString

from kgfuse.graph.neo4j.elements import ENDS, Element, Key, layout_ends
from kgfuse.graph.neo4j.schema import cypher, labels_literal, map_literal

Row = dict[str, object] | list[object]

_NODE: LiteralString = "UNWIND $rows AS row MERGE (n:<label> {kb: $kb, id: row.id}) SET n = row.held"
_NODE_LABEL: LiteralString = " SET n:<label>"
_NODE_NO_LABEL: LiteralString = " REMOVE n:<label>"
_NODE_TOLD: LiteralString = " RETURN count(n) AS count, sum(n.checksum) AS checksum"
_FACT: LiteralString = """
UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row.start}) MATCH (e:<last> {kb: $kb, id: row.end})
MERGE (s)-[r:<type> {kb: $kb, id: row.id}]->(e) SET r = row.held
RETURN count(r) AS count, sum(r.checksum) AS checksum"""
_LAYOUT: LiteralString = """
UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row.start}) MATCH (e:<last> {kb: $kb, id: row.end})
MERGE (s)-[r:<type>]->(e) SET r = row.held
RETURN count(r) AS count, sum(r.checksum) AS checksum"""

_CREATED_NODE: LiteralString = """
UNWIND $rows AS row CREATE (n:<labels> <map>)
RETURN count(n) AS count, sum(row[0]) AS checksum"""
_MADE: LiteralString = ", collect([n.id, elementId(n)]) AS made"
_CREATED_EDGE: LiteralString = """
UNWIND $rows AS row MATCH (s) WHERE elementId(s) = row[1] MATCH (e) WHERE elementId(e) = row[2]
CREATE (s)-[r:<type> <map>]->(e)
RETURN count(r) AS count, sum(row[0]) AS checksum"""
_CREATED_EDGE_BY_ID: LiteralString = """
UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row[1]}) MATCH (e:<last> {kb: $kb, id: row[2]})
CREATE (s)-[r:<type> <map>]->(e)
RETURN count(r) AS count, sum(row[0]) AS checksum"""

_WITHOUT_NODE: LiteralString = "UNWIND $rows AS row MATCH (n:<label> {kb: $kb, id: row.id}) DETACH DELETE n"
_WITHOUT_FACT: LiteralString = "UNWIND $rows AS row MATCH ()-[r:<type> {kb: $kb, id: row.id}]->() DELETE r"
_WITHOUT_LAYOUT: LiteralString = """
UNWIND $rows AS row
MATCH (:<first> {kb: $kb, id: row.start})-[r:<type>]->(:<last> {kb: $kb, id: row.end}) DELETE r"""
WITHOUT_STRAY_NODE: LiteralString = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.element DETACH DELETE n"
WITHOUT_STRAY_EDGE: LiteralString = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row.element DELETE r"


def put_node(element: Element, stale_labels: Iterable[str]) -> LiteralString:
    """Return what writes a node and takes second labels away that it has no more."""
    statement = cypher(_NODE, label=element.name)
    if element.label is not None:
        statement += cypher(_NODE_LABEL, label=element.label)
    for stale in sorted(set(stale_labels) - {element.label}):
        statement += cypher(_NODE_NO_LABEL, label=stale)
    return statement + _NODE_TOLD


def put_edge(element: Element) -> LiteralString:
    """Return what writes a relationship."""
    assert element.ends is not None
    first, _, last, _ = element.ends
    return cypher(_LAYOUT if element.name in ENDS else _FACT, first=first, last=last, type=element.name)


def without(key: Key, labels: frozenset[str]) -> LiteralString:
    """Return what removes an element; `labels` says which keys name nodes."""
    name = key[0]
    if name in labels:
        return cypher(_WITHOUT_NODE, label=name)
    if name not in ENDS:
        return cypher(_WITHOUT_FACT, type=name)
    first, _, last, _ = layout_ends(*key)
    return cypher(_WITHOUT_LAYOUT, first=first, last=last, type=name)


def key_row(key: Key) -> dict[str, object]:
    """Return what `without` is given for an element."""
    return {"id": key[1]} if len(key) == 2 else {"start": key[1], "end": key[2]}


# ------------------------------------------------------------------------------------------------------------ first load


def create_nodes(nodes: Sequence[Element], made: bool) -> tuple[LiteralString, list[Row]]:
    """Return what makes nodes that share their labels, and their rows; with `made`, it answers with their element ids."""
    labels = [nodes[0].name, *([nodes[0].label] if nodes[0].label else [])]
    columns = _columns(nodes)
    rows: list[Row] = [[node.checksum, *_values(node, columns)] for node in nodes]
    query = cypher(_CREATED_NODE, labels=labels_literal(labels), map=map_literal(columns, 1))
    return query + _MADE if made else query, rows


def create_edges(edges: Sequence[Element], ends: Sequence[tuple[str, str]] | None) -> tuple[LiteralString, list[Row]]:
    """Return what makes relationships of one type between nodes of the same labels, and their rows.

    `ends` are the element ids of the nodes; without them, the nodes are found by their ids.
    """
    columns = _columns(edges)
    literal = map_literal(columns, 3)
    assert edges[0].ends is not None
    if ends is not None:
        pairs = zip(edges, ends, strict=True)
        rows: list[Row] = [[edge.checksum, start, end, *_values(edge, columns)] for edge, (start, end) in pairs]
        return cypher(_CREATED_EDGE, type=edges[0].name, map=literal), rows
    rows = [[edge.checksum, edge.ends[1], edge.ends[3], *_values(edge, columns)] for edge in edges if edge.ends]
    first, _, last, _ = edges[0].ends
    return cypher(_CREATED_EDGE_BY_ID, type=edges[0].name, map=literal, first=first, last=last), rows


def _columns(elements: Sequence[Element]) -> list[str]:
    columns = sorted(set().union(*(element.properties for element in elements)))
    return [*columns, "embedding"] if any(element.embedding is not None for element in elements) else columns


def _values(element: Element, columns: Sequence[str]) -> list[object]:
    values: list[object] = [*map(element.properties.get, columns)]
    if element.embedding is not None:
        values[-1] = array("f", element.embedding).tolist()
    return values
