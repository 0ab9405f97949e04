"""Facts as plain English sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum

from kgfuse.model import Datatype, Fact, FactStatus, Literal, Moment, Precision
from kgfuse.ontology import Ontology, Relation
from kgfuse.protocols import GraphReader
from kgfuse.retrieve.dates import MONTHS
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.words import PREPOSITIONS, content_stems, is_inflected, stem

_PREPOSITIONS = PREPOSITIONS | {"by", "after"}
_PARTICIPLES = frozenset("born known made built held sold won written led run bought hidden based set".split())
_PAST_VERBS = frozenset("sold wrote met won led ran made built bought gave became left took began studied".split())
_INTRANSITIVE = frozenset({"died", "started", "ended", "opened", "closed"})
_DONE_ONCE = frozenset(
    "born founded published awarded evaluated launched established opened created incorporated formed completed "
    "released".split()
)
"""Participles of what happens at a time: 'was founded in Oslo in 1921', where 'is located in Oslo since 1921'."""

_ONE_OF_SEVERAL = frozenset(
    {"child", "parent", "sibling", "member", "board_member", "subsidiary", "prerequisite", "side_effect"}
)
"""Nouns that take an article before 'of': 'is a child of', where 'is chief executive of'."""

_PHRASES = {
    "awarded": "was awarded",
    "funded_by_grant": "was funded by a grant of",
    "founded_with_capital": "was founded with a capital of",
}
"""Relations whose names are participles with the receiver as subject: said without 'was' they would mean the giver."""

_SAID_WITH = {"has_part": "includes"}
_PAST_OF = {"has": "had", "is": "was", "owns": "owned", "lives": "lived", "works": "worked", "took": "took"}
_COUNTED = {"person": "people"} | {
    unit: f"{unit}s"
    for unit in (
        "employee",
        "year",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "mile",
        "basis point",
        "percentage point",
    )
}
"""Units that are words and no symbols, and what they are when there are several."""


def moment_words(moment: Moment) -> str:
    """Return a moment as people write it: ``2021``, ``June 2021``, ``3 June 2021``."""
    if moment.precision is Precision.YEAR:
        return f"{moment.at.year}"
    month = f"{MONTHS[moment.at.month - 1].capitalize()} {moment.at.year}"
    return month if moment.precision is Precision.MONTH else f"{moment.at.day} {month}"


_SEEN, _ABOUT_FROM = re.compile(r"\bfirst seen in \S"), re.compile(r"\bstart inferred as \S")
_LATEST, _ABOUT_TO = re.compile(r"\bhad ended by \S"), re.compile(r"\bend inferred as \S")


class Bound(StrEnum):
    """How far a boundary in time is known, as `Fact.reason` tells it."""

    STATED = "stated"
    SEEN = "seen"  # the document that first, or last, tells of it: it began earlier, or ended earlier
    INFERRED = "inferred"  # from what came before or after


def start_of(fact: Fact) -> Bound:
    """Return how the beginning of a fact is known."""
    return Bound.SEEN if _SEEN.search(fact.reason) else _inferred(_ABOUT_FROM, fact)


def end_of(fact: Fact) -> Bound:
    """Return how the end of a fact is known."""
    return Bound.SEEN if _LATEST.search(fact.reason) else _inferred(_ABOUT_TO, fact)


def _inferred(told: re.Pattern[str], fact: Fact) -> Bound:
    return Bound.INFERRED if told.search(fact.reason) else Bound.STATED


def when_words(fact: Fact, event: bool = False) -> str:
    """Return when a fact held as people write it, with its preposition; ``event``: its start is all that counts.

    What no source states is not told as if one did: ``since at least 3 April 2019`` (a document of that day tells of it),
    ``until about July 2022``.
    """
    start, end = fact.validity.valid_from, fact.validity.valid_to
    if start is not None and (event or (end is not None and start.end == end.at)):
        preposition = "in" if start.precision in (Precision.YEAR, Precision.MONTH) else "on"
        how = {Bound.SEEN: "by", Bound.INFERRED: "around"}.get(start_of(fact), preposition)
        return f"{how} {moment_words(start)}"
    if start is not None and end is not None:
        quarter = _quarter(start.at, end.at)
        return quarter or f"from {_start_words(fact, start)} to {_end_words(fact, end)}"
    if start is not None:
        return f"since {_start_words(fact, start)}"
    return f"until {_end_words(fact, end)}" if end is not None else ""


def _start_words(fact: Fact, start: Moment) -> str:
    before = {Bound.SEEN: "at least ", Bound.INFERRED: "about "}.get(start_of(fact), "")
    return before + moment_words(start)


def _end_words(fact: Fact, end: Moment) -> str:
    if end_of(fact) is Bound.SEEN:
        return f"{moment_words(end)} at the latest"
    return f"about {moment_words(end)}" if end_of(fact) is Bound.INFERRED else moment_words(end)


def _quarter(start: datetime, end: datetime) -> str:
    first = datetime(start.year, 3 * ((start.month - 1) // 3) + 1, 1, tzinfo=UTC)
    after = datetime(start.year + (start.month + 2) // 12, (start.month + 2) % 12 + 1, 1, tzinfo=UTC)
    names = ("first", "second", "third", "fourth")
    if start == first and end == after:
        return f"in the {names[(start.month - 1) // 3]} quarter of {start.year}"
    return ""


def value_text(literal: Literal, relation: str = "") -> str:
    """Return a literal as people write it; a unit that the relation's name says already is left out."""
    if literal.datatype is Datatype.DATE:
        try:
            return moment_words(Moment.parse(literal.value))
        except ValueError:
            return literal.lexical
    if literal.datatype in (Datatype.NUMBER, Datatype.QUANTITY):
        whole, _, rest = literal.value.partition(".")
        grouped = f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole
        number = f"{grouped}.{rest}" if rest else grouped
        unit = literal.unit or ""
        if unit and stem(unit) in content_stems(relation.replace("_", " ")):
            unit = ""
        if unit in _COUNTED and literal.value != "1":
            unit = _COUNTED[unit]
        return f"{number}{unit}" if unit == "%" else f"{number} {unit}".strip()
    return literal.value


