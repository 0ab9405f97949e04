"""Clauses: a verb with its subjects, objects and prepositional arguments, passives and shared subjects made explicit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import children, conjuncts, is_denied, is_pronoun
from kgfuse.extract.lexicon import APPOINT, MADE_TO

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_TAKEN = frozenset({"place", "part"})
"""What is 'taken' and is no thing: 'takes place'."""
_DOUBLED = re.compile(r"[^aeiou]*[aeiou][^aeiouwxy]")
"""Verbs whose last letter is doubled before an ending: who 'rats' has 'ratted', and what was 'rated' was not."""
_RELATIVE = frozenset({"who", "whom", "which", "that"})


@dataclass(frozen=True, slots=True)
class Clause:
    """`subjects` are heads of phrases, for a passive the ones acted upon; `agents` those who act. `prepositions` holds
    ``(preposition, object)`` pairs in order, `complements` what is said of subject or object ('appointed *chief*')."""

    verb: Token
    subjects: tuple[Token, ...]
    passive: bool
    objects: tuple[Token, ...]
    agents: tuple[Token, ...]
    prepositions: tuple[tuple[str, Token], ...]
    complements: tuple[Token, ...]
    predicate: str


def clauses(doc: Doc | Span) -> Iterator[Clause]:
    """Yield the clauses of a parsed sentence, in order of their verbs."""
    for token in doc:
        verbal = token.pos_ in {"VERB", "AUX"} and token.dep_ not in {"aux", "auxpass", "amod", "compound"}
        if verbal and not _is_noun(token):
            yield _clause(token)


def _is_noun(verb: Token) -> bool:
    """Whether what the tagger calls a verb is a noun: 'the Olympic rower Ellen Frost', 'moves to head office'."""
    office = verb.lower_ == "head" and verb.doc[verb.i + 1 : verb.i + 2].text.lower() == "office"
    return office or (verb.tag_ == "VB" and any(c.dep_ == "det" and c.i < verb.i for c in verb.children))


def _clause(verb: Token) -> Clause:
    passive = is_passive(verb)
    objects: list[Token] = []
    complements: list[Token] = []
    agents: list[Token] = []
    prepositions: list[tuple[str, Token]] = []
    for child in verb.children:
        if child.dep_ in {"dobj", "dative"} and child.pos_ not in {"ADP"}:
            objects.extend(_listed(_antecedent(child, verb)))
        elif child.dep_ in {"attr", "oprd", "acomp"}:
            complements.append(child)
        elif child.dep_ == "npadvmod" and verb.lemma_ == "be":  # 'is today chief executive', parsed as an apposition
            complements.extend(children(child, "appos"))
        elif child.dep_ == "agent" or (passive and child.dep_ == "prep" and child.lower_ == "by"):
            for target in children(child, "pobj"):
                agents.extend(conjuncts(target))
        elif child.dep_ in {"prep", "dative"}:
            prepositions.extend((word, _antecedent(target, verb)) for word, target in _prepositions(child))
    if verb.dep_ == "acl" and verb.head.pos_ in {"NOUN", "PROPN"} and not passive and verb.tag_ == "VBN":
        passive = True
    particle = " ".join(c.lower_ for c in children(verb, "prt"))
    lemma = base_form(verb)
    if lemma == "take" and len(objects) == 1 and objects[0].lower_ in _TAKEN and not list(objects[0].lefts):
        particle, objects = objects[0].lower_, []
    return Clause(
        verb, subjects_of(verb), passive, tuple(objects), tuple(agents), tuple(prepositions), tuple(complements),
        f"{lemma} {particle}".strip(),
    )  # fmt: skip


def with_nested(clause: Clause) -> Iterator[tuple[str, Token]]:
    """Yield the prepositional arguments, those that the parser hung onto the object or onto each other included."""
    yield from clause.prepositions
    for item in (*clause.objects, *(t for _, t in clause.prepositions)):
        for preposition in children(item, "prep"):
            for target in children(preposition, "pobj"):
                yield preposition.lower_, target


def _listed(token: Token) -> tuple[Token, ...]:
    """Return what is joined to an object; behind a number the parser calls the rest of a list an apposition: 'nine galleries,
    a library and a café'."""
    rest = [c for c in children(token, "appos") if any(children(c, "conj"))]
    numbered = any(children(token, "nummod"))
    return (*conjuncts(token), *(item for c in rest[:1] if numbered for item in conjuncts(c)))


def base_form(verb: Token) -> str:
    """Return the infinitive; who lies lies nowhere *something*, so 'lay' with an object is no past tense of 'lie'."""
    lemma = verb.lemma_.lower()
    if _DOUBLED.fullmatch(lemma) and verb.lower_ in {f"{lemma}ed", f"{lemma}ing"}:
        return f"{lemma}e"
    return "lay" if lemma == "lie" and any(child.dep_ == "dobj" for child in verb.children) else lemma


def _prepositions(preposition: Token) -> Iterator[tuple[str, Token]]:
    if preposition.text == "AS":  # the legal form
        return
    word = preposition.lower_
    for inner in children(preposition, "prep"):  # 'because of', 'out of'
        for target in children(inner, "pobj"):
            for item in conjuncts(target):
                yield inner.lower_ if word == "from" and inner.lower_ == "to" else f"{word} {inner.lower_}", item
    for target in children(preposition, "pobj"):
        for item in conjuncts(target):
            yield word, item


