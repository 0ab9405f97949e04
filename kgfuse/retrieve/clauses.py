"""The clauses of a sentence: what is said in one of them is not said by the words of another."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from kgfuse.retrieve.words import Word, is_inflected, words_of

_SUBJECT = r"(?:the|an?|its|his|her|their)\s+(?:[\w'’-]+\s+){1,4}?(?:was|were|is|are|has|had)\b"
_BREAK = re.compile(
    r"(?P<opens>(?:,\s*|\b)(?i:who|whom|whose|which|where|when|while|because|although|though|whereas|if|unless|"
    r"(?:after|before|since)(?=\s+\D))\b|,\s*[a-z]+ing\b|"
    r",?\s{1,3}(?:(?:up|down)\s+from|compared\s+(?:with|to)|as\s+against)\b)|"
    rf"(?P<ends>[;:()–—]|,?\s(?:and|but)\s+(?={_SUBJECT})|"
    r",?\s(?:and|but)\s+(?:(?:then|later|also)\s+)?(?P<verb>\w+))|"
    r"(?P<comma>,(?=\s))"
)
_PRONOUNS = frozenset("i he she it they we".split())
_SUBJECTS = frozenset("i he she it they we was were is are has had have did does will would".split())


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: its text, in pieces where another one is inserted, and its words at their places in the sentence."""

    text: str
    words: tuple[Word, ...]


def clauses(sentence: str) -> tuple[Clause, ...]:
    """Return the clauses of a sentence.

    'Ann, who left Acme in 2001, joined Beta in 2002.' has two: 'Ann joined Beta in 2002' and 'who left Acme in 2001'. A
    clause that a comma or the sentence's beginning opens ends at the next comma; one that only a word opens, nowhere.
    """
    pieces: list[list[tuple[int, int]]] = [[]]
    main, current, start = 0, 0, 0
    inserted = False
    for match in _BREAK.finditer(sentence):
        if match["ends"] and match["verb"] and not _begins_clause(match["verb"]):
            continue
        if match["comma"] and not inserted:
            continue
        at = match.start("verb") if match["verb"] else match.end() if match["ends"] else match.start()
        pieces[current].append((start, match.start()))
        start = at
        if match["comma"]:
            current, inserted, start = main, False, match.end()
            continue
        pieces.append([])
        current = len(pieces) - 1
        inserted = bool(match["opens"]) and (match[0].startswith(",") or not sentence[: match.start()].strip())
        if not match["opens"]:
            main = current
    pieces[current].append((start, len(sentence)))
    words = words_of(sentence)
    found = (_clause(sentence, words, spans) for spans in pieces)
    return tuple(one for one in found if one.words)


def begins_with_verb(clause: Clause) -> bool:
    """Whether a clause has no subject of its own: 'Acme left Oslo *and was sold*'."""
    word = clause.words[0].text.lower()
    return word not in _PRONOUNS and _begins_clause(word)


def _begins_clause(word: str) -> bool:
    return word.lower() in _SUBJECTS or word.endswith("ed") or is_inflected(word)


def _clause(sentence: str, words: tuple[Word, ...], spans: list[tuple[int, int]]) -> Clause:
    held: list[Word] = []
    for start, end in spans:
        first, last = bisect_left(words, start, key=_start), bisect_right(words, end, key=_end)
        held.extend(words[first:last])
    return Clause(" ".join(sentence[start:end].strip(" ,") for start, end in spans), tuple(held))


def _start(word: Word) -> int:
    return word.start


def _end(word: Word) -> int:
    return word.end
