"""Graphs to push: a small one that holds one of everything, and random ones that share most of what they hold."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from kgfuse.ledger import Ledger
from kgfuse.model import Claim, Datatype, Entity, Fact, FactStatus, FusedGraph, Literal
from tests.support.made import entity, fact, graph, record, state, validity

ACME = entity("Acme Energy AS", "Company", "Acme", "AE")
BETA = entity("Beta Søl ASA", "Company")
ROE, POE = entity("Jane Roe", "Person"), entity("Tom Poe", "Person")
MONEY = Literal("12.4m euros", Datatype.QUANTITY, "12400000", "EUR")
STAFF = Literal("450 people", Datatype.QUANTITY, "450", "employee")
BORN = Literal("3 May 1970", Datatype.DATE, "1970-05-03")

SAID = ("Jane Roe", "chief executive of", "Acme")
MAIL = record("mail.txt", SAID)
NOTE = record("note.txt", ("Tom Poe", "work for", "Acme"), parent=MAIL.document)


def claim(number: int, subject: Entity, relation: str, object: Entity | Literal, *, sure: float = 0.8) -> Claim:
    """The claim of the mail's (0) or the note's (1) only sentence."""
    triple = (MAIL, NOTE)[number].extraction.triples[0]
    value = object.id if isinstance(object, Entity) else object
    return Claim(
        triple.id, subject.id, relation, value, validity("2019"), None, sure, f"source {number}", triple.evidence, "f"
    )


RUNS_CLAIM = claim(0, ROE, "chief_executive_of", ACME)
WORKS_CLAIM = claim(1, POE, "works_for", ACME)
RUNS = fact(ROE, "chief_executive_of", ACME, validity("2019-03", "2021-06"), supported_by=(RUNS_CLAIM.triple_id,))
WORKS = fact(POE, "works_for", ACME, supported_by=(WORKS_CLAIM.triple_id,))
RUMOUR = replace(
    fact(ROE, "chief_executive_of", BETA, validity("2022"), FactStatus.DISPUTED, 0.1),
    opposed_by=(RUNS_CLAIM.triple_id,),
)
REVENUE = fact(ACME, "revenue", MONEY, validity("2020", "2021"))
HEADCOUNT = fact(ACME, "employee_count", STAFF)
OPEN = fact(ROE, "sing_with", POE)
CLAIMS = [RUNS_CLAIM, WORKS_CLAIM]
FACTS = [RUNS, WORKS, RUMOUR, REVENUE, HEADCOUNT, OPEN]
WHOLE = graph([ACME, BETA, ROE, POE], FACTS, CLAIMS)


def fill(ledger: Ledger) -> None:
    """Store the mail and its attachment, as one file."""
    ledger.store(state(MAIL), [MAIL, NOTE])


_ENTITIES = [ACME, BETA, ROE, POE]


@st.composite
def random_graphs(draw: st.DrawFn) -> FusedGraph:
    """A graph over the same few entities and facts as every other one: entities change name, type or are merged.

    As after fusion, facts and claims are about entities of the graph, and what a fact cites is there.
    """
    entities = draw(st.lists(st.sampled_from(_ENTITIES), unique=True))
    entities = [
        draw(st.sampled_from([item, replace(item, name="Renamed"), replace(item, type="City"), _merged(item)]))
        for item in entities
    ]
    known = {item.id for item in entities}
    possible = {item.triple_id for item in CLAIMS if {item.subject, item.object} <= known}
    likely = [
        item
        for item in FACTS
        if item.subject in known
        and (isinstance(item.object, Literal) or item.object in known)
        and possible.issuperset({*item.supported_by, *item.opposed_by})
    ]
    facts: list[Fact] = draw(st.lists(st.sampled_from(likely), unique=True)) if likely else []
    facts = [replace(item, confidence=draw(st.sampled_from([0.2, 0.9]))) for item in facts]
    cited = {id for item in facts for id in (*item.supported_by, *item.opposed_by)}
    claims = [
        replace(item, confidence=draw(st.sampled_from([0.5, 0.8])), source=draw(st.sampled_from(["a", "b"])))
        for item in CLAIMS
        if item.triple_id in cited or (item.triple_id in possible and draw(st.booleans()))
    ]
    return graph(entities, facts, claims)


def _merged(item: Entity) -> Entity:
    """The entity with another of ours among its members, so that the history of that one has somewhere to belong."""
    other = _ENTITIES[(_ENTITIES.index(item) + 1) % len(_ENTITIES)]
    return replace(item, members=(item.id, other.id))
