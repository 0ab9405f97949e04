"""Where organisations have their head office: 'moved its headquarters from Oslo to Bergen', 'its head office is in Lyon'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kgfuse.extract.arguments import Argument, children
from kgfuse.extract.clauses import Clause, with_nested
from kgfuse.extract.modality import Modality
from kgfuse.extract.statement import Sentence, Statement
from kgfuse.extract.timing import Aspect
from kgfuse.model import Validity

_SEATS = frozenset({"headquarters", "headquarter", "seat", "base"})
_MOVES = frozenset({"move", "relocate", "shift", "transfer"})


def moved_seats(clause: Clause, sentence: Sentence, modality: Modality) -> Iterator[Statement]:
    """'moved its headquarters from Oslo to Bergen' ends one seat and begins another."""
    heads = {t.lemma_.lower() for t in (*clause.objects, *(clause.subjects if clause.passive else ()))}
    seat = bool(heads & _SEATS) or any(
        t.lemma_ == "office" and any(c.lower_ == "head" for c in t.children) for t in clause.objects
    )
    if clause.verb.lemma_.lower() not in _MOVES or not seat:
        return
    moved = [t for t in (*clause.objects, *clause.subjects) if t.lemma_.lower() in _SEATS | {"office"}]
    owners = [a for t in clause.subjects if t not in moved and (a := sentence.argument(t))]
    owners = owners or [a for t in moved for c in children(t, "poss") if (a := sentence.argument(c))]
    for preposition, target in with_nested(clause):
        place = sentence.argument(target)
        if preposition not in {"from", "to"} or place is None or place.kind != "name":
            continue
        aspect = Aspect.ENDS if preposition == "from" else Aspect.BEGINS
        when = sentence.when(clause.verb, aspect, modality)
        place = replace(place, type="Place")
        said = (
            replace(modality, ended=True)
            if aspect is Aspect.ENDS and modality.mode.value in {"stated", "reported"}
            else modality
        )
        for owner in owners:
            yield Statement(owner, "headquartered in", place, said, when, frozenset({"strong_pattern"}))


def seats(clause: Clause, sentence: Sentence, modality: Modality, when: Validity) -> Iterator[Statement]:
    """'Its head office is in Lyon', 'the headquarters of Acme are in Lyon'."""
    for seat in clause.subjects:
        head = seat.lemma_.lower() in _SEATS or (
            seat.lemma_.lower() == "office" and any(c.lower_ == "head" for c in seat.children)
        )
        owners = [c for c in seat.children if c.dep_ == "poss"]
        owners += [t for p in children(seat, "prep") if p.lower_ == "of" for t in children(p, "pobj")]
        for preposition, target in clause.prepositions:
            place = sentence.argument(target)
            if head and preposition in {"in", "at"} and place is not None and _is_place(place):
                for owner in (a for t in owners if (a := sentence.argument(t))):
                    where = replace(place, type="Place")
                    yield Statement(owner, "headquartered in", where, modality, when, frozenset({"strong_pattern"}))


def _is_place(argument: Argument) -> bool:
    return argument.kind == "name" or (argument.kind == "definite" and argument.type == "Place")
