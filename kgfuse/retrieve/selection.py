"""From a question to the facts that answer it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from kgfuse.model import Fact, FactStatus
from kgfuse.ontology import Cardinality, Ontology, Relation
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.asked_turn import Turn, turns_within
from kgfuse.retrieve.holding import age, dated_in, holds, over, timeline, turn_of
from kgfuse.retrieve.kinds import of_kind
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.places import Places
from kgfuse.retrieve.qualifiers import denies, excepted, is_qualified, left_over
from kgfuse.retrieve.question import Question, side_of
from kgfuse.retrieve.reach import out_of_reach
from kgfuse.retrieve.selected import UNDATED, Interval, Outcome, Selection, View
from kgfuse.retrieve.sentences import is_event, reads_as_sentence
from kgfuse.retrieve.story import asks_for_overview, asks_for_story, in_order
from kgfuse.retrieve.succession import following_of, holds_what_is_asked, next_holder
from kgfuse.retrieve.whether import is_called_so, stands_right, whether

__all__ = ["NOTABLE", "Outcome", "Selection", "as_far_as_foreseen", "asked_interval", "select"]

NOTABLE = 0.2
"""A disputed fact with less confidence than this is not worth a sentence."""

_UNEXPLAINED = 0.8
"""What a word of the question that nothing explains takes off the confidence, as a factor."""

_OVERVIEW = 5
"""Facts told of a thing when a question asks for nothing in particular."""

_ANSWERS = (Outcome.FOUND, Outcome.STALE, Outcome.ENDED, Outcome.REFUTED)


def asked_interval(question: Question, filter: FactFilter) -> Interval | None:
    """The time asked for: the caller's `as_of` or `valid_during`, else the question's own."""
    if filter.as_of is not None:
        when = filter.as_of if filter.as_of.tzinfo else filter.as_of.replace(tzinfo=UTC)
        return when, when + timedelta(seconds=1)
    return filter.valid_during or question.time.interval


def select(
    question: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Selection | None:
    """Return the facts that answer, or `None` when the graph holds nothing of the kind."""
    linked = {(one.start, one.end) for one in links}
    if not links or any(name not in linked for name in question.names):
        return None  # a name that the graph does not know: whatever it holds is about something else
    if question.wh == "why":
        return None  # a fact says what and when
    view = View(store, ontology, filter)
    if question.wh == "truth" or not denies(question):
        return _select(question, links, view)
    return _all_but(question, links, view)


def _all_but(question: Question, links: Sequence[Link], view: View) -> Selection | None:
    """What is selected with a name left out, save for the facts about it; no fact says who is not, or does not."""
    found = excepted(question, links)
    if found is None:
        return None
    one, start = found
    cut = question.text[:start] + " " * (one.end - start) + question.text[one.end :]
    if denies(replace(question, text=cut)):
        return None
    past = any(word.text.lower() in ("was", "were", "been") for word in question.words)
    asked = replace(
        question,
        names=tuple(name for name in question.names if name != (one.start, one.end)),
        telling=tuple(at for at in question.telling if not start <= question.words[at].start < one.end),
        history=question.history or past,
    )
    selected = _select(asked, [other for other in links if other is not one], view)
    if selected is None or selected.outcome not in _ANSWERS:
        return None
    left_out = {entity.id for entity in one.entities}
    facts, against = (
        tuple(fact for fact in facts if not left_out & {fact.subject, fact.object})
        for facts in (selected.facts, selected.against)
    )
    return replace(selected, facts=facts, against=against) if facts else None


def _select(question: Question, links: Sequence[Link], view: View) -> Selection | None:
    interval = asked_interval(question, view.filter)
    if not links:
        return None
    known = min(one.score for one in links)
    if following := following_of(question, view, interval):
        return _trusted(_succession(following, question, links, view), known, 0)
    weaker: Selection | None = None
    for asked in question.relations:
        if is_qualified(question, asked):
            continue
        of_relation = partial(_of_relation, question, asked, view=view, interval=interval)
        candidate = _of_namesakes(question, links, of_relation)
        left = len(left_over(question, asked))
        if candidate is not None and candidate.outcome in _ANSWERS and candidate.outcome is not Outcome.REFUTED:
            return _trusted(candidate, known, left)
        weaker = weaker or _trusted(candidate, known, left)
    return weaker or _in_general(question, links, view, interval)


def _of_namesakes(
    question: Question, links: Sequence[Link], select: Callable[[Sequence[Link]], Selection | None]
) -> Selection | None:
    """What is selected for each of the things that share a name, told together where several have an answer."""
    at = next((at for at, one in enumerate(links) if len(one.entities) > 1), None)
    joint = select(links)
    if at is None or question.wh == "truth":
        return joint
    alone = [replace(links[at], entities=(entity,)) for entity in links[at].entities]
    each = [found for one in alone if (found := select((*links[:at], one, *links[at + 1 :])))]
    told = [found for found in each if found.outcome in _ANSWERS]
    if len({frozenset(fact.id for fact in found.facts) for found in told}) < 2:
        return joint or next(iter(told), None)
    return Selection(
        min((found.outcome for found in told), key=_ANSWERS.index),
        tuple(dict.fromkeys(fact for found in told for fact in found.facts)),
        tuple(dict.fromkeys(fact for found in told for fact in found.against)),
        min(found.trust for found in told),
        (links[at].start, links[at].end),
    )


def _trusted(found: Selection | None, known: float, left: int) -> Selection | None:
    """A selection with the doubts about its names and about the words that it leaves unexplained."""
    return replace(found, trust=found.trust * known * _UNEXPLAINED**left) if found else None


def as_far_as_foreseen(found: Selection, interval: Interval, now: datetime) -> Selection:
    """Return what is said of a time to come: a fact whose end is open tells of today, not of then."""
    if interval[0] <= now or found.outcome not in _ANSWERS:
        return found
    said = tuple(fact for fact in found.facts if _reaches(fact, interval[0], now))
    return replace(found, facts=said) if said else Selection(Outcome.ELSEWHEN, found.facts)


def _reaches(fact: Fact, then: datetime, now: datetime) -> bool:
    """Whether a fact's stated time reaches a moment to come."""
    start, end = fact.validity.valid_from, fact.validity.valid_to
    return end.at > then if end else start is not None and start.at > now


