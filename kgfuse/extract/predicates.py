"""What a clause says with its verb: the verb group, chains of infinitives ('wants to buy'), and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.extract.clauses import Clause

if TYPE_CHECKING:
    from spacy.tokens import Token

_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass", "expl"})
_OBJECTS = frozenset({"dobj", "attr", "oprd", "acomp"})
_ADJUNCTS = frozenset({"prep", "agent", "dative", "npadvmod", "ccomp", "advcl", "xcomp"})
_VERBAL = frozenset({"VERB", "AUX"})
_LONGEST_CHAIN = 5


@dataclass(frozen=True, slots=True)
class Predicate:
    """A verb with all that it says: `words` of the verb group, a chain of infinitives included ('is expected to draw'),
    `main` its last verb, `objects` (complements as well) and `adjuncts` (phrases, times, adverbs, clauses), both in order."""

    words: tuple[Token, ...]
    main: Token
    objects: tuple[Token, ...]
    adjuncts: tuple[Token, ...]


def predicate_of(clause: Clause) -> Predicate | None:
    """Return what a clause says of its subject; `None` where the governing verb says it already ('wants *to buy*')."""
    verb = clause.verb
    if _is_carried(verb):
        return None
    verbs, words = _chain(verb)
    said = {token.i for token in (*words, *verbs)}
    objects: list[Token] = []
    adjuncts: list[Token] = []
    for child in (c for one in verbs for c in one.children if c.i not in said):
        if child.dep_ in _OBJECTS or (child.dep_ == "dative" and child.pos_ != "ADP"):
            objects.append(child)
        elif child.dep_ in _ADJUNCTS or (child.dep_ == "advmod" and child.tag_ != "WRB"):
            adjuncts.append(child)
    objects.sort(key=lambda token: token.i)
    kept = (a for a in adjuncts if not (a.dep_ == "ccomp" and a.i < verb.i and objects))  # another sentence, before ';'
    return Predicate(
        (*_shared(verb), *words), verbs[-1], tuple(objects), tuple(sorted(kept, key=lambda token: token.i))
    )


def has_subject(verb: Token) -> bool:
    """Whether the verb has a subject of its own."""
    return any(child.dep_ in _SUBJECTS for child in verb.children)


def _is_carried(verb: Token) -> bool:
    if verb.dep_ != "xcomp" or has_subject(verb):
        return False
    governor = verb.head.head if verb.head.pos_ == "ADJ" else verb.head
    following = _infinitive(governor) if governor.pos_ in _VERBAL else None
    return following is not None and following[1].i == verb.i


def _chain(verb: Token) -> tuple[list[Token], list[Token]]:
    """Return the verbs of a chain of infinitives and the words of their groups."""
    verbs, words = [verb], _group(verb)
    while len(verbs) < _LONGEST_CHAIN and (found := _infinitive(verbs[-1])) is not None:
        between, following = found
        words += [*between, *_group(following)]
        verbs.append(following)
    return verbs, words


def _group(verb: Token) -> list[Token]:
    """Return a verb with auxiliaries, negation, particle, and the adverbs among or right before them."""
    words = [c for c in verb.children if c.dep_ in {"aux", "auxpass", "neg", "prt"}]
    first = min((c.i for c in words if c.i < verb.i and c.dep_ != "prt"), default=verb.i)
    for child in verb.children:
        if child.dep_ == "advmod" and child.tag_ != "WRB":
            within, before = first <= child.i < verb.i, child.i == first - 1 and not list(child.children)
            words.extend(child.subtree if within or before else ())
    return [*words, verb]


def _infinitive(verb: Token) -> tuple[list[Token], Token] | None:
    """Return the infinitive that a verb, or its adjective ('is able to'), governs, and the words between."""
    if any(child.dep_ == "dobj" for child in verb.children):
        return None
    for child in verb.children:
        if child.dep_ == "xcomp" and child.pos_ in _VERBAL and not has_subject(child):
            return [], child
        if child.dep_ == "acomp" and child.pos_ == "ADJ":
            for inner in child.children:
                if inner.dep_ == "xcomp" and inner.tag_ == "VB" and not has_subject(inner):
                    return [child, *(c for c in child.children if c.dep_ == "advmod")], inner
    return None


def _shared(verb: Token) -> list[Token]:
    """Return the words that a joined verb shares with the first: 'wants to buy and *sell*', 'was sold and *renamed*'."""
    if verb.dep_ != "conj" or has_subject(verb) or any(c.dep_ in {"aux", "auxpass"} for c in verb.children):
        return []
    first = verb
    while first.dep_ == "conj" and first.head.pos_ in _VERBAL:
        first = first.head
    auxiliaries = [c for c in first.children if c.dep_ in {"aux", "auxpass"}]
    if verb.tag_ == "VBN":
        return auxiliaries
    if verb.tag_ != "VB":
        return []
    if first.dep_ == "xcomp":
        return [*_above(first), *auxiliaries]
    return [word for word in auxiliaries if word.tag_ in {"MD", "TO"} or word.lemma_ == "do"]


def _above(infinitive: Token) -> Iterator[Token]:
    """Yield the words of the verbs and adjectives that govern an infinitive."""
    governor = infinitive
    for _ in range(2 * _LONGEST_CHAIN):
        governor = governor.head
        yield from [governor] if governor.pos_ == "ADJ" else _group(governor)
        if governor.pos_ != "ADJ" and governor.dep_ != "xcomp":
            return
