"""Times that a question names by an event: 'before the merger', 'after Jane Roe left', 'when it sat in Oslo'.

The words after 'before', 'after', 'since', 'until', 'when' or 'while' are read as a question of their own. The dated fact
that they mean gives the time, and the rest of the question is answered for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from kgfuse.model import Fact, FactStatus, Moment, Precision, Validity
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.asked_relation import relations_asked
from kgfuse.retrieve.asked_time import read_time
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.sentences import is_event
from kgfuse.retrieve.time_amount import AMOUNT
from kgfuse.retrieve.words import WH_WORDS, Word, content_stems, is_content, stem, words_of

_LEAD = (
    r"(?:(?:just|right|shortly|soon|directly|immediately|(?:the|a) day|(?:in )?the (?:days|weeks|months|years))\s+"
    rf"|(?P<amount>{AMOUNT})\s+(?=before|prior|after|following))?"
)
_CLAUSE = re.compile(
    rf"(?<=[\w,'’])\s+{_LEAD}"
    r"(?P<how>before|prior to|until|till|after|following|since|when|while|during)\s+(?P<event>[^?.!]+?)\s*(?=[?.!]|$)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"^\s*{_LEAD}"
    r"(?P<how>before|prior to|until|after|following|since|when|while|during)\s+(?P<event>[^?.!,]+),\s*(?=\w)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:since|until|till|from|by|and|or|know|say|said|told|named|called|titled|looks?|looked|looking|takes?|took|"
    r"comes?|came|coming)$",
    re.IGNORECASE,
)
"""Words before 'after' and the like that make it no time: 'from before', 'named after', 'Who came after X?'."""

_ENDINGS = frozenset(
    map(
        stem,
        "leave resign resignation retire retirement depart departure quit dismiss dismissal replace removal".split(),
    )
)
_BEGINNINGS = frozenset(
    map(stem, "become appoint appointment join arrive arrival elect election hire start begin move relocate".split())
)
_STEPS = re.compile(r"\b(?:step(?:s|ped)?|st(?:and|ood)) down\b", re.IGNORECASE)
_TAKES = re.compile(r"\bt(?:ake|akes|ook|aken|aking) (?:over|office|charge|the helm)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """The part of a question that names a time by an event: `rest` is the question without it.

    `amount` are the words that say how long before or after the event: 'two years'.
    """

    how: str
    event: str
    rest: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """When the event was: the fact that says so, and its first and last moment (half-open)."""

    fact: Fact
    period: Validity


def event_clause(text: str) -> Clause | None:
    """Return the clause of a question that may name an event, `None` where there is none or a date follows."""
    for pattern in (_OPENING, _CLAUSE):
        for match in pattern.finditer(text):
            rest = f"{text[: match.start()]}{' ' if match.start() else ''}{text[match.end() :]}".strip()
            asks = _ASKS.search(text[: match.start()].rstrip()) is not None
            dated = any(start <= 4 for start, _ in read_time(match["event"]).spans)
            first = words_of(match["event"])[:1]
            wh = bool(first) and first[0].text.lower() in WH_WORDS
            if len(words_of(rest)) > 1 and first and not asks and not dated and not wh:
                return Clause(match["how"].lower(), match["event"], rest, match["amount"] or "")
    return None


def is_understood(clause: Clause, links: Sequence[Link], ontology: Ontology) -> bool:
    """Whether the clause surely speaks of something that happened or held, known to the graph or not."""
    words = words_of(clause.event)
    return bool(
        is_bare(clause, links) or relations_asked(words, _named(words, links), ontology) or _boundary(clause.event)
    )


def is_bare(clause: Clause, links: Sequence[Link]) -> bool:
    """Whether a clause holds names alone, known to the graph or not: 'before Jane Roe', 'after the World Cup'."""
    words = words_of(clause.event)
    named = _named(words, links)
    return not any(is_content(w.text) and not w.text[:1].isupper() for at, w in enumerate(words) if at not in named)


def find_events(
    clause: Clause,
    inside: Sequence[Link],
    outside: Sequence[Link],
    asked: Sequence[str],
    store: GraphReader,
    ontology: Ontology,
    filter: FactFilter,
) -> tuple[Event, ...]:
    """Return the event that a clause names; several when it may mean one or the other, none when no dated fact is meant.

    `inside` are the things that the clause names, `outside` those of the rest of the question, `asked` the relations that
    the rest may ask about, the likeliest first: 'before Jane Roe' means her time in the office that is asked for. A fact
    must be dated, believed and about everything that the clause names (where it names nothing: about something that the
    rest names).
    """
    words = words_of(clause.event)
    said = relations_asked(words, _named(words, inside), ontology)
    relations = {one.relation for one in said if one.score >= said[0].score - 0.5}
    boundary = _boundary(clause.event)
    bare = is_bare(clause, inside)
    if not (bare and inside) and not relations and not boundary:
        return ()
    dated = [f for f in _facts(inside, outside, store, filter) if _period(f, boundary, ontology) is not None]
    facts = _of_first(asked, dated) if bare else [fact for fact in dated if fact.relation in relations]
    if boundary and not facts:  # 'before Jane Roe joined', where the rest asks for an office: she joined in that one
        facts = _of_first(asked, dated) or dated
    if bare:
        boundary = "end" if clause.how in ("after", "following") else "start" if clause.how != "during" else ""
    found = {period: fact for fact in sorted(facts, key=_trust) if (period := _period(fact, boundary, ontology))}
    if len(found) > 1 and not boundary:  # one thing said more and less exactly: the surest
        top = max(found.values(), key=_trust)
        found = {p: f for p, f in found.items() if f is top or f.confidence >= 0.8 * top.confidence}
    return tuple(Event(fact, period) for period, fact in sorted(found.items(), key=lambda item: str(item[0])))


def _of_first(relations: Sequence[str], facts: Sequence[Fact]) -> list[Fact]:
    """The facts of the first relation that has any."""
    found = ([fact for fact in facts if fact.relation == relation] for relation in relations)
    return next((some for some in found if some), [])


def asked_period(how: str, event: Validity, *, lasting: bool) -> Validity:
    """Return the time that a word makes of an event: for what lasts the moment before or after it, else all that time.

    `lasting` says that the rest of the question asks for what holds over time, an office or a place.
    """
    start, end = event.valid_from, event.valid_to
    if how in ("when", "while", "during") or (start is None and end is None):
        return event
    if how in ("before", "prior to", "until", "till"):
        moment = start or end
        if moment is None:
            return event
        return Validity(_day(moment.at - timedelta(days=1)) if lasting else None, moment)
    moment = (start or end) if how == "since" else (end or start)
    if moment is None:
        return event
    after = _day(moment.at)
    return Validity(after, _day(after.at + timedelta(days=1)) if lasting and how != "since" else None)


def _day(when: datetime) -> Moment:
    """The day that begins at an instant; one that begins none is itself."""
    return Moment.of(when, Precision.SECOND if when.time() != time() else Precision.DAY)


def _named(words: Sequence[Word], links: Sequence[Link]) -> frozenset[int]:
    return frozenset(
        at for at, w in enumerate(words) if any(one.start <= w.start and w.end <= one.end for one in links)
    )


def _boundary(event: str) -> str:
    """Which end of a fact the words mean: 'left' its end, 'became' its start; empty: they do not say."""
    stems = set(content_stems(event))
    if stems & _ENDINGS or _STEPS.search(event):
        return "end"
    return "start" if stems & _BEGINNINGS or _TAKES.search(event) else ""


def _facts(inside: Sequence[Link], outside: Sequence[Link], store: GraphReader, filter: FactFilter) -> list[Fact]:
    groups = [{entity.id for entity in one.entities} for one in (inside or outside)]
    others = [{entity.id for entity in one.entities} for one in outside] if inside else []
    if not groups:
        return []
    wide = replace(filter, as_of=None, valid_during=None, relation=None)
    held = [
        fact
        for fact in store.facts_of(sorted(set().union(*groups)), wide)
        if fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
    ]
    meet = all if inside else any
    kept = [fact for fact in held if meet(fact.subject in group or fact.object in group for group in groups)]
    near = [fact for fact in kept if any(fact.subject in group or fact.object in group for group in others)]
    return near or kept  # 'after Jane Roe left' in a question about Acme: her time there, not elsewhere


def _period(fact: Fact, boundary: str, ontology: Ontology) -> Validity | None:
    """The event's time: of a fact's start or end the moment itself, else the whole time that it held."""
    start, end = fact.validity.valid_from, fact.validity.valid_to
    if boundary == "end":
        return Validity(end, _day(end.at + timedelta(days=1))) if end else None
    if boundary == "start" or is_event(ontology.relation(fact.relation)):
        return Validity(start, Moment.of(start.end, start.precision)) if start else None
    return fact.validity if start or end else None


def _trust(fact: Fact) -> tuple[float, int, str]:
    return fact.confidence, len(fact.supported_by), fact.id
