"""Where the arguments of a triple stand: in the quote by name, else by pronoun, else named nearby."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kgfuse.extract.grounding import Place, find_all
from kgfuse.model import Chunk, Document

IN_QUOTE, IN_PART, BY_PRONOUN, BY_DESCRIPTION, IN_CHUNK, IN_HEADING = 1.0, 0.95, 0.9, 0.8, 0.7, 0.65
"""Factors on the confidence, by where an argument was found. Heuristic: the order is meant, calibration scales."""

_OF_PEOPLE = re.compile(r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|who|whose)\b", re.IGNORECASE)
_OF_THINGS = re.compile(r"\b(?:they|them|their|theirs|it|its|which|whose)\b", re.IGNORECASE)
_PRONOUN = re.compile(f"{_OF_PEOPLE.pattern}|{_OF_THINGS.pattern}", re.IGNORECASE)
_DESCRIPTION = re.compile(r"\b(?:[Tt]he|[Tt]his|[Tt]hat|[Tt]hese|[Ii]ts|[Tt]heir|[Oo]ur|[Mm]y) [a-z][a-z-]+\b")
_FIRST_PERSON = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself)\b")
_ARTICLE = re.compile(r"^(?:(?:the|a|an)\s+|(?:mr|mrs|ms|dr|prof|sir|dame|lord|lady)\.?\s+)+", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?$")
_LONGEST_NAME = 160
_LIST_ITEM_WORDS = 12
"""Longer quotes are sentences, not list items or table cells."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A grounded name: what it is called, where in the document it was read, and the factor on the confidence.

    `named` says that the quote itself holds the name or a part of it.
    """

    surface: str
    start: int
    end: int
    factor: float
    named: bool = False


def clean_name(name: str) -> str:
    """Return a name without article, title and possessive, white space folded."""
    name = " ".join(name.split()).strip('"“”„«»,;:()[]')
    name = _ARTICLE.sub("", name)
    return _POSSESSIVE.sub("", name) if _POSSESSIVE.search(name) and not name.endswith("s'") else name


def ground_name(
    name: str, quote: Place, document: Document, chunk: Chunk, person: bool | None = None
) -> Argument | None:
    """Find an argument; `quote` is its evidence, in offsets into the document. `None`: the document does not name it.

    `person` says whether it is one, when known: 'it' stands for no person, 'she' for no company.

    A name that only a pronoun, a description or a part of it stands for in the quote must be named in full elsewhere in the
    document, and gets the surface that it has there.
    """
    name = clean_name(name)
    if not re.search(r"\w", name) or len(name) > _LONGEST_NAME or _PRONOUN.fullmatch(name):
        return None
    text = document.text[quote.start : quote.end]
    found = find_all(name, text, whole_words=True)
    if found:
        return _read(
            document, quote.start + found[0].start, quote.start + found[0].end, found[0].grade.value * IN_QUOTE
        )
    full = _elsewhere(name, document)
    if full is None:
        return None
    part = _part_of(name, text)
    if part is not None:
        return Argument(full, quote.start + part[0], quote.start + part[1], IN_PART, named=True)
    stand_in = _stand_in(name, text, document, person)
    if stand_in is not None:
        start, end, factor = stand_in
        return Argument(full, quote.start + start, quote.start + end, factor)
    return _nearby(name, full, quote, document, chunk)


def _read(document: Document, start: int, end: int, factor: float) -> Argument:
    return Argument(" ".join(document.text[start:end].split()), start, end, factor, named=True)


def _elsewhere(name: str, document: Document) -> str | None:
    """How the document writes a name in full: in its text, its title, or as its author."""
    for text in (document.text, document.title, document.author or ""):
        places = _places(name, text)
        if places:
            return " ".join(text[places[0].start : places[0].end].split())
    return None


@lru_cache(maxsize=512)
def _places(name: str, text: str) -> tuple[Place, ...]:
    return tuple(find_all(name, text, whole_words=True))


def _part_of(name: str, text: str) -> tuple[int, int] | None:
    """Where a distinctive part of a name stands: the longest run of its words ('Roe' for 'Jane Roe'), or its acronym.

    A capitalised word after it makes it part of another name: the Jane of 'Jane Poe' is not Jane Roe.
    """
    words = name.split()
    runs = [words[i : i + n] for n in range(len(words) - 1, 0, -1) for i in reversed(range(len(words) - n + 1))]
    initials = "".join(word[0] for word in words if word[0].isupper())
    candidates = [" ".join(run) for run in runs if any(len(word) > 2 and word[0].isupper() for word in run)]
    for candidate in (*candidates, *([initials] if len(initials) > 1 else [])):
        start = next((m.start() for m in re.finditer(rf"(?<!\w){re.escape(candidate)}(?!\w| +[A-Z])", text)), None)
        if start is not None:
            return start, start + len(candidate)
    return None


def _stand_in(name: str, text: str, document: Document, person: bool | None) -> tuple[int, int, float] | None:
    """Where something stands for the name, and its factor: the author's 'I', a pronoun that agrees, a description."""
    pronouns = _PRONOUN if person is None else _OF_PEOPLE if person else _OF_THINGS
    by_author = person is not False and document.author and clean_name(document.author).casefold() == name.casefold()
    found = (_FIRST_PERSON.search(text) if by_author else None) or pronouns.search(text)
    if found:
        return found.start(), found.end(), BY_PRONOUN
    described = _DESCRIPTION.search(text)
    return (described.start(), described.end(), BY_DESCRIPTION) if described else None


def _nearby(name: str, full: str, quote: Place, document: Document, chunk: Chunk) -> Argument | None:
    """A name that a short quote leaves out altogether ('Founded 1999' below 'Acme'): read where it stands nearest before it.

    A whole sentence must hold its arguments: what it leaves out is the model's own addition.
    """
    if len(document.text[quote.start : quote.end].split()) > _LIST_ITEM_WORDS:
        return None
    inside = [(chunk.start + p.start, chunk.start + p.end) for p in _places(name, chunk.text)]
    before = [place for place in inside if place[1] <= quote.start]
    if before:
        return Argument(full, *before[-1], IN_CHUNK)
    if any(_places(name, heading) for heading in (*chunk.heading_path, document.title)):
        above = [(p.start, p.end) for p in _places(name, document.text) if p.end <= chunk.start]
        return Argument(full, *(above[-1] if above else (quote.start, quote.end)), IN_HEADING)
    return None
