"""The score of a graph against the gold of ``tests/corpus``.

What a careful reader takes from the documents stands in ``tests/corpus/gold``. `score` compares a graph with it:

- An end of validity without a key in the gold is not judged; ``null`` must be open. Boundaries are compared at the coarser
  precision of the two.
- ``optional`` facts count neither for nor against; ``disputed`` ones must not be believed.
- A fact counts as wrong when its relation is of the ontology, its subject is an entity of the gold, its object one too (or
  a literal), and the gold does not hold it: the same value at another time is another fact. Inferred facts, disputed facts
  and names of one thing are not scored.
- A date recalls one that is as fine or finer; a coarser one is still right.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kgfuse.model import Answer, Claim, Entity, Fact, FactStatus, Literal, Moment, Precision, Validity
from kgfuse.ontology import Ontology
from tests.support.corpus_gold import (
    DOCS,
    End,
    Gold,
    GoldEntity,
    GoldFact,
    GoldQuestion,
    GoldTimeline,
    GoldValue,
    Step,
    Unjudged,
    end_words,
)

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
_ORDER = (Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.SECOND)
_PEOPLE = frozenset({"employee", "employees", "people", "person"})

# ----------------------------------------------------------------------------------------------------------- the graph


@dataclass(frozen=True, slots=True)
class Seen:
    """What is scored: a graph, and the name below ``docs`` of each document by its id (`document_name`)."""

    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    claims: tuple[Claim, ...]
    documents: Mapping[str, str]


def document_name(uri: str, docs: Path = DOCS) -> str:
    """Return a document's name as the gold has it: ``mail.eml#name`` for ``file:///…/mail.eml#attachment/1/name``."""
    name = uri.removeprefix(docs.absolute().as_uri() + "/")
    return re.sub(r"#attachment/\d+/", "#", name)


def name_entities(seen: Seen, gold: Gold) -> dict[str, str]:
    """Return the gold entity of every entity that bears one of its names, by the entity's id.

    An entity's own name counts before its aliases; of these the gold entity with most of them wins. Namesakes go by the
    documents that an entity is claimed in.
    """
    by_name: dict[str, list[GoldEntity]] = defaultdict(list)
    for known in gold.entities:
        for name in known.names:
            by_name[_fold(name)].append(known)
    read_in: dict[str, Counter[str]] = defaultdict(Counter)
    for claim in seen.claims:
        for end in (claim.subject, claim.object):
            if isinstance(end, str):
                read_in[end][seen.documents.get(claim.evidence.document_id, "")] += 1
    found: dict[str, str] = {}
    for entity in seen.entities:
        candidates = by_name.get(_fold(entity.name), [])
        if not candidates:
            votes = Counter(known.name for alias in entity.aliases for known in by_name.get(_fold(alias), ()))
            candidates = [known for known in gold.entities if votes and known.name == votes.most_common(1)[0][0]]
        if candidates:
            where = read_in[entity.id]
            best = max(candidates, key=lambda known: sum(where[name] for name in known.documents))
            found[entity.id] = best.name
    return found


def _fold(name: str) -> str:
    return re.sub(r"^(the|our) ", "", " ".join(name.casefold().split())).strip(" .\"'")


# --------------------------------------------------------------------------------------------------------------- score


