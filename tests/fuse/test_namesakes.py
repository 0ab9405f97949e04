"""One name, several persons; and one person in many documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings
from kgfuse.fuse.contexts import Traits, agreement, fields_of, tell_apart
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.ontology import builtin_ontology
from tests.support.resolving import content_of

THRESHOLD = FuseSettings().namesake_threshold


def when(start: int, end: int) -> tuple[datetime, datetime]:
    return datetime(start, 1, 1, tzinfo=UTC), datetime(end, 1, 1, tzinfo=UTC)


def leads(office: str, *periods: tuple[int, int]) -> Traits:
    return Traits({office: [when(*period) for period in periods]}, {office}, {"business"}, {}, {office}, set())


def bearers(resolution: Resolution, surface: str) -> dict[str, set[int]]:
    """The entities of a name and the documents they occur in."""
    found: dict[str, set[int]] = {}
    for (document, said, _), group in resolution.groups.items():
        if said == surface:
            found.setdefault(resolution.entity_of[group], set()).add(int(document.removeprefix("document:")))
    return found


def run(documents: list[dict[str, Any]], threshold: float = THRESHOLD) -> Resolution:
    return resolve(content_of(documents), builtin_ontology(), FuseSettings(namesake_threshold=threshold))


# -------------------------------------------------------------------------------------------------------------- agreement


def test_what_speaks_for_one_person_and_what_against() -> None:
    scientist = Traits({"uni": []}, set(), {"science"}, {}, {"uni"}, set())
    boss = leads("acme")
    assert agreement(boss, scientist, person=True) < THRESHOLD
    assert agreement(boss, Traits(), person=True) > THRESHOLD
    assert agreement(boss, leads("beta"), person=True) > THRESHOLD
    assert agreement(leads("acme", (2015, 2020)), leads("beta", (2016, 2019)), person=True) < THRESHOLD
    assert agreement(leads("acme", (2015, 2018)), leads("beta", (2018, 2021)), person=True) > THRESHOLD


def test_shared_company_outweighs_another_field() -> None:
    scientist = Traits({"uni": []}, set(), {"science"}, {}, {"uni", "tom"}, set())
    boss = leads("acme")
    boss.ties.add("tom")
    assert agreement(boss, scientist, person=True) > THRESHOLD


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("1940", "1940-05-01", True), ("1940-05-01", "1941-05-01", True), ("1940-05-01", "1982-11-30", False)],
)
def test_births(one: str, other: str, same: bool) -> None:
    left, right = Traits(values={"born_on": {one}}), Traits(values={"born_on": {other}})
    assert (agreement(left, right, person=True) >= THRESHOLD) is same


def test_one_word_is_a_weaker_name() -> None:
    assert agreement(Traits(), Traits(), True, one_word=True) < agreement(Traits(), Traits(), True)


def test_fields() -> None:
    assert fields_of(["marine", "biologist"]) == {"science"}
    assert fields_of(["owner"]) == frozenset()


def test_fields_between_which_people_move() -> None:
    minister, banker = Traits(fields={"politics"}), Traits(fields={"business"})
    goalkeeper = Traits(fields={"sport"})
    assert agreement(minister, banker, True) == agreement(Traits(), Traits(), True)
    assert agreement(minister, goalkeeper, True) < agreement(minister, banker, True)


# ------------------------------------------------------------------------------------------------------------- tell apart

OFFICES = st.sampled_from(["acme", "beta", "uni", "club"])
TRAITS = st.builds(
    lambda offices, fields, ties, near: Traits({o: [] for o in offices}, set(), set(fields), {}, set(ties), set(near)),
    st.sets(OFFICES, max_size=1),
    st.sets(st.sampled_from(["science", "business", "sport"]), max_size=1),
    st.sets(st.sampled_from("pqr"), max_size=1),
    st.sets(st.sampled_from("xyz"), max_size=2),
)


@settings(deadline=None)
@given(traits=st.dictionaries(st.sampled_from("abcdefgh"), TRAITS, min_size=1), data=st.data())
def test_it_is_a_partition_in_whatever_order(traits: dict[str, Traits], data: st.DataObject) -> None:
    parts = tell_apart(traits, [], [], THRESHOLD, person=True)
    assert sorted(document for part in parts for document in part) == sorted(traits)
    shuffled = {document: traits[document] for document in data.draw(st.permutations(sorted(traits)))}
    assert tell_apart(shuffled, [], [], THRESHOLD, person=True) == parts
    assert len(tell_apart(traits, [], [], 0.0, person=True)) == 1


@given(traits=st.dictionaries(st.sampled_from("abcd"), TRAITS, min_size=2))
def test_decisions_come_first(traits: dict[str, Traits]) -> None:
    first, second = sorted(traits)[:2]
    parts = tell_apart(traits, [], [(first, second)], 0.0, person=True)
    assert not any(first in part and second in part for part in parts)
    parts = tell_apart(traits, [(first, second)], [], 1.0, person=True)
    assert any(first in part and second in part for part in parts)


def test_documents_that_say_little_follow_the_names_beside() -> None:
    traits = {
        "boss": leads("acme"),
        "scientist": Traits({"uni": []}, set(), {"science"}, {}, {"uni"}, {"bo"}),
        "little": Traits(near={"bo"}),
    }
    assert tell_apart(traits, [], [], THRESHOLD, person=True) == [["boss"], ["little", "scientist"]]


# ------------------------------------------------------------------------------------------------------------- end to end


def test_one_person_in_many_documents_stays_one() -> None:
    firms = [
        f"{word} Works:Organization" for word in "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel Ivy Juniper".split()
    ]
    documents = [
        {"said": [["Ann Low:Person", "criticise", firm], ["Ann Low:Person", "meet with", f"Tom {word}son:Person"]]}
        for firm in firms
        for word in ("Ander", "Peter", "Johan")
    ]
    assert len(bearers(run(documents), "Ann Low")) == 1


def test_two_persons_in_many_documents_stay_two() -> None:
    boss = [["Ann Low:Person", "ceo of", "Acme:Organization"], ["Ann Low:Person", "meet with", "Tom Poe:Person"]]
    coach = [
        ["Ann Low:Person", "coach of", "Norland Rovers:Organization"],
        ["Ann Low:Person", "praise", "Bo Ek:Person"],
    ]
    documents = [{"said": boss if number % 2 else coach} for number in range(1, 21)]
    found = bearers(run(documents), "Ann Low")
    assert sorted(found.values(), key=min) == [set(range(1, 21, 2)), set(range(2, 21, 2))]
    assert len(bearers(run(documents, threshold=0.0), "Ann Low")) == 1


def test_an_employer_under_two_names_is_one_context() -> None:
    documents = [
        {"said": [["Ann Low:Person", "ceo of", "Northern Nordic Energy:Organization"]]},
        {"said": [["Ann Low:Person", "chief scientist at", "NNE:Organization"]]},
        {"said": [["NNE:Organization", "short for", "Northern Nordic Energy:Organization"]]},
    ]
    assert len(bearers(run(documents), "Ann Low")) == 1


def test_firms_and_places_are_not_divided_by_what_is_around_them() -> None:
    documents = [
        {
            "said": [
                ["Acme:Organization", "acquire", f"{word} Works:Organization"],
                ["Norland:Place", "home of", f"{word} Fair"],
            ]
        }
        for word in "Alder Birch Cedar Dogwood".split()
    ]
    found = run(documents)
    assert len(bearers(found, "Acme")) == len(bearers(found, "Norland")) == 1
