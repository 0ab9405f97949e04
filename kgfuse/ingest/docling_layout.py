"""The layout as docling sees it, in place of ours: for PDFs of difficult layout, where its models are installed.

Our own reader still says who wrote a file and when, and what is attached to it. docling runs on this machine; its models for
PDFs are downloaded by docling itself at their first use.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from kgfuse.errors import Damaged
from kgfuse.ingest import sniff
from kgfuse.ingest.copies import SIGNATURE, signature_of
from kgfuse.ingest.layout import Layout
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

if TYPE_CHECKING:
    from docling_core.types.doc.document import DoclingDocument

MEDIA_TYPES = {sniff.PDF: ".pdf", sniff.DOCX: ".docx", sniff.PPTX: ".pptx", sniff.XLSX: ".xlsx"}
"""What docling is asked to lay out, with the suffix by which it recognises it."""

_KINDS = {
    "title": BlockKind.HEADING,
    "section_header": BlockKind.HEADING,
    "caption": BlockKind.CAPTION,
    "code": BlockKind.CODE,
    "list_item": BlockKind.LIST,
}
"""By docling's label; any other text is a paragraph."""

Place = tuple[int | None, tuple[float, float, float, float] | None]


def relaid(document: Document, file: RawFile) -> Document:
    """Return `document` with text and blocks by docling. Raises Damaged."""
    from docling.datamodel.base_models import ConversionStatus, DocumentStream

    name = "file" + MEDIA_TYPES[document.media_type]  # the name of a file is no business of its reader's
    stream = DocumentStream(name=name, stream=io.BytesIO(file.content))
    found = _converter().convert(stream, raises_on_error=False)
    if found.status not in (ConversionStatus.SUCCESS, ConversionStatus.PARTIAL_SUCCESS):
        said = "; ".join(str(error.error_message) for error in found.errors[:1])
        raise Damaged(f"docling cannot read it: {said[:200] or found.status.value}")
    layout = layout_of(found.document)
    kept = tuple(one for one in document.properties if one.name != SIGNATURE)
    return replace(
        document, text=layout.text, blocks=tuple(layout.blocks), properties=(*kept, *signature_of(layout.text))
    )


@cache
def _converter() -> Any:
    from docling.document_converter import DocumentConverter

    return DocumentConverter()


def layout_of(found: DoclingDocument) -> Layout:
    """Return docling's document as text and blocks, in its reading order; running heads and feet are left out."""
    layout = Layout()
    items: list[str] = []
    place: Place = (None, None)

    def end_list() -> None:
        layout.add(BlockKind.LIST, "\n".join(items), page=place[0])
        items.clear()

    item: Any
    for item, _ in found.iterate_items():
        label = str(item.label.value)
        if label == "list_item":
            place = place if items else _place(found, item)
            items.append(" ".join(item.text.split()))
            continue
        if items:
            end_list()
        here = _place(found, item)
        if label in ("table", "document_index"):
            layout.add(BlockKind.TABLE, "\n".join(_rows(item)), page=here[0], bbox=here[1])
        elif (text := getattr(item, "text", "")) and label not in ("page_header", "page_footer"):
            kind = _KINDS.get(label, BlockKind.PARAGRAPH)
            level = _level(item, label) if kind is BlockKind.HEADING else None
            layout.add(
                kind,
                text if kind is BlockKind.CODE else " ".join(text.split()),
                level=level,
                page=here[0],
                bbox=here[1],
            )
    if items:
        end_list()
    return layout


def _level(item: Any, label: str) -> int:
    return 1 if label == "title" else min(6, max(1, int(getattr(item, "level", 1))))


def _rows(item: Any) -> Iterable[str]:
    for row in item.data.grid:
        cells = [" ".join(str(cell.text).split()) for cell in row]
        if any(cells):
            yield " | ".join(cells)


def _place(found: DoclingDocument, item: Any) -> Place:
    """Return page and box of an item; docling measures from the bottom left corner, we from the top left."""
    prov = next(iter(getattr(item, "prov", ())), None)
    if prov is None:
        return None, None
    page = found.pages.get(prov.page_no)
    if page is None:
        return prov.page_no, None
    left, top, right, bottom = prov.bbox.to_top_left_origin(page.size.height).as_tuple()
    return prov.page_no, (float(left), float(top), float(right), float(bottom))
