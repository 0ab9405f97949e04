"""What the parse says about how far an open triple can be trusted: the clause that it was read from, and its arguments.

Parsers find the subject next to a finite verb almost always, and the one that a participle, a relative clause or a second verb takes
over from elsewhere much less often; triples of subordinate clauses are wrong several times as often as those of main clauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

    from kgfuse.extract.clauses import Clause
    from kgfuse.extract.statement import Statement

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_FAR = 15
"""Words between the verb and its object from which the parser may well have attached it wrongly."""

_LONG = 4
"""Words of an object that says much by itself."""


def pattern_signals(clause: Clause, doc: Doc, statement: Statement) -> frozenset[str]:
    """Return the signals of a statement read from a clause of `doc`; see `kgfuse.extract.confidence.Signals`."""
    verb = clause.verb
    subject, object = _head(statement.subject, doc), _head(statement.object, doc)
    found = {
        "subordinate": verb.dep_ != "ROOT",
        "participle": verb.dep_ == "acl",
        "relative": verb.dep_ == "relcl",
        "borrowed_subject": subject is not None and not _is_own(subject, verb),
        "modified_subject": subject is not None
        and any(c.dep_ in {"relcl", "acl"} and c.i != verb.i for c in subject.children),
        "far_object": object is not None and abs(object.i - verb.i) > _FAR,
        "long_object": isinstance(statement.object, Argument) and len(statement.object.text.split()) >= _LONG,
    }
    return frozenset(name for name, holds in found.items() if holds)


def _head(argument: object, doc: Doc) -> Token | None:
    if not isinstance(argument, Argument):
        return None
    span = doc.char_span(argument.start, argument.end, alignment_mode="expand")
    return None if span is None else span.root


def _is_own(subject: Token, verb: Token) -> bool:
    """Whether the parse makes it the verb's subject or agent, by itself or as one of several that are joined."""
    while subject.dep_ == "conj" and subject.head.i != subject.i:
        subject = subject.head
    if subject.dep_ == "pobj" and subject.head.dep_ == "agent":
        return bool(subject.head.head.i == verb.i)
    return subject.dep_ in _SUBJECTS and bool(subject.head.i == verb.i)
