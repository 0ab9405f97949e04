"""What the rules work on and what they give: a parsed sentence in, statements out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, argument, numbering
from kgfuse.extract.dates import TimeExpression
from kgfuse.extract.modality import STATED, Modality, is_before_that, is_since_then, modality_of
from kgfuse.extract.quantities import Quantity
from kgfuse.extract.timing import Aspect, times_of, validity
from kgfuse.model import ALWAYS, Literal, Moment, Qualifiers, Validity

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


@dataclass(frozen=True, slots=True)
class Sentence:
    """A parsed sentence with the times and numbers in it; `types` is the document's majority type of each name.

    `earlier` is the time that the sentence before gives, if it gives one: 'before that' is before then, 'since then' since.
    """

    doc: Doc
    times: tuple[TimeExpression, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    earlier: Moment | None = None

    def argument(self, token: Token) -> Argument | None:
        """Return the argument headed by `token`; a time or a bare number is none."""
        if self.in_time(token) or self.quantity_at(token) is not None:
            return None
        return argument(self._named(token), self.types)

    def _named(self, token: Token) -> Token:
        """Return the name that a description introduces: 'the architect Lea Ott', 'its director, Tom Poe,'."""
        if token.pos_ != "NOUN" or token.i + 1 >= len(self.doc):
            return token
        names = [c for c in token.rights if c.dep_ == "appos" and c.pos_ == "PROPN"]
        if names and (names[0].left_edge.i <= token.i + 2):
            return names[0]
        return token

    def in_time(self, token: Token) -> bool:
        """Whether the token is part of a date."""
        return any(e.core <= token.idx < e.end for e in self.times)

    def quantity_at(self, token: Token) -> Quantity | None:
        """Return the number that `token` heads or is counted by ('450 people')."""
        if numbering(token) is not None or (token.i > 0 and numbering(token.doc[token.i - 1]) is token):
            return None
        spans = [(token.idx, token.idx + len(token))]
        spans += [(c.idx, c.idx + len(c)) for c in token.children if c.dep_ in {"nummod", "quantmod", "compound"}]
        for quantity in self.quantities:
            if any(quantity.start <= start < quantity.end for start, _ in spans) and not self._dated(quantity):
                return quantity
        return None

    def _dated(self, quantity: Quantity) -> bool:
        return any(e.start <= quantity.start < e.end for e in self.times)

    def when(self, head: Token, aspect: Aspect, modality: Modality) -> Validity:
        """Return the validity that the times of `head`'s clause give."""
        own = times_of(self.doc, self.times, head) or self._shared(head)
        if not own and aspect is Aspect.HELD and self.earlier is not None and is_before_that(head):
            return Validity(None, self.earlier)
        if not own and aspect in (Aspect.HELD, Aspect.HOLDS):
            return self._since(head)
        return validity(own, aspect, modality.future, is_present(head))

    def _shared(self, head: Token) -> tuple[TimeExpression, ...]:
        """Return the time that opens the sentence and holds for what is joined on: 'On 6 May it opened, and the price fell'."""
        first = head
        while first.dep_ == "conj" and first.head.pos_ in {"VERB", "AUX"}:
            first = first.head
        if first.i == head.i:
            return ()
        opening = tuple(e for e in times_of(self.doc, self.times, first) if e.start == 0)
        return opening if tense_aspect(modality_of(head)) is tense_aspect(modality_of(first)) else ()

    def _since(self, head: Token) -> Validity:
        """Return the start that 'since' gives a state: 'has run Acme since she founded it in 2014', 'and has led it ever since'.

        'Since then' is since the last time before it, in its sentence or in the one before.
        """
        for child in head.children:
            if is_since_then(child):
                begun = validity(self._times_before(child), Aspect.BEGINS)
                return Validity(begun.valid_from or self.earlier, None)
            if child.lower_ == "since" and child.dep_ in {"advmod", "prep"} and not list(child.rights):
                begun = validity(self._times_before(child), Aspect.BEGINS)
                return Validity(begun.valid_from, None)
            if child.dep_ == "advcl" and any(mark.lower_ == "since" for mark in child.children):
                begun = validity(times_of(self.doc, self.times, child), Aspect.BEGINS)
                return Validity(begun.valid_from, None)
        return ALWAYS

    def _times_before(self, since: Token) -> tuple[TimeExpression, ...]:
        """Return the last time of the sentence that 'since' can point back to."""
        return tuple(e for e in self.times if e.end <= since.idx)[-1:]


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple before its arguments are resolved; `signals` are names of `confidence.WEIGHTS`."""

    subject: Argument
    predicate: str
    object: Argument | Literal
    modality: Modality = STATED
    validity: Validity = ALWAYS
    signals: frozenset[str] = frozenset()
    qualifiers: Qualifiers = ()


def is_present(verb: Token) -> bool:
    """Return whether a clause is in the present: 'takes over', 'is leaving', 'is appointed'; not 'has left'."""
    finite = [verb, *(child for child in verb.children if child.dep_ in {"aux", "auxpass"})]
    return any(one.tag_ in {"VBZ", "VBP"} for one in finite) and all(one.lemma_ != "have" for one in finite[1:])


def tense_aspect(modality: Modality) -> Aspect:
    """Return whether a state is said to hold or to have held."""
    return Aspect.HELD if modality.past or modality.ended else Aspect.HOLDS
