"""Records: what sources describe by attributes is matched by all that they state."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse import fit, fit_and_fuse, fuse
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.model import (
    Datatype,
    Document,
    Evidence,
    Judgement,
    Literal,
    MatchDecision,
    Mention,
    Triple,
    Validity,
    triple_id,
)
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import LedgerContent

Row = tuple[str, str, str, dict[str, str]]
"""Id, source, name, attributes."""

ONTOLOGY = builtin_ontology()
GIVEN = "ann bo cid dora elin finn gro hans ida jon kari lars mia nils odd pia rolf siri tor una".split()
FAMILY = (
    "aas berg dahl eide foss gran hagen iversen jensen krog lund moen ness olsen pryd rud sand tveit ulv vik".split()
)


def content_of(rows: Sequence[Row], kind: str = "Person") -> LedgerContent:
    documents, triples, mentions = [], [], []
    for id, source, name, attributes in rows:
        documents.append(Document(id, f"row:{id}", "text/csv", name, "", (), source))
        mention = Mention(name, 0, len(name), kind)
        mentions.append((id, mention))
        for attribute, value in attributes.items():
            literal, evidence = Literal(value, Datatype.STRING, value), Evidence(id, f"{id} chunk", 0, 1, name)
            made = triple_id(mention, attribute, literal, evidence, False, Validity(), "made")
            triples.append(Triple(made, mention, attribute, literal, evidence, 1.0, "made"))
    return LedgerContent(tuple(documents), tuple(triples), tuple(mentions), frozenset(), ())


def misspelt(text: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(text))
    return text[:at] + rng.choice("aeiou") + text[at + 1 :]


def register(persons: int = 60, seed: int = 3) -> tuple[list[Row], list[tuple[str, str]]]:
    """A register in which every second person stands twice, misspelt, moved or with the names turned."""
    rng = random.Random(seed)
    rows: list[Row] = []
    twice = []
    for number in range(persons):
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        born = f"19{rng.randrange(30, 99)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        town, street = rng.choice(["oslo", "bergen", "narvik"]), f"{rng.choice(FAMILY)}veien {rng.randrange(1, 99)}"
        rows.append(
            (f"p{number}", "register", f"{given} {family}", {"birth date": born, "street": street, "town": town})
        )
        if number % 2:
            name = misspelt(f"{given} {family}", rng) if number % 3 else f"{family} {given}"
            moved = street if number % 4 == 1 else f"{rng.choice(FAMILY)}veien 7"
            rows.append((f"q{number}", "register", name, {"birth date": born, "street": moved, "town": town}))
            twice.append((f"p{number}", f"q{number}"))
    return rows, twice


def together(found: Resolution, rows: Sequence[Row], kind: str = "Person") -> set[tuple[str, str]]:
    entity = {id: found.entity_id(id, Mention(name, 0, len(name), kind)) for id, _, name, _ in rows}
    return {(a, b) for a, b in combinations(sorted(entity), 2) if entity[a] == entity[b]}


def test_records_are_matched_by_all_that_they_state() -> None:
    rows, twice = register()
    found = together(resolve(content_of(rows), ONTOLOGY, FuseSettings()), rows)
    assert len(found & set(twice)) >= 0.9 * len(twice)
    assert len(found - set(twice)) <= 1


def test_equal_names_with_other_attributes_stay_apart() -> None:
    rows, _ = register()
    extra = {"birth date": "1931-05-05", "street": "nowhere 1", "town": "bergen"}
    name = rows[0][2]
    found = together(
        resolve(content_of([*rows, ("x", "register", name, extra)]), ONTOLOGY, FuseSettings()),
        [*rows, ("x", "register", name, extra)],
    )
    assert ("p0", "x") not in found


def test_what_shares_an_address_under_names_with_nothing_in_common_stays_apart() -> None:
    rng = random.Random(11)
    rows: list[Row] = []
    twice, neighbours = set(), set()
    for number in range(120):
        street, town = f"{rng.choice(FAMILY)}veien {number}", rng.choice(["oslo", "bergen", "narvik"])
        here = []
        for room in range(4 if number % 12 == 1 else 1):
            name = f"{rng.choice(GIVEN)}{rng.choice(FAMILY)} {rng.choice(FAMILY)}stova"
            stated = {"street": street, "town": town, "telephone": f"{rng.randrange(10**7, 10**8)}"}
            rows.append((f"p{number}-{room}", "guide", name, stated))
            here.append(f"p{number}-{room}")
            if number % 4 == 0:
                rows.append((f"q{number}", "guide", misspelt(name, rng), stated))
                twice.add((f"p{number}-{room}", f"q{number}"))
        neighbours |= set(combinations(here, 2))
    found = together(resolve(content_of(rows, "Organization"), ONTOLOGY, FuseSettings()), rows, "Organization")
    assert len(found & twice) >= 0.9 * len(twice)
    assert not found & neighbours


def test_titles_and_model_numbers_are_matched_by_content() -> None:
    rng = random.Random(5)
    rows: list[Row] = []
    for number in range(40):
        code = f"{rng.choice('abcdef')}{rng.choice('xyz')}{rng.randrange(100, 999)}{rng.choice('hk')}".upper()
        brand, what = rng.choice(["norda", "vestel", "kolbri"]), rng.choice(["speaker", "turntable", "receiver"])
        rows.append((f"a{number}", "a", f"{brand} black {what} - {code}", {"price": str(rng.randrange(50, 900))}))
        rows.append((f"b{number}", "b", f"{code} {brand} {what} with stand", {"price": str(rng.randrange(50, 900))}))
    settings_ = FuseSettings(clean_sources=("a", "b"))
    found = together(resolve(content_of(rows, "Product"), ONTOLOGY, settings_), rows, "Product")
    right = {(f"a{number}", f"b{number}") for number in range(40)}
    assert len(found & right) >= 38
    assert len(found - right) <= 1


def test_a_clean_source_never_names_a_thing_twice() -> None:
    rows, twice = register()
    found = together(resolve(content_of(rows), ONTOLOGY, FuseSettings(clean_sources=("register",))), rows)
    assert not found
    assert twice


def test_decisions_outrank_the_weights() -> None:
    rows, twice = register()
    content = content_of(rows)
    plain = resolve(content, ONTOLOGY, FuseSettings())
    one, other = next(pair for pair in twice if pair in together(plain, rows))
    names = {id: name for id, _, name, _ in rows}
    group = {id: plain.groups[id, names[id], "Person"] for id in names}
    when = datetime(2024, 1, 1, tzinfo=UTC)
    apart = MatchDecision(group[one], group[other], Judgement.DIFFERENT, 1.0, "jane", when)
    joined = MatchDecision(group["p0"], group["p2"], Judgement.SAME, 1.0, "jane", when)
    found = together(resolve(replace(content, decisions=(apart, joined)), ONTOLOGY, FuseSettings()), rows)
    assert (one, other) not in found
    assert ("p0", "p2") in found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 1000), data=st.data())
def test_the_order_of_records_does_not_matter(seed: int, data: st.DataObject) -> None:
    rows, _ = register(24, seed)
    content = content_of(rows)
    shuffled = LedgerContent(
        tuple(data.draw(st.permutations(content.documents))),
        tuple(data.draw(st.permutations(content.triples))),
        tuple(data.draw(st.permutations(content.mentions))),
        frozenset(),
        (),
    )
    assert resolve(shuffled, ONTOLOGY, FuseSettings()) == resolve(content, ONTOLOGY, FuseSettings())


def test_fitted_weights_are_parameters_and_used_frozen() -> None:
    rows, twice = register()
    content = content_of(rows)
    parameters = fit(content, ONTOLOGY, FuseSettings())
    assert [(weights.kind, weights.sources) for weights in parameters.matching] == [("Person", ("register",))]
    assert parameters == fit(content, ONTOLOGY, FuseSettings())
    graph = fuse(content, ONTOLOGY, FuseSettings(), parameters)
    assert fit_and_fuse(content, ONTOLOGY, FuseSettings()) == (parameters, graph)
    assert graph.entities == resolve(content, ONTOLOGY, FuseSettings()).entities
    few = content_of(rows[:6])
    assert together(resolve(few, ONTOLOGY, FuseSettings(), parameters.matching), rows[:6]) <= set(twice)


def test_running_text_holds_no_records() -> None:
    rows = [(f"d{number}", f"file:{number}", "Jane Roe", {"born": "1970-01-01"}) for number in range(40)]
    assert resolve(content_of(rows), ONTOLOGY, FuseSettings()).matching == ()


@pytest.mark.parametrize("hash_seed", ["1", "77"])
def test_the_hash_seed_does_not_matter(hash_seed: str) -> None:
    script = (
        "from tests.fuse.test_described import *\n"
        "rows, _ = register()\n"
        "found = resolve(content_of(rows), ONTOLOGY, FuseSettings())\n"
        "print(repr((found.entities, found.matching)))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    rows, _ = register()
    found = resolve(content_of(rows), ONTOLOGY, FuseSettings())
    assert done.stdout.strip() == repr((found.entities, found.matching))