def is_event(relation: Relation) -> bool:
    """Whether a relation is something done at a time ('acquired') and no lasting state ('chief executive of')."""
    first, *rest = relation.name.split("_")
    verb = first in _PAST_VERBS or (first.endswith("ed") and not first.endswith("eed"))
    return verb and relation.literal is None and rest in ([], ["with"]) and first != "associated"


def reads_as_sentence(fact: Fact, ontology: Ontology) -> bool:
    """Whether a fact makes a sentence: a relation that the ontology lacks must be a verb, or end in a preposition."""
    if fact.relation in ontology.relations:
        return True
    words = fact.relation.split("_")
    return words[0] not in _PREPOSITIONS and not _noun(fact, words)


def is_wordable(fact: Fact, ontology: Ontology) -> bool:
    """Whether `fact_sentence` makes English of a fact: of an open relation it does only of 'buyer of' and 'assembled in'.

    Of one that may be active or passive ('sold under', 'assembled with') it makes none.
    """
    words = fact.relation.split("_")
    if fact.relation in ontology.relations or words[-1] == "of" or _counts(fact):
        return True
    unclear = words[0] in _PARTICIPLES & _PAST_VERBS or is_event(ontology.relation(fact.relation))
    return words[-1] in _PREPOSITIONS and not unclear and (_is_participle(words[0]) or is_inflected(words[0]))


def names_of(facts: Iterable[Fact], store: GraphReader) -> dict[str, str]:
    """Return the names of what the facts are about, by entity id."""
    return {entity.id: entity.name for entity in store.entities(ends_of_facts(facts))}


