"""What a text is about by two names: 'Helen Hunt' above 'Helen Elizabeth Hunt (born 1963) is an actress'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kgfuse.extract.arguments import Argument
from kgfuse.extract.lexicon import NAME_WORD, PARTICLES, TITLES
from kgfuse.extract.modality import Modality
from kgfuse.extract.naming import PREDICATE
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.folding import unaccented
from kgfuse.regions import regions_of

_ASIDE = re.compile(r"\s*\([^()]*\)")
_PART = rf"(?:{NAME_WORD}|[\"“(]{NAME_WORD}(?:\s{NAME_WORD})*[\"”)]|(?:{PARTICLES})(?=\s))"
_OPENING = re.compile(rf"{NAME_WORD}(?:\s+{_PART}){{1,6}}")
_BORN = re.compile(r"\s*,?\s*(?:[A-Z]{2,5}\s*)?[(\[][^()]*\b(?:born|b\.|\d{4})")
_IS = re.compile(r"[^.;]*?\b(?:is|was)\s+(?:an?|the|one|among)\b")
_PLACE_IS = re.compile(r"(?:\s*,[^,]*,)?\s+(?:is|was)\s+(?:an?|the|one)\b")
_SUFFIXES = frozenset("jr sr ii iii iv".split())


def titled_statements(sentence: Sentence, headlines: Iterable[str]) -> Iterator[Statement]:
    """Yield that what a text's first sentence introduces bears the name above the text as well: a person, or a place.

    'Young, New South Wales' above 'Young is a town' says which Young. Of persons, both names must end in the same family
    name, and the given name above must be one of the given names or, where the text says when the person was born, begin
    with the letter of the first ('Eddie' and 'Edmund').
    """
    headlines = tuple(dict.fromkeys(_without_asides(headline).strip() for headline in headlines))
    yield from _places(sentence, headlines)
    text = sentence.doc.text
    match = _OPENING.match(text)
    if match is None or not _IS.match(_without_asides(text[match.end() :])):
        return
    opening = match[0].rstrip(" ,")
    if opening.split()[0].isupper() and "." not in opening.split()[0]:  # a ship, 'USS'
        return
    born = _BORN.match(text, match.end()) is not None
    if not born and not _is_person(sentence, opening):
        return
    for title in headlines:
        if title != opening and _OPENING.fullmatch(title) and _same_person(title, opening, born):
            yield _named(title, opening, "Person")


def titled_types(statements: Iterable[Statement]) -> dict[str, str]:
    """Return the types of the names that such statements join, whatever a recogniser takes them for elsewhere."""
    arguments = (part for one in statements for part in (one.subject, one.object) if isinstance(part, Argument))
    return {argument.text: argument.type for argument in arguments if argument.type}


def _places(sentence: Sentence, headlines: Iterable[str]) -> Iterator[Statement]:
    text = sentence.doc.text
    for title in headlines:
        name, comma, around = title.partition(", ")
        rest = text[len(name) :] if text.startswith(name) else ""
        if comma and name and regions_of(around.split(",")[0]) and _PLACE_IS.match(_without_asides(rest)):
            yield _named(title, name, "Place")


def _named(title: str, name: str, type: str) -> Statement:
    return Statement(
        Argument(title, 0, len(name), "name", type),
        PREDICATE,
        Argument(name, 0, len(name), "name", type),
        Modality(),
        signals=frozenset({"strong_pattern", "typed_arguments"}),
    )


def _is_person(sentence: Sentence, name: str) -> bool:
    first = next(iter(sentence.doc.ents), None)
    return sentence.types.get(name) == "Person" or (first is not None and first.start == 0 and first.label_ == "PERSON")


def _without_asides(text: str) -> str:
    """Take brackets off, those within others first."""
    while (shorter := _ASIDE.sub("", text)) != text:
        text = shorter
    return text


def _same_person(title: str, opening: str, born: bool) -> bool:
    short, long = _words(title), _words(opening)
    if len(short) < 2 or len(long) < 2 or short[-1] != long[-1]:
        return False
    return short[0] in long[:-1] or (born and short[0][0] == long[0][0])


def _words(name: str) -> list[str]:
    """The words of a name, folded, without forms of address and suffixes."""
    words = [word for word in re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", unaccented(name)) if word not in _SUFFIXES]
    while len(words) > 2 and words[0] in TITLES:
        words = words[1:]
    return words
