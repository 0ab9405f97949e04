"""What a curriculum vitae lists: '2018–present: Professor of Physics, University of Leeds', 'PhD in Physics, Imperial College, 2004–2008'.

The person is the one whose name stands above the text, and the sections say what is listed: 'Education', 'Employment', 'Awards'.
Lines that are not understood are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kgfuse.extract.lexicon import POSTS_HELD
from kgfuse.extract.passages import Passage, Row
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.tenures import office_name, person_name, tenure
from kgfuse.model import Moment, Validity

_CONFIDENCE = 0.75
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
_LONGEST = 25


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
    for passage in passages if person else ():
        heading = passage.chunk.heading_path[-1].strip(" :") if passage.chunk.heading_path else ""
        kinds = [kind for kind in (_WORK, _STUDY, _PRIZES) if kind.fullmatch(heading)]
        for match in re.finditer(r"[^\n]+", passage.text) if kinds else ():
            line = _line(" ".join(match[0].split()), published_at)
            if line is None or person is None:
                continue
            start = passage.start + match.start()
            row = Row(passage.chunk, start, start + len(match[0].rstrip()), (match[0],))
            yield from _said(row, person, line, kinds[0])


def _line(text: str, published_at: Moment | None) -> _Line | None:
    match = _TIME_FIRST.fullmatch(text) or _TIME_LAST.fullmatch(text)
    if match is None or len(text.split()) > _LONGEST:
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
        yield RowStatement(row, person, "receive", first, line.when, "Person", None, _CONFIDENCE)
    if where is None:
        return
    if kind is _STUDY and _DEGREE.match(first):
        where = next((part for part in others if _SCHOOL.search(part)), where)
        yield RowStatement(
            row, person, "study at", where, line.when, "Person", "Organization", _CONFIDENCE, (("degree", first),)
        )
    if kind is _WORK and POSTS_HELD.intersection(re.findall(r"[a-z]+", first.lower())):
        yield RowStatement(
            row, person, "work for", where, line.when, "Person", "Organization", _CONFIDENCE, (("as", first),)
        )
        office = office_name(first)
        if office is not None:
            manner = (("manner", "interim"),) if office.interim else ()
            yield RowStatement(
                row, person, f"{office.name} of", where, line.when, "Person", "Organization", _CONFIDENCE, manner
            )
