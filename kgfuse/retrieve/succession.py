"""Who came before or after a person in an office: how it is asked, and what the office's timeline tells."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.model import Fact, FactStatus
from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.called import is_called
from kgfuse.retrieve.holding import timeline
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.qualifiers import left_over
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.selected import Interval, Outcome, Selection, View
from kgfuse.retrieve.words import content_stems


def following_of(question: Question, view: View, interval: Interval | None) -> AskedRelation | None:
    """Return the relation by which a question asks who came after or before a person, if it does."""
    names = {name for name, _ in view.ontology.lookup("succeed")}
    if interval is not None or question.wh == "truth":
        return None
    return next((one for one in question.relations if one.relation in names), None)


def holds_what_is_asked(
    person: Link,
    question: Question,
    following: AskedRelation,
    offices: Sequence[AskedRelation],
    links: Sequence[Link],
    view: View,
) -> bool:
    """Whether a person has the office that is asked about, or is called so: 'Who was mayor before her?'."""
    ids = [entity.id for entity in person.entities]
    if any(view.facts(ids, office.relation) for office in offices):
        return True
    words = {at for office in offices for at in office.used} | set(left_over(question, following, *offices))
    nouns = [question.text[one.start : one.end] for one in links if one is not person]
    stems = {question.words[at].stem for at in words}.union(*(content_stems(noun) for noun in nouns if noun.islower()))
    return all(is_called(entity, frozenset(stems), view.store, view.filter) for entity in person.entities if stems)


def next_holder(
    person: Link, organisations: set[str], offices: Sequence[str], view: View, after: bool
) -> Selection | None:
    """Return who held an office after a person, or (not `after`) before, by the timeline of one that he or she held."""
    ids = {entity.id for entity in person.entities}
    for office in offices:
        held = [f for f in view.facts(ids, office) if f.subject in ids and f.status is not FactStatus.DISPUTED]
        for fact in held:
            if isinstance(fact.object, str) and (not organisations or fact.object in organisations):
                neighbour = _neighbour(fact, view.facts([fact.object], office), after)
                if neighbour is not None:
                    return Selection(Outcome.FOUND, (neighbour,))
    return None


def _neighbour(fact: Fact, facts: list[Fact], after: bool) -> Fact | None:
    believed = [f for f in facts if f.object == fact.object and f.status is not FactStatus.DISPUTED]
    line = timeline(f for f in believed if not f.validity.unbounded)
    ids = [one.id for one in line]
    if fact.id not in ids:
        return None
    at = ids.index(fact.id)
    others = line[at + 1 :] if after else line[:at][::-1]
    return next((one for one in others if one.subject != fact.subject), None)
