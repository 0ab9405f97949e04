"""The graph of layout and metadata: parts, pages, captions, replies and copies."""

from __future__ import annotations

import io
import json
from pathlib import Path

from kgfuse.config import ChunkSettings, IngestSettings
from kgfuse.document_graph import metadata, relations, write_layout
from kgfuse.document_layout import layout_of
from kgfuse.embedding import BUNDLED
from kgfuse.ingest import chunk, read_raw, token_counter
from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import Document
from kgfuse.protocols import Extraction, RawFile
from tests.ingest import making

_TEXT = b"""# Report

Acme makes wheels.

## Prices

Table 1: Prices of wheels

| Item | Price |
| --- | --- |
| Wheel | 5 |

## Staff

Jane Roe runs Acme.
"""


def _store(ledger: Ledger, name: str, content: bytes) -> list[Document]:
    uri = f"file:///in/{name}"
    reading = read_raw(RawFile(uri, name, content), IngestSettings())
    records = [
        DocumentRecord(one, chunk(one, ChunkSettings(), token_counter(BUNDLED)), Extraction(()))
        for one in reading.documents
    ]
    ledger.store(FileState(uri, 1, 1, name, "r"), records, reading.failures)
    return list(reading.documents)


def test_sections_hold_sections_tables_and_chunks() -> None:
    (document,) = read_raw(RawFile("file:///in/a.md", "a.md", _TEXT), IngestSettings()).documents
    nodes, edges = layout_of(document, chunk(document, ChunkSettings(), token_counter(BUNDLED)))
    names = {node.id: f"{node.label} {node.name[:12]}".strip() for node in nodes}
    parts = {(names[edge.source], names[edge.target]) for edge in edges if edge.type == "HAS_PART"}
    assert {
        ("Document Report", "Section Report"),
        ("Section Report", "Section Prices"),
        ("Section Report", "Section Staff"),
        ("Section Prices", "Table Item | Price"),
    } <= parts
    assert sum(target.startswith("Chunk") for _, target in parts) == len(
        chunk(document, ChunkSettings(), token_counter(BUNDLED))
    )
    assert len({node.id for node in nodes}) == len(nodes)
    assert [edge.type for edge in edges].count("NEXT") == len(
        chunk(document, ChunkSettings(), token_counter(BUNDLED))
    ) - 1


def test_slides_are_pages_that_follow_each_other() -> None:
    (document,) = read_raw(RawFile("file:///in/a.pptx", "a.pptx", making.pptx()), IngestSettings()).documents
    nodes, edges = layout_of(document, chunk(document, ChunkSettings(), token_counter(BUNDLED)))
    pages = [node.id for node in nodes if node.label == "Page"]
    assert len(pages) == 2
    assert [(edge.source, edge.target) for edge in edges if edge.type == "NEXT" and edge.source in pages] == [
        tuple(pages)
    ]


def test_a_ledger_knows_replies_attachments_and_near_duplicates(tmp_path: Path) -> None:
    story = " ".join(f"In {year} Acme sold {year * 3} wheels in town number {year % 7}." for year in range(1990, 2020))
    with Ledger.open(tmp_path / "kb.db") as ledger:
        first, *_ = _store(ledger, "1.eml", bytes(making.mail(number=1)))
        answer = making.mail("I agree with you in full.\n", "Re: News", 2, In_Reply_To="<1@acme.example>")
        answer.add_attachment(story.encode(), maintype="text", subtype="plain", filename="story.txt")
        second, attached = _store(ledger, "2.eml", bytes(answer))
        (copy,) = _store(ledger, "copy.txt", story.replace("town number 3", "the town number 3", 1).encode())
        _store(ledger, "other.txt", b"Beta makes tyres. " * 40)
        found = {(edge.type, edge.source, edge.target) for edge in relations(ledger)}
        left, right = sorted((attached.id, copy.id))
        assert found == {
            ("HAS_ATTACHMENT", second.id, attached.id),
            ("REPLIES_TO", second.id, first.id),
            ("SAME_AS", left, right),
        }
        assert ledger.document(second.id).properties == second.properties
        out = io.StringIO()
        write_layout(ledger, lambda chunks: [(one, "entity:x") for one in chunks], out)
        lines = [json.loads(line) for line in out.getvalue().splitlines()]
        assert {"node", "edge", "metadata"} == {line["kind"] for line in lines}
        assert {"sent_by", "sent_to", "sent_on", "replies_to"} <= {
            line["name"] for line in lines if line["kind"] == "metadata"
        }
        ledger.forget(second.id)
        assert {edge.type for edge in relations(ledger)} == set()
        assert not [one for one in ledger.properties() if one[0] == second.id]


def test_what_a_mail_says_of_itself_is_told_with_the_line_that_says_it(tmp_path: Path) -> None:
    mail = b"From: Tom Poe <tom@acme.example>\nTo: Jane Roe <jane@acme.example>, ann@acme.example\n"
    mail += b"Date: Wed, 03 Mar 2021 13:00:00 +0200\nMessage-ID: <a@x>\nIn-Reply-To: <q@x>\n\nYes.\n"
    with Ledger.open(tmp_path / "kb.db") as ledger:
        (document,) = _store(ledger, "a.eml", mail)
        _store(ledger, "a.md", _TEXT)
        found = metadata(ledger)
        assert [(one.name, one.value) for one in found] == [
            ("message_id", "a@x"),
            ("replies_to", "q@x"),
            ("sent_by", "Tom Poe <tom@acme.example>"),
            ("sent_to", "Jane Roe <jane@acme.example>"),
            ("sent_to", "ann@acme.example"),
            ("sent_on", "2021-03-03T13:00:00+02:00"),
        ]
        (when,) = metadata(ledger, document.id, ["sent_on"])
        assert (when.uri, when.quote) == ("file:///in/a.eml", "Date: Wed, 03 Mar 2021 13:00:00 +0200")
        assert metadata(ledger, "document:none") == []
