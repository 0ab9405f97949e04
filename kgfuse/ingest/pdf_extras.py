"""What a PDF has beside its pages: a password, an outline, links, pages that are pictures."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

from kgfuse.errors import Damaged, Encrypted
from kgfuse.ingest.layout import fold
from kgfuse.ingest.passwords import passwords_of
from kgfuse.model import Property
from kgfuse.protocols import RawFile

_ENCRYPTED = {4, 5}  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MOST_LINKS = 1_000
_MOST_ENTRIES = 2_000
_LONGEST = 2_000  # characters of an address or a title
_PICTURE = 0.5  # of a page: an image that covers more is the page


def opened(file: RawFile) -> Any:
    """Return the pypdfium2 document, opened with the first password that fits. Raises Damaged or Encrypted."""
    import pypdfium2

    content = file.content[max(file.content.find(b"%PDF-"), 0) :]
    for password in (None, *passwords_of(file)):
        try:
            return pypdfium2.PdfDocument(content, password=password)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", None) not in _ENCRYPTED:
                raise Damaged("the PDF cannot be opened: it is truncated or malformed") from error
    raise Encrypted("the PDF needs a password", hint="Give it with --password-file, or save a copy without a password.")


def properties(book: Any) -> tuple[Property, ...]:
    """Return the outline and the addresses that the pages link to, each once."""
    import pypdfium2

    try:
        return (*_outline(book), *_links(book))
    except (pypdfium2.PdfiumError, ValueError, OverflowError, RecursionError):
        return ()  # the text is worth more than its outline


def _outline(book: Any) -> Iterator[Property]:
    for number, entry in enumerate(book.get_toc(max_depth=8)):
        if number >= _MOST_ENTRIES:
            return
        title = fold(entry.get_title())[:_LONGEST]
        target = entry.get_dest()
        page = target.get_index() if target is not None else None
        if title:
            yield Property(
                "outline", title, f"level {entry.level + 1}" + (f", page {page + 1}" if page is not None else "")
            )


def _links(book: Any) -> Iterator[Property]:
    seen: set[str] = set()
    for number in range(len(book)):
        page = book[number]
        try:
            for address in _addresses(book, page):
                if address not in seen and len(seen) < _MOST_LINKS:
                    seen.add(address)
                    yield Property("link", address, f"page {number + 1}")
        finally:
            page.close()
        if len(seen) >= _MOST_LINKS:
            return


def _addresses(book: Any, page: Any) -> Iterator[str]:
    from pypdfium2 import raw

    position, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, ctypes.byref(position), ctypes.byref(link)):
        action = raw.FPDFLink_GetAction(link)
        if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
            continue
        length = raw.FPDFAction_GetURIPath(book, action, None, 0)
        if 1 < length <= _LONGEST:
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFAction_GetURIPath(book, action, buffer, length)
            address = fold(buffer.value.decode("utf-8", "replace"))
            if address:
                yield address


def is_picture(page: Any) -> bool:
    """Whether an image covers most of a page: what a scanner makes."""
    from pypdfium2 import raw

    width, height = page.get_size()
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) > _PICTURE * width * height:
            return True
    return False
