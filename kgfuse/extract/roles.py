"""Roles: offices, posts and kinship as noun phrases ('chief executive of Acme', 'Acme's former CEO', 'wife of Tom Poe')."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children, conjuncts
from kgfuse.extract.lexicon import ENDED, NEUTRAL, OFFICE_STARTS, OFFICES, POSTS_HELD, RELATIONAL, TEMPORARY
from kgfuse.extract.modality import Modality, Mode
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.extract.timing import Aspect, times_of, validity
from kgfuse.model import Validity

if TYPE_CHECKING:
    from spacy.tokens import Token

IMPLIED = Argument("", 0, 0, "implied", "Organization")
_EXECUTIVE = frozenset("chief ceo cfo coo cto cio chair chairman chairwoman chairperson president director".split())
_LEADING = _EXECUTIVE | {
    "executive",
    "headteacher",
    "headmaster",
    "headmistress",
    "rector",
    "provost",
    "captain",
    "treasurer",
}
"""Offices that a document may leave without their organisation, being its own: 'Tom Poe, chief executive'."""
_OFFICE_WORDS = frozenset({"chief", "designate", "head"})
_RANKS = frozenset(
    "emeritus associate assistant adjunct visiting distinguished full junior senior lead principal".split()
)
_LINKS = frozenset({"of", "at", "for", "to", "in"})
STRONG = frozenset({"strong_pattern"})


@dataclass(frozen=True, slots=True)
class Role:
    """A role phrase: `noun` lemmatised, its preposition, what it is a role in, and the words that bound it in time."""

    head: Token
    start: int
    noun: str
    link: str
    complements: tuple[Argument, ...]
    ended: bool
    temporary: bool
    office: bool

    @property
    def predicate(self) -> str:
        """The predicate, such as 'chief executive of'."""
        return f"{self.noun} {self.link}"


def is_role(token: Token) -> bool:
    """Whether the noun can head a role phrase."""
    lemma = token.lemma_.lower()
    if lemma in POSTS_HELD - OFFICES and token.i > 0 and token.nbor(-1).lower_ in {"head", "chief"}:
        return True  # 'head teacher', 'chief nurse'
    return token.pos_ in {"NOUN", "PROPN", "ADJ"} and (
        token.lower_ in OFFICES or lemma in OFFICES or lemma in RELATIONAL or token.lower_ in RELATIONAL
    )


def role_at(token: Token, sentence: Sentence) -> Role | None:
    """Return the role phrase headed by `token`, or `None` when the noun is no role."""
    if not is_role(token):
        return None
    doc = token.doc
    words = [token.lower_ if token.lower_ in OFFICES else token.lemma_.lower()]
    ended = temporary = False
    start = token.i
    while start > 0:
        left = doc[start - 1]
        word = left.lower_
        if word == "-" and start > 1:
            start -= 1
            continue
        if word in ENDED:
            ended = True
        elif word in TEMPORARY:
            temporary = True
        elif word not in NEUTRAL:
            known = word in OFFICE_STARTS or word in OFFICES or word in {"designate", "elect"}
            plain = left.pos_ in {"NOUN", "ADJ"} and left.text.islower() and left.dep_ in {"compound", "amod", "nmod"}
            if not (known or plain):
                break
            words.insert(0, word)
        start -= 1
    after = doc[token.i + 1].lower_ if token.i + 1 < len(doc) else ""
    if after in {"designate", "elect"} or (
        after == "-" and doc[token.i + 2 : token.i + 3].text.lower() in {"designate", "elect"}
    ):
        words.append("designate")
    office = words[-1] in OFFICES or not _OFFICE_WORDS.isdisjoint(words)
    link, complements = _complements(token, start, sentence)
    if (link == "at" and _EXECUTIVE & set(words)) or (link == "in" and office):
        link = "of"
    noun = " ".join(words)
    if complements and complements[0].text.lower().startswith("board") and link == "of":
        rest = _inner_complement(token, sentence)
        noun, complements = f"{noun} of board", rest
    if complements and complements[0].end <= token.idx:  # 'former Acme chief executive Jane Roe'
        before = [other.lower_ for other in doc[:start] if other.idx < complements[0].start]
        ended = ended or bool(before and before[-1] in ENDED)
    return Role(token, start, noun, link, complements, ended, temporary, office)


def _complements(token: Token, start: int, sentence: Sentence) -> tuple[str, tuple[Argument, ...]]:
    """Return what the role is a role in; a role joined to another by 'and' shares the other's."""
    own = _own_complements(token, start, sentence)
    if own[1]:
        return own
    joined = [token.head] if token.dep_ == "conj" else []
    joined += [child for child in token.children if child.dep_ == "conj"]
    for other in joined:
        if is_role(other) and (shared := _own_complements(other, other.i, sentence))[1]:
            return shared
    return own


def _own_complements(token: Token, start: int, sentence: Sentence) -> tuple[str, tuple[Argument, ...]]:
    """Return what the role is a role in: after 'of', before ''s', or as a name before the role."""
    doc = token.doc
    links = [c for c in token.rights if c.dep_ == "prep" and c.lower_ in _LINKS]
    following = doc[token.i + 1] if token.i + 1 < len(doc) else None
    if not links and following is not None and following.lower_ in {"of", "at"} and following.pos_ == "ADP":
        links = [following]
    for link in links:
        found = [a for target in children(link, "pobj") for t in conjuncts(target) if (a := sentence.argument(t))]
        if found:
            return link.lower_, tuple(found)
    owners = [c for t in doc[start : token.i + 1] for c in t.children if c.dep_ == "poss"]
    for owner in owners:
        found = [a for t in conjuncts(owner) if (a := sentence.argument(t))]
        if found:
            return "of", tuple(found)
    before = doc[start - 1] if start > 0 else None
    if (
        before is not None
        and before.pos_ == "PROPN"
        and before.dep_ in {"compound", "nmod", "nsubj", "poss", "amod"}
        and (before.ent_type_ != "PERSON")
        and before.lower_ not in _RANKS
    ):
        organisation = sentence.argument(before)
        if organisation and organisation.end <= token.idx:
            return "of", (organisation,)
    return "of", ()


