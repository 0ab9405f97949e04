"""The names of a document: where each sentence mentions one, and what type the whole document gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import TYPES, Argument, argument, clean, is_organisation, name_type
from kgfuse.extract.attributes import attribute_statements
from kgfuse.extract.coreference import Named
from kgfuse.extract.role_rules import role_statements_of
from kgfuse.extract.statement import Sentence

if TYPE_CHECKING:
    from spacy.tokens import Token

_ROLE_VOTES = 2
"""A role says more about a type than the entity recogniser does, which sees the same name as three things on a page."""
_EXECUTIVE = frozenset(
    "chief ceo cfo coo cto chair chairman chairwoman president director officer employee founder".split()
)
_IN_PLACE = frozenset({"in", "near", "outside"})


def document_types(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return the type that the document gives each name: by the recogniser, its roles, and where it stands."""
    votes: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for entity in sentence.doc.ents:
            if entity.label_ not in TYPES:
                continue
            text = clean(entity.text)
            type = name_type(text, entity.root)
            if type is not None:
                votes.setdefault(text, Counter())[type] += 1
            if _is_place(entity.root, len(entity)) and not is_organisation(text):
                votes.setdefault(text, Counter())["Place"] += 1
        for text, type in _by_role(sentence):
            votes.setdefault(text, Counter())[type] += _ROLE_VOTES
    types = {text: min(counts, key=lambda name: (-counts[name], name)) for text, counts in votes.items()}
    return _with_short_forms(types)


def _is_place(token: Token, length: int) -> bool:
    """Whether a name stands where places do: 'in Lyon', 'from Oslo to Bergen'."""
    return token.dep_ == "pobj" and token.head.lower_ in _IN_PLACE and length == 1 and token.ent_type_ != "PERSON"


def _by_role(sentence: Sentence) -> Iterator[tuple[str, str]]:
    for statement in role_statements_of(sentence):
        words = set(statement.predicate.split())
        if not words & _EXECUTIVE or statement.predicate.endswith(" to"):
            continue
        if statement.subject.kind == "name":
            yield statement.subject.text, "Person"
        if isinstance(statement.object, Argument) and statement.object.kind == "name":
            yield statement.object.text, "Organization"
    for statement in attribute_statements(sentence):
        if (
            statement.predicate in {"revenue", "employees", "turnover", "headcount"}
            and statement.subject.kind == "name"
        ):
            yield statement.subject.text, "Organization"


def _with_short_forms(types: dict[str, str]) -> dict[str, str]:
    """Give the short form of a firm's name ('Acme' of 'Acme Energy AS') its type, unless it is a person's."""
    firsts = {text.split()[0] for text, type in types.items() if type == "Organization" and is_organisation(text)}
    return {
        text: "Organization" if text in firsts and type not in {"Person", "Organization"} else type
        for text, type in types.items()
    }


def names_of(sentence: Sentence) -> Iterator[Named]:
    """Yield the names of a sentence in order; dates and amounts are none."""
    seen: set[int] = set()
    for token in sentence.doc:
        if token.pos_ != "PROPN" and token.ent_type_ not in TYPES:
            continue
        if token.dep_ in {"compound", "flat"} and token.head.pos_ == "PROPN":
            continue
        if sentence.in_time(token) or sentence.quantity_at(token) is not None:
            continue
        found = argument(token, sentence.types)
        if found is None or found.kind != "name" or found.start in seen:
            continue
        seen.add(found.start)
        yield Named(found.text, found.start, found.type, _is_subject(token), _beside(token, found))


def _is_subject(token: Token) -> bool:
    head = token
    while head.dep_ in {"conj", "appos"}:
        head = head.head
    return head.dep_ in {"nsubj", "nsubjpass"}


def _beside(token: Token, found: Argument) -> frozenset[str]:
    """Return the words around a name that may tell a person's gender ('Mrs', 'chairwoman')."""
    before = [other for other in token.doc if found.start - 12 <= other.idx < found.start]
    return frozenset(other.lower_.rstrip(".") for other in (*before[-1:], *token.subtree))