def _in_general(question: Question, links: Sequence[Link], view: View, interval: Interval | None) -> Selection | None:
    """What is known of the thing that a question names, where it asks for nothing in particular."""
    if asks_for_story(question):
        return _of_namesakes(question, links, partial(_story, view=view, interval=interval))
    if asks_for_overview(question):
        return _of_namesakes(question, links, partial(_overview, view=view, interval=interval))
    return None


def _story(links: Sequence[Link], view: View, interval: Interval | None) -> Selection | None:
    """What began or ended with the only thing that the question names."""
    readable = (fact for fact in _of_the_only(links, view) if reads_as_sentence(fact, view.ontology))
    told = in_order(readable, interval)
    return Selection(Outcome.FOUND, told, (), links[0].score) if told else None


def _of_the_only(links: Sequence[Link], view: View) -> list[Fact]:
    """The facts of what a question names, if that is a single thing."""
    if len(links) != 1 or len(links[0].entities) != 1:
        return []
    return view.store.facts_of([links[0].entities[0].id], replace(view.filter, as_of=None, valid_during=None))


def _overview(links: Sequence[Link], view: View, interval: Interval | None) -> Selection | None:
    """What is best known of the only thing that the question names."""
    believed = [fact for fact in _of_the_only(links, view) if fact.status is FactStatus.ACCEPTED]
    believed = [fact for fact in believed if reads_as_sentence(fact, view.ontology)]
    holding = [f for f in believed if holds(f, view.ontology.relation(f.relation), interval)]
    best = sorted(holding, key=lambda f: (-f.confidence, -len(f.supported_by), f.id))[:_OVERVIEW]
    return Selection(Outcome.FOUND, tuple(best), (), links[0].score) if best else None


