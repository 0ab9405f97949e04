"""PDF files, page by page: words by PDFium, layout and tables by our own measure of them.

PDFium must not be used from several threads; use processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from kgfuse.config import IngestSettings
from kgfuse.errors import Damaged, NoText
from kgfuse.ingest import ocr, pdf_blocks, pdf_extras, pdf_lines, pdf_tables, pdf_words
from kgfuse.ingest.attachments import Attachment, Carrier
from kgfuse.ingest.dates import dated, read_moment
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.metadata import person
from kgfuse.ingest.pdf_blocks import Part
from kgfuse.ingest.pdf_columns import regions_of
from kgfuse.ingest.pdf_lines import Line
from kgfuse.ingest.pdf_open_tables import open_tables
from kgfuse.ingest.sniff import PDF
from kgfuse.model import BlockKind, Moment
from kgfuse.protocols import Failure, RawFile

_PROGRAM_TITLE = re.compile(
    r"^(?:microsoft (?:word|excel|powerpoint) - .*|untitled.*|.*\.(?:docx?|xlsx?|pptx?|indd|pdf|tex|exe))$", re.I
)
_STAMP = re.compile(r"D?:?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-])(\d{2})'?(\d{2})?)?")


def read(file: RawFile) -> Carrier:
    """Read a PDF. Raises Damaged, Encrypted or NoText."""
    book = pdf_extras.opened(file)
    try:
        return _read(file, book)
    finally:
        book.close()


def _read(file: RawFile, book: Any) -> Carrier:
    pages: list[list[_Region]] = []
    broken = 0
    for number in range(len(book)):
        try:
            pages.append(_page(book, number))
        except _page_errors():
            pages.append([])
            broken += 1
    attachments = tuple(_attachments(book))
    scanned = ocr.read_pages(book, [at for at, page in enumerate(pages) if not page], file.settings or IngestSettings())
    layout = Layout()
    for part in _parts(pages):
        _add_scanned(layout, scanned, part.page)
        layout.add(part.kind, part.text, page=part.page, bbox=_rounded(part.box), level=part.level)
    _add_scanned(layout, scanned, len(book) + 1)
    if not layout.blocks and not attachments:
        if broken:
            raise Damaged(f"none of the {len(book)} pages can be read")
        raise scanned.lost or NoText(f"none of the {len(book)} pages holds text; it looks like a scan or a drawing")
    about = replace(_about(book.get_metadata_dict(skip_empty=True), layout), properties=pdf_extras.properties(book))
    failures = (Failure(file.uri, scanned.lost),) if scanned.lost else ()
    return Carrier(document_of(file, PDF, layout, about), attachments, failures)


def _add_scanned(layout: Layout, scanned: ocr.Scanned, page: int) -> None:
    """Add what was read from pictures before a page, and take it off the list."""
    for number in [number for number in scanned.pages if number < page]:
        for piece in scanned.pages.pop(number):
            layout.add(piece.kind, piece.text, page=number)


def _page_errors() -> tuple[type[Exception], ...]:
    import pypdfium2

    return (pypdfium2.PdfiumError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Region:
    """A part of a page that is read by itself: its columns of lines, and the tables between them."""

    columns: list[list[Line]]
    tables: list[pdf_tables.Table]


def _page(book: Any, number: int) -> list[_Region]:
    page = book[number]
    try:
        words, frame = pdf_words.words_of(page)
        if not words:
            return []
        ruled, words = pdf_tables.ruled_tables(words, pdf_tables.rules_of(page, frame))
    finally:
        page.close()
    regions = []
    for region in regions_of(words):
        rows = pdf_lines.cut_rows(pdf_lines.rows_of(region.words))
        opened, lines = open_tables(rows)
        inside = [table for table in ruled if region.holds(table.box)]
        regions.append(_Region(pdf_lines.in_reading_order(lines), [*inside, *opened]))
    return regions


def _parts(pages: list[list[_Region]]) -> list[Part]:
    flat = pdf_blocks.without_running_heads(
        [[column for region in page for column in region.columns] for page in pages]
    )
    words = pdf_blocks.vocabulary(flat)
    parts: list[Part] = []
    for number, (page, columns) in enumerate(zip(pages, flat, strict=True), 1):
        waiting = iter(columns)
        for region in page:
            own = islice(waiting, len(region.columns))
            found = [part for column in own for part in pdf_blocks.parts_of(column, number, words)]
            parts.extend(_with_tables(found, region.tables, number))
    return pdf_blocks.across_breaks(pdf_blocks.with_headings(parts), words)


def _with_tables(found: list[Part], tables: list[pdf_tables.Table], page: int) -> Iterator[Part]:
    """Put each table before the first block of the page that stands below its top, in its own columns."""
    waiting = sorted(tables, key=lambda table: table.box[1])
    for part in found:
        for table in [table for table in waiting if _above(table.box, part.box)]:
            waiting.remove(table)
            yield _table(table, page)
        yield part
    for table in waiting:
        yield _table(table, page)


def _above(table: pdf_words.Box, part: pdf_words.Box) -> bool:
    return table[1] < part[1] and table[0] < part[2] and part[0] < table[2]


def _table(table: pdf_tables.Table, page: int) -> Part:
    rows = (" | ".join(row) for row in table.rows if any(row))
    return Part(BlockKind.TABLE, "\n".join(rows), page, table.box)


def _rounded(box: pdf_words.Box) -> pdf_words.Box:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _about(fields: dict[str, str], layout: Layout) -> About:
    title = fold(fields.get("Title", ""))
    saved = read_stamp(fields.get("CreationDate")) or read_stamp(fields.get("ModDate"))
    when, how = dated(saved, layout.text[:20_000])
    usable = title if len(title) > 3 and not _PROGRAM_TITLE.match(title) else None
    return About(usable, person(fields.get("Author")), when, how)


def read_stamp(text: str | None) -> Moment | None:
    """Return a PDF date (``D:20210603120000+02'00'``, ISO 32000 section 7.9.4) in UTC, or `None` if it is none."""
    match = _STAMP.match((text or "").strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = match.groups()
    iso = "-".join(part for part in (year, month, day) if part)
    if day and hour and minute:
        zone = f"{sign}{hours}:{minutes or '00'}" if sign and int(hours) < 24 and int(minutes or 0) < 60 else "Z"
        return read_moment(f"{iso}T{hour}:{minute}:{second or '00'}{zone}") or read_moment(iso)
    return read_moment(iso)


def _attachments(book: Any) -> Iterator[Attachment]:
    for index in range(book.count_attachments()):
        attachment = book.get_attachment(index)
        name = fold(attachment.get_name()) or f"unnamed-{index + 1}"
        if not name.lower().endswith(".joboptions"):  # the settings of the program that made the file
            yield Attachment(name, bytes(attachment.get_data()))
