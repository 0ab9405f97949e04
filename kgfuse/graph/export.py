"""The graph as files: GraphML, the canonical dump (JSON lines), CSV tables, a Cypher script.

The canonical dump holds entities, facts and claims in canonical order and no time of recording: two graphs are the same
when their dumps are, byte for byte.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kgfuse.errors import UsageError
from kgfuse.model import Entity, Fact, Literal
from kgfuse.plain import to_plain
from kgfuse.protocols import GraphReader
from kgfuse.wording import validity_words

if TYPE_CHECKING:
    import networkx as nx

_SAFE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_jsonl(store: GraphReader, out: TextIO) -> None:
    """Write the canonical dump: one object per line, ``kind`` being entity, fact or claim."""
    for line in canonical_lines(store):
        out.write(line + "\n")


def canonical_lines(store: GraphReader) -> Iterator[str]:
    """Yield the lines of the canonical dump, without line ends."""
    for entity in store.entities():
        yield _line("entity", to_plain(entity))
    for fact in store.facts():
        plain = to_plain(fact)
        del plain["recorded_at"], plain["retracted_at"]
        yield _line("fact", plain)
    for claim in store.claims():
        yield _line("claim", to_plain(claim))


def _line(kind: str, plain: dict[str, object]) -> str:
    return json.dumps({"kind": kind, **plain}, ensure_ascii=False, sort_keys=True)


def as_networkx(store: GraphReader) -> nx.MultiDiGraph[str]:
    """Return the graph for networkx: nodes are entities (and literal values), one edge per fact, keyed by its id."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for entity in store.entities():
        graph.add_node(
            entity.id,
            label=entity.name,
            type=entity.type or "",
            aliases=" | ".join(entity.aliases),
            mentions=entity.mention_count,
        )
    for fact in store.facts():
        target = fact.object if isinstance(fact.object, str) else _value_id(fact.object)
        if isinstance(fact.object, Literal):
            graph.add_node(target, label=str(fact.object), type="Value", aliases="", mentions=0)
        graph.add_edge(fact.subject, target, key=fact.id, **_edge(fact))
    return graph


def _value_id(literal: Literal) -> str:
    return "value:" + "|".join(literal.key)


def _edge(fact: Fact) -> dict[str, str | float]:
    return {
        "label": fact.relation,
        "valid_from": str(fact.validity.valid_from or ""),
        "valid_to": str(fact.validity.valid_to or ""),
        "valid": validity_words(fact.validity),
        "confidence": fact.confidence,
        "status": fact.status.value,
        "reason": fact.reason,
        "evidence": len(fact.supported_by),
    }


def write_graphml(store: GraphReader, out: TextIO) -> None:
    """Write GraphML (http://graphml.graphdrawing.org) for Gephi, yEd, Cytoscape and others."""
    import networkx as nx

    graph = as_networkx(store)
    for attributes in (*(data for _, data in graph.nodes(data=True)), *(data for *_, data in graph.edges(data=True))):
        for key, value in attributes.items():
            if isinstance(value, str):
                attributes[key] = _NOT_XML.sub("\ufffd", value)
    for line in nx.generate_graphml(graph, named_key_ids=True):
        out.write(line + "\n")


