"""Namesakes: one name, several persons.

Equal names are one thing by default. They are held apart only where their documents disagree about what a person can be
only once or hardly at the same time: when born, in what field, with which employer. What the documents share (employers,
colleagues, places that few others name) speaks for one person, however many documents there are, so that one person in a
hundred documents stays one. Documents that say nothing of the kind join the namesake they share most with, else the one
most written about.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kgfuse.fuse.clustering import Clusters
from kgfuse.model import Moment

Span = tuple[datetime, datetime]

_LOOK_BACK = 3
_COMPARED = 60
"""Groups of documents of one name that are compared with each other; more than that are taken as one another's kin."""

# Log-odds, set by hand; a person of two names starts at odds of 4.5 to 1 of being one.
_PRIOR = 1.5
_PRIOR_ONE_WORD = 0.5
_PRIOR_OTHER_KIND = 3.0
_OTHER_FIELD = -1.5
_OTHER_OFFICE = -1.0
_OFFICES_AT_ONCE = -1.0
_OTHER_VALUE = -1.5
_DATES_YEARS_APART = -2.5
_SAME_VALUE = 2.0
_NOTHING_SHARED = -0.3
_RICH_AND_NOTHING_SHARED = -0.8
_SHARED_TIE = 1.5
_NAMED_TOGETHER = 0.7

_YEARS_APART = 15
_RICH = 3

_FIELDS = {
    word: name
    for name, words in {
        "science": "professor researcher scientist lecturer biologist chemist physicist mathematician geologist "
        "historian economist linguist philosopher psychologist sociologist archaeologist anthropologist ecologist "
        "oceanographer meteorologist geneticist botanist zoologist statistician postdoc postdoctoral academic "
        "astronomer scholar dean neuroscientist virologist",
        "business": "ceo cfo cto coo entrepreneur businessman businesswoman banker investor financier industrialist "
        "accountant auditor trader executive merchant",
        "sport": "footballer player striker goalkeeper midfielder defender coach cyclist runner swimmer skier boxer "
        "wrestler athlete golfer cricketer sprinter jockey rower racer driver gymnast skater pitcher quarterback sportsman",
        "arts": "singer actor actress musician composer painter sculptor novelist poet writer author playwright filmmaker "
        "pianist violinist guitarist rapper songwriter photographer dancer comedian illustrator",
        "politics": "politician senator congressman congresswoman mayor governor minister ambassador diplomat chancellor",
        "medicine": "surgeon physician doctor nurse cardiologist oncologist dentist psychiatrist paediatrician pediatrician",
        "law": "judge lawyer attorney barrister solicitor prosecutor magistrate",
        "church": "bishop archbishop priest pastor vicar rabbi imam monk nun cardinal missionary",
        "forces": "admiral soldier officer sergeant colonel lieutenant brigadier commander",
    }.items()
    for word in words.split()
}
_KIN = (
    frozenset({"business", "politics", "law"}),
    frozenset({"science", "medicine"}),
    frozenset({"politics", "forces", "law"}),
)
"""Fields between which people move so often that they say little."""


def fields_of(words: Iterable[str]) -> frozenset[str]:
    """Return the fields of work that the words of an occupation or an office belong to."""
    return frozenset(_FIELDS[word] for word in words if word in _FIELDS)


@dataclass(slots=True)
class Traits:
    """What some documents say of one name; grows by `add` and is not shared.

    `offices` maps an employer to the times at which it was one; `exclusive` are those that allow no other. `values` maps a
    relation that has one value for ever to the values stated. `ties` are rare things linked with it, `near` rare names in
    the same documents.
    """

    offices: dict[str, list[Span]] = field(default_factory=dict)
    exclusive: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    values: dict[str, set[str]] = field(default_factory=dict)
    ties: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)

    def add(self, other: Traits) -> None:
        """Take in what other documents say."""
        for office, spans in other.offices.items():
            self.offices.setdefault(office, []).extend(spans)
        for relation, values in other.values.items():
            self.values.setdefault(relation, set()).update(values)
        self.exclusive |= other.exclusive
        self.fields |= other.fields
        self.ties |= other.ties
        self.near |= other.near

    @property
    def telling(self) -> bool:
        """Whether they hold anything that can contradict."""
        return bool(self.offices or self.fields or self.values)

    def anchors(self) -> Iterable[tuple[str, ...]]:
        """Yield what makes two documents that share it speak of one thing."""
        yield from (("office", office) for office in self.offices)
        yield from (("tie", tie) for tie in self.ties)
        yield from (("value", relation, value) for relation, values in self.values.items() for value in values)


Agree = Callable[[Traits, Traits], float]


# -------------------------------------------------------------------------------------------------------------- agreement