@dataclass(frozen=True, slots=True)
class Row:
    """A fact of the graph in the gold's names."""

    fact: Fact
    subject: str
    relation: str
    object: str | Literal

    def __str__(self) -> str:
        return f"{self.subject} – {self.relation} – {self.object} [{self.fact.validity.valid_from or '…'}, " + (
            f"{self.fact.validity.valid_to or '…'}) {self.fact.status} {self.fact.confidence:.2f}"
        )


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary that was judged."""

    fact: GoldFact
    end: str
    expected: End
    found: Moment | None

    @property
    def right(self) -> bool:
        """Whether it agrees with the gold."""
        return agree(self.expected, self.found)

    def __str__(self) -> str:
        return f"{self.fact}: {self.end} {end_words(self.expected)}, not {self.found or '…'}"


@dataclass(frozen=True, slots=True)
class TimelineScore:
    """A timeline and what the graph has in its place."""

    timeline: GoldTimeline
    found: tuple[str, ...]
    reproduced: bool


@dataclass(frozen=True, slots=True)
class Score:
    """How a graph compares with the gold. Shares are in [0, 1]; where nothing is judged a share is 1."""

    right: tuple[Row, ...]
    wrong: tuple[Row, ...]
    recalled: tuple[tuple[GoldFact, Row], ...]
    missed: tuple[GoldFact, ...]
    boundaries: tuple[Boundary, ...]
    timelines: tuple[TimelineScore, ...]
    disputed_kept: tuple[GoldFact, ...]
    disputed_believed: tuple[GoldFact, ...]
    disputed_absent: tuple[GoldFact, ...]
    namesakes_apart: int
    namesakes: int
    names_together: tuple[str, ...]
    names_astray: tuple[str, ...]
    split: tuple[tuple[str, tuple[str, ...]], ...]
    elsewhere: int
    open_facts: int

    @property
    def precision(self) -> float:
        """Share of the facts about entities of the gold that it holds."""
        return _share(len(self.right), len(self.right) + len(self.wrong))

    @property
    def recall(self) -> float:
        """Share of the gold's facts, optional and disputed ones aside, that are believed."""
        return _share(len(self.recalled), len(self.recalled) + len(self.missed))

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def boundaries_right(self) -> int:
        """How many of the judged boundaries agree."""
        return sum(boundary.right for boundary in self.boundaries)

    @property
    def timelines_right(self) -> int:
        """How many timelines are reproduced."""
        return sum(timeline.reproduced for timeline in self.timelines)


def score(seen: Seen, gold: Gold, ontology: Ontology) -> Score:
    """Compare a graph with the gold."""
    names = name_entities(seen, gold)
    rows = tuple(row for fact in seen.facts if (row := _row(fact, names, gold, ontology)) is not None)
    believed = [row for row in rows if row.fact.status in _BELIEVED]
    wanted = [fact for fact in gold.facts if fact.status is not FactStatus.DISPUTED]
    right = tuple(row for row in believed if any(_same(fact, row, ontology) for fact in wanted))
    pairs = _pair([fact for fact in wanted if not fact.optional], right, ontology)
    disputed = [fact for fact in gold.facts if fact.status is FactStatus.DISPUTED]
    trusted = [fact for fact in disputed if any(_same(fact, row, ontology) for row in believed)]
    held = [row for row in rows if row.fact.status is FactStatus.DISPUTED]
    kept = [fact for fact in disputed if fact not in trusted and any(_same(fact, row, ontology) for row in held)]
    together, astray = _together(seen.entities, gold)
    apart = [pair for pair in gold.apart if all(_held_apart(name, names, seen, gold) for name in pair)]
    return Score(
        right=right,
        wrong=tuple(row for row in believed if row not in right),
        recalled=tuple(pairs.items()),
        missed=tuple(fact for fact in wanted if not fact.optional and fact not in pairs),
        boundaries=tuple(_boundaries(pairs)),
        timelines=tuple(_timeline(timeline, seen, names, gold, ontology) for timeline in gold.timelines),
        disputed_kept=tuple(kept),
        disputed_believed=tuple(trusted),
        disputed_absent=tuple(fact for fact in disputed if fact not in trusted and fact not in kept),
        namesakes_apart=len(apart),
        namesakes=len(gold.apart),
        names_together=together,
        names_astray=astray,
        split=_split(seen, names),
        elsewhere=sum(
            1
            for fact in seen.facts
            if fact.status in _BELIEVED
            and fact.relation in ontology.relations
            and _row(fact, names, gold, ontology) is None
        ),
        open_facts=sum(
            fact.relation not in ontology.relations for fact in seen.facts if fact.status is not FactStatus.RETRACTED
        ),
    )


