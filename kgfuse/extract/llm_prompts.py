"""What a language model is asked about a passage, and which passages it is asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgfuse.model import BlockKind, Chunk, Document
from kgfuse.ontology import Ontology, Relation
from kgfuse.prompts import load_prompt
from kgfuse.protocols import Turns

_LONGEST_FIELD = 300
_LONGEST_WINDOW = 12_000
"""Characters of text per request: some 3,000 tokens, of which models write down all that they can."""
_MOST_WINDOWS = 16
"""Requests for one chunk; what is beyond has no sentences and is no text."""
_LONG_WORDS = 400
"""Passages of more words get the part about long ones."""
_LONGEST_WORD = 60
"""Characters between white space above which it is no word: base64, a key, minified code."""
_MOSTLY = 0.8
_MOST_NAMES = 20


def windows(document: Document, chunk: Chunk) -> tuple[list[Chunk], int]:
    """Cut a chunk into what is asked about, and count the stretches that are left out for being over the limits.

    Nothing is asked about a chunk without two words, of program code, or of what is no language (base64).
    """
    if not _telling(chunk.text) or _share(document, chunk, BlockKind.CODE) > _MOSTLY:
        return [], 0
    if len(chunk.text) <= _LONGEST_WINDOW:
        return [chunk], 0
    pieces = [piece for piece in _pieces(chunk) if _telling(piece.text)]
    return pieces[:_MOST_WINDOWS], max(0, len(pieces) - _MOST_WINDOWS)


def _pieces(chunk: Chunk) -> Iterator[Chunk]:
    start, text = 0, chunk.text
    while start < len(text):
        end = min(len(text), start + _LONGEST_WINDOW)
        if end < len(text):  # at the end of a sentence, else between words, else anywhere
            half = start + _LONGEST_WINDOW // 2
            stops = [(text.rfind(mark, half, end), len(mark)) for mark in (". ", "\n", " ")]
            end = next((stop + length for stop, length in stops if stop > 0), end)
        yield replace(chunk, start=chunk.start + start, end=chunk.start + end, text=text[start:end])
        start = end


def _telling(text: str) -> bool:
    """Whether a text can say something of something: two words, and not all but made of endless ones."""
    if len(re.findall(r"[^\W_]+", text[:1000])) < 2 and text.isascii():
        return False
    if not re.search(r"[^\W\d_]", text):
        return False
    endless = sum(len(word) for word in text.split() if len(word) > _LONGEST_WORD and word.isascii())
    return endless <= _MOSTLY * len(text)


def _share(document: Document, chunk: Chunk, kind: BlockKind) -> float:
    """The share of a chunk that lies in blocks of a kind."""
    inside = sum(
        max(0, min(block.end, chunk.end) - max(block.start, chunk.start))
        for block in document.blocks
        if block.kind is kind
    )
    return inside / max(1, chunk.end - chunk.start)


# ------------------------------------------------------------------------------------------------------------- prompts


def first_turns(system: str, document: Document, chunk: Chunk, names: Sequence[str] = ()) -> Turns:
    """Return the conversation that asks for all that a passage says; `names` are to be looked out for."""
    return (("system", system), ("user", user_prompt(document, chunk, names)))


def gleaning_turns(turns: Turns, reply: str) -> Turns:
    """Return the conversation that asks, after a reply, for what it left out."""
    return (*turns, ("assistant", reply), ("user", load_prompt("extract_glean").render()))


def system_prompt(ontology: Ontology) -> str:
    """Return the system prompt: what to do, the ontology's types, and its relations with their direction."""
    relations = "\n".join(_described(relation) for relation in ontology.relations.values())
    types = ", ".join(ontology.types) or "(none)"
    return load_prompt("extract_system").render(types=types, relations=relations or "(none)")


def _described(relation: Relation) -> str:
    subject = " or ".join(relation.domain) or "anything"
    object = relation.literal or " or ".join(relation.range) or "anything"
    return f"- {relation.name} ({subject} -> {object}): {relation.description}"


def user_prompt(document: Document, chunk: Chunk, names: Sequence[str] = ()) -> str:
    """Return the user prompt for one chunk; everything from documents, names too, stands between its boundary lines."""
    return load_prompt("extract_user").render(
        title=_field(document.title) or "(none)",
        date=str(document.published_at) if document.published_at else "(not known)",
        author=_field(document.author or "") or "(not known)",
        headings=_field(" > ".join(chunk.heading_path)) or "(none)",
        names=_field("; ".join(names[:_MOST_NAMES])) or "(none given)",
        parts="".join(f"{load_prompt(name).render()}\n" for name in _parts(document, chunk)),
        passage=f"{chunk.table_header}\n{chunk.text}" if chunk.table_header else chunk.text,
    )


def _parts(document: Document, chunk: Chunk) -> Sequence[str]:
    """Which parts the prompt for this passage needs besides what is said about all."""
    parts = []
    if _share(document, chunk, BlockKind.TABLE) > 0:
        parts.append("extract_table")
    if document.media_type in ("message/rfc822", "application/vnd.ms-outlook"):
        parts.append("extract_quoted_mail" if chunk.quoted else "extract_mail")
    if len(chunk.text.split()) > _LONG_WORDS:
        parts.append("extract_long")
    return parts


def _field(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_FIELD]
