"""The names of a document: where each sentence mentions one, and what type the whole document gives it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import (
    LEGAL_FORMS,
    TYPES,
    Argument,
    argument,
    children,
    clean,
    follows_title,
    is_organisation,
    is_ranked,
    name_type,
)
from kgfuse.extract.attributes import attribute_statements
from kgfuse.extract.descriptions import called, describing, is_built, type_called
from kgfuse.extract.discourse import Named
from kgfuse.extract.lexicon import BUILT, LAND_FIRST, NAME_WORD, ORGANISATION_NOUNS, WORKS_NOUNS
from kgfuse.extract.role_rules import role_statements_of
from kgfuse.extract.statement import Sentence

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_FIRM = re.compile(rf"(?P<name>{NAME_WORD}(?:\s(?:&\s)?{NAME_WORD}){{0,3}}?),?\s(?:{LEGAL_FORMS})(?!\w)\.?")
_ROLE_VOTES = 3
"""A role says more about a type than the entity recogniser does, which sees the same name as three things on a page."""
_EXECUTIVE = frozenset(
    "chief ceo cfo coo cto chair chairman chairwoman president director officer employee founder".split()
)
_IN_PLACE = frozenset({"in", "near", "outside"})
_SCENES = frozenset({"in", "near", "outside", "at", "off", "from", "to", "around", "across", "within"})
_INTO = frozenset(
    "invest stake share interest holding believe trust belief confidence investment succeed specialise".split()
)
_FOUND = frozenset({"found", "establish", "co-found", "cofound", "incorporate"})
_MISTAKEN = frozenset({"NOUN", "ADV", "ADJ", "INTJ"})
_PAST = frozenset({"VBD", "VBN"})
_BOARDS = frozenset({"board", "directors", "shareholders", "trustees"})
_CALL = frozenset({"call", "name", "rename"})
_TRAVEL = frozenset(
    "move relocate travel drive go come fly commute transfer return headquarters office seat road ferry".split()
)


def document_types(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return the type that the document gives each name: by the recogniser, its roles, and where it stands."""
    votes: dict[str, Counter[str]] = {}
    acting: Counter[str] = Counter()
    works: Counter[str] = Counter()
    bodies: set[str] = set()
    for sentence in sentences:
        for entity in sentence.doc.ents:
            if entity.label_ not in TYPES:
                continue
            named = entity[1:] if is_ranked(entity) else entity
            text = clean(named.text)
            counts = votes.setdefault(text, Counter())
            type = "Person" if follows_title(named) else name_type(text, entity.root)
            if type is not None and not (type == "Person" and _is_somewhere(entity.root, len(entity))):
                counts[type] += 1
            if _is_place(entity.root, len(entity)) and not is_organisation(text):
                counts["Place"] += _ROLE_VOTES
            if _is_firm(entity.root) or _has_a_board(entity.root) or _is_called_a_firm(entity.root):
                counts["Organization"] += _ROLE_VOTES
            if _is_founded(entity.root):
                counts["Organization"] += 1
            if _is_played_for(entity.root):
                counts["Organization"] += _ROLE_VOTES
            if _is_works(entity.root) and not is_organisation(text):
                works[text] += 1
            acting[text] += _acts(entity.root)
        for text, type in _by_description(sentence):
            votes.setdefault(text, Counter())[type] += _ROLE_VOTES
        for text, type in _by_role(sentence):
            votes.setdefault(text, Counter())[type] += _ROLE_VOTES
            bodies.add(text)
    types = {text: min(counts, key=lambda name: (-counts[name], name)) for text, counts in votes.items() if counts}
    types |= {text: "Facility" for text in works if text not in bodies and votes[text]["Place"] < works[text]}
    places = {text for text, counts in votes.items() if counts["Place"] - counts["Organization"] > acting[text]}
    return _with_short_forms(types, places)


def _is_place(token: Token, length: int) -> bool:
    """Whether a name stands where places do: 'in Lyon', 'moved from Oslo to Bergen'."""
    if token.dep_ != "pobj" or length > 1 or token.ent_type_ == "PERSON":
        return False
    word, above = token.head.lower_, token.head.head.lemma_.lower()
    if word in _IN_PLACE:
        return above not in _INTO
    return word in {"to", "from"} and above in _TRAVEL


