"""What follows from believed facts by the ontology's rules: inverse and transitive relations.

An inferred fact names its premises, is never evidence for anything, and goes when a premise goes, because it is derived
anew by every fusion. Symmetric relations need no rule: a pair is stored once, its members in order of their ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _Chain:
    start: str
    end: str
    validity: Validity
    confidence: float
    premises: tuple[str, ...]


def infer(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str], least: float) -> list[Fact]:
    """Return the facts that follow, sorted by id, save those already stated; conclusions below `least` are not drawn."""
    believed = [fact for fact in sorted(facts, key=lambda f: f.id) if fact.status in _BELIEVED]
    concluded = {name for name, relation in ontology.relations.items() if relation.transitive or relation.inverse}
    concluded |= {relation.inverse for relation in ontology.relations.values() if relation.inverse}
    stated: dict[tuple[str, str, str], list[Validity]] = defaultdict(list)
    for fact in believed:
        if fact.relation in concluded:
            stated[fact.subject, fact.relation, str(fact.object)].append(fact.validity)
    conclusions: dict[str, Fact] = {}
    for fact in (*_inverses(believed, ontology, names), *_closures(believed, ontology, names)):
        known = stated.get((fact.subject, fact.relation, str(fact.object)), ())
        if fact.confidence < least or any(validity.overlaps(fact.validity) for validity in known):
            continue
        best = conclusions.get(fact.id)
        if best is None or (-fact.confidence, fact.premises) < (-best.confidence, best.premises):
            conclusions[fact.id] = fact
    return [conclusions[id] for id in sorted(conclusions)]


def _inverses(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str]) -> Iterable[Fact]:
    inverses = {name: relation.inverse for name, relation in ontology.relations.items()}
    for fact in facts:
        inverse = inverses.get(fact.relation)
        if inverse is not None and isinstance(fact.object, str):
            what = f"{names.get(fact.subject, '?')} {relation_words(fact.relation)} {names.get(fact.object, '?')}"
            reason = f"the inverse of: {what}"
            chain = _Chain(fact.object, fact.subject, fact.validity, fact.confidence, (fact.id,))
            yield _conclusion(chain, inverse, reason, fact.qualifiers)


def _closures(facts: Iterable[Fact], ontology: Ontology, names: Mapping[str, str]) -> Iterable[Fact]:
    links: dict[str, dict[str, list[_Chain]]] = defaultdict(lambda: defaultdict(list))
    transitive = {name for name, relation in ontology.relations.items() if relation.transitive}
    for fact in facts:
        if fact.relation in transitive and isinstance(fact.object, str):
            chain = _Chain(fact.subject, fact.object, fact.validity, fact.confidence, (fact.id,))
            links[fact.relation][fact.subject].append(chain)
    for relation in sorted(links):
        out = links[relation]
        for subject in out:
            out[subject] = sorted(out[subject], key=lambda c: (-c.confidence, c.premises))[:MOST_LINKS]
        for subject in sorted(out):
            for chain in _walk(subject, out):
                via = " and ".join(
                    f"{names.get(left, '?')} {relation_words(relation)} {names.get(right, '?')}"
                    for left, right in _steps(chain, out)
                )
                yield _conclusion(chain, relation, f"follows from: {via}", ())


def _walk(subject: str, out: Mapping[str, list[_Chain]]) -> Iterable[_Chain]:
    """Yield the chains of two and more links from `subject` that visit nothing twice."""
    frontier = [(chain, {subject, chain.end}) for chain in out[subject]]
    for _ in range(LONGEST_CHAIN - 1):
        longer: list[tuple[_Chain, set[str]]] = []
        for chain, seen in frontier:
            for link in out.get(chain.end, ()):
                validity = both(chain.validity, link.validity)
                if link.end in seen or validity is None:
                    continue
                premises = (*chain.premises, *link.premises)
                joined = _Chain(subject, link.end, validity, chain.confidence * link.confidence, premises)
                longer.append((joined, seen | {link.end}))
        longer.sort(key=lambda pair: (-pair[0].confidence, pair[0].premises))
        frontier = longer[:MOST_LINKS]
        yield from (chain for chain, _ in frontier)


def _steps(chain: _Chain, out: Mapping[str, list[_Chain]]) -> Iterable[tuple[str, str]]:
    at = chain.start
    for premise in chain.premises:
        link = next(link for link in out[at] if link.premises == (premise,))
        yield at, link.end
        at = link.end


def both(left: Validity, right: Validity) -> Validity | None:
    """Return when both hold, or `None` when they never do."""
    if not left.overlaps(right):
        return None
    starts = [v.valid_from for v in (left, right) if v.valid_from is not None]
    ends = [v.valid_to for v in (left, right) if v.valid_to is not None]
    start: Moment | None = max(starts, default=None)
    end: Moment | None = min(ends, default=None)
    return Validity(start, end)


def _conclusion(chain: _Chain, relation: str, reason: str, qualifiers: Qualifiers) -> Fact:
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