def fact_sentence(fact: Fact, relation: Relation, names: Mapping[str, str]) -> str:
    """Return a fact as a sentence: ``Tom Poe was chief executive of Acme from June 2021 to March 2023.``

    `names` maps entity ids to names. Present tense for what still holds, past tense for what is over or superseded.
    """
    subject = names.get(fact.subject, fact.subject)
    value = (
        names.get(fact.object, fact.object) if isinstance(fact.object, str) else value_text(fact.object, relation.name)
    )
    over = fact.validity.valid_to is not None or fact.status is FactStatus.SUPERSEDED
    if _counts(fact):
        have = "had" if over else "has"
        return f"{subject} {have} {value} {relation.name.replace('_', ' ')} {when_words(fact)}".rstrip() + "."
    words = _SAID_WITH.get(relation.name, relation.name).split("_")
    event = is_event(relation) or relation.name in _PHRASES
    done = _is_done_once(words) or (_is_participle(words[0]) and not (relation.description or relation.aliases))
    when = when_words(fact, event or done)
    if isinstance(fact.object, Literal) and fact.object.datatype is Datatype.DATE and _is_participle(words[0]):
        return _dated(subject, words, fact.object, value)
    clause = _clause(
        subject,
        words,
        value,
        over or (done and bool(when)),
        since=when.startswith("since "),
        event=event,
        attribute=_noun(fact, words),
    )
    return f"{clause} {when}".rstrip() + "."


def _counts(fact: Fact) -> bool:
    """Whether a relation is the noun that its value counts: 'pupils', '688 pupils'."""
    unit = fact.object.unit if isinstance(fact.object, Literal) else None
    return unit is not None and fact.relation.endswith("s") and stem(unit) == stem(fact.relation)


def _noun(fact: Fact, words: list[str]) -> bool:
    """Whether the relation is a noun for what the subject has ('revenue', 'nationality')."""
    plain = words[-1] not in _PREPOSITIONS and not _is_participle(words[0]) and not words[0].endswith("s")
    return plain or (isinstance(fact.object, Literal) and words[-1] not in _PREPOSITIONS and words[0] != "has")


def _clause(
    subject: str, words: list[str], value: str, over: bool, *, since: bool, event: bool, attribute: bool
) -> str:
    verb = words[0]
    rest = " ".join(words)
    be = "was" if over else "has been" if since else "is"
    if phrase := _PHRASES.get("_".join(words)):
        return f"{subject} {phrase} {value}"
    if words == ["also", "known", "as"]:
        return f"{subject} {'was' if over else 'is'} also known as {value}"
    if event or verb in _PAST_VERBS:
        return f"{subject} {rest} {value}"
    if attribute:
        owner = subject + ("'" if subject.endswith("s") else "'s")
        return f"{owner} {rest} {be} {value}"
    if words[-1] == "of" and "_".join(words[:-1]) in _ONE_OF_SEVERAL:
        return f"{subject} {be} a {rest} {value}"
    if words[-1] == "of" or verb == "part":
        return f"{subject} {be} {rest} {value}"
    if _is_participle(verb) and words[-1] in _PREPOSITIONS:
        return f"{subject} {'was' if _is_done_once(words) else be} {rest} {value}"
    if verb in _INTRANSITIVE or not verb.endswith("s"):
        return f"{subject} {rest} {value}"
    if since and not over and _past(verb).endswith("ed"):
        return f"{subject} has {' '.join([_past(verb), *words[1:]])} {value}"
    return f"{subject} {' '.join([_past(verb), *words[1:]]) if over else rest} {value}"


def _dated(subject: str, words: list[str], date: Literal, value: str) -> str:
    try:
        coarse = Moment.parse(date.value).precision in (Precision.YEAR, Precision.MONTH)
    except ValueError:
        coarse = False
    verb = " ".join(words[:-1] if words[-1] in ("on", "in") else words)
    be = "" if words[0] in _INTRANSITIVE or words[0] in _PAST_OF else "was "
    return f"{subject} {be}{verb} {'in' if coarse else 'on'} {value}."


def _is_done_once(words: list[str]) -> bool:
    return words[0] in _DONE_ONCE and words[-1] in _PREPOSITIONS


def _is_participle(word: str) -> bool:
    return word in _PARTICIPLES or word in ("took",) or (word.endswith("ed") and not word.endswith("eed"))


def _past(verb: str) -> str:
    base = verb.removesuffix("s")
    return _PAST_OF.get(verb, f"{base}d" if base.endswith("e") else f"{base}ed")