def _is_somewhere(token: Token, length: int) -> bool:
    """Whether a single word stands where no person does: 'at Norvik', 'off Norvik'."""
    return length == 1 and token.dep_ == "pobj" and token.head.lower_ in _IN_PLACE | {"at", "off", "around"}


def _is_firm(token: Token) -> bool:
    """Whether a description beside the name says that it is an organisation: 'the utility Sunnfall', 'Acme, a bank in'."""
    beside = [token.head] if token.dep_ in {"appos", "compound", "nmod"} else []
    beside += [child for child in token.children if child.dep_ == "appos"]
    return any(other.pos_ == "NOUN" and other.lemma_.lower() in ORGANISATION_NOUNS for other in beside)


def _has_a_board(token: Token) -> bool:
    """Whether a name is that of something with a board: 'the board of Norvik', "Norvik's directors"."""
    owned = token.head.head if token.dep_ == "pobj" and token.head.lower_ == "of" else token.head
    return token.dep_ in {"pobj", "poss"} and owned.lower_ in _BOARDS


def _is_called_a_firm(token: Token) -> bool:
    """Whether a firm is said to bear the name: 'the company will be called Norvik'."""
    if token.dep_ not in {"oprd", "attr", "dobj"} or token.head.lemma_.lower() not in _CALL:
        return False
    return any(t.lemma_.lower() in ORGANISATION_NOUNS for t in children(token.head, "nsubj", "nsubjpass"))


