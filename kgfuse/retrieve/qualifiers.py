"""Words of a question that a relation leaves over: some only describe, any other one asks for something else.

'Who is the head of marketing at Acme?' does not ask for the head of Acme, nor 'When was the head of Acme born?'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import PREPOSITIONS, is_content

_EXCEPT = r"(?:except(?:ing)?(?: for)?|besides|excluding|barring|apart from|aside from|other than)"
_DENIES = re.compile(
    rf"\b(?:not|never|no|nobody|none|cannot|without|instead of|rather than|{_EXCEPT})\b|n['’]t\b", re.IGNORECASE
)
_EXCEPTS = re.compile(rf"\b{_EXCEPT}\s+(?:the\s+)?$", re.IGNORECASE)


def denies(question: Question) -> bool:
    """Whether a question asks for what is not so, or for all but something; the words of its names do not count."""
    return any(
        not any(start <= found.start() < end for start, end in question.names)
        for found in _DENIES.finditer(question.text)
    )


def excepted(question: Question, links: Sequence[Link]) -> tuple[Link, int] | None:
    """Return what a question leaves out by name ('besides Jane Roe') and where the words begin that say so."""
    for one in links:
        if found := _EXCEPTS.search(question.text[: one.start]):
            return one, found.start()
    return None


def left_over(question: Question, *explained: AskedRelation) -> tuple[int, ...]:
    """Return the places of the words that these relations leave unexplained."""
    used = {at for asked in explained for at in asked.used}
    return tuple(at for at in question.telling if at not in used)


def is_qualified(question: Question, *explained: AskedRelation) -> bool:
    """Whether a word that these relations leave over may change what is asked.

    It does not when it says how ('officially'), of what kind the answer is ('Which institute …') or describes a name that it
    stands right before ('the chemist Jane Roe'), unless it asks for a relation of its own.
    """
    left = left_over(question, *explained)
    others = {at for asked in question.relations for at in asked.used}
    before = {min(asked.used, default=0) - 1 for asked in explained}
    return any(
        at in others
        or at in before
        or not (_says_how(question, at) or _is_kind(question, at) or _describes_name(question, at, left))
        for at in left
    )


def _says_how(question: Question, at: int) -> bool:
    return question.words[at].text.lower().endswith("ly")


def _is_kind(question: Question, at: int) -> bool:
    """Whether a word stands in the noun after 'which' or 'what'."""
    while at > 0 and is_content(question.words[at].text):
        at -= 1
    return question.words[at].text.lower() in ("which", "what")


def _describes_name(question: Question, at: int, left: tuple[int, ...]) -> bool:
    """Whether a word stands right before a name, or before others that do; 'the prosecution against Roe' is not Roe."""
    while at in left:
        if question.words[at].text.lower() in PREPOSITIONS:
            return False
        at += 1
    return at < len(question.words) and any(start == question.words[at].start for start, _ in question.names)
