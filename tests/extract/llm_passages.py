"""What the tests of the LLM extractor share: documents of one or more passages, and what a model says about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgfuse.config import LanguageModelSettings
from kgfuse.extract.llm import LanguageModelExtractor
from kgfuse.llm.client import OpenAIModel
from kgfuse.model import Block, BlockKind, Chunk, Document, Moment, chunk_id, document_id
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import Extraction
from tests.support.llm_server import LanguageModelServer


def document_of(text: str, kind: BlockKind = BlockKind.PARAGRAPH, media_type: str = "text/plain") -> Document:
    """A document that is one block."""
    uri = "file:///docs/one.txt"
    blocks = (Block(kind, 0, len(text)),)
    when = Moment.parse("2021-05-04")
    return Document(document_id(uri, text.encode()), uri, media_type, "Page", text, blocks, "file:one", when)


def chunk_of(document: Document, quoted: bool = False) -> Chunk:
    """The whole text as one chunk."""
    end = len(document.text)
    return Chunk(chunk_id(document.id, 0, end), document.id, 0, end, document.text, (), 1, quoted)


def said(subject: str, predicate: str, object: str, quote: str, **rest: Any) -> dict[str, Any]:
    """A statement as a model writes it."""
    return {"subject": subject, "predicate": predicate, "object": object, "quote": quote, "confidence": 0.8, **rest}


def reply(*triples: dict[str, Any], entities: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """A whole reply."""
    return {"entities": [{"name": name, "type": type} for name, type in entities], "triples": list(triples)}


def extract(server: LanguageModelServer, text: str, **more: Any) -> Extraction:
    """Extract from one chunk; every triple must stand in the text."""
    kind = more.pop("kind", BlockKind.PARAGRAPH)
    seeds = more.pop("seeds", ())
    settings = LanguageModelSettings(model="test", base_url=server.base_url, max_retries=0, **more)
    document = document_of(text, kind)
    with OpenAIModel(settings) as model:
        extractor = LanguageModelExtractor(model, builtin_ontology(), settings, seeds)
        found = extractor.extract(document, [chunk_of(document)])
    for triple in found.triples:
        assert document.text[triple.evidence.start : triple.evidence.end] == triple.evidence.quote
    return found