def _row(fact: Fact, names: Mapping[str, str], gold: Gold, ontology: Ontology) -> Row | None:
    """Return a fact in the gold's names; `None` when it is none of the gold's business."""
    if fact.relation not in ontology.relations or ontology.relation(fact.relation).identity:
        return None
    subject = names.get(fact.subject)
    object: str | Literal | None = names.get(fact.object) if isinstance(fact.object, str) else fact.object
    if subject is None or object is None or subject == object:
        return None
    relation = ontology.relation(fact.relation)
    used = {known.relation for known in gold.facts if not known.optional}
    if relation.inverse in used and relation.name not in used and isinstance(object, str):
        return Row(fact, object, relation.inverse, subject)
    return Row(fact, subject, relation.name, object)


def _same(gold: GoldFact, row: Row, ontology: Ontology) -> bool:
    """Whether a fact of the graph says what the gold says, at a time when that holds."""
    if gold.relation != row.relation or not gold.validity.overlaps(row.fact.validity):
        return False
    if isinstance(gold.object, GoldValue):
        return gold.subject == row.subject and isinstance(row.object, Literal) and same_value(gold.object, row.object)
    said = (row.subject, row.object)
    turned = ontology.relation(row.relation).symmetric and said == (gold.object, gold.subject)
    return said == (gold.subject, gold.object) or turned


def same_value(gold: GoldValue, literal: Literal) -> bool:
    """Whether a literal is the gold's value: a number by its value and unit, a date at the coarser precision."""
    gold_unit, unit = _unit(gold.unit), _unit(literal.unit)
    if literal.datatype == "date":
        try:
            return agree(Moment.parse(gold.value), Moment.parse(literal.value))
        except ValueError:
            return False
    try:
        equal = Decimal(gold.value) == Decimal(literal.value)
    except InvalidOperation:
        equal = _fold(gold.value) == _fold(literal.value)
    return equal and (gold_unit is None or gold_unit == unit)


def _unit(unit: str | None) -> str | None:
    return "employee" if unit in _PEOPLE else unit


def _recalls(gold: GoldFact, row: Row) -> bool:
    """Whether the fact says at least as much as the gold: a date must not be coarser."""
    if isinstance(gold.object, GoldValue) and isinstance(row.object, Literal) and row.object.datatype == "date":
        return Moment.parse(gold.object.value).covers(Moment.parse(row.object.value))
    return True


def agree(expected: End, found: Moment | None) -> bool:
    """Whether a boundary is the expected one, at the coarser precision of the two."""
    if isinstance(expected, Unjudged):
        return True
    if expected is None or found is None:
        return expected is found
    precision = min(expected.precision, found.precision, key=_ORDER.index)
    return Moment.of(expected.at, precision) == Moment.of(found.at, precision)


def _pair(wanted: Sequence[GoldFact], rows: Iterable[Row], ontology: Ontology) -> dict[GoldFact, Row]:
    """Give each fact of the gold a fact of its own, the best agreeing boundaries first."""
    choices = [
        (
            -agree(gold.valid_from, row.fact.validity.valid_from) - agree(gold.valid_to, row.fact.validity.valid_to),
            place,
            row.fact.id,
            gold,
            row,
        )
        for place, gold in enumerate(wanted)
        for row in rows
        if _same(gold, row, ontology) and _recalls(gold, row)
    ]
    paired: dict[GoldFact, Row] = {}
    taken: set[str] = set()
    for _, _, id, gold, row in sorted(choices, key=lambda choice: choice[:3]):
        if gold not in paired and id not in taken:
            paired[gold] = row
            taken.add(id)
    return paired


def _boundaries(pairs: Mapping[GoldFact, Row]) -> Iterable[Boundary]:
    for gold, row in pairs.items():
        for end, expected, found in (
            ("valid_from", gold.valid_from, row.fact.validity.valid_from),
            ("valid_to", gold.valid_to, row.fact.validity.valid_to),
        ):
            if not isinstance(expected, Unjudged):
                yield Boundary(gold, end, expected, found)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


# ----------------------------------------------------------------------------------------------------------- timelines


