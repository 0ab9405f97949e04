"""A made-up graph of any size as elements for Neo4j: the same seed gives the same graph."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.elements import Element, layout, node, version
from kgfuse.graph.neo4j.schema import Names
from kgfuse.graph.neo4j.wording import value_id

GIVEN = "Ada Bo Cleo Dan Eva Finn Gro Hal Ida Jon Kari Lars Mia Nils Ola Per Rut Siv Tor Una Vera".split()
FAMILY = "Aas Berg Dahl Eide Foss Gran Haug Iversen Lund Moe Nord Ruud Sand Tveit Ulv Vik".split()
KINDS = "Energy Cells Shipping Power Marine Storage Grid Metals Foods Seafood Software Bank".split()
BETWEEN = (
    ("chief_executive_of", "works_for", "board_member_of", "founded", "chair_of", "advises"),  # a person and a firm
    ("owns", "acquired", "competes_with", "supplies", "subsidiary_of", "partner_of"),  # two firms
)
VALUES = ("revenue", "employee_count", "operating_profit")
CLAIMS_EVERY = 5
"""One fact in so many has a claim, read in a chunk of a document."""

CHUNKS = 10
DIMENSIONS = 384
FIRST_DAY = 20_000
"""Facts are recorded between two days, counted from 1970: `FIRST_DAY` and 1,000 later."""

LAST_DAY = str(np.datetime64(FIRST_DAY + 1000, "D")) + "T09:00:00.000000+00:00"
PAST_EVERY = 200
"""One fact in so many is believed no more since the last day."""

MOST_SENTENCES = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: entities, facts, and how many of the facts have a vector."""

    entities: int
    facts: int
    vectors: int
    seed: int = 4

    @property
    def documents(self) -> int:
        """So many that a document makes about a hundred claims."""
        return max(1, self.facts // CLAIMS_EVERY // 100)


@dataclass(slots=True)
class Known:
    """What queries may ask for, gathered while the graph is made: names by what is known of them."""

    people: list[str] = field(default_factory=list)
    firms: list[str] = field(default_factory=list)
    led: list[str] = field(default_factory=list)
    earning: list[tuple[str, int]] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def windows(plan: Plan, names: Names, known: Known, size: int = 20_000) -> Iterator[list[Element]]:
    """Yield the elements in runs that can be written one after the other; `known` is filled on the way."""
    dice = random.Random(plan.seed)
    entities = list(_entities(plan, names, known))
    known.sources.extend(_source(number) for number in range(0, plan.documents, 3))
    for start in range(0, len(entities), size):
        yield entities[start : start + size]
    yield from _cut(_documents(plan), size)
    called = [str(element.properties["name"]) for element in entities]
    yield from _cut(_facts(plan, names, known, called, dice), size)


def _cut(elements: Iterator[Element], size: int) -> Iterator[list[Element]]:
    run: list[Element] = []
    for element in elements:
        run.append(element)
        if len(run) >= size:
            yield sorted(run, key=lambda item: item.ends is not None)
            run = []
    yield sorted(run, key=lambda item: item.ends is not None)


def _entities(plan: Plan, names: Names, known: Known) -> Iterator[Element]:
    dice = random.Random(f"{plan.seed} entities")
    for number in range(plan.entities):
        person = number % 5 < 3
        name = (
            f"{dice.choice(GIVEN)} {dice.choice(FAMILY)} {number}"
            if person
            else f"{dice.choice(FAMILY)} {dice.choice(KINDS)} {number}"
        )
        type = "Person" if person else "Organization"
        (known.people if person else known.firms).append(name)
        alias = f"{name.partition(' ')[0]} {number}"
        held: dict[str, object] = {"name": name, "type": type, "aliases": [alias], "folded": [name.lower()]}
        held |= {"mention_count": dice.randrange(1, 50), "members": [_entity(number)]}
        if not person:
            held |= {"revenue": dice.randrange(10**9), "revenue_unit": "NOK", "employee_count": dice.randrange(5000)}
        yield node(schema.ENTITY, _entity(number), held, second=names.label(type))


def _entity(number: int) -> str:
    return f"entity:{number:032x}"


def _source(document: int) -> str:
    return f"web:site{document // 3}.example"


def _documents(plan: Plan) -> Iterator[Element]:
    for number in range(plan.documents):
        id = f"document:{number:032x}"
        held = {"name": f"Report {number}", "uri": f"file:///docs/{number}.pdf", "media_type": "application/pdf"}
        held |= {"title": f"Report {number}", "source": _source(number), "published_at": "2021-05-01"}
        yield node(schema.DOCUMENT, id, held)
        section = f"section:{number:032x}"
        yield node(schema.SECTION, section, {"name": "Results", "level": 1})
        yield layout(schema.HAS_SECTION, id, section)
        for at in range(CHUNKS):
            chunk = f"chunk:{number * CHUNKS + at:032x}"
            text = (
                f"Passage {at} of report {number} on {FAMILY[at % 16]} {KINDS[number % 12]}, its people and results. "
            )
            place = {"start": 900 * at, "end": 900 * at + 800}
            about = {"name": text[:40], "document_id": id, "text": 6 * text}
            yield node(
                schema.CHUNK, chunk, {**about, **place, "page": at + 1, "quoted": False, "heading_path": ["Results"]}
            )
            yield layout(schema.HAS_CHUNK, section, chunk)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One fact as the dice gave it; `end` is the id of its object, `target` the object's name."""

    number: int
    id: str
    subject: int
    relation: str
    end: str
    target: str
    amount: int | None
    status: str
    year: int
    recorded: str

    @property
    def claim(self) -> str | None:
        return f"triple:{self.number:032x}" if self.number % CLAIMS_EVERY == 0 else None

    @property
    def past(self) -> bool:
        return self.number % PAST_EVERY == 1


def _draw(number: int, plan: Plan, called: list[str], dice: random.Random) -> _Drawn:
    subject = dice.randrange(plan.entities)
    firm = subject % 5 >= 3
    # some firms are spoken of a hundred times more than others
    other = min(int(plan.entities * dice.random() ** 2) // 5 * 5 + dice.choice((3, 4)), plan.entities - 1)
    relation, end, target, amount = dice.choice(BETWEEN[firm]), _entity(other), called[other], None
    if firm and number % 3 == 0:
        relation, amount = dice.choice(VALUES), dice.randrange(100_000)
        end, target = value_id("quantity", str(amount), "NOK"), f"{amount} NOK"
    status = dice.choices(("accepted", "superseded", "disputed", "inferred"), (70, 15, 10, 5))[0]
    recorded = str(np.datetime64(FIRST_DAY + dice.randrange(1000), "D")) + "T09:00:00.000000+00:00"
    id = f"fact:{dice.getrandbits(128):032x}"
    return _Drawn(number, id, subject, relation, end, target, amount, status, dice.randrange(2000, 2024), recorded)


def _version(fact: _Drawn, names: Names, sentence: str, premise: str) -> Element:
    start, end = fact.year, fact.year + 2
    held: dict[str, object] = {
        "fact_id": fact.id,
        "name": fact.relation.replace("_", " "),
        "relation": fact.relation,
        "status": fact.status,
        "confidence": round(1 / (1 + fact.number % 7), 3),
        "valid_from": str(start),
        "valid_to": str(end),
        "valid_from_at": f"{start}-01-01T00:00:00.000000+00:00",
        "valid_to_at": f"{end}-01-01T00:00:00.000000+00:00",
        "valid": f"{start} to {end}",
        "recorded_at": fact.recorded,
        "retracted_at": LAST_DAY if fact.past else None,
        "current": not fact.past,
        "supported_by": [fact.claim] if fact.claim else [],
        "premises": [premise] if premise else [],
        "reason": "said by one source",
        "evidence": 1,
        "quote": sentence,
        "literal": None if fact.amount is None else f'["{fact.amount}","quantity","{fact.amount}","NOK"]',
    }
    label = schema.ENTITY if fact.amount is None else schema.VALUE
    subject = _entity(fact.subject)
    return version(names.type_of(fact.relation), f"{fact.id}~{fact.number}", subject, fact.end, label, held)


def _facts(plan: Plan, names: Names, known: Known, called: list[str], dice: random.Random) -> Iterator[Element]:
    vectors = np.random.default_rng(plan.seed)
    values: set[str] = set()
    linked: set[str] = set()
    before = ""
    for number in range(plan.facts):
        fact = _draw(number, plan, called, dice)
        name = called[fact.subject]
        sentence = f"{name} {fact.relation.replace('_', ' ')} {fact.target} ({fact.year} to {fact.year + 2})"
        premise = before if fact.status == "inferred" else ""
        if fact.amount is not None and fact.end not in values:
            values.add(fact.end)
            held: dict[str, object] = {"name": fact.target, "datatype": "quantity", "value": str(fact.amount)}
            yield node(schema.VALUE, fact.end, {**held, "unit": "NOK", "number": fact.amount})
        blob = None
        if number < plan.vectors:
            vector = vectors.standard_normal(DIMENSIONS)
            blob = (vector / np.linalg.norm(vector)).astype("<f4").tobytes()
        about: dict[str, object] = {"subject": _entity(fact.subject), "relation": fact.relation, "object": fact.end}
        if fact.past:
            about |= {"name": fact.relation.replace("_", " "), "retracted_at": LAST_DAY}
            about |= {"status": fact.status, "valid": f"{fact.year} to {fact.year + 2}"}
            yield node(schema.PAST_FACT, fact.id, about)
        else:
            about |= {"name": sentence, "status": fact.status, "changed_at": fact.recorded}
            about |= {"before": "", "open": False, "confidence": round(1 / (1 + fact.number % 7), 3)}
            yield node(schema.FACT, fact.id, about, embedding=blob)
            _note(known, fact, name, sentence, premise)
        yield _version(fact, names, sentence, premise)
        if fact.claim and not fact.past:
            chunk = f"chunk:{dice.randrange(plan.documents * CHUNKS):032x}"
            said: dict[str, object] = {"name": sentence[:120], "quote": sentence, "start": 0, "end": 80, "page": 1}
            yield node(schema.CLAIM, fact.claim, {**said, "confidence": 0.8})
            yield layout(schema.READ_IN, fact.claim, chunk)
            yield layout(schema.SUPPORTED_BY, fact.id, fact.claim)
            if fact.amount is None and chunk + fact.end not in linked:
                linked.add(chunk + fact.end)
                yield layout(schema.MENTIONS, chunk, fact.end)
        if not fact.past:
            before = fact.id


def _note(known: Known, fact: _Drawn, name: str, sentence: str, premise: str) -> None:
    if fact.relation == "revenue" and fact.amount is not None and fact.claim:
        known.earning.append((name, fact.amount))
    if fact.relation == "chief_executive_of":
        known.led.append(fact.target)
    if premise:
        known.inferred.append(name)
    if len(known.sentences) < MOST_SENTENCES:
        known.sentences.append(sentence)
