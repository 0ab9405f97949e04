"""Resolution as a function: of the set of records, obedient to decisions, complete."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse.doubts import find_doubts
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.model import Judgement, MatchDecision, Mention
from kgfuse.ontology import builtin_ontology, parse_ontology
from kgfuse.protocols import LedgerContent
from tests.support.resolving import content_of

NOON = datetime(2021, 6, 1, 12, tzinfo=UTC)
NAMES = [
    "Jane Roe:Person",
    "J. Roe:Person",
    "Roe:Person",
    "John Roe:Person",
    "Jane M. Roe:Person",
    "Jane Roe",
    "Acme:Organization",
    "Acme Ltd:Organization",
    "Acme GmbH:Organization",
    "Acme:Place",
    "acme",
    "NNE:Organization",
    "Northern Nordic Energy:Organization",
    "Nothern Nordic Energy:Organization",
    "National News Exchange:Organization",
    "Norland:Place",
    "Halden, Norland:Place",
    "Halden:Place",
    "board",
    "Phase 1",
    "Phase 2",
    "Sergei Ivanov:Person",
    "Sergey Ivanov:Person",
    "Сергей Иванов:Person",
    "S. Ivanov:Person",
    "Zürich:Place",
    "Zuerich:Place",
    "Zurich:Place",
    "USA:Place",
    "United States",
]
PREDICATES = [
    "ceo of",
    "work for",
    "acquire",
    "also known as",
    "!also known as",
    "subsidiary of",
    "biologist at",
    "meet with",
]
STATEMENT = st.tuples(st.sampled_from(NAMES), st.sampled_from(PREDICATES), st.sampled_from(NAMES)).map(list)
DOCUMENTS = st.lists(
    st.fixed_dictionaries({"said": st.lists(STATEMENT, min_size=1, max_size=4)}), min_size=1, max_size=5
)
DRAWN = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(content: LedgerContent) -> Resolution:
    return resolve(content, builtin_ontology(), FuseSettings())


def decision(left: str, right: str, judgement: Judgement, minutes: int = 0, revoked: bool = False) -> MatchDecision:
    when = NOON + timedelta(minutes=minutes)
    return MatchDecision(left, right, judgement, 1.0, "jane", when, when if revoked else None)


def group(resolution: Resolution, document: int, surface: str, kind: str = "") -> str:
    return resolution.groups[f"document:{document}", surface, kind]


@DRAWN
@given(documents=DOCUMENTS, data=st.data())
def test_the_order_of_the_records_does_not_matter(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    content = content_of(documents)
    plain = run(content)
    groups = sorted(set(plain.groups.values()))
    pairs = list(combinations(groups[:6], 2))
    judged = data.draw(
        st.lists(st.tuples(st.sampled_from(pairs), st.sampled_from(list(Judgement)), st.integers(0, 3)), max_size=4)
        if pairs
        else st.just([])
    )
    decisions = [decision(*pair, judgement, minutes) for pair, judgement, minutes in judged]
    found = run(content_of(documents, decisions))
    again = run(
        LedgerContent(
            tuple(data.draw(st.permutations(content.documents))),
            tuple(data.draw(st.permutations(content.triples))),
            (),
            frozenset(),
            tuple(data.draw(st.permutations(decisions))),
        )
    )
    assert again == found
    assert list(again.entities) == sorted(found.entities, key=lambda entity: entity.id)


@DRAWN
@given(documents=DOCUMENTS)
def test_every_mention_has_one_entity_and_every_entity_its_mentions(documents: list[dict[str, Any]]) -> None:
    content = content_of(documents)
    found = run(content)
    members = [member for entity in found.entities for member in entity.members]
    assert sorted(members) == sorted(set(found.groups.values()))
    assert len(members) == len(set(members))
    by_id = {entity.id: entity for entity in found.entities}
    counted = 0
    for triple in content.triples:
        for mention in (triple.subject, triple.object):
            assert isinstance(mention, Mention)
            entity = by_id[found.entity_id(triple.evidence.document_id, mention)]
            assert mention.surface in (entity.name, *entity.aliases)
            counted += 1
    assert sum(entity.mention_count for entity in found.entities) == counted
    for entity in found.entities:
        assert entity.id == min(entity.members)
        assert list(entity.aliases) == sorted(set(entity.aliases) - {entity.name})
        assert found.type_of(entity.id) == entity.type


@DRAWN
@given(documents=DOCUMENTS, data=st.data())
def test_a_decision_outranks_everything(documents: list[dict[str, Any]], data: st.DataObject) -> None:
    groups = sorted(set(run(content_of(documents)).groups.values()))
    if len(groups) < 2:
        return
    left, right = data.draw(st.sampled_from(list(combinations(groups, 2))))
    for judgement in (Judgement.SAME, Judgement.DIFFERENT):
        found = run(content_of(documents, [decision(left, right, judgement)]))
        assert (found.entity_of[left] == found.entity_of[right]) is (judgement is Judgement.SAME)
    assert run(content_of(documents, [decision(left, right, Judgement.UNSURE)])) == run(content_of(documents))
    revoked = [decision(left, right, Judgement.DIFFERENT, revoked=True)]
    assert run(content_of(documents, revoked)) == run(content_of(documents))


@DRAWN
@given(documents=DOCUMENTS.filter(lambda rows: not any("known as" in said[1] for row in rows for said in row["said"])))
def test_persons_firms_and_places_never_meet(documents: list[dict[str, Any]]) -> None:
    found = run(content_of(documents))
    for entity in found.entities:
        surfaces = {entity.name, *entity.aliases}
        assert len({"Jane Roe", "John Roe"} & surfaces) < 2
        assert len({"Phase 1", "Phase 2"} & surfaces) < 2
        assert not (
            {"Jane Roe", "John Roe", "Roe", "J. Roe"} & surfaces and {"Acme", "NNE", "Norland", "Acme Ltd"} & surfaces
        )


@DRAWN
@given(documents=DOCUMENTS)
def test_ids_of_mention_groups_depend_on_their_document_alone(documents: list[dict[str, Any]]) -> None:
    together = run(content_of(documents)).groups
    for number, document in enumerate(documents, start=1):
        alone = run(content_of([document], first=number)).groups
        assert {key: together[key] for key in alone} == alone


def test_the_latest_decision_holds() -> None:
    documents = [{"said": [["Zenith", "supply", "Apex"]]}]
    plain = run(content_of(documents))
    left, right = group(plain, 1, "Zenith"), group(plain, 1, "Apex")
    same, different = decision(left, right, Judgement.SAME, 1), decision(right, left, Judgement.DIFFERENT, 2)
    found = run(content_of(documents, [same, different]))
    assert found.entity_of[left] != found.entity_of[right]
    later = decision(left, right, Judgement.SAME, 3)
    found = run(content_of(documents, [later, different, same]))
    assert found.entity_of[left] == found.entity_of[right]


def test_of_contradicting_decisions_the_latest_hold() -> None:
    documents = [{"said": [["Zenith", "supply", "Apex"], ["Apex", "supply", "Summit"]]}]
    plain = run(content_of(documents))
    a, b, c = (group(plain, 1, name) for name in ("Zenith", "Apex", "Summit"))
    decisions = [
        decision(a, b, Judgement.SAME, 3),
        decision(b, c, Judgement.SAME, 1),
        decision(a, c, Judgement.DIFFERENT, 2),
    ]
    found = run(content_of(documents, decisions))
    assert found.entity_of[a] == found.entity_of[b] != found.entity_of[c]


def test_a_decision_can_part_equal_names_and_others_follow_their_context() -> None:
    documents = [
        {"said": [["Zenith:Organization", "supply", "Apex:Organization"]]},
        {"said": [["Zenith:Organization", "supply", "Summit:Organization"]]},
        {"said": [["Zenith:Organization", "acquire", "Summit:Organization"]]},
        {"said": [["Zenith:Organization", "acquire", "Apex:Organization"]]},
    ]
    plain = run(content_of(documents))
    names = [group(plain, number, "Zenith", "Organization") for number in (1, 2, 3, 4)]
    found = run(content_of(documents, [decision(names[0], names[1], Judgement.DIFFERENT)]))
    one, two, three, four = (found.entity_of[name] for name in names)
    assert one != two
    assert (three, four) == (two, one)


def test_a_decision_parts_even_what_one_document_calls_by_one_name() -> None:
    said = [["Jane Roe:Person", "meet with", "Tom Poe:Person"], ["J. Roe:Person", "praise", "Roe:Person"]]
    plain = run(content_of([{"said": said}]))
    short, shorter = group(plain, 1, "J. Roe", "Person"), group(plain, 1, "Roe", "Person")
    found = run(content_of([{"said": said}], [decision(short, shorter, Judgement.DIFFERENT)]))
    assert found.entity_of[short] != found.entity_of[shorter]


def test_a_decision_about_something_forgotten_is_harmless() -> None:
    documents = [{"said": [["Zenith", "supply", "Apex"]]}]
    gone = decision("entity:00", "entity:01", Judgement.SAME)
    assert run(content_of(documents, [gone])) == run(content_of(documents))


def test_name_type_and_count() -> None:
    documents = [
        {
            "said": [
                ["Acme:Company", "supply", "Beta:Organization"],
                ["Acme Ltd:Organization", "sue", "Beta:Organization"],
            ]
        },
        {"said": [["ACME:Company", "supply", "Gamma"], ["Acme:Organization", "sue", "Gamma"]]},
    ]
    found = run(content_of(documents))
    acme = next(entity for entity in found.entities if entity.name == "Acme")
    assert acme.aliases == ("ACME", "Acme Ltd")
    assert acme.mention_count == 4
    assert acme.type == "Company"  # as often as Organization, and says more
    assert found.type_of(next(entity.id for entity in found.entities if entity.name == "Gamma")) is None


def test_a_person_is_not_called_by_the_family_name_alone() -> None:
    said = [["Jane Roe:Person", "meet with", "Tom Poe:Person"], *[["Roe:Person", "meet with", "Ann Low:Person"]] * 3]
    found = run(content_of([{"said": said}, {"said": [["J. Roe:Person", "praise", "Tom Poe:Person"]]}]))
    roe = next(entity for entity in found.entities if "Roe" in entity.aliases)
    assert roe.name == "Jane Roe"
    assert roe.aliases == ("J. Roe", "Roe")
    assert roe.mention_count == 5


def test_nothing_comes_of_nothing() -> None:
    found = run(LedgerContent((), (), (), frozenset(), ()))
    assert found.entities == ()
    with pytest.raises(KeyError):
        found.entity_id("document:1", Mention("Acme", 0, 4))


@pytest.mark.parametrize("surface", ["", " ", "?", "—", "the", "Ltd", "😀", "1", ",", "a, b", "(WHO)"])
def test_any_surface_is_something(surface: str) -> None:
    mention = Mention(surface, 0, 1, "Person")
    content = LedgerContent((), (), (("document:1", mention), ("document:2", mention)), frozenset(), ())
    found = run(content)
    assert found.entity_id("document:1", mention) in {entity.id for entity in found.entities}


def test_an_ontology_of_ones_own() -> None:
    ontology = parse_ontology(
        "types: {Person: null, Ship: null}\n"
        "relations: {sails: {domain: [Person], range: [Ship]}, dubbed: {identity: true, symmetric: true}}"
    )
    documents = [{"said": [["Ann Low:Person", "sails", "Fram:Ship"], ["Fram:Ship", "dubbed", "Old Lady:Ship"]]}]
    found = resolve(content_of(documents), ontology, FuseSettings())
    assert {(entity.name, entity.aliases) for entity in found.entities} == {("Ann Low", ()), ("Fram", ("Old Lady",))}


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        ("Sergei Ivanov:Person", "Sergey Ivanov:Person", "romanisation"),
        ("R. Poe:Person", "Bob Poe:Person", "nickname"),
        ("Halden:Organization", "Halden Energy:Organization", "line of business"),
    ],
)
def test_what_needs_support_is_asked_about(one: str, other: str, because: str) -> None:
    content = content_of([{"said": [[one, "praise", "Beta"]]}, {"said": [[other, "praise", "Gamma"]]}])
    doubts = find_doubts(content, builtin_ontology(), FuseSettings(), {})
    assert [(doubt.because, doubt.joined) for doubt in doubts] == [(because, False)]
