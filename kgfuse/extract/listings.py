"""Lists of those who hold or held an office: the heading names the office, the items name the persons and the years.

'Chief executives' over 'Jane Roe, 2011–2018' and 'Kim Doe, since 2021' says who led the organisation the document is about,
and when. Under 'Management' or 'Board' an item must name the office itself ('Jane Roe, chief executive').
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgfuse.extract.passages import Passage, Row, lines_of
from kgfuse.extract.posts import office_row
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.tenures import HeadingOffice, Holder, holder, office_name, office_of_heading, person_name
from kgfuse.extract.timing import ended_by
from kgfuse.model import ALWAYS, Moment, Validity

_BODIES = re.compile(
    r"(?:[\dIVX.]+\s+)?(?:(?:our|the|current|present|executive|group|senior|company|corporate)\s+)*(?:board(?: of directors| members)?|directors|"
    r"management(?: team| board)?|leadership(?: team)?|executives?|executive (?:team|committee)|officers|key people|people|team)\s*:?",
    re.IGNORECASE,
)
_LONGEST_LEAD_IN, _LONGEST_SENTENCE = 8, 40
"""Words of a line before a list that is a heading, and of one that is a sentence."""

_TITLE = r"(?P<office>[a-z-]+(?: [a-z-]+){0,2}?(?: (?:of|at) (?:the )?[A-ZÀ-Þ][\w -]*?| of the (?:board|company|group|firm|bank))?)"
_IS = r"(?:(?:has|have|had) been|is|are|was|were)"
_HOW = r"(?:\w+ly |always |again |also |since )?"
_REST = r"(?: (?!(?:and|or|but|with|who|whom|which|whose|that|has|have|had|is|are|was|were|been)\b)[\w’'-]+)*:$"
_THESE = r"(?:one of )?(?:the following|these|as follows)(?: (?:people|persons|men|women))?"
_HELD = (
    # 'the office of mayor has been held since 1952 by the following people:'
    re.compile(
        rf"\b[Tt]he (?:office|post|position|role) of (?:the )?{_TITLE} {_IS} {_HOW}(?:held|filled|occupied){_REST}"
    ),
    # 'the mayor has been directly elected since 1952:'; 'by the following' are those who elect, or are up for election
    re.compile(
        rf"\b[Tt]he {_TITLE} {_IS} {_HOW}(?:re-)?(?:elected|appointed)(?: as follows)?"
        rf"(?=:| (?:since|in|by \w+|for|from|every|directly)\b)(?!.*\b(?:following|these|those|below|by:)){_REST}"
    ),
    # 'the mayors of Acme have been the following:'
    re.compile(rf"\b[Tt]he {_TITLE} {_IS}(?: {_THESE})?:$"),
)
_SPOKEN_OF = re.compile(r"\b[Tt]he (?P<office>[a-z-]+(?: [a-z-]+){0,2}?) (?:has|have|had|is|are|was|were)\b")


def list_statements(
    passages: Iterable[Passage], topic: str | None, published_at: Moment | None
) -> Iterator[RowStatement]:
    """Yield who holds or held which office of `topic`, the organisation or the place that the document is about.

    `passages` are the document's, in order. Items that are not understood to the last word are passed over, and so are
    persons without a time in a list of several holders of one office.
    """
    lead_in: str | None = None
    path: tuple[str, ...] | None = None
    for passage in passages:
        text = " ".join(passage.text.split())
        if not passage.item or passage.chunk.heading_path != path:
            lead_in, path = None, passage.chunk.heading_path
        if not passage.item:
            lead_in = _lead_in(text) if text.endswith(":") else None
            continue
        heading = lead_in or (path[-1] if path else None)
        if heading is not None:
            yield from _item(passage, text, heading, topic, published_at)


def _lead_in(text: str) -> str | None:
    """Return the heading that a line before a list is, or the only office that it says was held: 'the mayor has been elected:'.

    That something was done for the holder of an office says nothing about the list: 'the mayor is assisted by:'.
    """
    length = len(text.split())
    if length <= _LONGEST_LEAD_IN or length > _LONGEST_SENTENCE:
        return text if length <= _LONGEST_LEAD_IN else None
    spoken_of = {match["office"] for match in _SPOKEN_OF.finditer(text) if office_of_heading(match["office"])}
    held = {match["office"] for pattern in _HELD if (match := pattern.search(text))}
    offices = {office for office in held if office_of_heading(office)}
    return offices.pop() if len(offices) == 1 and len(spoken_of | offices) == 1 else None


_PRESENT = re.compile(
    r"(?:Members\s+)?(?:Present|Attending|Attendees|In attendance|Participants|Attendance)\s*:\s*(?P<who>\S.*)",
    re.IGNORECASE,
)
_WITH_OFFICE = re.compile(r"(?P<name>[^(),;]{1,60}) ?\((?P<office>[^()]{1,60})\)")


def attendance_statements(passages: Iterable[Passage], topic: str | None) -> Iterator[RowStatement]:
    """Yield the offices that minutes name behind those present: 'Present: Jane Roe (chair), Tom Poe, Ann Moe (CEO)'."""
    if topic is None:
        return
    for row in (row for passage in passages for row in lines_of(passage)):
        match = _PRESENT.fullmatch(row.cells[0])
        for named in _WITH_OFFICE.finditer(match["who"]) if match else ():
            person, office = person_name(named["name"]), office_name(named["office"])
            if person is not None and office is not None:
                yield office_row(row, person, office, topic)


def _item(
    passage: Passage, text: str, heading: str, topic: str | None, published_at: Moment | None
) -> Iterator[RowStatement]:
    named = office_of_heading(heading)
    if named is None and not _BODIES.fullmatch(heading):
        return
    held = holder(text, published_at)
    where = named.where if named and named.where else topic
    if held is None or where is None or held.person.casefold() == where.casefold():
        return
    office = held.office or (named.office if named else None)
    if office is None:
        return
    row = Row(passage.chunk, passage.start, passage.start + len(passage.text.rstrip()), (text,))
    for when in _times(held, named, published_at):
        yield office_row(row, held.person, office, where, when, interim=held.interim)


def _times(held: Holder, named: HeadingOffice | None, published_at: Moment | None) -> tuple[Validity, ...]:
    former = held.former or bool(named and named.former and held.office is None)
    if held.times:
        return tuple(ended_by(when, published_at) if former else when for when in held.times)
    if former:
        return (ended_by(ALWAYS, published_at),) if published_at else ()
    return () if named and named.several and held.office is None else (ALWAYS,)
