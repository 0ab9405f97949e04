"""Which time belongs to which clause, and what interval it gives a statement."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from kgfuse.extract.dates import TimeExpression, TimeRelation, is_last_day
from kgfuse.extract.periods import Period
from kgfuse.model import ALWAYS, Moment, Precision, Validity

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


class Aspect(StrEnum):
    """What a time does to a statement."""

    BEGINS = "begins"  # an event after which it holds: 'became', 'acquired'
    ENDS = "ends"  # an event after which it no longer holds: 'resigned as'
    HELD = "held"  # a past state: 'was chief executive in 2015'
    HOLDS = "holds"  # a present state
    FLOW = "flow"  # measured over a period: revenue
    STOCK = "stock"  # measured at a time: headcount


def anchor(doc: Doc, expression: TimeExpression) -> Token | None:
    """Return the word that the time modifies: the verb or the noun above its preposition."""
    tokens = [t for t in doc if expression.start <= t.idx < expression.end]
    if not tokens:
        return None
    inside = {t.i for t in tokens}
    for token in tokens:
        if token.head.i not in inside:
            return token.head
    return None


def times_of(doc: Doc, expressions: tuple[TimeExpression, ...], head: Token) -> tuple[TimeExpression, ...]:
    """Return the times that belong to the clause or the noun phrase of `head`.

    A time belongs to the clause whose verb is the nearest above it; a noun between (an object, a complement) passes it on
    unless it is a name's apposition. A clause without a time of its own takes that of the clause it shares a verb with.
    """
    return tuple(e for e in expressions if (above := anchor(doc, e)) is not None and _reaches(above, head))


def _reaches(token: Token, head: Token) -> bool:
    current = token
    for _ in range(12):
        if current.i == head.i:
            return True
        if current.dep_ in {"relcl", "acl", "appos", "advcl", "ccomp", "ROOT"} or (
            current.dep_ == "conj" and current.pos_ in {"VERB", "AUX"}
        ):
            return False
        if current.dep_ == "xcomp" and current.pos_ in {"VERB", "AUX"}:
            return False
        current = current.head
    return False


def validity(
    expressions: tuple[TimeExpression, ...], aspect: Aspect, future: bool = False, present: bool = False
) -> Validity:
    """Return the interval that the times give a statement of this aspect and tense."""
    result = ALWAYS
    for expression in expressions:
        # 'She serves until December' looks ahead, though it is said in the present.
        ahead = future or (aspect is Aspect.HOLDS and expression.relation is TimeRelation.TO)
        result = _merged(result, _one(expression, aspect, expression.period(ahead, present and not ahead)), aspect)
    return result


def _one(expression: TimeExpression, aspect: Aspect, period: Period) -> Validity:
    relation = expression.relation
    if relation is TimeRelation.SPAN:
        if expression.within and aspect in (Aspect.BEGINS, Aspect.ENDS):
            return ALWAYS  # some day in it, nobody says which
        if aspect is Aspect.FLOW and not period.is_end and period.until.precision is not Precision.DAY:
            return Validity(period.first, Moment(period.until.end, period.until.precision))  # the last month counts too
        return Validity(period.first, period.until)
    if relation is TimeRelation.TO:
        boundary = period.until if period.is_end or is_last_day(period) else period.first
        return ALWAYS if aspect is Aspect.BEGINS else Validity(None, boundary)
    if relation is TimeRelation.FROM:
        if aspect is Aspect.ENDS:
            return Validity(None, period.first)
        if aspect is Aspect.FLOW and period.first.precision is not Precision.DAY:
            return Validity(period.first, period.until)
        return Validity(period.first, None)
    if aspect is Aspect.ENDS:
        return Validity(None, period.until if period.is_end else period.first)
    if aspect in (Aspect.BEGINS, Aspect.HOLDS) or relation is TimeRelation.BY:
        return Validity(period.first, None)
    if aspect is Aspect.STOCK and (period.is_end or period.first.precision in (Precision.DAY, Precision.MONTH)):
        return Validity(period.first, None)
    return Validity(period.first, period.until)


def _merged(left: Validity, right: Validity, aspect: Aspect) -> Validity:
    if (
        aspect in (Aspect.HELD, Aspect.HOLDS)
        and left.valid_to
        and left.valid_from
        and left.valid_to == right.valid_from
    ):
        return Validity(left.valid_from, right.valid_to)  # 'in 2020 and 2021'
    merged = Validity(left.valid_from or right.valid_from, left.valid_to or right.valid_to)
    if merged.valid_from and merged.valid_to and merged.valid_from.at >= merged.valid_to.at:
        return left
    return merged


def ended_by(validity: Validity, published_at: Moment | None) -> Validity:
    """Close an interval at the document's date: what is 'former' is over by then, and may have been for long."""
    if validity.valid_to is not None or published_at is None:
        return validity
    if validity.valid_from is not None and validity.valid_from.at >= published_at.at:
        return validity
    return Validity(validity.valid_from, published_at)
