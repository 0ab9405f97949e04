"""All that a sentence says about offices and roles, with bodies ('the board') taken for the organisation they act for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, is_organisation
from kgfuse.extract.clauses import Clause, clauses
from kgfuse.extract.lexicon import BODIES, HOLDINGS, LASTING, OFFICES
from kgfuse.extract.offices import named_holders, office_statements
from kgfuse.extract.roles import IMPLIED, appositions, introduced, word_order
from kgfuse.extract.statement import Sentence, Statement

if TYPE_CHECKING:
    from spacy.tokens import Token

_BODY = re.compile(rf"(?:[\w-]+ ){{0,2}}(?:{'|'.join(sorted(BODIES))})(?: of (?P<of>.+))?", re.IGNORECASE)
_PEOPLE = frozenset({"directors", "trustees", "governors", "management", "shareholders"})


def role_statements_of(sentence: Sentence) -> Iterator[Statement]:
    """Yield the statements about roles: by verbs of appointing and leaving, beside names, and before names."""
    for clause in clauses(sentence.doc):
        place = _where(clause, sentence)
        for statement in (*office_statements(clause, sentence), *named_holders(clause, sentence)):
            said = for_the_body(statement)
            yield replace(said, object=place) if place is not None and said.object == IMPLIED else said
    fronted = _fronted(sentence)
    for statement in (*appositions(sentence), *introduced(sentence), *word_order(sentence)):
        said = for_the_body(statement)
        yield replace(said, object=fronted) if fronted is not None and said.object == IMPLIED else said


def _fronted(sentence: Sentence) -> Argument | None:
    """Return the firm that a sentence opens with: 'For Acme it is Jane Roe, chief executive'."""
    first = sentence.doc[0]
    if first.lower_ not in {"for", "at"} or first.pos_ != "ADP":
        return None
    found = [a for child in first.children if child.dep_ == "pobj" and (a := sentence.argument(child))]
    return found[0] if found and found[0].kind == "name" and found[0].type != "Person" else None


def _where(clause: Clause, sentence: Sentence) -> Argument | None:
    """Return what 'where' stands for: 'Oddvik Shipping, where she was finance director'."""
    verb: Token = clause.verb
    if verb.dep_ == "relcl" and any(child.lower_ == "where" for child in verb.children):
        return sentence.argument(verb.head)
    return None


_ACTS = frozenset("acquire buy sell open close launch merge move build found establish rename headquartered".split())


def acting(statement: Statement) -> Statement:
    """Put the organisation in place of its board where a statement tells what it does, not what it is made of."""
    if statement.predicate.split()[0] in _ACTS:
        return replace(statement, subject=_owner(statement.subject))
    if (
        statement.predicate == "chair"
        and isinstance(statement.object, Argument)
        and statement.object.text.split()[0] == "board"
    ):
        return replace(statement, object=_owner(statement.object))
    return statement


def for_the_body(statement: Statement) -> Statement:
    """Put the organisation in place of its board or meeting, on either side of a statement."""
    subject, object = _owner(statement.subject), statement.object
    return replace(statement, subject=subject, object=_owner(object) if isinstance(object, Argument) else object)


def _owner(argument: Argument) -> Argument:
    if argument.kind != "noun":
        return argument
    match = _BODY.fullmatch(argument.text)
    if match is None:
        return argument
    inner = match["of"]
    if inner is None or inner.lower() in _PEOPLE:
        return replace(IMPLIED, start=argument.start, end=argument.end)
    if inner[:1].isupper():
        kind = "Organization" if is_organisation(inner) else None
        start = argument.start + argument.text.index(inner)
        return Argument(inner, start, start + len(inner), "name", kind)
    return argument


def is_office(predicate: str) -> bool:
    """Whether a predicate names an office that is taken up and left: 'chief executive of', not 'founder of'."""
    words = predicate.split()
    return len(words) > 1 and words[-1] in {"of", "at", "for"} and words[-2] in OFFICES - LASTING - HOLDINGS
