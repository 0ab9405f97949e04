"""Who signs a mail or a letter: under the author's name stand the post and the organisation ('Head of Delivery, Orbitel Ltd')."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgfuse.extract.arguments import is_organisation
from kgfuse.extract.lexicon import POSTS_HELD
from kgfuse.extract.passages import Passage, Row
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.tenures import office_name, person_name

_CONFIDENCE = 0.75
_LINES = 4
"""Lines under the name that are looked at."""
_LONGEST = 10
_REACHED_AT = re.compile(
    r"(?:\s+|^)(?:(?:tel|phone|mobile|mob|e-?mail|www)\b.*|[+(]?\d[\d\s()/.-]{5,}.*|\S+@\S+.*|https?://.*)$",
    re.IGNORECASE,
)
"""A telephone number, an address and whatever follows it."""
_PARTS = re.compile(r"\s*[,|;•·]\s*|\s+[–—-]\s+|\s+at\s+(?:the\s+)?(?=[A-Z])")

_Line = tuple[Passage, int, str]


def signature_statements(passages: Iterable[Passage], author: str | None) -> Iterator[RowStatement]:
    """Yield the post that a document's author signs with, and where; lines that are quoted are somebody else's."""
    person = person_name(author) if author else None
    if person is None:
        return
    lines: list[_Line] = [
        (passage, match.start(), _REACHED_AT.sub("", " ".join(match[0].split())))
        for passage in passages
        if not passage.chunk.quoted
        for match in re.finditer(r"[^\n]+", passage.text)
    ]
    for number, (_, _, text) in enumerate(lines):
        if text.strip(" ,") == person:
            yield from _signed(person, lines[number + 1 : number + 1 + _LINES])


def _signed(person: str, lines: list[_Line]) -> Iterator[RowStatement]:
    for number, line in enumerate(lines):
        parts = [part for part in _PARTS.split(line[2].strip(" .")) if part]
        if len(line[2].split()) > _LONGEST or not parts or line[2].endswith((".", ":", "?")):
            return
        if not POSTS_HELD.intersection(re.findall(r"[a-z]+", parts[0].lower())) or not parts[0][0].isupper():
            continue
        below = lines[number + 1][2].strip(" .,") if number + 1 < len(lines) else ""
        where = parts[1] if len(parts) > 1 else below if is_organisation(below) else ""
        if where[:1].isupper() and not re.search(r"[\d@/]", where):
            yield from _held(person, parts[0], where, line)
        return


def _held(person: str, post: str, where: str, line: _Line) -> Iterator[RowStatement]:
    passage, offset, _ = line
    start = passage.start + offset
    row = Row(passage.chunk, start, start + len(line[2]), (line[2],))
    yield RowStatement(
        row, person, "work for", where, subject_type="Person", object_type="Organization", confidence=_CONFIDENCE,
        qualifiers=(("as", post),),
    )  # fmt: skip
    office = office_name(post)
    if office is not None:
        yield RowStatement(
            row, person, f"{office.name} of", where, subject_type="Person", object_type="Organization",
            confidence=_CONFIDENCE, qualifiers=(("manner", "interim"),) if office.interim else (),
        )  # fmt: skip
