"""What follows from believed facts by the ontology's rules: inverse and transitive relations.

An inferred fact names its premises, is never evidence for anything, and goes when a premise goes, because it is derived
anew by every fusion. Symmetric relations need no rule: a pair is stored once, its members in order of their ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from kgfuse.frozen import quickly_made
from kgfuse.fuse.support import rounded
from kgfuse.model import Fact, FactStatus, Moment, Qualifiers, Validity, fact_id
from kgfuse.ontology import Ontology
from kgfuse.wording import relation_words

LONGEST_CHAIN = 3
"""Premises of a transitive conclusion at most: each link may be wrong, and meaning drifts along a chain."""

MOST_LINKS = 50
"""Of a thing with more links than this (a hub), a chain follows only the surest ones."""

STEP_DISCOUNT = 0.95
"""What a rule itself is trusted: the confidence of a conclusion is the product of its premises' times this per step."""

_BELIEVED = (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)


@quickly_made
@dataclass(frozen=True, slots=True)
class Chain:
    """Links of a transitive relation that lead from one thing to another, and when all of them hold."""

    start: str
    end: str
    validity: Validity
    confidence: float
    premises: tuple[str, ...]


def infer(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str], least: float) -> list[Fact]:
    """Return the facts that follow, sorted by id, save those already stated; conclusions below `least` are not drawn."""
    believed = [fact for fact in sorted(facts, key=lambda f: f.id) if is_believed(fact)]
    concluded = concluded_relations(ontology)
    stated: dict[Said, list[Validity]] = defaultdict(list)
    for fact in believed:
        if fact.relation in concluded:
            stated[said(fact)].append(fact.validity)
    drawn: dict[str, list[Fact]] = defaultdict(list)
    for fact in (*_inverses(believed, ontology, names), *_closures(believed, ontology, names)):
        drawn[fact.id].append(fact)
    best = (best_of(drawn[id], stated.get(said(drawn[id][0]), ()), least) for id in sorted(drawn))
    return [fact for fact in best if fact is not None]


Said = tuple[str, str, str]
"""Subject, relation and object of a fact."""


def said(fact: Fact) -> Said:
    """Return what a fact says, whenever."""
    return fact.subject, fact.relation, str(fact.object)


def is_believed(fact: Fact) -> bool:
    """Whether anything may follow from a fact."""
    return fact.status in _BELIEVED


def concluded_relations(ontology: Ontology) -> frozenset[str]:
    """Return the relations of which facts may follow."""
    relations = ontology.relations.values()
    own = {relation.name for relation in relations if relation.transitive or relation.inverse}
    return frozenset(own | {relation.inverse for relation in relations if relation.inverse})


def best_of(drawn: Iterable[Fact], stated: Iterable[Validity], least: float) -> Fact | None:
    """Return the surest of the ways to one conclusion; none where that is stated already, or too weak."""
    known = list(stated)
    able = [fact for fact in drawn if fact.confidence >= least and not any(v.overlaps(fact.validity) for v in known)]
    return min(able, key=lambda fact: (-fact.confidence, fact.premises), default=None)


def _inverses(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str]) -> Iterator[Fact]:
    return (found for fact in facts if (found := inverse_of(fact, ontology, names)) is not None)


def inverse_of(fact: Fact, ontology: Ontology, names: Mapping[str, str]) -> Fact | None:
    """Return a fact the other way round, where its relation has an inverse."""
    inverse = ontology.relation(fact.relation).inverse
    if inverse is None or not isinstance(fact.object, str):
        return None
    what = f"{names.get(fact.subject, '?')} {relation_words(fact.relation)} {names.get(fact.object, '?')}"
    chain = Chain(fact.object, fact.subject, fact.validity, fact.confidence, (fact.id,))
    return _conclusion(chain, inverse, f"the inverse of: {what}", fact.qualifiers)


def _closures(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str]) -> Iterator[Fact]:
    links: dict[str, dict[str, list[Chain]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        link = link_of(fact, ontology)
        if link is not None:
            links[fact.relation][fact.subject].append(link)
    for relation in sorted(links):
        out = {subject: surest(found) for subject, found in links[relation].items()}
        for subject in sorted(out):
            yield from closure_of(subject, relation, out, names)


def link_of(fact: Fact, ontology: Ontology) -> Chain | None:
    """Return a fact as the link of chains, where its relation is transitive."""
    if not ontology.relation(fact.relation).transitive or not isinstance(fact.object, str):
        return None
    return Chain(fact.subject, fact.object, fact.validity, fact.confidence, (fact.id,))


def surest(links: Iterable[Chain]) -> list[Chain]:
    """Return the links of a thing that chains follow."""
    return sorted(links, key=lambda link: (-link.confidence, link.premises))[:MOST_LINKS]


def closure_of(
    subject: str, relation: str, out: Mapping[str, Sequence[Chain]], names: Mapping[str, str]
) -> Iterator[Fact]:
    """Yield what follows about a thing from chains of a relation; `out` holds the `surest` links of each."""
    verb = relation_words(relation)
    for chain, passed in _walk(subject, out):
        called = [names.get(thing, "?") for thing in passed]
        via = " and ".join(f"{left} {verb} {right}" for left, right in pairwise(called))
        yield _conclusion(chain, relation, f"follows from: {via}", ())


def _walk(subject: str, out: Mapping[str, Sequence[Chain]]) -> Iterable[tuple[Chain, tuple[str, ...]]]:
    """Yield the chains of two and more links from `subject` that visit nothing twice, each with the things on its way."""
    frontier: list[tuple[Chain, tuple[str, ...]]] = [(chain, (subject, chain.end)) for chain in out[subject]]
    for _ in range(LONGEST_CHAIN - 1):
        longer: list[tuple[float, tuple[str, ...], Validity, tuple[str, ...]]] = []
        for chain, passed in frontier:
            validity, confidence, premises = chain.validity, chain.confidence, chain.premises
            for link in out.get(chain.end, ()):
                if link.end not in passed and (together := both(validity, link.validity)) is not None:
                    further = (*passed, link.end)
                    longer.append((-(confidence * link.confidence), premises + link.premises, together, further))
        longer.sort(key=itemgetter(0, 1))
        frontier = [
            (Chain(subject, passed[-1], validity, -confidence, premises), passed)
            for confidence, premises, validity, passed in longer[:MOST_LINKS]
        ]
        yield from frontier


def both(left: Validity, right: Validity) -> Validity | None:
    """Return when both hold, or `None` when they never do."""
    if left.unbounded:
        return right
    if right.unbounded:
        return left
    if not left.overlaps(right):
        return None
    starts = [v.valid_from for v in (left, right) if v.valid_from is not None]
    ends = [v.valid_to for v in (left, right) if v.valid_to is not None]
    start: Moment | None = max(starts, default=None)
    end: Moment | None = min(ends, default=None)
    return Validity(start, end)


def _conclusion(chain: Chain, relation: str, reason: str, qualifiers: Qualifiers) -> Fact:
    return Fact(
        id=fact_id(chain.start, relation, chain.end, chain.validity),
        subject=chain.start,
        relation=relation,
        object=chain.end,
        validity=chain.validity,
        confidence=rounded(chain.confidence * STEP_DISCOUNT ** max(1, len(chain.premises) - 1)),
        status=FactStatus.INFERRED,
        supported_by=(),
        reason=reason,
        qualifiers=qualifiers,
        premises=tuple(sorted(chain.premises)),
    )
