"""Of the facts of a relation, those that are of the kind a question asks for: a date, an amount, somebody, a place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgfuse.model import Datatype, Fact
from kgfuse.ontology import Relation
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.question import AT_ORGANISATIONS, DATE_WORDS, Question
from kgfuse.retrieve.selected import LOCAL, View
from kgfuse.retrieve.words import content_stems, stem

_SINCE_WHEN = re.compile(r"\bsince when\b", re.IGNORECASE)

_THINGS = frozenset({"what", "which", "who", "whom", "whose"})
"""Question words that ask for a thing, and not for a time, unless the question says so."""

_TIMES = DATE_WORDS | frozenset(map(stem, "birthday birthdate decade century season era period point".split()))
"""Nouns that ask for a time: 'the date of birth of Jane Roe', 'in which decade'."""


def of_kind(question: Question, relation: Relation, facts: list[Fact], links: Sequence[Link], view: View) -> list[Fact]:
    """Return the facts of `relation` whose time, amount or other side can be what a question asks for."""
    dates = relation.literal == "date"
    if question.datatype == "date" and not dates:
        facts = [fact for fact in facts if not fact.validity.unbounded]
    if _SINCE_WHEN.search(question.text) and not dates:
        facts = [fact for fact in facts if fact.validity.valid_from is not None]
    if dates and question.datatype is None and _asks_thing(question):
        facts = []  # 'What illness did she die of?'
    if question.datatype == "quantity":
        facts = [
            fact for fact in facts if not isinstance(fact.object, str) and fact.object.datatype is not Datatype.DATE
        ]
        facts = _of_unit(question, facts)
    if question.expects and question.wh != "truth":
        facts = _of_expected_type(question, relation, facts, links, view)
    return facts


def _asks_thing(question: Question) -> bool:
    return question.wh in _THINGS and not any(word.stem in _TIMES for word in question.words)


def _of_unit(question: Question, facts: list[Fact]) -> list[Fact]:
    """Of facts that count several things those that count what is asked for: passengers, and not cars."""
    asked = {word.stem for word in question.words}
    counting = [
        f for f in facts if not isinstance(f.object, str) and f.object.unit and asked & {*content_stems(f.object.unit)}
    ]
    return counting or facts


def _of_expected_type(
    question: Question, relation: Relation, facts: list[Fact], links: Sequence[Link], view: View
) -> list[Fact]:
    """The facts whose other side, the answer, can be of a type that the question asks for.

    A place may lie in the country that is asked for. What has no type can be a place only where the relation is one of
    place: 'physics' answers no 'Where did she study?'. A relation of agents tells who, whatever type was read of a name.
    """
    named = {entity.id for one in links for entity in one.entities}
    ends = {fact.id: [end for end in (fact.subject, fact.object) if isinstance(end, str)] for fact in facts}
    known = {e.id: e for e in view.store.entities(sorted({end for pair in ends.values() for end in pair}))}
    types = {id: entity.type for id, entity in known.items()}

    expected = ["Place" if name == "Country" else name for name in question.expects]
    if question.wh == "where" and (relation.name in AT_ORGANISATIONS or relation.name.endswith("_at")):
        expected.append("Organization")
    is_a = view.ontology.is_a
    local = any(is_a(name, "Place") for name in (*relation.domain, *relation.range)) or relation.name.endswith(LOCAL)

    def fits(id: str, side: Sequence[str]) -> bool:
        type = types.get(id)
        if question.wh == "who" and side and all(any(is_a(one, name) for name in expected) for one in side):
            return True
        if type is None and question.wh == "where" and not local:
            return False
        if type is None and question.wh == "who" and id in known and known[id].name.islower():
            return False  # 'fog'
        return any(is_a(type, name) or (type is not None and is_a(name, type)) for name in expected)

    sides = (relation.domain, relation.range)
    return [
        fact
        for fact in facts
        if any(fits(end, side) for end, side in zip(ends[fact.id], sides, strict=False) if end not in named)
        or (question.wh != "who" and named.issuperset(ends[fact.id]) and isinstance(fact.object, str))
    ]