def _of_relation(
    question: Question, asked: AskedRelation, links: Sequence[Link], view: View, interval: Interval | None
) -> Selection | None:
    relation = view.ontology.relation(asked.relation)
    facts = of_kind(question, relation, _matching(question, asked, relation, links, view), links, view)
    believed = [fact for fact in facts if fact.status is not FactStatus.DISPUTED]
    contested = [fact for fact in facts if fact.status is FactStatus.DISPUTED]
    beyond = _beyond(believed, interval, view)
    if question.wh == "truth" and len(links) > 1:
        reaching = [fact for fact in believed if fact.id not in beyond]
        found = whether(asked, relation, reaching, links, view, interval, question)
        told = [f for f in believed if all(stands_right(f, one, question, asked, view.ontology) for one in links)]
        return found or (Selection(Outcome.ELSEWHEN, tuple(timeline(told))) if told else None)
    if not believed:
        strong = tuple(
            fact for fact in timeline(contested) if fact.confidence >= NOTABLE and holds(fact, relation, interval)
        )
        return Selection(Outcome.CONTESTED, (), strong, 0.0) if strong else None
    reaching = [fact for fact in believed if fact.id not in beyond]
    outcome, chosen = _at_time(question, relation, reaching, interval) if reaching else (Outcome.ELSEWHEN, believed)
    against = tuple(fact for fact in contested if any(_rivals(fact, other, relation) for other in chosen))
    notable = tuple(fact for fact in timeline(against) if fact.confidence >= NOTABLE)
    undated = interval is not None and relation.cardinality is not Cardinality.ONE
    vague = undated and all(fact.validity.unbounded for fact in chosen)
    if vague and question.time.interval and relation.literal in ("number", "quantity"):
        outcome = Outcome.ELSEWHEN  # what was counted, nobody says when, is no count of the asked year
    found = Selection(outcome, tuple(timeline(chosen)), notable, UNDATED if vague else 1.0)
    return _to_countries(found, links, view) if "Country" in question.expects and question.wh != "truth" else found


def _beyond(facts: Sequence[Fact], interval: Interval | None, view: View) -> frozenset[str]:
    """The ids of the facts that began after the time that is asked about, though nobody says when."""
    return out_of_reach(facts, interval[1], view.store, view.ontology, view.filter) if interval else frozenset()


def _to_countries(found: Selection, links: Sequence[Link], view: View) -> Selection | None:
    """The facts whose answer is a country or lies in one, with what says so: a city is not what 'which country' asks."""
    named = {entity.id for one in links for entity in one.entities}
    places = Places(view.store, view.ontology, view.filter)
    told: dict[Fact, None] = {}
    for fact in found.facts:
        ends = [end for end in (fact.subject, fact.object) if isinstance(end, str) and end not in named]
        ways = [places.way_to_country(one) for one in view.store.entities(ends)]
        for way in ways:
            if way is not None:
                told.update(dict.fromkeys((fact, *way)))
    return replace(found, facts=tuple(told)) if told else None


def _matching(
    question: Question, asked: AskedRelation, relation: Relation, links: Sequence[Link], view: View
) -> list[Fact]:
    """The facts of a relation that have every named entity on the side where the question puts it.

    What 'head of' may mean of a firm it does not of any other thing: 'Who is head of operations?'.
    """
    called = is_called_so(asked, view.ontology) or not (relation.domain and relation.range)
    whether = question.wh == "truth" and len(links) > 1
    found: dict[str, Fact] | None = None
    for one in links:
        here: dict[str, Fact] = {}
        for entity in one.entities:
            if entity.type is None and not called:
                continue
            side = side_of(question, asked, view.ontology, (one.start, one.end), entity)
            for fact in view.facts([entity.id], relation.name):
                counts = not isinstance(fact.object, str)  # an amount has its thing as subject, however it is asked for
                at = fact.subject if counts or side == "subject" else fact.object
                if at == entity.id or relation.symmetric or whether:
                    here[fact.id] = fact
        if whether:
            found = {**(found or {}), **here}
        else:
            found = here if found is None else {id: fact for id, fact in found.items() if id in here}
    return list((found or {}).values())