def _by_description(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """Yield the types of what is called by a noun: 'Quillpad is a note-taking app', 'the ferry Astra', 'the Tarn Viaduct'."""
    for token in sentence.doc:
        found = argument(token) if token.pos_ == "PROPN" and token.dep_ not in {"compound", "flat"} else None
        if found is None or found.kind != "name":
            continue
        for type in sorted({type for noun in describing(token) if (type := type_called(noun.lower_))}):
            yield found.text, type
        if found.text != token.text and token.lower_ in BUILT:
            yield found.text, "Facility"
        if found.text.partition(" ")[0].lower() in LAND_FIRST or found.text.endswith(" National Park"):
            yield found.text, "Place"


def firms_in(headlines: Iterable[str]) -> dict[str, str]:
    """Return the names of firms in headlines, with their legal form and without: nobody takes 'Havbris' for a person then."""
    found = (match for headline in headlines for match in _FIRM.finditer(headline))
    return {name: "Organization" for match in found for name in (match[0], match["name"])}


def _is_works(token: Token) -> bool:
    """Whether a name is that of something built: 'the Kalvneset plant', 'the extension of Kalvneset'; a town may fit as well."""
    if token.dep_ in {"compound", "nmod"} and token.head.i == token.i + 1 and token.ent_type_ != "GPE":
        return token.head.lemma_.lower() in WORKS_NOUNS
    return is_built(token)


def _is_founded(token: Token) -> bool:
    """Whether somebody founds it: a firm rather than a town, unless the document knows better."""
    founded = token.dep_ == "dobj" and token.head.lemma_.lower() in _FOUND
    return founded or (
        token.dep_ == "nsubjpass" and token.head.lemma_.lower() in {"acquire", "liquidate", "incorporate"}
    )


def _is_played_for(token: Token) -> bool:
    """Whether who seems to be a person has people play for it: 'plays for Rosario Norte'."""
    link = token.head
    played = token.dep_ == "pobj" and link.lower_ == "for" and link.head.lemma_.lower() in {"play", "sign", "debut"}
    return played and token.ent_type_ == "PERSON"


def _acts(token: Token) -> int:
    """Whether the name is the subject or the owner of something."""
    return int(token.dep_ in {"nsubj", "agent", "poss"})


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


def _with_short_forms(types: dict[str, str], places: Set[str]) -> dict[str, str]:
    """Give short forms the type of the whole: the firm 'Acme' of 'Acme Energy AS', the person 'Roe' of 'Jane Roe'."""
    firms: dict[str, int] = {}
    last: dict[str, int] = {}
    first: set[str] = set()
    for number, (text, type) in enumerate(types.items()):  # as they are mentioned first
        words = text.split()
        if type == "Organization" and len(words) > 1:
            firms.setdefault(words[0], number)
        elif type == "Person" and len(words) > 1:
            last.setdefault(words[-1], number)
            first.add(words[0])
    called_after = {text for text in firms.keys() & last.keys() if firms[text] < last[text]}

    def settled(text: str, type: str) -> str:
        if text in called_after and text not in places:  # the firm was there before the founder
            return "Organization"
        if text in last and text not in places:
            return "Person"
        if text in firms and text not in places and text not in first:
            return "Organization"
        return type

    short = dict.fromkeys(sorted(last.keys() - first - called_after), "Person")
    short |= dict.fromkeys(sorted(called_after), "Organization")
    short |= {
        text.split()[0]: "Organization"
        for text in sorted(types)
        if is_organisation(text) and types[text] == "Organization"
    }
    unseen = {text: type for text, type in short.items() if text not in types}
    return {text: settled(text, type) for text, type in types.items()} | unseen


def with_names_only(doc: Doc) -> Doc:
    """Take back what the recogniser calls a name and is a clause: 'Roe founded Acme Energy' as the title of a law."""
    finite = {"VBD", "VBZ", "VBP"}
    doc.ents = tuple(e for e in doc.ents if not any(t.tag_ in finite and t.dep_ == "ROOT" and t.is_lower for t in e))
    return doc


def mark_names(docs: Sequence[Doc], headlines: Iterable[str]) -> None:
    """Mark as names the words that are names elsewhere, whatever the parser takes them for here: 'Lumen is an engine'.

    Such a word stands within a sentence, or is a headline, with a capital letter, and nowhere without. Right before a verb that
    has no subject it is the subject: 'Raj resigned'.
    """
    inner = [token for doc in docs for token in doc if token.i > 0]
    known = {token.text for token in inner if token.pos_ == "PROPN" and token.text[0].isupper()}
    known |= {headline for headline in headlines if headline.isalpha() and headline[0].isupper()}
    whole = [entity for doc in docs for entity in doc.ents if entity.label_ == "PERSON" and len(entity) > 1]
    known |= {token.text for entity in whole for token in entity if token.text[0].isupper()}
    known -= {token.text.capitalize() for token in inner if token.is_lower}
    for token in (token for doc in docs for token in doc if token.text in known and token.pos_ in _MISTAKEN):
        verb = token.head
        if token.dep_ == "advmod" and verb.i == token.i + 1 and verb.tag_ in _PAST and not _has_subject(verb):
            token.dep_, verb.tag_ = "nsubj", "VBD"
        if token.dep_ in {"nsubj", "nsubjpass"}:
            token.pos_, token.tag_ = "PROPN", "NNP"


def _has_subject(verb: Token) -> bool:
    return any(children(verb, "nsubj", "nsubjpass", "aux", "auxpass"))


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
        subject = _subject(token)
        yield Named(
            found.text,
            found.start,
            found.type,
            subject is not None,
            _beside(token, found),
            called(token, found),
            _is_scene(token, found),
            subject is not None and subject.head.dep_ == "ROOT",
        )


def _subject(token: Token) -> Token | None:
    """Return the head of the subject that a name is, or is part of."""
    head = token
    while head.dep_ in {"conj", "appos"} or (
        head.dep_ in {"compound", "nmod"} and head.head.lemma_.lower() in WORKS_NOUNS
    ):
        head = head.head
    return head if head.dep_ in {"nsubj", "nsubjpass"} else None


def _is_scene(token: Token, found: Argument) -> bool:
    """Whether a name only says where: 'in Lyon', 'from Oslo'."""
    return found.type == "Place" and token.dep_ == "pobj" and token.head.lower_ in _SCENES


def _beside(token: Token, found: Argument) -> frozenset[str]:
    """Return the words around a name that may tell a person's gender ('Mrs', 'chairwoman')."""
    before = [other for other in token.doc if found.start - 12 <= other.idx < found.start]
    return frozenset(other.lower_.rstrip(".") for other in (*before[-1:], *describing(token)))
