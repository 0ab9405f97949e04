"""Finding in a text what a model says it read there: exactly, else in spite of typography, else nearly.

A place found is always given as offsets into the original text, so that ``text[start:end]`` is what stands there.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

NEARLY = 92.0
"""Least similarity (rapidfuzz's indel ratio, 0 to 100) of a quote that is found only nearly: one slip in a dozen characters.
A changed name, number or negation in a sentence of ordinary length is checked apart: see `same_figures`."""

_SHORTEST_NEARLY = 24
"""Quotes of fewer characters must be found exactly: in a short text a slip can be another name."""

_FOLDED = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"',
     "»": '"', "″": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "ß": "ss", "ø": "o",
     "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)  # fmt: skip
_NEGATION = re.compile(r"\b(?:not|no|never|nor|neither|without|none)\b|n't\b")
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_BETWEEN_PARTS = 400
"""Characters that an ellipsis in a quote may stand for."""


class Grade(Enum):
    """How well something was found; the value is the factor on the extraction confidence."""

    EXACT = 1.0
    FOLDED = 0.98
    NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a text, half-open, and how well it fits."""

    start: int
    end: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text without what typography changes, with the way back: ``origin[i]`` is where character `i` came from.

    Folded are case, diacritics, compatibility forms (ligatures), quotation marks, dashes and runs of white space; soft
    hyphens, invisible characters and hyphenation at the end of a line are gone.
    """

    text: str
    origin: array[int]
    widths: array[int]

    def place(self, start: int, end: int, grade: Grade) -> Place:
        """Return the original place of the folded span ``[start, end)``, which must not be empty."""
        return Place(self.origin[start], self.origin[end - 1] + self.widths[end - 1], grade)


def fold(text: str) -> FoldedText:
    """Fold a text. The result neither begins nor ends with white space."""
    return _fold_long(text) if len(text) > _LONG else _fold_short(text)


def _fold(text: str) -> FoldedText:
    characters: list[str] = []
    origin, widths = array("L"), array("L")
    for start, end, folded in _pieces(text):
        if folded == " " and (not characters or characters[-1] == " "):
            continue
        for character in folded:
            characters.append(character)
            origin.append(start)
            widths.append(end - start)
    while characters and characters[-1] == " ":
        characters.pop()
    return FoldedText("".join(characters), origin[: len(characters)], widths[: len(characters)])


_LONG = 20_000
"""Whole documents are folded for every name in them and are kept apart from passages, few at a time: they are large."""
_fold_short = lru_cache(maxsize=256)(_fold)
_fold_long = lru_cache(maxsize=8)(_fold)

_LINE_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n[ \t]*(?=[a-zß-ÿ])")


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    hyphens = {match.start(): match.end() for match in _LINE_HYPHEN.finditer(text)}
    position = 0
    while position < len(text):
        if position in hyphens:
            position = hyphens[position]
            continue
        character = text[position]
        end = position + 1
        if character.isspace():
            yield position, end, " "
        elif character.isascii():
            yield position, end, character.lower()
        else:
            yield position, end, _fold_character(character)
        position = end


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if unicodedata.category(character) in ("Cf", "Mn", "Cc"):
        return ""
    decomposed = unicodedata.normalize("NFKD", character.translate(_FOLDED)).casefold().translate(_FOLDED)
    kept = "".join(part for part in decomposed if unicodedata.category(part) not in ("Mn", "Cf"))
    return " " if kept.isspace() else kept


def find_all(needle: str, text: str, *, whole_words: bool = False) -> list[Place]:
    """Return every place where `needle` stands, in order: the exact ones if there are any, else the folded ones."""
    needle = needle.strip()
    if not needle:
        return []
    exact = [Place(s, e, Grade.EXACT) for s, e in _occurrences(needle, text) if not whole_words or _whole(text, s, e)]
    if exact:
        return exact
    wanted, folded = fold(needle).text, fold(text)
    if not wanted:
        return []
    return [
        folded.place(s, e, Grade.FOLDED)
        for s, e in _occurrences(wanted, folded.text)
        if not whole_words or _whole(folded.text, s, e)
    ]


def _occurrences(needle: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(needle)
    while start >= 0:
        yield start, start + len(needle)
        start = text.find(needle, start + len(needle))


def _whole(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return not before and not after


def find_quote(quote: str, text: str) -> list[Place]:
    """Return the places where a quote stands: exact, else folded, else around an ellipsis, else the one that is nearly it.

    The last needs `NEARLY` similarity, the same figures and the same negations: those carry the meaning.
    """
    quote = quote.strip().strip('"“”„«»').strip()
    found = find_all(quote, text, whole_words=True)
    if found:
        return found
    parts = [part.strip() for part in re.split(r"\[?(?:\.\.\.|…)\]?", quote) if part.strip()]
    if len(parts) > 1:
        around = _find_parts(parts, text)
        return [around] if around else []
    nearly = _find_nearly(quote, text)
    return [nearly] if nearly else []


def _find_parts(parts: list[str], text: str) -> Place | None:
    for first in find_all(parts[0], text, whole_words=True):
        end = first.end
        for part in parts[1:]:
            later = next(
                (p for p in find_all(part, text, whole_words=True) if 0 <= p.start - end <= _BETWEEN_PARTS), None
            )
            if later is None:
                break
            end = later.end
        else:
            return Place(first.start, end, Grade.FOLDED)
    return None


def _find_nearly(quote: str, text: str) -> Place | None:
    from rapidfuzz import fuzz

    wanted, folded = fold(quote).text, fold(text)
    if len(wanted) < _SHORTEST_NEARLY or len(wanted) > len(folded.text) + 8:
        return None
    aligned = fuzz.partial_ratio_alignment(wanted, folded.text, score_cutoff=NEARLY)
    if aligned is None or aligned.dest_end <= aligned.dest_start:
        return None
    start, end = _to_words(folded.text, aligned.dest_start, aligned.dest_end)
    found = folded.text[start:end]
    if fuzz.ratio(wanted, found) < NEARLY or not same_figures(wanted, found):
        return None
    return folded.place(start, end, Grade.NEARLY)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to whole words, without white space at its ends."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end


def same_figures(left: str, right: str) -> bool:
    """Whether two folded texts hold the same numbers and the same negations, in order."""
    return _FIGURES.findall(left) == _FIGURES.findall(right) and _NEGATION.findall(left) == _NEGATION.findall(right)
