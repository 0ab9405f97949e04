"""The made-up world of tests/cases/questions.yaml, in a real store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import (
    Block,
    BlockKind,
    Chunk,
    Citation,
    Datatype,
    Document,
    Entity,
    Fact,
    FactStatus,
    Literal,
    Mention,
    chunk_id,
    content_id,
    document_id,
)
from kgfuse.protocols import Extraction
from tests.support.made import fact, graph, validity

_QUOTE = 7
"""Where the row of a fact has the words that it was read in."""

RECORDED = datetime(2024, 1, 1, tzinfo=UTC)


@cache
def cases() -> dict[str, Any]:
    """The file's content."""
    content: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parents[1] / "cases" / "questions.yaml").read_text("utf-8")
    )
    return content


def make_world(path: Path) -> tuple[EmbeddedGraphStore, Ledger]:
    """Write the world of the cases to a new ledger and graph."""
    ledger = Ledger.open(path)
    groups = []
    for number, about in enumerate(cases()["passages"]):
        text = about["text"]
        record = passage(f"passage-{number}.txt", text, about.get("mentions", []), about.get("under"))
        for mention in record.extraction.mentions:
            key = (record.document.id, mention.surface, mention.entity_type or "")
            groups.append((key, content_id("entity", mention.surface)))
        ledger.store(FileState(record.document.uri, len(text), 1, record.document.id, "1"), [record])
    store = EmbeddedGraphStore.open(path)
    entities = {name: _entity(name, **about) for name, about in cases()["entities"].items()}
    fused = graph(list(entities.values()), [_fact(row, entities) for row in cases()["facts"]])
    store.write(replace(fused, groups=tuple(sorted(groups))), RECORDED)
    return store, ledger


def passage(name: str, text: str, names: Sequence[str] = (), heading: str | None = None) -> DocumentRecord:
    """A document that is one chunk of text, under a heading if it has one, and mentions these names."""
    uri = f"file:///docs/{name}"
    id = document_id(uri, text.encode())
    block = Block(BlockKind.PARAGRAPH, 0, len(text))
    document = Document(id, uri, "text/plain", name, text, (block,), f"file:{uri}")
    mentions = tuple(Mention(n, text.index(n), text.index(n) + len(n), "Company") for n in names)
    chunk = Chunk(chunk_id(id, 0, len(text)), id, 0, len(text), text, (heading,) if heading else ())
    return DocumentRecord(document, (chunk,), Extraction((), mentions))


def citer() -> Callable[[Fact | Chunk], Sequence[Citation]]:
    """Cite a fact by its id and a chunk by its place, as the knowledge base does from the ledger.

    A fact was read in the words that its row gives, or in an ``f``.
    """
    quotes = _quotes()

    def cite(item: Fact | Chunk) -> Sequence[Citation]:
        if isinstance(item, Chunk):
            return (Citation(item.document_id, "file:///docs/p.txt", "p", item.start, item.end, item.text),)
        quote = quotes.get(item.id, "f")
        return (Citation(item.id, "file:///docs/f.txt", "f", 0, len(quote), quote),)

    return cite


def _quotes() -> dict[str, str]:
    entities = {name: _entity(name, **about) for name, about in cases()["entities"].items()}
    rows = [row for row in cases()["facts"] if len(row) > _QUOTE]
    return {_fact(row[:_QUOTE], entities).id: row[_QUOTE] for row in rows}


def _entity(name: str, type: str | None, aliases: Sequence[str] = ()) -> Entity:
    id = content_id("entity", name)
    return Entity(id, name, type, tuple(aliases), 1, (id,))


def _fact(row: list[Any], entities: dict[str, Entity]) -> Fact:
    subject, relation, value, *rest = row[:_QUOTE]
    start, end, status, confidence = (*rest, None, None, None, None)[:4]
    when = validity(str(start) if start else None, str(end) if end else None)
    return fact(
        entities[subject], relation, _value(value, entities), when, FactStatus(status or "accepted"), confidence or 0.9
    )


def _value(text: str, entities: dict[str, Entity]) -> Entity | Literal:
    if text.startswith("= "):
        number, _, unit = text[2:].partition(" ")
        return Literal(text[2:], Datatype.QUANTITY, number, unit)
    if text.startswith("@ "):
        return Literal(text[2:], Datatype.DATE, text[2:])
    return entities[text]
