"""Whether evidence carries a sentence: every name, number and date that the sentence holds must stand in the evidence.

A check of our own, after generation: it costs no call, and the same sentence with the same evidence is judged alike.
It finds what is invented or taken from the wrong place, not what is twisted with the right words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from kgfuse.folding import unaccented
from kgfuse.retrieve.dates import MONTHS

MOST_CARRIERS = 3
"""The most pieces of evidence that one sentence is cited with: a model that cites everything has found nothing."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SCALED = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(thousand|million|billion|mn|bn|m|k)\b", re.IGNORECASE)
_SCALES = {"thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6, "billion": 10**9, "bn": 10**9}
_ISO = re.compile(r"\b(\d{4})-(\d\d)(?:-(\d\d))?\b")
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN = frozenset(
    "the a an in on at by to for from of since until before after between and or but not no yes it he she they its his her "
    "their this that these those there according sources source documents document one two some both today currently "
    "earlier later formerly previously however also then when while as with january february march april may june july "
    "august september october november december according evidence disputed fact".split()
)
"""Words that begin with a capital for other reasons than being a name; months are checked as dates are."""


def unsupported(sentence: str, evidence: Iterable[str], question: str = "") -> tuple[str, ...]:
    """Return the names, numbers and months of a sentence that no text of `evidence` holds, in order; empty: it is carried.

    Names are compared word by word, without case and accents; a number matches its other notations (``12.4 million`` and
    ``12,400,000``), a month its number in an ISO date. A word that begins the sentence is a name only if the evidence or
    the question has it as one, for any other word begins with a capital there.
    """
    text = "\n".join(evidence)
    words = {unaccented(word) for word in _WORD.findall(text)}
    numbers, months = _numbers(text), _months(text)
    asked = {word for word in _WORD.findall(question) if word[:1].isupper()}
    missing: list[str] = []
    spans = [match.span() for match in _SCALED.finditer(sentence)]
    for match in re.finditer(rf"{_NUMBER.pattern}|{_WORD.pattern}", sentence):
        token = match[0]
        if _NUMBER.match(token):
            scaled = next((one for one in spans if one[0] == match.start()), None)
            said = _numbers(sentence[scaled[0] : scaled[1]] if scaled else token)
            if not said & numbers:
                missing.append(token)
        elif token.lower() in MONTHS and token[:1].isupper():
            if token.lower() not in months and not (token == "May" and not _dated(sentence, match.end())):
                missing.append(token)
        elif token[:1].isupper() and token.lower() not in _PLAIN and unaccented(token) not in words:
            opens = not sentence[: match.start()].strip(" \"'“‘(")
            if not opens or token in asked or _names_on(sentence, match.end()):
                missing.append(token)
    return tuple(dict.fromkeys(missing))


def carriers(sentence: str, evidence: Mapping[int, Sequence[str]], question: str = "") -> list[int]:
    """Return which pieces of evidence (their texts by number) carry a sentence: none, or at most `MOST_CARRIERS`.

    Those that carry it alone, in the order given; where none does, those that do together, each of which adds something that
    the ones before it lack. What is cited besides is no evidence for the sentence.
    """
    lacking = {number: set(unsupported(sentence, texts, question)) for number, texts in evidence.items()}
    if alone := [number for number, missing in lacking.items() if not missing]:
        return alone[:MOST_CARRIERS]
    chosen: list[int] = []
    missing = set(unsupported(sentence, (), question))
    while missing and len(chosen) < MOST_CARRIERS and set(lacking) - set(chosen):
        best = min((number for number in lacking if number not in chosen), key=lambda one: len(missing & lacking[one]))
        if missing <= lacking[best]:
            return []
        chosen.append(best)
        missing = set(unsupported(sentence, (text for number in chosen for text in evidence[number]), question))
    return [] if missing else chosen


def _names_on(sentence: str, end: int) -> bool:
    """Whether the next word is capitalised, too: the first word is then part of a name."""
    return bool(re.match(r"\s+[^\W\d_a-z]", sentence[end:])) and sentence[end : end + 1] == " "


def _dated(sentence: str, end: int) -> bool:
    return bool(re.match(r"\s+\d", sentence[end:]))


def _numbers(text: str) -> set[float]:
    found = {float(match[0].replace(",", "")) for match in _NUMBER.finditer(text)}
    for match in _SCALED.finditer(text):
        found.add(round(float(match[1].replace(",", "")) * _SCALES[match[2].lower()], 6))
    return found


def _months(text: str) -> set[str]:
    found = {word.lower() for word in _WORD.findall(text) if word.lower() in MONTHS}
    found |= {MONTHS[int(month) - 1] for _, month, _ in _ISO.findall(text) if 1 <= int(month) <= 12}
    return found
