"""What a text calls its names: 'Lumen is a query engine', 'the engineer Helen Marsh', 'Tom Poe, a novelist,', 'Tarnbeck Bridge'.

A noun with nothing but 'the' before it stands for the name that the text itself has called so: 'the engine', 'the novelist',
'the bridge'. So does a noun that names the same kind of thing: 'the vessel' for a ferry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children
from kgfuse.extract.lexicon import (
    BANDS,
    BROADER_NOUNS,
    EMPTY_HEADS,
    LANDFORMS,
    MADE_NOUNS,
    NAMING_NOUNS,
    NO_KINDS,
    OFFICES,
    ORGANISATION_NOUNS,
    PERSONAL_NOUNS,
    PLACE_NOUNS,
    RANKS,
    SHIPS,
    SHOWN,
    WORKS_NOUNS,
    WRITTEN,
)

if TYPE_CHECKING:
    from spacy.tokens import Token

ANY_WORKS = "works"
"""Said of a name that is opened, extended or completed without a word for what it is."""
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_WORKS_EVENTS = frozenset(
    "extension expansion opening construction completion commissioning decommissioning inauguration upgrade refurbishment".split()
)


def called(token: Token, found: Argument) -> tuple[tuple[str, str], ...]:
    """Return what the sentence calls a name, each with the name in full: ``(plant, Kalvneset plant)``, ``(engine, Lumen)``.

    The noun is `ANY_WORKS` where something built is spoken of and not said what it is: 'the opening of Kalvneset'.
    """
    if token.dep_ in {"compound", "nmod"} and token.head.i == token.i + 1 and token.head.lemma_.lower() in WORKS_NOUNS:
        noun = token.head.lemma_.lower()
        return ((noun, f"{found.text} {noun}"),)
    nouns = {noun.lower_ for noun in describing(token)}
    if found.type != "Person":
        nouns |= _in_the_name(found.text)
    elif token.left_edge.lower_ in RANKS | OFFICES:
        nouns.add(token.left_edge.lower_)
    if is_built(token):
        nouns.add(ANY_WORKS)
    return tuple((noun, found.text) for noun in sorted(nouns))


def describing(token: Token) -> tuple[Token, ...]:
    """Return the nouns that say what bears a name: behind 'is a', before the name, and between commas after it."""
    nouns = [child for child in children(token, "appos") if child.i > token.i]
    near = token.dep_ == "appos" and token.left_edge.i - token.head.i <= 3
    if near and token.head.head.lower_ != "of":  # 'the engineer Helen Marsh', 'a bank, the Volta,'
        nouns.append(token.head)
    nouns += [child for child in token.lefts if child.dep_ in {"compound", "nmod"} and child.text.islower()]
    copula = token.head
    if token.dep_ in _SUBJECTS and copula.lemma_ == "be" and not any(children(copula, "neg")):
        nouns += [one for attr in children(copula, "attr") for one in (attr, *children(attr, "conj"))]
    nouns = [noun for noun in nouns if noun.tag_ == "NN" and noun.lemma_.lower() not in EMPTY_HEADS | NO_KINDS]
    return tuple(dict.fromkeys((*nouns, *_right_before(token))))


def _right_before(token: Token) -> list[Token]:
    """Return the noun between 'the' and a name, whatever the parser makes of it: 'the trawler Havgull'; not 'after the film Roe left'."""
    first = token.i
    while first > 0 and token.doc[first - 1].text[0].isupper():
        first -= 1
    if first < 2 or token.doc[first - 2].pos_ != "DET":
        return []
    noun = token.doc[first - 1]
    opening = noun.dep_ == "pobj" and token.dep_ in _SUBJECTS
    return [noun] if type_called(noun.lower_) and not opening else []


def is_built(token: Token) -> bool:
    """Whether a name is that of something that is opened, extended or completed: 'the extension of Kalvneset'."""
    return token.dep_ == "pobj" and token.head.lower_ == "of" and token.head.head.lemma_.lower() in _WORKS_EVENTS


def _in_the_name(name: str) -> set[str]:
    """Return the noun that a name ends or begins with: 'Tarnbeck Bridge', 'Lake Vorn'."""
    words = name.split()
    ends = {words[0], words[-1]} if len(words) > 1 else set()
    return {word.lower() for word in ends if word[0].isupper()} & NAMING_NOUNS


def same_kind(noun: str) -> frozenset[str]:
    """Return what a text may have called the thing that it means by a noun: a ferry or a ship where it says 'the vessel'."""
    found: set[str] = set()
    for broad, narrow in BROADER_NOUNS:
        if noun in broad:
            found |= broad | narrow
        elif noun in narrow:
            found |= broad
    return frozenset(found - {noun})


_TYPES = (
    ("Person", PERSONAL_NOUNS),
    ("Organization", ORGANISATION_NOUNS | BANDS),
    ("Place", PLACE_NOUNS | LANDFORMS),
    ("Product", MADE_NOUNS),
    ("Work", WRITTEN | SHOWN),
    ("Event", frozenset({"festival", "tournament", "championship", "exhibition"})),
    ("Facility", (WORKS_NOUNS | SHIPS | {"viaduct"}) - {"station", "line", "field", "battery", "project"}),
)


def type_called(noun: str) -> str | None:
    """Return the ontology's type of what is called by a noun, where that is known."""
    return next((type for type, nouns in _TYPES if noun in nouns), None)
