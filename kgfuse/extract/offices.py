"""Verbs that begin, hold or end a role, turned into the role with its boundary in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children, conjuncts
from kgfuse.extract.attributes import reporters
from kgfuse.extract.clauses import Clause
from kgfuse.extract.lexicon import APPOINT, BEGIN_AS, END_AS, GO_ON, HOLD_AS, LASTING, POSTS
from kgfuse.extract.modality import Modality, modality_of
from kgfuse.extract.roles import IMPLIED, Role, is_role, role_at, role_statements
from kgfuse.extract.statement import Sentence, Statement, tense_aspect
from kgfuse.extract.timing import Aspect
from kgfuse.model import Validity

if TYPE_CHECKING:
    from spacy.tokens import Token


@dataclass(frozen=True, slots=True)
class _Change:
    """Who gets, has or loses the role, and where it is when the role does not say."""

    people: tuple[Token, ...]
    aspect: Aspect
    place: tuple[Token, ...] = ()
    losers: tuple[Token, ...] = ()


def office_statements(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    """Yield what a clause says about holding roles."""
    modality = modality_of(clause.verb)
    roles = _roles(clause, sentence)
    if not roles:
        return
    change = _change(clause, modality)
    if change is None:
        return
    places = [a for t in change.place if (a := sentence.argument(t)) and a.type != "Person"]
    firms = [a for a in reporters(clause.verb, sentence) if a.type == "Organization"]
    default = next(iter((*places, *firms)), IMPLIED)
    for role in roles:
        for people, aspect in ((change.people, change.aspect), (change.losers, Aspect.ENDS)):
            for token in people:
                person = sentence.argument(token)
                if person is None or is_role(token) or person.kind == "noun":
                    continue
                yield from _stated(person, role, aspect, modality, clause, sentence, default)


def named_holders(clause: Clause, sentence: Sentence) -> Iterator[Statement]:
    """Yield what a clause says when it begins with the role: 'The chief executive of Acme is Jane Roe'."""
    if clause.verb.lemma_ != "be":
        return
    modality = modality_of(clause.verb)
    for subject in clause.subjects:
        role = role_at(subject, sentence)
        if role is None or (subject.pos_ == "PROPN" and subject.ent_type_ == "PERSON"):
            continue
        for token in (t for c in clause.complements for t in conjuncts(c)):
            person = sentence.argument(token) if token.pos_ == "PROPN" and not is_role(token) else None
            if person is not None and person.kind == "name":
                when = sentence.when(clause.verb, tense_aspect(modality), modality)
                yield from role_statements(person, role, modality, when)


def _stated(
    person: Argument,
    role: Role,
    aspect: Aspect,
    modality: Modality,
    clause: Clause,
    sentence: Sentence,
    default: Argument,
) -> Iterator[Statement]:
    when = sentence.when(clause.verb, aspect, modality)
    if clause.verb.lemma_ in GO_ON and when.unbounded:
        modality = replace(modality, future=False)  # who 'will remain chief executive' is it
    stated = modality.mode.value == "stated" and not modality.negated
    if aspect is Aspect.HELD and when.unbounded and stated and role.noun.split()[-1] not in LASTING:
        modality = replace(
            modality, ended=True
        )  # 'was chief executive' without a date: no more, by the time of writing
    if aspect is Aspect.ENDS:
        modality = replace(modality, ended=modality.mode.value in {"stated", "reported"} and not modality.negated)
        if modality.negated:
            return
    yield from role_statements(person, role, modality, when, default=default)


def _roles(clause: Clause, sentence: Sentence) -> list[Role]:
    """Return the roles that the clause speaks of, wherever the verb puts them."""
    tokens: list[Token] = [t for c in clause.complements for t in conjuncts(c)]
    for preposition, target in clause.prepositions:
        if preposition in {"as", "from", "to"} or (preposition == "of" and clause.verb.lemma_ == "become"):
            tokens.append(target)
    if clause.verb.lemma_.lower() in APPOINT | {
        "assume",
        "take",
        "hold",
        "leave",
        "relinquish",
        "vacate",
        "become",
        "quit",
        "resign",
        "act",  # 'has been acting chief executive', parsed as a verb
    }:
        tokens.extend(clause.objects)
        tokens.extend(
            t for c in children(clause.verb, "ccomp", "xcomp") for t in c.children if c.dep_ != "conj" and is_role(t)
        )
        as_links = (p for item in clause.objects for p in children(item, "prep") if p.lower_ == "as")
        tokens.extend(t for link in as_links for t in children(link, "pobj") if is_role(t))
    found: list[Role] = []
    for named in tokens:
        token = named
        if token.lemma_.lower() in POSTS:
            token = next((t for p in children(token, "prep") for t in children(p, "pobj") if is_role(t)), token)
        role = role_at(token, sentence)
        if role is not None and not (token.ent_type_ == "PERSON" and token.pos_ == "PROPN"):
            found.append(role)
    return found


def _change(clause: Clause, modality: Modality) -> _Change | None:
    """Return what the verb does to the role."""
    lemma = clause.verb.lemma_.lower()
    words = {c.lower_ for c in clause.verb.children}
    as_role = any(p == "as" for p, _ in clause.prepositions)
    people = tuple(t for t in clause.objects if not is_role(t))
    if lemma == "be":
        return _Change(clause.subjects, tense_aspect(modality))
    if lemma == "become" or (lemma in {"assume", "take"} and not as_role and not clause.passive):
        return _Change(clause.subjects, Aspect.BEGINS)
    if lemma in {"succeed", "replace"} and as_role:
        if clause.passive:
            return _Change(clause.agents, Aspect.BEGINS, losers=clause.subjects)
        return _Change(clause.subjects, Aspect.BEGINS, losers=people)
    if lemma in APPOINT:
        if clause.passive:
            return _Change(clause.subjects, Aspect.BEGINS, clause.agents)
        return _Change(people or _embedded(clause), Aspect.BEGINS, clause.subjects)
    if lemma in END_AS and not (lemma in {"step", "stand"} and not words & {"down", "aside", "back"}):
        if clause.passive or lemma in {"resign", "retire", "leave", "quit", "depart", "step", "stand", "go", "exit"}:
            return _Change(clause.subjects, Aspect.ENDS, clause.objects)
        return _Change(people, Aspect.ENDS, clause.subjects)
    if (lemma in HOLD_AS and as_role) or lemma in {"hold", "remain", "act"}:
        led = clause.objects if lemma in {"lead", "run", "head"} else ()
        return _Change(clause.subjects, tense_aspect(modality), led)
    if lemma in BEGIN_AS and (as_role or words & {"up", "over"}):
        return _Change(clause.subjects, Aspect.BEGINS, clause.objects)
    if lemma in {"relinquish", "vacate"}:
        return _Change(clause.subjects, Aspect.ENDS)
    return None


def _embedded(clause: Clause) -> tuple[Token, ...]:
    """Return the person in 'named Tom Poe chief executive' when the parser makes it a clause of its own."""
    for inner in children(clause.verb, "ccomp", "xcomp"):
        for token in children(inner, "nsubj"):
            return (token,)
    for item in (*clause.objects, *clause.complements):
        people = [
            t for t in children(item, "compound", "nmod", "poss", "appos") if t.pos_ == "PROPN" and not is_role(t)
        ]
        for token in reversed(people):
            if token.ent_type_ in {"PERSON", ""} and is_role(item):
                return (token,)
    return ()


def changes_office(clause: Clause, sentence: Sentence) -> bool:
    """Whether the clause is about who holds an office and nothing else, so that its words are no relation of their own."""
    lemma = clause.verb.lemma_.lower()
    if lemma in {"succeed", "replace", "join", "be", "have", "work"}:
        return False
    return bool(_roles(clause, sentence)) and _change(clause, modality_of(clause.verb)) is not None


@dataclass(frozen=True, slots=True)
class TakingUp:
    """'She will take up the position on 1 June': who begins (or ends) an office that an earlier sentence names, and when.

    `place` is where, as far as the clause says. `succeeded`: another came; that tells which office ends only of who has one.
    """

    person: Argument
    modality: Modality
    validity: Validity
    place: Argument | None = None
    succeeded: bool = False


def taking_up(clause: Clause, sentence: Sentence) -> Iterator[TakingUp]:
    """Yield the beginning (or end) of an office that the clause speaks of without naming it; only where it gives a time."""
    lemma, words = clause.verb.lemma_.lower(), {c.lower_ for c in clause.verb.children}
    before = [t for p, t in clause.prepositions if p == "from" and not sentence.in_time(t)]
    post = any(t.lemma_.lower() in POSTS and role_at(t, sentence) is None for t in clause.objects)
    others = [t for p, t in clause.prepositions if not sentence.in_time(t) and t not in before]
    alone = not clause.objects and not clause.complements and not others
    starts = lemma in {"start", "begin", "join", "arrive"} and alone and not before
    takes = lemma in {"take", "assume", "start", "begin", "fill"} and post
    over = lemma == "take" and "over" in words and alone
    down = lemma in {"step", "stand"} and bool(words & {"down", "aside"})
    holds = lemma == "hold" and post
    leaves = (down or lemma in {"leave", "resign", "retire", "depart", "quit"}) and (alone or post)
    if not (starts or takes or over or holds or leaves) or clause.passive:
        return
    modality = modality_of(clause.verb)
    does = Aspect.ENDS if leaves else tense_aspect(modality) if holds else Aspect.BEGINS
    places = [a for t in before if leaves and (a := sentence.argument(t)) and a.kind != "noun"]
    sides = [(clause.subjects, does), (tuple(before) if over else (), Aspect.ENDS)]
    for tokens, aspect in sides:
        yield from _dated(tokens, aspect, clause, sentence, next(iter(places), None))


def succeeding(clause: Clause, sentence: Sentence) -> Iterator[TakingUp]:
    """Yield the end of an office that the clause speaks of without naming it: 'Ann Moe was succeeded by Tom Poe in May'."""
    around = [preposition for preposition, target in clause.prepositions if not sentence.in_time(target)]
    if clause.verb.lemma_.lower() not in {"succeed", "replace"} or around or clause.complements:
        return
    gone, come = (clause.subjects, clause.agents) if clause.passive else (clause.objects, clause.subjects)
    if any((a := sentence.argument(t)) and a.kind != "noun" for t in come):
        for taken in _dated(gone, Aspect.ENDS, clause, sentence):
            yield replace(taken, succeeded=True)


def _dated(
    tokens: tuple[Token, ...], aspect: Aspect, clause: Clause, sentence: Sentence, place: Argument | None = None
) -> Iterator[TakingUp]:
    """Yield the change that a clause dates, where it is one person's and not denied."""
    modality = modality_of(clause.verb)
    people = [a for t in tokens if (a := sentence.argument(t)) and a.kind != "noun"]
    when = sentence.when(clause.verb, aspect, modality)
    if len(people) == 1 and not when.unbounded and not modality.negated:
        yield TakingUp(people[0], modality, when, place)