def write_csv(store: GraphReader, folder: Path) -> None:
    """Write ``entities.csv`` and ``facts.csv`` (UTF-8, RFC 4180) into a folder, making it when absent."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    with (folder / "entities.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["id", "name", "type", "aliases", "mentions"])
        for entity in store.entities():
            names[entity.id] = entity.name
            table.writerow([entity.id, entity.name, entity.type, " | ".join(entity.aliases), entity.mention_count])
    with (folder / "facts.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        header = (
            "id subject_id subject relation object_id object unit valid_from valid_to confidence status reason evidence"
        )
        table.writerow(header.split(" "))
        for fact in store.facts():
            literal = fact.object if isinstance(fact.object, Literal) else None
            object_id = fact.object if isinstance(fact.object, str) else None
            table.writerow(
                [
                    fact.id,
                    fact.subject,
                    names.get(fact.subject, ""),
                    fact.relation,
                    object_id,
                    literal.value if literal else names.get(object_id or "", ""),
                    literal.unit if literal else None,
                    fact.validity.valid_from,
                    fact.validity.valid_to,
                    fact.confidence,
                    fact.status.value,
                    fact.reason,
                    len(fact.supported_by),
                ]
            )


def write_cypher(store: GraphReader, out: TextIO) -> None:
    """Write a script for cypher-shell: constraint, entities, values and one relationship per fact; running it twice is safe.

    Names from documents stand in string literals only, escaped; labels and relationship types are checked names.
    """
    out.write("CREATE CONSTRAINT entity_id IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE;\n")
    out.write("CREATE CONSTRAINT value_id IF NOT EXISTS FOR (v:Value) REQUIRE v.id IS UNIQUE;\n")
    for entity in store.entities():
        label = f":`{entity.type}`" if entity.type and _SAFE_NAME.fullmatch(entity.type) else ""
        out.write(
            f"MERGE (e:Entity {{id: {cypher_text(entity.id)}}}) SET e{label or ':Entity'}, {_properties(entity)};\n"
        )
    for fact in store.facts():
        out.write(_fact_statement(fact) + "\n")


def _properties(entity: Entity) -> str:
    aliases = ", ".join(cypher_text(alias) for alias in entity.aliases)
    return f"e.name = {cypher_text(entity.name)}, e.type = {cypher_text(entity.type)}, e.aliases = [{aliases}]"


def _fact_statement(fact: Fact) -> str:
    relation = fact.relation.upper()
    if not _SAFE_NAME.fullmatch(relation):
        raise ValueError(f"not the name of a relation: {fact.relation!r}")
    if isinstance(fact.object, str):
        target = f"MATCH (o:Entity {{id: {cypher_text(fact.object)}}})"
    else:
        value = fact.object
        target = (
            f"MERGE (o:Value {{id: {cypher_text(_value_id(value))}}}) SET o.name = {cypher_text(str(value))}, "
            f"o.value = {cypher_text(value.value)}, o.unit = {cypher_text(value.unit)}"
        )
        target += " WITH o"
    properties = ", ".join(
        f"r.{name} = {cypher_text(value) if isinstance(value, str) else value}" for name, value in _edge(fact).items()
    )
    return (
        f"{target} MATCH (s:Entity {{id: {cypher_text(fact.subject)}}}) "
        f"MERGE (s)-[r:`{relation}` {{fact_id: {cypher_text(fact.id)}}}]->(o) SET {properties};"
    )


def cypher_text(value: str | None) -> str:
    r"""Return a Cypher string literal (or ``null``) that cannot be broken out of.

    Neo4j translates ``\uXXXX`` before it looks for quotes, so that ``\u0027`` ends a literal as a quote does: quotes and
    backslashes have a backslash, and only what is harmless anywhere in a literal is written by its number.
    """
    if value is None:
        return "null"
    return "'" + "".join(letter if _plain(letter) else _escaped(letter) for letter in value) + "'"


def _plain(letter: str) -> bool:
    return letter not in "'\"\\`;" and (" " <= letter <= "~" or letter >= "\xa1") and letter not in "\u2028\u2029\ufeff"


def _escaped(letter: str) -> str:
    if letter in "'\\":
        return "\\" + letter
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_WRITERS: dict[str, Callable[[GraphReader, TextIO], None]] = {
    "jsonl": write_jsonl,
    "graphml": write_graphml,
    "cypher": write_cypher,
}


def export(store: GraphReader, format: str, out: Path | TextIO) -> None:
    """Write the graph in `format` (jsonl, graphml, csv, cypher) to a file (a folder for csv) or an open text stream.

    A file appears whole or not at all. Raises UsageError for an unknown format or csv without a folder.
    """
    if format == "csv":
        if not isinstance(out, Path):
            raise UsageError("csv is two tables and needs a folder", hint="Add --out FOLDER.")
        write_csv(store, out)
        return
    if format not in _WRITERS:
        raise UsageError(
            f"unknown format {format!r}", hint=f"One of {', '.join(sorted([*_WRITERS, 'csv', 'browser']))}."
        )
    if not isinstance(out, Path):
        _WRITERS[format](store, out)
        return
    draft = out.with_name(out.name + ".part")
    try:
        with draft.open("w", encoding="utf-8") as stream:
            _WRITERS[format](store, stream)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
