"""What a curriculum vitae lists: '2018–present: Professor of Physics, University of Leeds', 'PhD in Physics, Imperial College, 2004–2008'.

The person is the one whose name stands above the text, and the sections say what is listed: 'Education', 'Employment', 'Awards'.
Lines that are not understood are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgfuse.extract.passages import Passage, Row, lines_of
from kgfuse.extract.posts import is_post, post_rows
from kgfuse.extract.rows import LINE_CONFIDENCE, RowStatement
from kgfuse.extract.tenures import person_name, tenure
from kgfuse.model import Moment, Validity

_WORK = re.compile(
    r"(?:(?:work|professional|academic|relevant|research|teaching|industry|career|employment)\s+)*"
    r"(?:employment|experience|career|positions?|appointments?|history|work)(?:\s+(?:history|held|summary))?",
    re.IGNORECASE,
)
_STUDY = re.compile(
    r"(?:academic\s+)?(?:education|qualifications|degrees|studies|academic background)(?: and training)?", re.IGNORECASE
)
_PRIZES = re.compile(
    r"(?:(?:selected|academic|professional)\s+)?(?:awards|honou?rs|prizes|distinctions|fellowships)(?:\s+(?:and|&)\s+\w+)?",
    re.IGNORECASE,
)
_MONTH = r"(?:(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s+)?"
_YEAR = r"(?:19|20)\d\d"
_TIME = (
    rf"(?P<time>{_MONTH}{_YEAR}\s*(?:[–—-]|to)\s*(?:{_MONTH}{_YEAR}|present|now|today|current|ongoing|date)"
    rf"|(?:since|from)\s+{_MONTH}{_YEAR}|{_YEAR})"
)
_TIME_FIRST = re.compile(rf"{_TIME}\s*[:,;|.–—-]?\s+(?P<rest>\D.*)", re.IGNORECASE)
_TIME_LAST = re.compile(rf"(?P<rest>.*?\D)[\s,;:|–—-]*\(?{_TIME}\)?\.?", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:current|ongoing|date)$", re.IGNORECASE)
_DEGREE = re.compile(
    r"(?:Ph\.?\s?D|D\.?Phil|M\.?\s?Sc|B\.?\s?Sc|M\.?\s?A|B\.?\s?A|MBA|MD|LL\.?[BM]|[BM]\.?Eng|[BM]\.?Phil|B\.?Ed|MPH|MPA|MFA|Dr\.|Doctorate|"
    r"Doctor|Diploma|Bachelor|Master|Licentiate|Certificate)\b"
)
_SCHOOL = re.compile(
    r"\b(?:Universit\w+|College|School|Institut\w*|Academy|Polytechnic|Conservato\w+|Faculty|Gymnasium|ETH|MIT)\b"
)
_LONGEST = 200
"""Characters of a line."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without its time: the parts that commas and the like set off."""

    when: Validity
    parts: tuple[str, ...]


def vita_statements(
    passages: Iterable[Passage], headlines: Sequence[str], published_at: Moment | None
) -> Iterator[RowStatement]:
    """Yield where the person named above the text studied and worked, and the prizes, each with its time."""
    person = next((name for headline in headlines if (name := person_name(headline))), None)
    if person is None:
        return
    for passage in passages:
        heading = passage.chunk.heading_path[-1].strip(" :") if passage.chunk.heading_path else ""
        kind = next((kind for kind in (_WORK, _STUDY, _PRIZES) if kind.fullmatch(heading)), None)
        for row in lines_of(passage) if kind else ():
            line = _line(row.cells[0], published_at)
            if line is not None and kind is not None:
                yield from _said(row, person, line, kind)


def _line(text: str, published_at: Moment | None) -> _Line | None:
    match = (_TIME_FIRST.fullmatch(text) or _TIME_LAST.fullmatch(text)) if len(text) <= _LONGEST else None
    if match is None:
        return None
    time = _OPEN.sub("present", match["time"])
    year = re.fullmatch(_YEAR, time)
    when = Validity(Moment.parse(time)) if year else tenure(time, published_at)
    rest = re.sub(r"\s+at\s+(?:the\s+)?(?=[A-Z])", ", ", match["rest"], count=1)
    parts = tuple(part for part in re.split(r"\s*[,;|()]\s*|\s+[–—-]\s+", rest.strip(" .")) if part)
    return _Line(when, parts) if when is not None and parts else None


def _said(row: Row, person: str, line: _Line, kind: re.Pattern[str]) -> Iterator[RowStatement]:
    first, *others = line.parts
    where = next((part for part in others if part[0].isupper() and not any(c.isdigit() for c in part)), None)
    if kind is _PRIZES and first[0].isupper():
        yield RowStatement(row, person, "receive", first, line.when, "Person", None, LINE_CONFIDENCE)
    if where is None:
        return
    if kind is _STUDY and _DEGREE.match(first):
        where = next((part for part in others if _SCHOOL.search(part)), where)
        yield RowStatement(
            row, person, "study at", where, line.when, "Person", "Organization", LINE_CONFIDENCE, (("degree", first),)
        )
    if kind is _WORK and is_post(first):
        yield from post_rows(row, person, first, where, line.when)