def is_passive(verb: Token) -> bool:
    """Whether the verb is passive: by its auxiliary, as a participle, or joined to a passive verb."""
    if any(c.dep_ in {"auxpass", "nsubjpass"} for c in verb.children):
        return True
    if verb.tag_ not in {"VBN", "VBD"} or any(c.dep_ in {"nsubj", "aux"} for c in verb.children):
        return False
    if any(c.dep_ == "agent" for c in verb.children):
        return True
    if verb.dep_ in {"acl", "advcl"} and verb.tag_ == "VBN":
        return True
    no_object = not any(c.dep_ == "dobj" for c in verb.children)
    return verb.dep_ == "conj" and verb.tag_ == "VBN" and no_object and is_passive(verb.head)


def subjects_of(verb: Token, depth: int = 0) -> tuple[Token, ...]:
    """Return the subjects of a verb: its own, or those it shares with, or gets from, the clause it depends on."""
    own = list(children(verb, "nsubj", "nsubjpass"))
    own = own or [c for a in children(verb, "aux", "auxpass") for c in children(a, "nsubj", "nsubjpass")]
    if own:
        return tuple(item for token in own for item in _subject(token, verb))
    head = verb.head
    if depth > 5 or head is verb:
        return ()
    if verb.dep_ in {"acl", "relcl"}:
        if verb.tag_ not in {"VBN", "VBG"} or head.pos_ not in {"NOUN", "PROPN"}:
            return ()
        described = _described(head)
        return (described,) if described is not head else conjuncts(head)[:1]
    if verb.dep_ == "xcomp":
        objects = [c for c in head.children if c.dep_ in {"dobj", "dative"} and c.pos_ != "ADP" and c.i < verb.i]
        if objects and head.lemma_.lower() in MADE_TO and not is_passive(head):
            return conjuncts(objects[0])
        return subjects_of(head, depth + 1)
    if verb.dep_ == "conj" and (head.dep_ == "acomp" or _is_beyond(verb)):  # 'is married to Ann and lives in Oslo'
        head = head.head
    if verb.dep_ in {"conj", "advcl", "dep", "parataxis"} and head.pos_ in {"VERB", "AUX"}:
        if verb.dep_ == "advcl" and verb.tag_ not in {"VBN", "VBG", "VB"}:
            return ()
        return subjects_of(head, depth + 1)
    if verb.dep_ == "pcomp":
        governor = head.head
        while governor.pos_ == "ADP" and governor.head.i != governor.i:
            governor = governor.head
        return subjects_of(governor, depth + 1) if governor.pos_ in {"VERB", "AUX"} else ()
    return ()


def _is_beyond(joined: Token) -> bool:
    """Whether a comma closes the clause that a verb is hung onto: 'closed after they found cracks, and reopened in May'."""
    if joined.head.dep_ != "advcl":
        return False
    links = [c for c in joined.head.children if c.dep_ == "cc" and c.i < joined.i]
    marked = any(c.dep_ == "mark" and c.i < joined.head.i for c in joined.head.children)
    return bool(links) and marked and links[-1].i > 0 and links[-1].nbor(-1).text == ","


def _subject(token: Token, verb: Token) -> tuple[Token, ...]:
    resolved = _antecedent(token, verb)
    return conjuncts(resolved) if resolved is token else (resolved,)


def _antecedent(token: Token, verb: Token) -> Token:
    """Return the noun that a relative pronoun stands for, or the token itself."""
    clause = verb
    while clause.dep_ in {"conj", "xcomp", "ccomp"}:
        clause = clause.head
    if token.lower_ in _RELATIVE and clause.dep_ == "relcl":
        return _described(clause.head)
    return token


def _described(noun: Token) -> Token:
    """Return who 'is an engineer who …': what describes the engineer tells of the subject. 'It was a storm that …' does not."""
    if noun.dep_ == "appos" and noun.pos_ == "NOUN" and noun.head.pos_ == "PROPN":  # 'Volta, a bank that lends …'
        beside = noun.left_edge.i <= noun.head.i + 2
        return noun.head if beside and noun.left_edge.lower_ in {"a", "an", "the"} else noun
    copula = noun.head
    if noun.dep_ != "attr" or noun.pos_ != "NOUN" or copula.lemma_ != "be" or is_denied(noun):
        return noun
    if any(child.dep_ == "neg" or child.lower_ == "there" for child in copula.children):
        return noun
    subjects = [child for child in children(copula, "nsubj") if child.i < copula.i]
    named = subjects[:1] if subjects and not is_pronoun(subjects[0].text) else []
    named += [one for one in subjects[:1] if one.lower_ in {"he", "she", "they", "who"}]
    if not named or any(child.dep_ == "conj" for child in named[0].children) or noun.tag_ == "NNS":
        return noun
    return _antecedent(named[0], copula)


def appointing(clause: Clause) -> bool:
    """Whether the clause puts somebody into an office."""
    return clause.verb.lemma_.lower() in APPOINT