def _inner_complement(token: Token, sentence: Sentence) -> tuple[Argument, ...]:
    for link in children(token, "prep"):
        for board in children(link, "pobj"):
            _, found = _complements(board, board.i, sentence)
            if found:
                return found
    return ()


def _leads(role: Role) -> bool:
    """Whether the role is one that a text may leave without its organisation, being the one it is about."""
    return bool(_LEADING & set(role.noun.split())) or "head" in role.noun.split()[:-1]


def role_statements(
    person: Argument,
    role: Role,
    modality: Modality,
    when: Validity,
    signals: frozenset[str] = STRONG,
    default: Argument = IMPLIED,
) -> Iterator[Statement]:
    """Yield the statements that `person` has the role in each of its complements, or in `default` when none is written."""
    complements = role.complements or (
        (default,) if _leads(role) or (role.office and default.kind != "implied") else ()
    )
    qualifiers = (("manner", "interim"),) if role.temporary else ()
    if role.ended and not modality.ended:
        modality = replace(modality, ended=True)
    if role.office and person.type not in {"Person", "Organization", "Group"} and person.kind == "name":
        person = replace(person, type="Person")
    executive = role.noun.split()[-1] in _EXECUTIVE | {"executive", "officer"}
    for where in complements:
        if where.text == person.text:
            continue
        firm = executive and where.type in {None, "Person"} and where.kind == "name"
        complement = replace(where, type="Organization") if firm else where
        yield Statement(person, role.predicate, complement, modality, when, signals, qualifiers)


def appositions(sentence: Sentence) -> Iterator[Statement]:
    """Yield roles given beside a name: 'Jane Roe, chief executive of Acme', 'Acme's CEO, Jane Roe'."""
    for token in sentence.doc:
        if token.dep_ != "appos" and not (token.dep_ == "conj" and is_role(token) and token.head.dep_ == "appos"):
            continue
        host = token.head if token.dep_ == "appos" else token.head.head
        for role_token, name_token in ((token, host), (host, token)):
            if not is_role(role_token) or name_token.pos_ != "PROPN" or is_role(name_token):
                continue
            person, role = sentence.argument(name_token), role_at(role_token, sentence)
            if person and role and person.kind == "name" and (role.complements or role.office):
                yield from role_statements(person, role, _nominal(role), _nominal_time(sentence, role_token, role))
                break


def introduced(sentence: Sentence) -> Iterator[Statement]:
    """Yield roles whose holder's name follows between commas, however it is parsed: 'the mayor of Haugesund, Liv Sande, said'."""
    doc = sentence.doc
    for token in doc:
        if not is_role(token) or token.lower_ not in OFFICES or token.tag_ == "NNS":
            continue
        role = role_at(token, sentence)
        if role is None or len(role.complements) != 1 or role.complements[0].start < token.idx:
            continue
        following = [t for t in doc if t.idx >= role.complements[0].end]
        if len(following) < 2 or following[0].text != "," or following[1].pos_ != "PROPN":
            continue
        entity = next((e for e in doc.ents if e.start == following[1].i and e.label_ == "PERSON"), None)
        if entity is None:
            continue
        person, after = sentence.argument(entity.root), [t.lower_ for t in doc[entity.end : entity.end + 2]]
        if person is None or person.kind != "name" or person.type not in {None, "Person"}:
            continue
        if after[:1] not in [[","], ["."]] or after[1:] in [["and"], ["or"]]:  # a list of names
            continue
        yield from role_statements(person, role, _nominal(role), _nominal_time(sentence, token, role))


def word_order(sentence: Sentence) -> Iterator[Statement]:
    """Yield roles written before a name: 'Acme chief executive Jane Roe', 'former finance minister Tom Poe'."""
    doc = sentence.doc
    for token in doc[:-1]:
        following = doc[token.i + 1]
        if (
            not is_role(token)
            or following.pos_ != "PROPN"
            or following.ent_type_ not in {"PERSON", ""}
            or is_role(following)
        ):
            continue
        if token.lower_ not in OFFICES | {"wife", "husband", "daughter", "son", "brother", "sister", "subsidiary"}:
            continue
        end = following
        while end.dep_ in {"compound", "flat"} and end.head.i > end.i and end.head.pos_ == "PROPN":
            end = end.head
        person, role = sentence.argument(end), role_at(token, sentence)
        if person is None or role is None or person.kind != "name" or person.start <= token.idx:
            continue
        if not role.complements:
            beside = any(c.lower_ in {"of", "at"} for c in end.children)
            link, after = _complements(end, end.i + 1, sentence) if beside else ("of", ())
            role = replace(role, link=link, complements=after)
        if not role.complements and (not _leads(role) or token.lower_ == "captain"):  # a title: 'Captain Tom Poe'
            continue
        default = Argument("the company", token.idx, token.idx, "definite", "Organization")
        yield from role_statements(person, role, _nominal(role), _nominal_time(sentence, token, role), default=default)


def _nominal(role: Role) -> Modality:
    asked = role.head.doc.text.rstrip(' "”’)').endswith("?")
    return Modality(Mode.ASKED if asked else Mode.STATED, ended=role.ended)


def _nominal_time(sentence: Sentence, head: Token, role: Role) -> Validity:
    aspect = Aspect.HELD if role.ended else Aspect.HOLDS
    return validity(times_of(sentence.doc, sentence.times, head), aspect)
