"""docling's documents as ours: built with the real docling-core here; docling itself runs where it is installed."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.config import IngestSettings
from kgfuse.errors import ConfigurationError
from kgfuse.ingest import read_raw
from kgfuse.ingest.docling_layout import layout_of
from kgfuse.model import BlockKind
from kgfuse.protocols import RawFile

doc = pytest.importorskip("docling_core.types.doc", reason="pip install docling-core")
needs_docling = pytest.mark.skipif(find_spec("docling") is None, reason="pip install 'kgfuse[docling]'")


def prov(page: int, top: float) -> Any:
    box = doc.BoundingBox(l=72, t=top, r=300, b=top - 20, coord_origin=doc.CoordOrigin.BOTTOMLEFT)
    return doc.ProvenanceItem(page_no=page, bbox=box, charspan=(0, 1))


def made() -> Any:
    found = doc.DoclingDocument(name="x")
    for number in (1, 2):
        found.add_page(page_no=number, size=doc.Size(width=595, height=842))
    found.add_title("Annual report", prov=prov(1, 800))
    found.add_text(
        doc.DocItemLabel.PAGE_HEADER, "Acme 2020", prov=prov(1, 830), content_layer=doc.ContentLayer.FURNITURE
    )
    found.add_heading("Staff", level=2, prov=prov(1, 760))
    found.add_text(doc.DocItemLabel.TEXT, "Jane Roe\nruns   Acme.", prov=prov(1, 740))
    group = found.add_list_group()
    found.add_list_item("one wheel", parent=group, prov=prov(1, 700))
    found.add_list_item("two tyres", parent=group, prov=prov(1, 680))
    caption = found.add_text(doc.DocItemLabel.CAPTION, "Table 1: Prices", prov=prov(2, 800))
    cells = [
        doc.TableCell(
            text=text,
            start_row_offset_idx=r,
            end_row_offset_idx=r + 1,
            start_col_offset_idx=c,
            end_col_offset_idx=c + 1,
        )
        for r, row in enumerate((("Item", "Price"), ("Wheel", "5")))
        for c, text in enumerate(row)
    ]
    found.add_table(doc.TableData(table_cells=cells, num_rows=2, num_cols=2), caption=caption, prov=prov(2, 780))
    found.add_code("print(1)\n  print(2)", prov=prov(2, 600))
    return found


def word_file() -> bytes:
    import docx

    text = docx.Document()
    text.core_properties.title, text.core_properties.author = "Annual report", "Jane Roe"
    text.add_heading("Staff", 1)
    text.add_paragraph("Jane Roe runs Acme. " * 5)
    table = text.add_table(2, 2)
    for row, cells in enumerate((("Item", "Price"), ("Wheel", "5"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    out = io.BytesIO()
    text.save(out)
    return out.getvalue()


def test_blocks_come_in_order_with_their_places() -> None:
    layout = layout_of(made())
    assert [(block.kind, layout.text[block.start : block.end]) for block in layout.blocks] == [
        (BlockKind.HEADING, "Annual report"),
        (BlockKind.HEADING, "Staff"),
        (BlockKind.PARAGRAPH, "Jane Roe runs Acme."),
        (BlockKind.LIST, "one wheel\ntwo tyres"),
        (BlockKind.CAPTION, "Table 1: Prices"),
        (BlockKind.TABLE, "Item | Price\nWheel | 5"),
        (BlockKind.CODE, "print(1)\n  print(2)"),
    ]
    assert [block.level for block in layout.blocks[:2]] == [1, 2]
    assert [block.page for block in layout.blocks] == [1, 1, 1, 1, 2, 2, 2]
    assert layout.blocks[2].bbox == (72.0, 102.0, 300.0, 122.0)  # from the top left corner


@pytest.mark.skipif(find_spec("docling") is not None, reason="docling is installed")
def test_without_docling_it_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Acme makes wheels.", "utf-8")
    settings = Settings(kb=tmp_path / "kb.db", ingest=IngestSettings(docling=True))
    with KnowledgeBase.open(settings=settings) as kb, pytest.raises(ConfigurationError, match="docling") as caught:
        kb.ingest(tmp_path / "a.txt")
    assert "kgfuse[docling]" in caught.value.hint


@needs_docling
def test_docling_lays_out_and_we_say_who_and_when() -> None:
    content = word_file()
    ours = read_raw(RawFile("file:///a.docx", "a.docx", content), IngestSettings())
    theirs = read_raw(RawFile("file:///a.docx", "a.docx", content), IngestSettings(docling=True))
    (one,), (other,) = ours.documents, theirs.documents
    assert theirs.failures == ()
    assert (one.title, one.author, one.published_at, one.id) == (
        other.title,
        other.author,
        other.published_at,
        other.id,
    )
    assert all(other.text[block.start : block.end].strip() for block in other.blocks)
    assert BlockKind.TABLE in {block.kind for block in other.blocks}
    words = set(one.text.split())
    assert len(words & set(other.text.split())) >= 0.8 * len(words)


@needs_docling
def test_what_docling_cannot_read_keeps_our_layout_and_says_so() -> None:
    content = word_file()
    broken = content[: len(content) // 2]
    reading = read_raw(RawFile("file:///a.docx", "a.docx", broken), IngestSettings(docling=True))
    assert reading.failures
