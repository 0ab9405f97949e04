"""What follows from believed facts by learned rules (`rules.py`): inferred facts with their premises.

A conclusion holds while all its premises hold, is as sure as the rule and they are together, and is never drawn where
something is known already: the same stated or denied, another value where only one can be, an opposite.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kgfuse.config import FuseSettings
from kgfuse.fuse.inference import both
from kgfuse.fuse.paths import MOST_LINKS, Step
from kgfuse.fuse.renaming import TypeOf
from kgfuse.fuse.support import rounded
from kgfuse.model import Fact, FactStatus, Validity, fact_id
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.parameters import HornRule
from kgfuse.wording import relation_words

MOST_VALUES = 5
"""Conclusions of one relation drawn about one thing, the surest: what gives more says little about each."""

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)

Links = Mapping[Step, Mapping[str, Sequence[tuple[str, Fact]]]]
"""Step -> thing -> the things that it leads to, each with its fact, surest first."""


def conclude(
    facts: Sequence[Fact],
    ontology: Ontology,
    names: Mapping[str, str],
    type_of: TypeOf,
    rules: Sequence[HornRule],
    settings: FuseSettings,
) -> list[Fact]:
    """Return what the rules add to `facts`, sorted by id; conclusions below `accept_threshold` are not drawn."""
    if not rules:
        return []
    grounds = _Grounds(_links(facts, rules, ontology), Known.of(facts, ontology), names, type_of)
    drawn: dict[tuple[str, str], dict[str, Fact]] = defaultdict(dict)
    for rule in rules:
        for start in sorted(grounds.links.get(rule.body[0], ())):
            for fact in _follow(rule, start, grounds, settings.accept_threshold):
                _keep(drawn[rule.head, start], fact)
    chosen: dict[str, Fact] = {}
    for head, start in sorted(drawn):
        ranked = sorted(drawn[head, start].values(), key=lambda fact: (-fact.confidence, fact.id))
        for fact in ranked[: 1 if _single(head, ontology) else MOST_VALUES]:
            _keep(chosen, fact)
    return [chosen[id] for id in sorted(chosen)]


def _keep(facts: dict[str, Fact], fact: Fact) -> None:
    other = facts.get(fact.id)
    if other is None or (-fact.confidence, fact.premises) < (-other.confidence, other.premises):
        facts[fact.id] = fact


def _links(facts: Iterable[Fact], rules: Iterable[HornRule], ontology: Ontology) -> Links:
    """Index the believed facts by the steps that rules take; of a hub, the surest links only."""
    wanted = {step[0] for rule in rules for step in rule.body}
    links: dict[Step, dict[str, list[tuple[str, Fact]]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        if fact.relation in wanted and fact.status in _BELIEVED and isinstance(fact.object, str):
            links[fact.relation, False][fact.subject].append((fact.object, fact))
            backwards = not ontology.relation(fact.relation).symmetric
            links[fact.relation, backwards][fact.object].append((fact.subject, fact))
    for of in links.values():
        for start, found in of.items():
            of[start] = sorted(found, key=lambda link: (-link[1].confidence, link[1].id))[:MOST_LINKS]
    return links


def _paths(start: str, rule: HornRule, links: Links) -> Iterator[tuple[str, tuple[Fact, ...], Validity]]:
    """Yield ``(end, premises, when all of them hold)`` for every way that the body leads from `start`."""
    for middle, first in links.get(rule.body[0], {}).get(start, ()):
        if len(rule.body) == 1:
            if middle != start:
                yield middle, (first,), first.validity
            continue
        for end, second in links.get(rule.body[1], {}).get(middle, ()):
            validity = both(first.validity, second.validity)
            if middle != start and end not in (start, middle) and first.id != second.id and validity is not None:
                yield end, (first, second), validity


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What conclusions are drawn from and tested against."""

    links: Links
    known: Known
    names: Mapping[str, str]
    type_of: TypeOf