def _at_time(
    question: Question, relation: Relation, facts: list[Fact], interval: Interval | None
) -> tuple[Outcome, list[Fact]]:
    if relation.cardinality is Cardinality.ONE or relation.literal == "date":
        best = max(facts, key=lambda fact: (fact.status is FactStatus.ACCEPTED, fact.confidence, fact.id))
        if question.wh == "truth" and interval is not None and not dated_in(best, interval):
            return Outcome.REFUTED, [best]
        return Outcome.FOUND, [best] if relation.cardinality is Cardinality.ONE else facts
    if interval is not None:
        holding = [fact for fact in facts if holds(fact, relation, interval)]
        if turn := turn_of(question, relation, interval):
            turned = [fact for fact in facts if turns_within(fact, turn, interval)]
            return (Outcome.FOUND, turned) if turned else (Outcome.ELSEWHEN, holding or facts)
        dated = [fact for fact in holding if not fact.validity.unbounded]
        if relation.literal in ("number", "quantity"):  # what was counted then says more than what was counted before
            dated = [fact for fact in dated if turns_within(fact, Turn.BEGINNING, interval)] or dated
        return (Outcome.FOUND, dated or holding) if holding else (Outcome.ELSEWHEN, facts)
    if (question.history and not question.former) or question.datatype == "date":
        return Outcome.FOUND, facts
    if any(word.text.lower() == "first" for word in question.words):
        return Outcome.FOUND, timeline(facts)[:1]
    past = [fact for fact in facts if over(fact)]
    if question.former:
        return (Outcome.FOUND, past) if past else (Outcome.ELSEWHEN, facts)
    open_ended = [fact for fact in facts if not over(fact)]
    if relation.cardinality is Cardinality.MANY:
        stale = not open_ended and question.of_today and not is_event(relation) and question.wh != "truth"
        return (Outcome.STALE, [max(past, key=age)]) if stale else (Outcome.FOUND, open_ended or facts)
    if open_ended:
        return Outcome.FOUND, open_ended
    latest = max(past, key=age)
    measured = relation.literal is not None and latest.status is not FactStatus.SUPERSEDED
    return Outcome.FOUND if measured else Outcome.STALE, [latest]


def _rivals(fact: Fact, other: Fact, relation: Relation) -> bool:
    """Whether two facts give one data item different values for an overlapping time."""
    if fact.id == other.id or not fact.validity.overlaps(other.validity):
        return False
    if relation.per == "object":
        return fact.object == other.object and fact.subject != other.subject
    return fact.subject == other.subject and _value(fact) != _value(other)


def _value(fact: Fact) -> object:
    return fact.object if isinstance(fact.object, str) else fact.object.key


# --------------------------------------------------------------------------------------------------------- succession


def _succession(following: AskedRelation, question: Question, links: Sequence[Link], view: View) -> Selection | None:
    """Who came after or before a person in an office: the next or the previous holder on the office's timeline.

    Where the timeline ends, only a fact that says 'succeeded' can answer. An office that the ontology does not know must be
    what the person is called.
    """
    relations = view.ontology.relations
    offices = [
        a for a in question.relations if a is not following and view.ontology.relation(a.relation).per == "object"
    ]
    qualified = is_qualified(question, following, *offices)
    if qualified and question.wh != "who":
        return None
    person = next(
        (one for kind in ("Person", None) for one in links if kind in {e.type for e in one.entities}), links[0]
    )
    names = [office.relation for office in offices]
    if not (names or qualified):
        names = [r.name for r in relations.values() if r.per == "object" and r.literal is None]
    after = side_of(question, following, view.ontology, (person.start, person.end), person.entities[0]) == "object"
    organisations = {entity.id for one in links if one is not person for entity in one.entities}
    found = next_holder(person, organisations, names, view, after)
    if not found and not holds_what_is_asked(person, question, following, offices, links, view):
        return None
    return found or _of_relation(replace(question, relations=(following,)), following, (person,), view, None)