def agreement(one: Traits, other: Traits, person: bool, one_word: bool = False) -> float:
    """Return the probability that two bearers of one name are one, by what their documents say of them."""
    odds = _PRIOR_OTHER_KIND if not person else _PRIOR_ONE_WORD if one_word else _PRIOR
    odds += sum(
        _values_agree(one.values[relation], other.values[relation])
        for relation in sorted(one.values.keys() & other.values.keys())
    )
    if person:
        odds += _offices_agree(one, other) + _fields_agree(one.fields, other.fields)
    if one.ties & other.ties:
        odds += _SHARED_TIE
    elif one.ties and other.ties and person:
        rich = min(len(one.ties), len(other.ties)) >= _RICH
        odds += _RICH_AND_NOTHING_SHARED if rich else _NOTHING_SHARED
    odds += _NAMED_TOGETHER * min(3, len(one.near & other.near))
    return 1 / (1 + math.exp(-odds))


def _values_agree(one: set[str], other: set[str]) -> float:
    if any(a.startswith(b) or b.startswith(a) for a in one for b in other):
        return _SAME_VALUE
    try:
        years = [[Moment.parse(value).at.year for value in values] for values in (one, other)]
    except ValueError:
        return _OTHER_VALUE
    apart = min(abs(a - b) for a in years[0] for b in years[1])
    return _DATES_YEARS_APART if apart >= _YEARS_APART else _OTHER_VALUE


def _offices_agree(one: Traits, other: Traits) -> float:
    if not one.offices or not other.offices or one.offices.keys() & other.offices.keys():
        return 0.0
    at_once = any(
        max(a[0], b[0]) < min(a[1], b[1])
        for left, spans in one.offices.items()
        for right, others in other.offices.items()
        if left in one.exclusive or right in other.exclusive
        for a in (_hull(spans),)
        for b in (_hull(others),)
        if a and b
    )
    return _OTHER_OFFICE + (_OFFICES_AT_ONCE if at_once else 0.0)


def _hull(spans: Sequence[Span]) -> Span | None:
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def _fields_agree(one: set[str], other: set[str]) -> float:
    if not one or not other or one & other:
        return 0.0
    return 0.0 if any(one & kin and other & kin for kin in _KIN) else _OTHER_FIELD


# --------------------------------------------------------------------------------------------------------------- namesakes


def tell_apart(
    traits: Mapping[str, Traits],
    same: Sequence[tuple[str, str]],
    different: Iterable[tuple[str, str]],
    threshold: float,
    person: bool,
    one_word: bool = False,
) -> list[list[str]]:
    """Divide the documents of one name by who is meant; each part sorted, in order of their least member.

    `traits` maps a document to what it says. `same` and `different` are decisions. Pairs whose agreement is below
    `threshold` never meet.
    """

    def agree(left: Traits, right: Traits) -> float:
        return agreement(left, right, person, one_word)

    different = sorted(different)
    clusters = Clusters(traits, different)
    for left, right in same:
        clusters.join(left, right, binding=True)
    _join_by_anchors(clusters, traits, threshold, agree)
    parts = {part[0]: _summed(part, traits) for part in clusters}
    if len(parts) > 1:
        size = {least: len(clusters.members(least)) for least in parts}
        ranked = sorted(parts, key=lambda least: (-size[least], least))
        least_of = {document: least for least in parts for document in clusters.members(least)}
        decided = {least_of[document] for pair in different for document in pair}
        telling = [least for least in ranked if parts[least].telling][:_COMPARED]
        _join_by_agreement(clusters, parts, telling, threshold, agree)
        _join_the_rest(clusters, parts, [least for least in ranked if least not in decided | set(telling)])
    return list(clusters)


def _summed(documents: Iterable[str], traits: Mapping[str, Traits]) -> Traits:
    total = Traits()
    for document in documents:
        total.add(traits[document])
    return total


def _join_by_anchors(clusters: Clusters, traits: Mapping[str, Traits], threshold: float, agree: Agree) -> None:
    """Join documents that share something telling, each with a few before it: the number of pairs stays linear."""
    shared: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in sorted(traits):
        for anchor in traits[document].anchors():
            shared[anchor].append(document)
    for anchor in sorted(shared):
        documents = shared[anchor]
        for position, right in enumerate(documents):
            for left in documents[max(0, position - _LOOK_BACK) : position]:
                if clusters.together(left, right) or agree(traits[left], traits[right]) >= threshold:
                    clusters.join(left, right)


def _join_by_agreement(
    clusters: Clusters,
    parts: Mapping[str, Traits],
    telling: Sequence[str],
    threshold: float,
    agree: Agree,
) -> None:
    pairs: list[tuple[float, str, str]] = []
    for position, first in enumerate(telling):
        for second in telling[position + 1 :]:
            pairs.append((agree(parts[first], parts[second]), min(first, second), max(first, second)))
    for score, left, right in pairs:
        if score < threshold:
            clusters.separate(left, right)
    for _, left, right in sorted(pairs, key=lambda row: (-row[0], row[1], row[2])):
        clusters.join(left, right)


def _join_the_rest(clusters: Clusters, parts: Mapping[str, Traits], rest: Sequence[str]) -> None:
    homes = {least: traits for least, traits in parts.items() if least not in set(rest)}
    if not homes and rest:
        homes = {rest[0]: parts[rest[0]]}
    for least in rest:
        sharing = {home: len(parts[least].near & traits.near) for home, traits in homes.items()}
        ranked = sorted(sharing, key=lambda home: (-sharing[home], -len(clusters.members(home)), home))
        any(clusters.join(least, home) for home in ranked)
