"""What a text calls its names: 'Lumen is a query engine', 'the engineer Helen Marsh', 'Tom Poe, a novelist,', 'Tarnbeck Bridge'.

A noun with nothing but 'the' before it stands for the name that the text itself has called so: 'the engine', 'the novelist',
'the bridge'. So does a noun that names the same kind of thing: 'the vessel' for a ferry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children
from kgfuse.extract.lexicon import (
    EMPTY_HEADS,
    KIN_NOUNS,
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
_WORKS_EVENTS = frozenset(
    "extension expansion opening construction completion commissioning decommissioning inauguration upgrade refurbishment".split()
)
_KINDS = {noun: group for group in KIN_NOUNS for noun in group}


def called(token: Token, found: Argument) -> tuple[tuple[str, str], ...]:
    """Return what the sentence calls a name, each with the name in full: ``(plant, Kalvneset plant)``, ``(engine, Lumen)``.

    The noun is `ANY_WORKS` where something built is spoken of and not said what it is: 'the opening of Kalvneset'.
    """
    if token.dep_ in {"compound", "nmod"} and token.head.i == token.i + 1 and token.head.lemma_.lower() in WORKS_NOUNS:
        noun = token.head.lemma_.lower()
        return ((noun, f"{found.text} {noun}"),)
    nouns = {noun.lemma_.lower() for noun in describing(token)}
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
    if (
        token.dep_ == "appos" and token.left_edge.i - token.head.i <= 3
    ):  # 'the engineer Helen Marsh', 'a bank, the Volta,'
        nouns.append(token.head)
    nouns += [child for child in token.lefts if child.dep_ in {"compound", "nmod"} and child.text.islower()]
    copula = token.head
    if token.dep_ in {"nsubj", "nsubjpass"} and copula.lemma_ == "be" and not any(children(copula, "neg")):
        nouns += [one for attr in children(copula, "attr") for one in (attr, *children(attr, "conj"))]
    return tuple(noun for noun in nouns if noun.tag_ == "NN" and noun.lemma_.lower() not in EMPTY_HEADS | NO_KINDS)


def is_built(token: Token) -> bool:
    """Whether a name is that of something that is opened, extended or completed: 'the extension of Kalvneset'."""
    return token.dep_ == "pobj" and token.head.lower_ == "of" and token.head.head.lemma_.lower() in _WORKS_EVENTS


def _in_the_name(name: str) -> set[str]:
    """Return the noun that a name ends or begins with: 'Tarnbeck Bridge', 'Lake Vorn'."""
    words = name.split()
    ends = {words[0], words[-1]} if len(words) > 1 else set()
    return {word.lower() for word in ends if word[0].isupper()} & NAMING_NOUNS


def same_kind(noun: str) -> frozenset[str]:
    """Return the nouns that may stand for what a text calls by this one: 'vessel' and 'ship' for 'ferry'."""
    return _KINDS.get(noun, frozenset())


_TYPES = (
    ("Person", PERSONAL_NOUNS),
    ("Organization", ORGANISATION_NOUNS),
    ("Place", PLACE_NOUNS | LANDFORMS),
    ("Product", MADE_NOUNS),
    ("Work", WRITTEN | SHOWN),
    ("Facility", (WORKS_NOUNS | SHIPS | {"viaduct"}) - {"station", "line", "field", "battery", "project"}),
)


def type_called(noun: str) -> str | None:
    """Return the ontology's type of what is called by a noun, where that is known."""
    return next((type for type, nouns in _TYPES if noun in nouns), None)
