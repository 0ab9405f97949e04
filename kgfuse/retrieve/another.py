"""Whether a sentence tells of another one of several: the second, not the first; version 4.9, not 5.0; then, not now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import Word, is_content, within, words_of

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th last"
)
_ALTERNATIVES = tuple(
    {word: one for one, group in enumerate(line.split("|")) for word in group.split()}
    for line in (
        "|".join(
            f"{word} {number}" for word, number in zip(_ORDINALS.split()[:10], _ORDINALS.split()[10:20], strict=True)
        )
        + "|last final",
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

_UNITS = (
    r"%|per\s?cent\b|[€$£°]|(?:thousand|million|billion|[kcm]?m|[kKm]?g|t|l|ha|[kKMG]W|tonnes?|(?:kilo)?metres?|miles?|hours?|"
    r"minutes?|seconds?|days?|weeks?|months?|years?|points?|times|euros?|dollars?|pounds?)\b"
)
_VERSION = rf"v?(?P<number>\d+(?:\.\d+)+)(?!\s*(?:{_UNITS}))"
_OF_VERSION = re.compile(rf"(?:\b(?:version|release|v\.)|(?P<name>\b[A-Z][\w-]*))\s+{_VERSION}\b")
_ANY_VERSION = re.compile(rf"(?:^\W*|\b(?:[Vv]ersion|[Rr]elease|in|of|to|from|since|[A-Z][\w-]*)\s+){_VERSION}\b")

_YEAR = r"(?:1\d|20)\d\d"
_SPAN = re.compile(rf"({_YEAR})\s*[–—-]\s*(?={_YEAR})")
_MONTHS = r"(?:(?:\d{1,2}\s+)?[A-Z][a-z]+\s+)?"
_CLOSED = re.compile(
    rf"\b{_YEAR}\s*(?:to|until|till)\s*{_MONTHS}(?P<to>{_YEAR})\b|\b(?:until|till)\s+{_MONTHS}(?P<until>{_YEAR})\b"
)
_PRESENT = re.compile(r"\b(?:is|are|has|have|does|do)\b", re.IGNORECASE)
_BEFORE = re.compile(rf"\b(?:before|prior to|until) {_MONTHS}(?P<year>{_YEAR})\b", re.IGNORECASE)
_SINCE = re.compile(rf"\b(?:since|from|after) {_MONTHS}(?P<year>{_YEAR})\b", re.IGNORECASE)
_GOES_ON = re.compile(r"\b(?:is|are|has been|have been|since)\b", re.IGNORECASE)
_NOW = re.compile(r"\b(?:today|now|nowadays|currently|at present|present|current|these days)\b", re.IGNORECASE)


def tells_of_another(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a sentence has the words of a question, `wanted`, about another one of the things that they fit."""
    return (
        _alternative(question, sentence)
        or _other_version(question.text, sentence)
        or _over_by_now(question, wanted, sentence)
        or _later(question.text, sentence)
    )


def _alternative(question: Question, sentence: str) -> bool:
    """Whether what a question asks for is told of its opposite: 'her second husband' for 'her first husband'."""
    words = words_of(sentence)
    for at, word in enumerate(question.words):
        if any(a <= word.start < b and not question.text[a:b].islower() for a, b in question.names):
            continue
        for kind in _ALTERNATIVES:
            group = kind.get(word.text.lower())
            noun = _noun_after(question, at)
            if group is None or noun is None:
                continue
            told = set(_told_before(noun, kind, words))
            if told and group not in told:
                return True
    return False


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
    asked = {match["number"] for match in _OF_VERSION.finditer(question)}
    told = {match["number"] for match in _ANY_VERSION.finditer(sentence)}
    return bool(asked and told) and not asked & told


def _later(question: str, sentence: str) -> bool:
    """Whether a sentence tells what has been so since a year before which the question asks about."""
    before = _BEFORE.search(question)
    since = _SINCE.search(sentence)
    return before is not None and since is not None and since["year"] >= before["year"]


def is_of_today(question: Question) -> bool:
    """Whether a question asks for what is so today: 'Who is …?', 'Who manages it now?'."""
    if question.time.interval is not None or question.history or question.former:
        return False
    opens = " ".join(word.text for word in question.words[:2])
    return bool(_NOW.search(question.text) or _PRESENT.search(opens))


def _over_by_now(question: Question, wanted: Collection[str], sentence: str) -> bool:
    """Whether a question about today is told a time that is over: 'treasurer 2015 – 2018'."""
    if not is_of_today(question):
        return False
    asked = [one for one in clauses(_SPAN.sub(r"\1 to ", sentence)) if any(word.stem in wanted for word in one.words)]
    return bool(asked) and all(_is_over(one.text) for one in asked)


def _is_over(text: str) -> bool:
    ends = [int(match["to"] or match["until"]) for match in _CLOSED.finditer(text)]
    return bool(ends) and max(ends) < datetime.now(UTC).year and not _GOES_ON.search(text)