def _timeline(
    timeline: GoldTimeline, seen: Seen, names: Mapping[str, str], gold: Gold, ontology: Ontology
) -> TimelineScore:
    """Compare what is believed about a data item over time with the gold: the same values, in order, with their ends."""
    relation = ontology.relation(timeline.relation)
    entities = {entity.id: names.get(entity.id, entity.name) for entity in seen.entities}
    found: list[tuple[str | Literal, Validity]] = []
    for fact in seen.facts:
        ends = (entities.get(fact.subject), entities.get(fact.object) if isinstance(fact.object, str) else fact.object)
        if fact.status not in _BELIEVED or fact.relation != timeline.relation or timeline.of not in ends:
            continue
        mine = 1 if relation.per == "object" else 0
        value = ends[1 - mine] if ends[mine] == timeline.of else ends[mine] if relation.symmetric else None
        if value is not None:
            found.append((value, fact.validity))
    found.sort(key=lambda item: (item[1].valid_from is not None, str(item[1].valid_from or ""), str(item[0])))
    optional = [step for step in timeline.steps if step.optional] + [
        Step(fact.subject if relation.per == "object" else fact.object, fact.valid_from, fact.valid_to, True)
        for fact in gold.facts
        if fact.optional
        and fact.relation == timeline.relation
        and timeline.of == (fact.object if relation.per == "object" else fact.subject)
    ]
    kept = [item for item in found if not any(_step_value(step, item[0]) for step in optional)]
    wanted = [step for step in timeline.steps if not step.optional]
    reproduced = len(kept) == len(wanted) and all(
        _step_value(step, value) and agree(step.valid_from, held.valid_from) and agree(step.valid_to, held.valid_to)
        for step, (value, held) in zip(wanted, kept, strict=True)
    )
    return TimelineScore(
        timeline, tuple(f"{value} [{str(held).replace(' – ', ', ')})" for value, held in found), reproduced
    )


def _step_value(step: Step, value: str | Literal) -> bool:
    if isinstance(step.value, GoldValue):
        return isinstance(value, Literal) and same_value(step.value, value)
    return step.value == value


# ------------------------------------------------------------------------------------------------------------ entities


def _together(entities: Sequence[Entity], gold: Gold) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split the names of entities with many names into those that the main entity alone bears and the others."""
    good: list[str] = []
    astray: list[str] = []
    for wanted in (known for known in gold.entities if known.name in gold.together):
        bearers = {
            name: {e.id for e in entities if _fold(name) in {_fold(alias) for alias in (e.name, *e.aliases)}}
            for name in wanted.names
        }
        main = Counter(id for ids in bearers.values() for id in ids).most_common(1)
        for name, ids in bearers.items():
            (good if main and ids == {main[0][0]} else astray).append(name)
    return tuple(good), tuple(astray)


def _held_apart(name: str, names: Mapping[str, str], seen: Seen, gold: Gold) -> bool:
    """Whether the entities that stand for `name` exist and are claimed in its documents only."""
    own = next(known for known in gold.entities if known.name == name)
    ids = {id for id, known in names.items() if known == name}
    read_in = {
        seen.documents.get(claim.evidence.document_id, "")
        for claim in seen.claims
        if claim.subject in ids or claim.object in ids
    }
    return bool(read_in) and read_in <= set(own.documents)


def _split(seen: Seen, names: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the entities of the gold that several entities stand for, with these."""
    stand_for: dict[str, list[str]] = defaultdict(list)
    for entity in seen.entities:
        if entity.id in names:
            stand_for[names[entity.id]].append(f"{entity.name} ({entity.type or 'untyped'})")
    return tuple((name, tuple(sorted(ids))) for name, ids in sorted(stand_for.items()) if len(ids) > 1)


# ----------------------------------------------------------------------------------------------------------- questions


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """Whether an answer says what the gold says, and cites a document that does."""

    question: GoldQuestion
    text: str
    right: bool
    cited: bool


def score_answer(question: GoldQuestion, answer: Answer) -> AnswerScore:
    """Judge an answer by whole words; a question without an answer wants an abstention, and no citation."""
    if not question.answers:
        return AnswerScore(question, answer.text, answer.abstained, answer.abstained)
    said = not answer.abstained and any(_says(answer.text, expected) for expected in question.answers)
    right = said and not any(_says(answer.text, wrong) for wrong in question.never)
    cited = any(document_name(citation.uri) in question.documents for citation in answer.citations)
    return AnswerScore(question, answer.text, right, right and cited)


def _says(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words.casefold())}(?!\w)", text.casefold()) is not None
