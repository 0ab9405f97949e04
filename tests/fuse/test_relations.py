"""Phrases to relations: tests/cases/relations.yaml, and what holds for any phrase."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.relations import canonicalise
from kgfuse.model import Datatype, Evidence, Literal, Mention, Triple
from kgfuse.ontology import builtin_ontology, parse_ontology

_ROWS = yaml.safe_load((Path(__file__).parent.parent / "cases" / "relations.yaml").read_text("utf-8"))


def said(phrase: str, literal: str | None = None) -> Triple:
    object = Literal("x", Datatype(literal), "x") if literal else Mention("B", 0, 1)
    return Triple("t", Mention("A", 0, 1), phrase, object, Evidence("d", "c", 0, 1, "x"), 0.8, "made", (("at", "sea"),))


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: f"{row['phrase']} -> {row['is']}")
def test_phrase(row: dict[str, Any]) -> None:
    triple = said(row["phrase"], row.get("literal"))
    found = canonicalise(triple, builtin_ontology(), row.get("subject"), row.get("object"))
    assert (found.relation, found.inverted) == (row["is"], row.get("turned", False))
    assert dict(found.qualifiers) == {"at": "sea", **row.get("qualifiers", {})}


@given(st.text(max_size=40) | st.sampled_from(["be led by", "ceo of", "founds", "make", "has parts", "was cited"]))
def test_any_phrase_gets_a_name_that_a_graph_can_carry(phrase: str) -> None:
    found = canonicalise(said(phrase), builtin_ontology(), None, None)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", found.relation)
    assert found == canonicalise(said(phrase), builtin_ontology(), None, None)


def test_the_most_specific_type_wins_then_the_name() -> None:
    ontology = parse_ontology(
        """
        types: {Agent: null, Person: Agent}
        relations:
          any: {aliases: [lead]}
          by_agent: {aliases: [lead], domain: [Agent]}
          by_person: {aliases: [lead], domain: [Person]}
        """
    )
    assert canonicalise(said("lead"), ontology, "Person", None).relation == "by_person"
    assert canonicalise(said("lead"), ontology, "Agent", None).relation == "by_agent"
    assert canonicalise(said("lead"), ontology, None, None).relation == "any"
