"""From where characters stand to the order in which they are read, for lines with right-to-left scripts.

A PDF places glyphs; what is drawn from right to left must be put into the order of speech again: the inverse of the Unicode
Bidirectional Algorithm (UAX #9) for what a line can hold without explicit marks. A run from right to left is read from its
right end; numbers and words of other scripts inside it are read from their left; brackets, drawn mirrored, are mirrored
back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kgfuse.ingest.pdf_words import Word

_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_EDGES = re.compile(r"([^\w%‰$€£¥#°+\-−@]*)(.*?)([^\w%‰$€£¥#°+\-−@]*)", re.DOTALL)


def is_right_to_left(text: str) -> bool:
    """Whether any letter of a text is of a right-to-left script."""
    return not text.isascii() and any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def mostly_right_to_left(texts: Iterable[str]) -> bool:
    """Whether most letters of some texts are of right-to-left scripts."""
    joined = "".join(texts)
    if joined.isascii():
        return False
    kinds = [unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in joined if character.isalpha()]
    return sum(kinds) > len(kinds) / 2


def spoken(characters: Sequence[tuple[str, float, float]]) -> str:
    """Return a word of a right-to-left script from its characters and their left and right edges, in the order of speech."""
    bases = [one for one in characters if not unicodedata.combining(one[0])]
    marks = [one for one in characters if unicodedata.combining(one[0])]
    bases.sort(key=lambda one: -(one[1] + one[2]))  # stable: what shares a glyph (a ligature) keeps its order
    letters = [text for text, _, _ in bases]
    for text, left, right in marks:
        if bases:
            at = min(range(len(bases)), key=lambda n: abs(bases[n][1] + bases[n][2] - left - right))
            letters[at] += text
    return "".join(_turned(letters))


def _turned(letters: list[str]) -> list[str]:
    """Read what is left-to-right inside from its own left; mirror brackets back."""
    out: list[str] = []
    run: list[str] = []
    held: list[str] = []  # signs after a run: part of it if it goes on
    for at, letter in enumerate(letters):
        kind = unicodedata.bidirectional(letter[0])
        if kind == "ET" and not run and unicodedata.bidirectional(letters[min(at + 1, len(letters) - 1)][0]) == "EN":
            run = [letter]  # a percent sign belongs to the number before it
        elif kind in ("L", "EN", "AN"):
            run += [*held, letter]
            held = []
        elif run and kind in ("CS", "ES", "ET", "ON") and letter not in "()[]{}\"'":
            held.append(letter)
        else:
            out += [*reversed(run), *(one.translate(_MIRRORED) for one in held), letter.translate(_MIRRORED)]
            run, held = [], []
    return [*out, *reversed(run), *(one.translate(_MIRRORED) for one in held)]


def in_order(words: Sequence[Word]) -> list[Word]:
    """Return the words of one line, given from left to right, in the order in which they are read."""
    if not any(is_right_to_left(word.text) for word in words):
        return list(words)
    if mostly_right_to_left(word.text for word in words):
        words = [word if any(map(str.isalnum, word.text)) else replace(word, text=_mirror(word.text)) for word in words]
        return [word for run in _runs(reversed(words), foreign=False) for word in run]
    return [word for run in _runs(words, foreign=True) for word in run]


def _runs(words: Iterable[Word], *, foreign: bool) -> Iterator[list[Word]]:
    """Yield the words run by run, those that are read against the line's direction turned round.

    `foreign` says which these are: words of right-to-left scripts, or words of others.
    """
    run: list[Word] = []
    for word in words:
        signs = not any(map(str.isalnum, word.text))
        against = is_right_to_left(word.text) is foreign if not signs else bool(run)
        if run and not (against and (foreign or signs or any(map(str.isalpha, word.text)))):
            yield from _settled(run)  # two numbers beside each other are no run
            run = []
        if against:
            run.append(word)
        else:
            yield [word]
    if run:
        yield from _settled(run)


def _settled(run: list[Word]) -> Iterator[list[Word]]:
    """Turn a run round. What stands at its edges (a full stop, a bracket) is the line's: it goes to the other side."""
    signs: list[Word] = []
    while not any(map(str.isalnum, run[-1].text)):
        signs.append(run.pop())
    turned = run[::-1]
    before, _, _ = _edges(turned[0].text)
    _, _, after = _edges(turned[-1].text)
    turned[0] = replace(turned[0], text=_mirror(after) + turned[0].text[len(before) :])
    last = turned[-1].text
    turned[-1] = replace(turned[-1], text=last[: len(last) - len(after)] + _mirror(before))
    yield turned
    yield signs[::-1]


def _edges(text: str) -> tuple[str, str, str]:
    match = _EDGES.fullmatch(text)
    return (match[1], match[2], match[3]) if match and match[2] else ("", text, "")


def _mirror(signs: str) -> str:
    return signs[::-1].translate(_MIRRORED)
