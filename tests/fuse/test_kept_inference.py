"""Conclusions that are kept equal those drawn from scratch, whatever facts come and go and whatever is renamed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.fuse.inference import infer
from kgfuse.fuse.kept_inference import KeptInference
from kgfuse.model import ALWAYS, Fact, FactStatus, fact_id
from kgfuse.ontology import builtin_ontology
from tests.support.made import validity

ONTOLOGY = builtin_ontology()
_TIMES = (ALWAYS, validity("2000", "2010"), validity("2005", None), validity(None, "2003"))


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    left, right = draw(st.sampled_from("abcdef")), draw(st.sampled_from("abcdef"))
    relation = draw(st.sampled_from(["located_in", "located_in", "part_of", "parent_of", "child_of"]))
    when, status = draw(st.sampled_from(_TIMES)), draw(st.sampled_from([FactStatus.ACCEPTED, FactStatus.DISPUTED]))
    sure = draw(st.sampled_from([0.5, 0.9, 0.99]))
    return Fact(fact_id(left, relation, right, when), left, relation, right, when, sure, status, ("triple:1",))


steps = st.lists(st.tuples(st.lists(facts(), max_size=6), st.sets(st.sampled_from("abcdef"), max_size=1)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(steps, st.data(), st.sampled_from([0.0, 0.6]))
def test_kept_is_inferred(steps: list[tuple[list[Fact], set[str]]], data: st.DataObject, least: float) -> None:
    kept = KeptInference(ONTOLOGY, least)
    held: dict[str, Fact] = {}
    names = {name: name.upper() for name in "abcdef"}
    for number, (come, renamed) in enumerate(steps):
        gone = data.draw(st.sets(st.sampled_from(sorted(held)))) if held else set()
        changed: dict[str, Fact | None] = {**dict.fromkeys(gone), **{fact.id: fact for fact in come}}
        for id, fact in changed.items():
            held.pop(id, None)
            if fact is not None:
                held[id] = fact
        names.update({name: f"{name}{number}" for name in renamed})
        kept.update(changed, renamed, names)
        assert kept.facts() == infer(held.values(), ONTOLOGY, names, least)
