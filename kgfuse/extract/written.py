"""When what a passage says was written, and what stands above the text."""

from __future__ import annotations

from kgfuse.extract.dates import find_times
from kgfuse.extract.discourse import report_period
from kgfuse.extract.passages import Passage
from kgfuse.extract.quantities import Quantity, find_quantities
from kgfuse.model import BlockKind, Chunk, DateSource, Document, Moment

_MAILS = frozenset({"message/rfc822", "application/vnd.ms-outlook"})


def quotes_earlier(document: Document, chunk: Chunk) -> bool:
    """Whether a chunk was written before the rest of its document: a mail answers what it quotes."""
    return chunk.quoted and document.media_type in _MAILS


def reference(document: Document, passage: Passage) -> Moment | None:
    """Return what 'last March' and 'on 1 May' are counted from; the time of a file says nothing of when a text was written.

    What a mail quotes was written when the line above it says, or nobody knows when.
    """
    if quotes_earlier(document, passage.chunk):
        written = find_times(passage.introduced, None)
        return written[0].past.first if written else None
    if document.date_source is not DateSource.FILE_TIME:
        return document.published_at
    period = report_period(" ".join(headlines_of(document)))
    return period.valid_to if period else None


def quantities(text: str, counted_from: Moment | None, document: Document) -> tuple[Quantity, ...]:
    """Return the quantities of a sentence; the day of a date whose year nobody knows is none."""
    found = find_quantities(text)
    if counted_from is not None or document.published_at is None:
        return found
    dates = find_times(text, document.published_at)
    return tuple(one for one in found if not any(date.start <= one.start < date.end for date in dates))


def headlines_of(document: Document) -> list[str]:
    """Return the title and the headings of the first rank near the top: what names a document's subject."""
    headings = [block for block in document.blocks[:8] if block.kind is BlockKind.HEADING and (block.level or 1) == 1]
    return [document.title, *(" ".join(document.text[block.start : block.end].split()) for block in headings[:2])]
