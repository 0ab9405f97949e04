"""Chunks: exact offsets, nothing lost, nothing twice, headings and quotations respected."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import ChunkSettings
from kgfuse.ingest.chunking import chunk, sentences
from kgfuse.ingest.layout import About, Layout, document_of
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

_SMALL = ChunkSettings(target_words=8, max_words=12)
_words = st.text(alphabet="abcXYZ.!?\n \"'É0", min_size=1, max_size=60)


def _document(blocks: list[tuple[BlockKind, str]]) -> Document:
    layout = Layout()
    for kind, text in blocks:
        layout.add(kind, text, level=1 if kind is BlockKind.HEADING else None)
    return document_of(RawFile("file:///a.txt", "a.txt", b"x"), "text/plain", layout, About())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BlockKind), _words), max_size=12))
def test_every_visible_character_is_in_exactly_one_chunk(blocks: list[tuple[BlockKind, str]]) -> None:
    document = _document(blocks)
    chunks = chunk(document, _SMALL)
    covered = [0] * len(document.text)
    for piece in chunks:
        assert document.text[piece.start : piece.end] == piece.text
        assert piece.text.strip() == piece.text != ""
        for offset in range(piece.start, piece.end):
            covered[offset] += 1
    assert max(covered, default=0) <= 1
    for block in document.blocks:
        for offset in range(block.start, block.end):
            assert covered[offset] or document.text[offset].isspace()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(BlockKind), _words), max_size=12))
def test_a_chunk_never_mixes_what_others_said_with_the_document(blocks: list[tuple[BlockKind, str]]) -> None:
    document = _document(blocks)
    for piece in chunk(document, _SMALL):
        inside = {b.kind for b in document.blocks if b.start < piece.end and piece.start < b.end} - {BlockKind.HEADING}
        assert not inside or piece.quoted == (BlockKind.QUOTE in inside)
        assert BlockKind.QUOTE not in inside or inside == {BlockKind.QUOTE}


def test_a_heading_opens_its_chunk_and_stands_in_the_path() -> None:
    document = _document(
        [
            (BlockKind.HEADING, "Results"),
            (BlockKind.PARAGRAPH, "Revenue rose."),
            (BlockKind.HEADING, "Outlook"),
            (BlockKind.PARAGRAPH, "It may fall."),
        ]
    )
    first, second = chunk(document, ChunkSettings())
    assert (first.text, first.heading_path) == ("Results\n\nRevenue rose.", ("Results",))
    assert (second.text, second.heading_path) == ("Outlook\n\nIt may fall.", ("Outlook",))


def test_long_text_is_cut_between_sentences_below_the_maximum() -> None:
    text = " ".join(f"Sentence number {n} has six words." for n in range(40))
    chunks = chunk(_document([(BlockKind.PARAGRAPH, text)]), _SMALL)
    assert len(chunks) > 10
    assert all(len(piece.text.split()) <= _SMALL.max_words and piece.text.endswith(".") for piece in chunks)


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "Dr. Roe of Acme Inc. met J. Poe. They agreed, e.g. on price. Done?"
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == [
        "Dr. Roe of Acme Inc. met J. Poe.",
        "They agreed, e.g. on price.",
        "Done?",
    ]
