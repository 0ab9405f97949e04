"""Yes or no: what facts say to a question that names all that it asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kgfuse.model import Entity, Fact, FactStatus
from kgfuse.ontology import Cardinality, Ontology, Relation
from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.asked_turn import turns_within
from kgfuse.retrieve.holding import dated_in, holds, over, timeline, turn_of
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.places import Places
from kgfuse.retrieve.question import Question, side_of
from kgfuse.retrieve.reach import date_of
from kgfuse.retrieve.selected import LOCAL, UNDATED, Interval, Outcome, Selection, View
from kgfuse.retrieve.sentences import is_event


def whether(
    asked: AskedRelation,
    relation: Relation,
    facts: list[Fact],
    links: Sequence[Link],
    view: View,
    interval: Interval | None,
    question: Question,
) -> Selection | None:
    """Return the facts that affirm or deny what is asked; `None` when none does.

    A place within the asked one affirms. Another value denies where there can be only one, unless it may lie there.
    """
    said = [f for f in facts if all(stands_right(f, one, question, asked, view.ontology) for one in links)]
    asked_places = _asked_places(question, asked, relation, links, view)
    inside = _inside(question, asked, facts, links, asked_places, view)
    if said or inside:
        return _affirmed(question, relation, {**dict.fromkeys(said, ()), **inside}, view, interval)
    if (
        relation.cardinality is Cardinality.MANY
        or relation.literal is not None
        or not is_called_so(asked, view.ontology)
    ):
        return None  # when Acme was founded says nothing of who founded it
    item = {"subject": 0, "object": 1}[relation.per]
    rivals = []
    for one in links:
        for entity in one.entities:
            side = side_of(question, asked, view.ontology, (one.start, one.end), entity)
            if side == relation.per:
                rivals += [
                    f for f in facts if (f.subject, f.object)[item] == entity.id and holds(f, relation, interval)
                ]
    current = rivals if interval else [fact for fact in rivals if not over(fact)]
    if not current or _may_be_inside(current, asked_places, view):
        return None
    return Selection(Outcome.REFUTED, tuple(timeline(current)))


def _affirmed(
    question: Question,
    relation: Relation,
    said: Mapping[Fact, tuple[Fact, ...]],
    view: View,
    interval: Interval | None,
) -> Selection:
    """What facts that say what is asked say of the time that is asked about; each fact with what else it takes to see it."""

    def told(outcome: Outcome, facts: Iterable[Fact], trust: float = 1.0) -> Selection:
        line = timeline(facts)
        return Selection(outcome, (*line, *dict.fromkeys(step for fact in line for step in said[fact])), (), trust)

    present = question.words[0].text.lower() in ("is", "are", "does", "do", "has")
    if interval is None:
        return told(Outcome.ENDED if present and all(over(fact) for fact in said) else Outcome.FOUND, said)
    if turn := turn_of(question, relation, interval):
        turned = {fact: turns_within(fact, turn, interval) for fact in said}
        if any(turned.values()):
            return told(Outcome.FOUND, (fact for fact in said if turned[fact]))
        return told(Outcome.ELSEWHEN if None in turned.values() else Outcome.REFUTED, said)
    holding = [fact for fact in said if holds(fact, relation, interval)]
    if not holding:
        return told(Outcome.REFUTED, said)
    if any(not fact.validity.unbounded for fact in holding):
        return told(Outcome.FOUND, holding)
    dates = _same_verb(relation, view.ontology)
    if not dates and not is_event(relation):
        return told(Outcome.FOUND, holding, UNDATED)
    when = _dates_of(holding, dates, view)
    if len(when) != 1:
        return told(Outcome.ELSEWHEN, holding)
    if dated_in(when[0], interval):
        return replace(told(Outcome.FOUND, holding), facts=(*timeline(holding), *when))
    return Selection(Outcome.REFUTED, tuple(when))


def _same_verb(relation: Relation, ontology: Ontology) -> list[str]:
    """The relations that date what happens once: 'born on' for 'born in', 'founded on' for 'founded'."""
    verb = relation.name.split("_")[0]
    return [r.name for r in ontology.relations.values() if r.literal == "date" and r.name.split("_")[0] == verb]


def _dates_of(facts: Sequence[Fact], relations: Sequence[str], view: View) -> list[Fact]:
    """The believed facts that give a date of what some facts are about."""
    return [
        dated
        for relation in relations
        for dated in view.facts(ends_of_facts(facts), relation)
        if dated.status is not FactStatus.DISPUTED and date_of(dated) is not None
    ]


def _asked_places(
    question: Question, asked: AskedRelation, relation: Relation, links: Sequence[Link], view: View
) -> list[tuple[Link, Entity]]:
    """The places of which a question asks whether something is there; a relation makes them that, for types may be wrong."""
    is_a = view.ontology.is_a
    if not relation.name.endswith(LOCAL) or not (not relation.range or any(is_a(t, "Place") for t in relation.range)):
        return []
    return [
        (one, entity)
        for one in links
        for entity in one.entities
        if side_of(question, asked, view.ontology, (one.start, one.end), entity) == "object"
    ]


def _inside(
    question: Question,
    asked: AskedRelation,
    facts: Sequence[Fact],
    links: Sequence[Link],
    asked_places: Sequence[tuple[Link, Entity]],
    view: View,
) -> dict[Fact, tuple[Fact, ...]]:
    """The facts of a place within the one that is asked about, each with the facts that say that it lies there."""
    places = Places(view.store, view.ontology, view.filter)
    found: dict[Fact, tuple[Fact, ...]] = {}
    for there, place in asked_places:
        others = [one for one in links if one is not there]
        for fact in facts:
            at = view.store.entity(fact.object) if isinstance(fact.object, str) else None
            right = all(stands_right(fact, one, question, asked, view.ontology) for one in others)
            if at is not None and at.id != place.id and right and (way := places.way_into(at, place)) is not None:
                found[fact] = way
    return found


def _may_be_inside(facts: Sequence[Fact], asked_places: Sequence[tuple[Link, Entity]], view: View) -> bool:
    """Whether one of some facts is of a place that may well lie in one asked about, or the other way round."""
    places = Places(view.store, view.ontology, view.filter)
    known = view.store.entities(ends_of_facts(facts))
    return any(places.may_lie_in(one, place) for one in known for _, place in asked_places if one.id != place.id)


def is_called_so(asked: AskedRelation, ontology: Ontology) -> bool:
    """Whether the words of a question name the relation itself, and not one that they may mean as well."""
    return any(name == asked.relation for name, _ in ontology.lookup(asked.phrase))


def stands_right(fact: Fact, one: Link, question: Question, asked: AskedRelation, ontology: Ontology) -> bool:
    """Whether a fact has a named entity on the side where the question puts it: 'Did Beta buy Acme?' is no 'Acme bought'."""
    for entity in one.entities:
        if ontology.relation(asked.relation).symmetric:
            return entity.id in (fact.subject, fact.object)
        side = side_of(question, asked, ontology, (one.start, one.end), entity)
        if (fact.subject if side == "subject" else fact.object) == entity.id:
            return True
    return False
