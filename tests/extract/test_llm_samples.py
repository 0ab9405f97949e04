"""Several samples of one passage: their union, their agreement, their log-probabilities; and gleaning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.extract.confidence import Calibration, Scored, load_calibrations, scored
from kgfuse.extract.llm_logprobs import statement_logprobs
from kgfuse.extract.llm_samples import union
from kgfuse.model import Evidence, Mention, Moment, Triple, Validity, triple_id
from kgfuse.ontology import builtin_ontology
from kgfuse.protocols import Sample
from tests.extract.llm_passages import extract, reply, said
from tests.support.llm_server import LanguageModelServer, Said, in_turn

TEXT = "Jane Roe runs Acme Energy. The firm was founded by Tom Poe in Oslo."
RUNS, FOUNDED = "Jane Roe runs Acme Energy.", "The firm was founded by Tom Poe in Oslo."
ONTOLOGY = builtin_ontology()
WEIGHTS: Calibration = load_calibrations()["llm"]


@pytest.fixture
def server() -> Iterator[LanguageModelServer]:
    with LanguageModelServer() as running:
        yield running


def test_the_union_keeps_what_one_sample_says_and_trusts_it_less(server: LanguageModelServer) -> None:
    always = said("Jane Roe", "chief_executive_of", "Acme Energy", RUNS)
    once = said("Tom Poe", "found", "Acme Energy", FOUNDED)
    server.answer = in_turn([reply(always), reply(always, once), reply(always)])
    found = extract(server, TEXT, samples=3)
    assert [triple.subject.surface for triple in found.triples] == ["Jane Roe", "Tom Poe"]
    sure, unsure = (triple.confidence for triple in found.triples)
    assert unsure < 0.6 < sure
    [body] = server.requests
    assert body["n"] == 3
    alone = in_turn([reply(always, once)])
    server.answer = alone
    assert unsure < extract(server, TEXT).triples[1].confidence


def test_forms_of_one_statement_are_one(server: LanguageModelServer) -> None:
    forms = [
        said("Jane Roe", "chief executive of", "Acme Energy", RUNS),
        said("Jane Roe", "ceo of", "Acme Energy", RUNS),
        said("Roe", "chief_executive_of", "Acme", RUNS),
    ]
    server.answer = in_turn([reply(form) for form in forms])
    [triple] = extract(server, TEXT, samples=3).triples
    assert (triple.subject.surface, triple.predicate) == ("Jane Roe", "chief executive of")


def test_what_differs_stays_apart(server: LanguageModelServer) -> None:
    server.answer = in_turn(
        [
            reply(said("Jane Roe", "run", "Acme Energy", RUNS)),
            reply(said("Jane Roe", "run", "Acme Energy", RUNS, negated=True)),
            reply(said("Acme Energy", "run", "Jane Roe", RUNS)),
            reply(said("Jane Roe", "found", "Acme Energy", RUNS)),
        ]
    )
    assert len(extract(server, TEXT, samples=4).triples) == 4


def test_samples_that_are_no_use_do_not_count(server: LanguageModelServer) -> None:
    server.answer = in_turn(["no", reply(said("Jane Roe", "run", "Acme Energy", RUNS)), "no"])
    found = extract(server, TEXT, samples=3)
    assert len(found.triples) == 1
    assert found.quarantined == ()


def test_what_is_made_up_is_counted_once_however_often_it_was_sampled(server: LanguageModelServer) -> None:
    made_up = said("Jane Roe", "run", "Acme Energy", "Nobody wrote this sentence anywhere at all.")
    server.answer = in_turn([reply(made_up)])
    assert extract(server, TEXT, samples=5).quarantined == (("quote not in text", 1),)


def test_names_of_all_samples_are_mentions(server: LanguageModelServer) -> None:
    server.answer = in_turn(
        [
            reply(entities=[("Acme Energy", "Company")]),
            reply(entities=[("Acme Energy", "Company"), ("Oslo", "City")]),
            reply(entities=[("Acme Energy", "Person")]),
        ]
    )
    found = extract(server, TEXT, samples=3)
    assert [(mention.surface, mention.entity_type) for mention in found.mentions] == [
        ("Acme Energy", "Company"),
        ("Oslo", "City"),
    ]


def test_a_sure_statement_is_believed_more_than_a_guess(server: LanguageModelServer) -> None:
    statement = json.dumps(reply(said("Jane Roe", "run", "Acme Energy", RUNS)))
    found = []
    for logprob in (-0.01, -2.0):
        server.answer = in_turn([Said(statement, logprob=logprob)])
        found.append(extract(server, TEXT).triples[0].confidence)
    assert found[1] < found[0] - 0.1


# ------------------------------------------------------------------------------------------------------------ gleaning


def test_gleaning_adds_what_was_missed_and_nothing_twice(server: LanguageModelServer) -> None:
    first = said("Jane Roe", "run", "Acme Energy", RUNS)
    missed = said("Tom Poe", "found", "Acme Energy", FOUNDED)
    server.answer = in_turn([reply(first), reply(first, missed), reply()])
    found = extract(server, TEXT, gleaning=2)
    assert [triple.subject.surface for triple in found.triples] == ["Jane Roe", "Tom Poe"]
    assert found.triples[1].confidence < found.triples[0].confidence
    roles = [[message["role"] for message in body["messages"]] for body in server.requests]
    assert [len(one) for one in roles] == [2, 4, 6]
    assert roles[2] == ["system", "user", "assistant", "user", "assistant", "user"]


def test_nothing_is_gleaned_after_an_unusable_reply(server: LanguageModelServer) -> None:
    server.answer = in_turn(["no"])
    assert extract(server, TEXT, gleaning=1).quarantined == (("reply unusable", 1),)
    assert len(server.requests) == 2  # the request and its repair


def test_seeds_are_told_where_they_occur(server: LanguageModelServer) -> None:
    server.answer = in_turn([reply()])
    extract(server, TEXT, seeds=("Tom Poe", "Borealis"))
    text = server.requests[0]["messages"][1]["content"]
    assert "names to look for: Tom Poe\n" in text
    assert "Borealis" not in text


# ---------------------------------------------------------------------------------------------------- log-probabilities


def sample_of(text: str, value: Any = -0.5) -> Sample:
    return Sample(text, tuple((character, value) for character in text))


def test_only_the_parts_of_a_statement_count() -> None:
    text = json.dumps({"entities": [{"name": "x"}], "triples": [{"subject": "AB", "predicate": "p", "object": "C"}]})
    values = {
        text.index('"AB"') + 1: -1.0,
        text.index('"AB"') + 2: -2.0,
        text.index('"p"') + 1: -3.0,
        text.index('"C"') + 1: -6.0,
    }
    tokens = tuple((character, values.get(place, 0.0)) for place, character in enumerate(text))
    assert statement_logprobs(Sample(text, tokens), 1) == [-3.0]


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)), max_size=5),
    st.integers(1, 7),
    st.booleans(),
)
def test_every_statement_has_its_own_tokens(parts: list[tuple[str, str, str]], width: int, ascii: bool) -> None:
    triples = [{"subject": s, "predicate": p, "object": o, "quote": '"triples": ['} for s, p, o in parts]
    text = json.dumps({"entities": [], "triples": triples}, ensure_ascii=ascii)
    tokens = tuple((text[at : at + width], -0.5) for at in range(0, len(text), width))
    found = statement_logprobs(Sample(text, tokens), len(parts))
    assert found == [None if not any(part) else -0.5 for part in parts]


NO_TOKENS = [
    Sample('{"triples": [{}]}'),
    Sample('{"triples": [{}]}', (("other", -1.0),)),
    sample_of('{"triples": [{"subject"'),
    sample_of("x"),
]


@pytest.mark.parametrize("sample", NO_TOKENS)
def test_without_tokens_of_the_text_there_is_nothing(sample: Sample) -> None:
    assert statement_logprobs(sample, 1) == [None]


# ---------------------------------------------------------------------------------------------- properties of the union

NAMES = ["Jane Roe", "Roe", "Acme", "Acme Energy", "Oslo"]
PREDICATES = ["run", "chief executive of", "ceo of", "work for", "work closely for"]


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    start = draw(st.sampled_from([0, 30]))
    who = Mention(draw(st.sampled_from(NAMES)), start, start + 3)
    what = Mention(draw(st.sampled_from(NAMES)), start + 5, start + 9)
    evidence = Evidence("d", "c", start, start + 20, "q")
    validity = Validity(draw(st.sampled_from([None, Moment.parse("2019")])))
    negated = draw(st.booleans())
    predicate = draw(st.sampled_from(PREDICATES))
    confidence = scored({"own": draw(st.sampled_from([0.0, 1.0, 2.0]))}, WEIGHTS)
    id = triple_id(who, predicate, what, evidence, negated, validity, "llm")
    return Triple(id, who, predicate, what, evidence, confidence, "llm", (), negated, validity)


readings = st.lists(st.lists(triples(), max_size=4, unique_by=lambda triple: triple.id), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None)
@given(readings, st.randoms(use_true_random=False))
def test_the_order_of_samples_and_of_their_statements_does_not_matter(given: list[list[Triple]], random: Any) -> None:
    shuffled = [random.sample(reading, len(reading)) for reading in random.sample(given, len(given))]
    assert union(given, ONTOLOGY, WEIGHTS) == union(shuffled, ONTOLOGY, WEIGHTS)


@settings(max_examples=60, deadline=None)
@given(readings)
def test_nothing_is_lost_and_nothing_invented(given: list[list[Triple]]) -> None:
    found = union(given, ONTOLOGY, WEIGHTS)
    said = {(t.predicate, t.negated, t.evidence.start) for reading in given for t in reading}
    assert {(t.predicate, t.negated, t.evidence.start) for t in found} <= said
    assert max(map(len, given)) <= len(found) <= sum(map(len, given))
    for triple in found:
        assert isinstance(triple.confidence, Scored)
        assert triple.confidence.features["sampled"] == 1.0
        assert triple.id == triple_id(
            triple.subject, triple.predicate, triple.object, triple.evidence, triple.negated, triple.validity, "llm"
        )


@settings(max_examples=30, deadline=None)
@given(st.lists(triples(), min_size=1, max_size=4, unique_by=lambda triple: triple.id), st.integers(2, 6))
def test_more_agreement_is_more_confidence(reading: list[Triple], times: int) -> None:
    half = union([reading] * times + [[]] * times, ONTOLOGY, WEIGHTS)
    all_ = union([reading] * (2 * times), ONTOLOGY, WEIGHTS)
    assert len(half) == len(all_) == len(reading)
    assert all(one.confidence <= other.confidence for one, other in zip(half, all_, strict=True))
