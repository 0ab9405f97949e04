"""Who signs a mail or a letter: under the author's name stand the post and the organisation ('Head of Delivery, Orbitel Ltd')."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgfuse.extract.arguments import is_organisation
from kgfuse.extract.passages import Passage, Row, lines_of
from kgfuse.extract.posts import is_post, post_rows
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.tenures import person_name

_LINES = 4
"""Lines under the name that are looked at."""
_LONGEST = 100
"""Characters of a line that may be part of a signature."""
_REACHED_AT = re.compile(
    r"(?:\s+|^)(?:(?:tel|phone|mobile|mob|e-?mail|www)\b.*|[+(]?\d[\d\s()/.-]{5,}.*|\S+@\S+.*|https?://.*)$",
    re.IGNORECASE,
)
"""A telephone number, an address and whatever follows it."""
_PARTS = re.compile(r"\s*[,|;•·]\s*|\s+[–—-]\s+|\s+at\s+(?:the\s+)?(?=[A-Z])")


def signature_statements(passages: Iterable[Passage], author: str | None) -> Iterator[RowStatement]:
    """Yield the post that a document's author signs with, and where; lines that are quoted are somebody else's."""
    person = person_name(author) if author else None
    if person is None:
        return
    lines = [row for passage in passages if not passage.chunk.quoted for row in lines_of(passage)]
    for number, line in enumerate(lines, 1):
        if line.cells[0].strip(" ,") == person:
            yield from _signed(person, lines[number : number + _LINES])


def _signed(person: str, lines: list[Row]) -> Iterator[RowStatement]:
    told = [_REACHED_AT.sub("", line.cells[0][:_LONGEST]).strip() for line in lines]
    for line, text, below in zip(lines, told, [*told[1:], ""], strict=True):
        parts = [part for part in _PARTS.split(text.strip(" .")) if part]
        if not parts or len(line.cells[0]) > _LONGEST or text.endswith((".", ":", "?")):
            return
        if not is_post(parts[0]):
            continue
        beneath = below.strip(" .,")
        where = parts[1] if len(parts) > 1 else beneath if is_organisation(beneath) else ""
        if where[:1].isupper() and not re.search(r"[\d@/]", where):
            yield from post_rows(line, person, parts[0], where)
        return
