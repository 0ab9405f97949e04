"""Events that a date tells all about: 'was founded in 1999', 'came out on 4 October 2020'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgfuse.extract.arguments import Argument, children
from kgfuse.extract.attributes import is_attribute
from kgfuse.extract.clauses import Clause
from kgfuse.extract.dates import TimeRelation
from kgfuse.extract.lexicon import PARTICIPIAL_STATES, STATIVE
from kgfuse.extract.modality import Modality
from kgfuse.extract.statement import Sentence, Statement, is_present
from kgfuse.extract.timing import times_of
from kgfuse.model import Datatype, Literal, Precision

_DATED_EVENTS = frozenset({"found", "establish", "bear", "incorporate", "die", "launch", "open", "form", "create", "dissolve", "release",
                           "publish", "hold", "inaugurate", "commission", "start", "happen", "occur", "close", "set", "reopen", "complete",
                           "demolish", "abolish", "end", "expire", "build", "rebuild", "construct", "erect", "destroy"})  # fmt: skip


def dated_event(
    clause: Clause, sentence: Sentence, subject: Argument, predicate: str, modality: Modality, *, alone: bool
) -> Iterator[Statement]:
    """'was founded in 1999', 'came out on 3 May 2004': the date itself is what the clause says of the subject.

    `alone`: nothing else is said of it, so that the date of any event counts.
    """
    if (clause.objects and not clause.passive) or not (
        clause.verb.lemma_.lower() in _DATED_EVENTS or (alone and _happens(clause))
    ):
        return
    for expression in times_of(sentence.doc, sentence.times, clause.verb):
        if expression.relation is not TimeRelation.AT:
            continue
        moment = expression.period(modality.future, is_present(clause.verb) and not modality.future).first
        lexical = sentence.doc.text[expression.core : expression.end]
        preposition = sentence.doc.text[expression.start : expression.core].split()
        link = preposition[0].lower() if preposition and preposition[0].lower() in {"in", "on", "at"} else "in"
        if _recurs(clause) and not re.search(r"\d{4}", lexical):
            continue
        if link == "on" and moment.precision is Precision.YEAR:
            continue  # 'reports on 2021'
        literal = Literal(lexical, Datatype.DATE, str(moment))
        yield Statement(subject, f"{predicate} {link}", literal, modality, signals=frozenset({"literal_object"}))
        return


def _recurs(clause: Clause) -> bool:
    """Whether something is told to take place again and again: 'is held in May', 'takes place on Mondays'."""
    return is_present(clause.verb) and clause.verb.lemma_.lower() in {"take", "hold", "happen", "occur"}


def _happens(clause: Clause) -> bool:
    """Whether a clause tells of an event and of nothing that it is about: 'was demolished', 'came out'; not 'prices rose'."""
    more = clause.agents or clause.complements or any(children(clause.verb, "xcomp", "ccomp", "acomp"))
    state = clause.verb.lemma_.lower() in STATIVE | PARTICIPIAL_STATES or clause.verb.dep_ in {"acl", "advcl", "xcomp"}
    return not more and not state and not any(map(is_attribute, clause.subjects))
