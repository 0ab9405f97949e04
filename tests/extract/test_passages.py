"""Which stretches of a document are prose, list items and rows."""

from __future__ import annotations

from itertools import pairwise

from kgfuse.extract.passages import passages, tables
from kgfuse.model import Block, BlockKind, Chunk, Document

_PARTS = [
    (BlockKind.HEADING, "Chairs"),
    (BlockKind.PARAGRAPH, "Acme grew."),
    (BlockKind.LIST, "- Jane Roe\n2. Tom Poe\nKim Doe"),
    (BlockKind.TABLE, "Name | | Since\n| 2019 |\nOne cell"),
    (BlockKind.CODE, "x = 1"),
    (BlockKind.TABLE, "A | B"),
]


def _document() -> Document:
    text, blocks = "", []
    for kind, part in _PARTS:
        blocks.append(Block(kind, len(text), len(text) + len(part)))
        text += part + "\n"
    return Document("d", "file:///d", "text/plain", "t", text, tuple(blocks), "s")


def _cut(document: Document, *at: int) -> list[Chunk]:
    edges = [0, *at, len(document.text)]
    return [Chunk(f"c{start}", "d", start, end, document.text[start:end]) for start, end in pairwise(edges)]


def test_prose_and_items_with_their_places() -> None:
    document = _document()
    found = list(passages(document, _cut(document)))
    assert [(passage.text, passage.item) for passage in found] == [
        ("Acme grew.", False),
        ("Jane Roe", True),
        ("Tom Poe", True),
        ("Kim Doe", True),
    ]
    for passage in found:
        assert document.text[passage.start :].startswith(passage.text)


def test_rows_with_empty_cells() -> None:
    document = _document()
    first, second = tables(document, _cut(document))
    assert [row.cells for row in first] == [("Name", "", "Since"), ("", "2019", ""), ("One cell",)]
    assert [row.cells for row in second] == [("A", "B")]
    assert [document.text[row.start : row.end] for row in second] == ["A | B"]


def test_a_table_cut_into_chunks_is_one_again() -> None:
    document = _document()
    middle = document.text.index("One cell")
    whole, cut = (list(tables(document, _cut(document, *at))) for at in ((), (middle,)))
    assert [[row.cells for row in rows] for rows in whole] == [[row.cells for row in rows] for rows in cut]
