"""What is settled directly comes out as the general way has it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.fuse.facts import facts_of
from kgfuse.fuse.items import is_plain, item_of, part, partition, settle
from kgfuse.fuse.plain import plain_fact
from kgfuse.fuse.support import Trust
from kgfuse.model import ALWAYS, Claim, Datatype, Evidence, Literal, Moment
from kgfuse.ontology import builtin_ontology
from tests.fuse.ledgers import SETTINGS

ONTOLOGY = builtin_ontology()
_OBJECTS: list[str | Literal] = [
    "entity:b",
    "entity:c",
    Literal("12 t", Datatype.QUANTITY, "12", "t"),
    Literal("12.0 t", Datatype.QUANTITY, "12.0", "t"),
]


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    made = []
    for number in range(draw(st.integers(1, 8))):
        made.append(
            Claim(
                triple_id=f"triple:{number}",
                subject="entity:a",
                relation=draw(st.sampled_from(["works_for", "met_with", "weighs", "born_on"])),
                object=draw(st.sampled_from(_OBJECTS)),
                validity=ALWAYS,
                observed_at=draw(st.sampled_from([None, Moment.parse("2019"), Moment.parse("2020-03-04")])),
                confidence=draw(st.sampled_from([0.05, 0.1, 0.3, 0.6, 0.9, 1.0])),
                source=f"s{draw(st.integers(0, 4))}",
                evidence=Evidence("document:1", "chunk:1", number, number + 1, "x"),
                fingerprint=f"sentence:{draw(st.integers(0, 30))}",
                qualifiers=draw(st.sampled_from([(), (("place", "Oslo"),), (("amount", "2"),)])),
                negated=draw(st.integers(0, 9)) == 0,
            )
        )
    return made


trusts = st.builds(
    Trust,
    st.sampled_from([0.1, 0.5, 0.8]),
    st.dictionaries(st.sampled_from(["s0", "s1", "s2"]), st.floats(0.05, 0.99)),
    st.dictionaries(st.tuples(st.just("s1"), st.just("works_for")), st.floats(0.05, 0.99)),
    st.sampled_from([{}, {"s0": {"s1": 0.9}, "s1": {"s0": 0.9}}]),
)


@settings(max_examples=400, deadline=None)
@given(claims(), trusts)
def test_plain_is_general(said: list[Claim], trust: Trust) -> None:
    for group in part(said, ONTOLOGY, SETTINGS).plain:
        assert is_plain(group)
        direct = plain_fact(group, ONTOLOGY.relation(group[0].relation).symmetric, trust, SETTINGS)
        item = item_of(list(group), ONTOLOGY, SETTINGS)
        (general,) = facts_of(item, settle(item, trust, SETTINGS), {}, SETTINGS)
        assert direct is None or direct == general
        assert direct is not None or len({claim.source for claim in group} & trust.dependence.keys()) > 1


@settings(max_examples=100, deadline=None)
@given(claims())
def test_parting_loses_nothing(said: list[Claim]) -> None:
    items, circular = partition(said, ONTOLOGY, SETTINGS)
    held = [claim.triple_id for item in items for claim in item.claims]
    held += [copy for item in items for copies in item.repeats.values() for copy in copies]
    assert sorted([*held, *(claim.triple_id for claim in circular)]) == sorted(claim.triple_id for claim in said)
