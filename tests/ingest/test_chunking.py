"""Chunks: exact offsets, nothing lost, nothing twice, headings and quotations respected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import ChunkSettings
from kgfuse.embedding import BUNDLED, bundled_folder
from kgfuse.errors import ModelError
from kgfuse.ingest.chunking import chunk, sentences
from kgfuse.ingest.layout import About, Layout, document_of
from kgfuse.ingest.tokens import token_counter
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

_COUNTER = token_counter(BUNDLED)
_SMALL = ChunkSettings(target_tokens=8, max_tokens=12)
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
    chunks = chunk(document, _SMALL, _COUNTER)
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
    for piece in chunk(document, _SMALL, _COUNTER):
        inside = {b.kind for b in document.blocks if b.start < piece.end and piece.start < b.end} - {BlockKind.HEADING}
        assert not inside or piece.quoted == (BlockKind.QUOTE in inside)
        assert BlockKind.QUOTE not in inside or inside == {BlockKind.QUOTE}


def _tokens(text: str) -> int:
    return _COUNTER.counts([text])[0]


def _read_by_the_model(text: str) -> int:
    """Tokens of a text as the embedding model's own library counts them, its marks included."""
    from transformers import AutoTokenizer

    return len(AutoTokenizer.from_pretrained(bundled_folder())(text, truncation=False)["input_ids"])


def test_the_model_reads_every_chunk_to_its_end() -> None:
    words = " ".join(f"The commission of inquiry {n} re-examined Übersee-Handels GmbH (1,200 t)." for n in range(200))
    table = "\n".join(["Vessel | Cargo | Port", *(f"Aurora {n} | phosphorite, {n} t | Nouadhibou" for n in range(90))])
    long_title = " ".join(["Proceedings of the extraordinary general assembly of shareholders"] * 3)
    document = _document(
        [
            (BlockKind.HEADING, long_title),
            (BlockKind.PARAGRAPH, words),
            (BlockKind.TABLE, table),
            (BlockKind.LIST, words),
        ]
    )
    chunks = chunk(document, ChunkSettings(), _COUNTER)
    assert len(chunks) > 20
    sizes = [_read_by_the_model(piece.embedded) for piece in (chunks[0], chunks[3], chunks[-3], chunks[-1])]
    assert max(sizes) <= 256
    assert max(_tokens(piece.embedded) for piece in chunks) <= 254
    assert sorted(_tokens(piece.embedded) for piece in chunks)[3] > 150  # and none is a crumb


def test_a_table_that_fits_is_kept_whole() -> None:
    table = "Name | Role\nJane Roe | chair\nJohn Poe | clerk"
    blocks = [
        (BlockKind.PARAGRAPH, "The board met on Monday."),
        (BlockKind.TABLE, table),
        (BlockKind.PARAGRAPH, "It rose."),
    ]
    pieces = chunk(_document(blocks), ChunkSettings(target_tokens=12, max_tokens=15), _COUNTER)
    assert pieces[0].text == "The board met on Monday."
    assert pieces[1].text.startswith(table)
    assert not any(piece.table_header for piece in pieces)


def test_a_table_that_does_not_fit_is_cut_between_rows_and_its_header_is_repeated() -> None:
    rows = [f"Jane Roe {n} | chair of office {n}" for n in range(12)]
    document = _document([(BlockKind.TABLE, "\n".join(["Name | Role", *rows]))])
    first, *rest = chunk(document, ChunkSettings(target_tokens=24, max_tokens=30), _COUNTER)
    assert first.text.startswith("Name | Role\n")
    assert first.table_header == ""
    assert len(rest) > 2
    for piece in rest:
        assert set(piece.text.split("\n")) <= set(rows)
        assert piece.embedded == f"Name | Role\n{piece.text}"
        assert _tokens(piece.embedded) <= 30


@pytest.mark.parametrize("first", ["Name: Jane Roe 0 | Role: chair 0", "Jane Roe | 17 May", "notes without columns"])
def test_a_first_row_that_names_no_columns_is_no_header(first: str) -> None:
    rows = [f"Name: Jane Roe {n} | Role: chair {n}" for n in range(1, 20)]
    document = _document([(BlockKind.TABLE, "\n".join([first, *rows]))])
    assert not any(piece.table_header for piece in chunk(document, _SMALL, _COUNTER))


def test_a_long_sentence_stays_whole_and_a_page_without_a_full_stop_does_not() -> None:
    sentence = f"The board appointed {', '.join(f'member {n}' for n in range(20))} and then rose."
    assert [piece.text for piece in chunk(_document([(BlockKind.PARAGRAPH, sentence)]), _SMALL, _COUNTER)] == [sentence]
    endless = " ".join(["word"] * 5_000)
    pieces = chunk(_document([(BlockKind.PARAGRAPH, endless)]), _SMALL, _COUNTER)
    assert max(_tokens(piece.text) for piece in pieces) <= _SMALL.max_tokens
    assert " ".join(piece.text for piece in pieces) == endless


def test_a_million_letters_without_a_space_are_cut() -> None:
    pieces = chunk(_document([(BlockKind.PARAGRAPH, "QUJD" * 250_000)]), ChunkSettings(), _COUNTER)
    assert max(len(piece.text) for piece in pieces) < 10_000
    assert "".join(piece.text for piece in pieces) == "QUJD" * 250_000


def test_a_model_that_reads_less_gets_smaller_chunks(tmp_path: Path) -> None:
    for name in ("tokenizer.json", "sentence_bert_config.json"):
        shutil.copy(bundled_folder() / name, tmp_path / name)
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 34}')
    counter = token_counter(str(tmp_path))
    assert counter.window == 32
    text = " ".join(f"Sentence number {n} has six words." for n in range(40))
    pieces = chunk(_document([(BlockKind.PARAGRAPH, text)]), ChunkSettings(), counter)
    assert 20 < max(_tokens(piece.text) for piece in pieces) <= 32


def test_without_its_tokenizer_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="tokenizer of the embedding model"):
        token_counter(str(tmp_path))


def test_a_heading_opens_its_chunk_and_stands_in_the_path() -> None:
    document = _document(
        [
            (BlockKind.HEADING, "Results"),
            (BlockKind.PARAGRAPH, "Revenue rose."),
            (BlockKind.HEADING, "Outlook"),
            (BlockKind.PARAGRAPH, "It may fall."),
        ]
    )
    first, second = chunk(document, ChunkSettings(), _COUNTER)
    assert (first.text, first.heading_path) == ("Results\n\nRevenue rose.", ("Results",))
    assert (second.text, second.heading_path) == ("Outlook\n\nIt may fall.", ("Outlook",))


def test_long_text_is_cut_between_sentences_below_the_maximum() -> None:
    text = " ".join(f"Sentence number {n} has six words." for n in range(40))
    chunks = chunk(_document([(BlockKind.PARAGRAPH, text)]), _SMALL, _COUNTER)
    assert len(chunks) > 10
    assert all(_tokens(piece.text) <= _SMALL.max_tokens and piece.text.endswith(".") for piece in chunks)


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "Dr. Roe of Acme Inc. met J. Poe. They agreed, e.g. on price. Done?"
    assert [text[start:end] for start, end in sentences(text, 0, len(text))] == [
        "Dr. Roe of Acme Inc. met J. Poe.",
        "They agreed, e.g. on price.",
        "Done?",
    ]
