"""Whether a sentence tells of another one of several: the second, not the first; version 4.9, not 5.0; then, not now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.counted import is_version
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import Word, is_content, within, words_of

_ALTERNATIVES = tuple(
    {word: one for one, group in enumerate(line.split("|")) for word in group.split()}
    for line in (
        "first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th|"
        "ninth 9th|tenth 10th|last final",
        "north northern|south southern|east eastern|west western",
        "upper|lower",
        "inner|outer",
        "old older oldest|new newer newest",
        "senior|junior",
        "former previous|present current",
        "left|right",
        "major|minor",
        "primary|secondary",
        "gross|net",
        "annual yearly|monthly|weekly|daily",
        "spring|summer|autumn|winter",
        "men male boys|women female girls",
        "maternal|paternal",
    )
)
"""Words that tell apart things of one kind; those of a group between bars mean the same."""

_NEAR = 2
"""How many words before its noun such a word may stand: 'the second public meeting'."""

_VERSION = r"v?(?P<number>\d+(?:\.\d+)+)"
_OF_VERSION = re.compile(rf"\b(?:version|release|[A-Z][\w-]*)\s+{_VERSION}\b")
_ANY_VERSION = re.compile(rf"(?:^\W*|\b(?:[Vv]ersion|[Rr]elease|in|of|to|from|since|[A-Z][\w-]*)\s+){_VERSION}\b")

_YEAR = r"(?:1\d|20)\d\d"
_SPAN = re.compile(rf"({_YEAR})\s*[–—-]\s*(?={_YEAR})")
_MONTHS = r"(?:(?:\d{1,2}\s+)?[A-Z][a-z]+\s+)?"
_CLOSED = re.compile(
    rf"\b{_YEAR}\s*(?:to|until|till)\s*{_MONTHS}(?P<to>{_YEAR})\b|\b(?:until|till)\s+{_MONTHS}(?P<until>{_YEAR})\b"
)
_SINCE = re.compile(rf"\b(?:since|from|after) {_MONTHS}(?P<year>{_YEAR})\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:is|are|has been|have been|since)\b", re.IGNORECASE)


def tells_of_another(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a sentence has the words of a question, `wanted`, about another one of the things that they fit."""
    return (
        _alternative(question, sentence)
        or _other_version(question.text, sentence)
        or _over_by_now(question, wanted, sentence)
        or _later(question, sentence)
    )


def _alternative(question: Question, sentence: str) -> bool:
    """Whether what a question asks for is told of its opposite: 'her second husband' for 'her first husband'."""
    asked = [
        (kind, kind[word.text.lower()], noun)
        for at, word in enumerate(question.words)
        for kind in _ALTERNATIVES
        if word.text.lower() in kind and not _is_named(word, question) and (noun := _noun_after(question, at))
    ]
    words = words_of(sentence) if asked else ()
    told = (({*_told_before(noun, kind, words)}, group) for kind, group, noun in asked)
    return any(groups and group not in groups for groups, group in told)


def _is_named(word: Word, question: Question) -> bool:
    """Whether a word is part of a name; what the graph knows in small letters ('first') is no name."""
    return any(a <= word.start < b and not question.text[a:b].islower() for a, b in question.names)


def _noun_after(question: Question, at: int) -> str | None:
    """The stem of the word that an adjective stands right before."""
    if at + 1 >= len(question.words):
        return None
    word = question.words[at + 1]
    return word.stem if is_content(word.text) and not within(word, question.names) else None


def _told_before(noun: str, kind: dict[str, int], words: Sequence[Word]) -> Iterator[int]:
    """Yield which of a kind of words stand shortly before a noun."""
    for at, word in enumerate(words):
        if word.stem == noun:
            before = (kind.get(one.text.lower()) for one in words[max(0, at - _NEAR) : at])
            yield from (group for group in before if group is not None)


def _other_version(question: str, sentence: str) -> bool:
    """Whether a sentence names versions, and not the one that is asked about."""
    asked, told = _versions(_OF_VERSION, question), _versions(_ANY_VERSION, sentence)
    return bool(asked and told) and not asked & told


def _versions(pattern: re.Pattern[str], text: str) -> set[str]:
    found = pattern.finditer(text)
    return {match["number"] for match in found if is_version(match["number"], text, match.end("number"))}


def _later(question: Question, sentence: str) -> bool:
    """Whether a sentence tells what has been so since a year before which the question asks about."""
    period = question.time.period
    if period is None or period.valid_from is not None or period.valid_to is None:
        return False
    since = _SINCE.search(sentence)
    return since is not None and int(since["year"]) >= period.valid_to.at.year


def _over_by_now(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a question about today is told a time that is over: 'treasurer 2015 – 2018'."""
    if not question.of_today:
        return False
    asked = [one for one in clauses(_SPAN.sub(r"\1 to ", sentence)) if any(word.stem in wanted for word in one.words)]
    return bool(asked) and all(_is_over(one.text) for one in asked)


def _is_over(text: str) -> bool:
    ends = [int(match["to"] or match["until"]) for match in _CLOSED.finditer(text)]
    return bool(ends) and max(ends) < datetime.now(UTC).year and not _GOES_ON.search(text)