def _follow(rule: HornRule, start: str, grounds: _Grounds, least: float) -> Iterator[Fact]:
    ontology, type_of = grounds.known.ontology, grounds.type_of
    relation = ontology.relation(rule.head)
    for end, premises, validity in _paths(start, rule, grounds.links):
        confidence = rule.confidence
        for premise in premises:
            confidence *= premise.confidence
        subject, object = (end, start) if relation.symmetric and end < start else (start, end)
        if (
            confidence < least
            or grounds.known.speaks(rule.head, subject, object, validity)
            or not ontology.admits(rule.head, type_of(subject), type_of(object))
        ):
            continue
        yield Fact(
            id=fact_id(subject, rule.head, object, validity),
            subject=subject,
            relation=rule.head,
            object=object,
            validity=validity,
            confidence=rounded(confidence),
            status=FactStatus.INFERRED,
            supported_by=(),
            reason=_reason(rule, premises, grounds.names),
            premises=tuple(sorted(premise.id for premise in premises)),
        )


def _reason(rule: HornRule, premises: Sequence[Fact], names: Mapping[str, str]) -> str:
    said = " and ".join(
        f"{names.get(p.subject, '?')} {relation_words(p.relation)} {names.get(str(p.object), '?')}" for p in premises
    )
    known = f"{rule.support} of {rule.cases} known cases"
    return f"by a learned rule ({rule_words(rule)}; right in {known}, trusted {rule.confidence:.2f}): {said}"


def rule_words(rule: HornRule) -> str:
    """Return a rule as people write it: ``x works for z and z located in y => x lives in y``."""
    ends = ["x", "y"] if len(rule.body) == 1 else ["x", "z", "y"]
    steps = [
        f"{right} {relation_words(name)} {left}" if backwards else f"{left} {relation_words(name)} {right}"
        for (name, backwards), left, right in zip(rule.body, ends, ends[1:], strict=False)
    ]
    return f"{' and '.join(steps)} => x {relation_words(rule.head)} y"


# ------------------------------------------------------------------------------------------------------------------ known


def _single(relation: str, ontology: Ontology) -> bool:
    return ontology.relation(relation).cardinality is not Cardinality.MANY


@dataclass(frozen=True, slots=True)
class Known:
    """What is said already: periods by statement, and by what can have one value only."""

    said: Mapping[tuple[str, str, str], Sequence[Validity]]
    taken: Mapping[tuple[str, str], Sequence[Validity]]
    ontology: Ontology

    @classmethod
    def of(cls, facts: Iterable[Fact], ontology: Ontology) -> Known:
        """Index facts of any status: what is disputed was thought about, and is not concluded either."""
        said: dict[tuple[str, str, str], list[Validity]] = defaultdict(list)
        taken: dict[tuple[str, str], list[Validity]] = defaultdict(list)
        for fact in facts:
            if not isinstance(fact.object, str):
                continue
            said[fact.relation, fact.subject, fact.object].append(fact.validity)
            if fact.status in _BELIEVED and _single(fact.relation, ontology):
                for anchor in _anchors(fact.relation, fact.subject, fact.object, ontology):
                    taken[fact.relation, anchor].append(fact.validity)
        return cls(said, taken, ontology)

    def speaks(self, relation: str, subject: str, object: str, validity: Validity) -> bool:
        """Whether the same, its opposite, or another value where only one can be is said of an overlapping time."""
        about = [self.said.get((relation, subject, object), ())]
        opposite = self.ontology.relation(relation).opposite
        if opposite is not None:
            about.append(self.said.get((opposite, subject, object), ()))
        if _single(relation, self.ontology):
            about += [
                self.taken.get((relation, anchor), ()) for anchor in _anchors(relation, subject, object, self.ontology)
            ]
        return any(validity.overlaps(known) for periods in about for known in periods)


def _anchors(relation: str, subject: str, object: str, ontology: Ontology) -> tuple[str, ...]:
    """Return what can have one value only: the thing on the relation's `per` side, of a symmetric relation both."""
    found = ontology.relation(relation)
    if found.symmetric:
        return (subject, object)
    return (object,) if found.per == "object" else (subject,)
