"""Made-up graphs for `benchmarks.neo4j_load`: the same seed gives the same graph."""

from __future__ import annotations

import random
from dataclasses import replace

from kgfuse.model import Entity, Fact, FactStatus, FusedGraph, Moment, Validity, content_id, fact_id

RELATIONS = ("works_for", "acquired", "located_in", "partner_of", "supplies", "owns", "works_with", "competes_with")


def make_graph(entities: int, facts: int, seed: int = 1) -> FusedGraph:
    """A graph of so many entities and facts, most of them about few entities (degrees fall off as in real graphs)."""
    chance = random.Random(seed)
    people = [_entity(number) for number in range(entities)]
    found: dict[str, Fact] = {}
    while len(found) < facts:
        one, other = people[chance.randrange(entities)], people[int(entities * chance.random() ** 2)]
        when = Validity(Moment.parse(f"{chance.randrange(1990, 2024)}-{chance.randrange(1, 13):02}"), None)
        relation = RELATIONS[chance.randrange(len(RELATIONS))]
        id = fact_id(one.id, relation, other.id, when)
        found[id] = Fact(id, one.id, relation, other.id, when, 0.9, FactStatus.ACCEPTED, (), (), "stated by one source")
    return FusedGraph(
        tuple(sorted(people, key=lambda item: item.id)), tuple(sorted(found.values(), key=lambda item: item.id)), ()
    )


def _entity(number: int) -> Entity:
    id = content_id("entity", number)
    type = ("Person", "Company", "City", "Product")[number % 4]
    return Entity(id, f"Entity number {number}", type, (f"E{number}",), 1 + number % 9, (id,))


def one_more(graph: FusedGraph) -> FusedGraph:
    """The graph after one document more: three new entities, twenty new facts, five facts that are believed more."""
    new = make_graph(20, 17, seed=2)
    entities = [
        replace(item, id=content_id("entity", "new", item.id), name=f"New {item.name}") for item in new.entities
    ]
    entities = entities[:3]
    when = Validity(Moment.parse("2024-05"), None)
    facts: list[Fact] = []
    for number in range(20):
        one, other = entities[number % 3], graph.entities[number * 7]
        id = fact_id(one.id, RELATIONS[number % 8], other.id, when)
        facts.append(Fact(id, one.id, RELATIONS[number % 8], other.id, when, 0.8, FactStatus.ACCEPTED, ()))
    raised = [replace(item, confidence=0.95) for item in graph.facts[:5]]
    return FusedGraph(
        tuple(sorted([*graph.entities, *entities], key=lambda item: item.id)),
        tuple(
            sorted([*raised, *graph.facts[5:], *{item.id: item for item in facts}.values()], key=lambda item: item.id)
        ),
        (),
    )
