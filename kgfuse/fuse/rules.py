"""Horn rules learned from what is believed: ``works_for(x, z) and located_in(z, y) => lives_in(x, y)``.

Closed path rules with one or two premises, after AMIE (Galárraga, Teflioudi, Hose, Suchanek, 'AMIE: association rule
mining under incomplete evidence in ontological knowledge bases', WWW 2013): support, head coverage, and confidence under the
partial completeness assumption, that of a thing with a known value all values are known, counted at the end of the head that
has fewer values. That flatters rules that meet mostly things to which the head does not apply, whereas the closed world,
where what is not known is false, is unfair to all; a rule is trusted midway between the two, at their lower Wilson bounds.

Cost is bounded: bodies are found from at most `MOST_HEADS` pairs of a head and counted from at most `MOST_STARTS` things,
drawn by the hash of their ids, and through a hub at most `MOST_LINKS` links are followed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from math import sqrt

from kgfuse.config import FuseSettings
from kgfuse.fuse.paths import Edges, Pair, Paths, Step
from kgfuse.fuse.relations import CATCH_ALL, MISFIT
from kgfuse.fuse.support import Trust
from kgfuse.model import Claim
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.parameters import HornRule

MOST_HEADS = 1000
"""Pairs of a relation from which bodies are sought."""

MOST_STARTS = 2000
"""Things from which a rule's paths are counted."""

MOST_BODIES = 30
"""Bodies counted exactly for one head, those found most often."""

MOST_RELATIONS = 200
"""Relations that rules are sought for, those with most pairs."""


def believed_edges(claims: Iterable[Claim], ontology: Ontology, trust: Trust, settings: FuseSettings) -> Edges:
    """Return the pairs that the claims support well enough to be believed, by relation; linear in the claims.

    Counting needs no timelines: a pair that was believed at any time is an edge, unless it is denied with more weight, or,
    in a relation of cardinality one, another value has more.
    """
    support: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    against: dict[tuple[str, str, str], float] = defaultdict(float)
    counted: dict[str, bool] = {}
    for claim in claims:
        if not isinstance(claim.object, str) or claim.subject == claim.object:
            continue
        if claim.relation not in counted:
            counted[claim.relation] = _counts(claim.relation, ontology)
        if not counted[claim.relation]:
            continue
        key = (claim.relation, claim.subject, claim.object)
        strength = trust.in_relation(claim.source, claim.relation) * claim.confidence
        if claim.negated:
            against[key] = max(against[key], strength)
        elif strength > support[key].get(claim.source, 0.0):
            support[key][claim.source] = strength
    sums = {key: _noisy_or(of.values()) for key, of in support.items()}
    single = {name for name in counted if ontology.relation(name).cardinality is Cardinality.ONE}
    best: dict[tuple[str, str], float] = defaultdict(float)
    for (relation, subject, _), strength in sums.items():
        if relation in single:
            best[relation, subject] = max(best[relation, subject], strength)
    edges: dict[str, set[Pair]] = defaultdict(set)
    for (relation, subject, object), strength in sums.items():
        if strength < settings.accept_threshold or strength <= against.get((relation, subject, object), 0.0):
            continue
        if relation not in single or strength >= best[relation, subject]:
            edges[relation].add((subject, object))
    return {relation: frozenset(edges[relation]) for relation in sorted(edges)}


def _counts(relation: str, ontology: Ontology) -> bool:
    return relation != CATCH_ALL and not relation.endswith(MISFIT) and not ontology.relation(relation).identity


def _noisy_or(strengths: Collection[float]) -> float:
    if len(strengths) == 1:
        (right,) = strengths
        return 1.0 - (1.0 - right)
    wrong = 1.0
    for strength in sorted(strengths):
        wrong *= 1.0 - strength
    return 1.0 - wrong


# ----------------------------------------------------------------------------------------------------------------- mining


def mine(edges: Edges, ontology: Ontology, settings: FuseSettings) -> tuple[HornRule, ...]:
    """Return the rules that reach the settings' support, coverage and confidence, sorted by head and body.

    What the ontology says itself (inverse, transitive, symmetric) is not learned again. A pure function of the set of edges.
    """
    enough = [name for name in edges if len(edges[name]) >= settings.rule_support]
    heads = sorted(enough, key=lambda name: (-len(edges[name]), name))[:MOST_RELATIONS]
    if not heads:
        return ()
    graph = Paths({name: edges[name] for name in enough}, ontology)
    rules = []
    for head in sorted(heads):
        for body in _bodies(head, graph, ontology, settings):
            rule = _counted(head, body, graph, settings)
            if rule is not None:
                rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: (rule.head, rule.body)))


def _bodies(head: str, graph: Paths, ontology: Ontology, settings: FuseSettings) -> list[tuple[Step, ...]]:
    """Return the bodies found most often between pairs of the head, most frequent first."""
    found, asked = graph.bodies(head, MOST_HEADS)
    share = asked / graph.pairs(head)
    told = [
        body
        for body, count in found.items()
        if count >= settings.rule_support * share and count > 1 and not _known(head, body, ontology)
    ]
    return sorted(told, key=lambda body: (-found[body], len(body), body))[:MOST_BODIES]


def _known(head: str, body: tuple[Step, ...], ontology: Ontology) -> bool:
    """Whether the rule is empty or the ontology's own."""
    relation = ontology.relation(head)
    if len(body) == 1:
        name, backwards = body[0]
        return (name == head and (not backwards or relation.symmetric)) or (name == relation.inverse and backwards)
    return relation.transitive and all(
        step in ((head, False), (relation.inverse or head, relation.inverse is not None)) for step in body
    )


def _counted(head: str, body: tuple[Step, ...], graph: Paths, settings: FuseSettings) -> HornRule | None:
    forwards = graph.leaves((head, False))
    backwards = forwards if head in graph.symmetric else graph.leaves((head, True))
    at_start = forwards.sum() >= backwards.sum()  # the end with fewer values for each thing
    support = cases = joined = 0
    share = 1.0
    for part in graph.walk(body, MOST_STARTS):
        joined += len(part.pairs)
        support += graph.holding(head, part)
        cases += part.joining(forwards, None) if at_start else part.joining(None, backwards)
        share = part.drawn / part.starts
    coverage = min(1.0, support / (share * graph.pairs(head)))
    confidence = round((lower_bound(support, cases) + lower_bound(support, joined)) / 2, 6)
    if support < settings.rule_support or coverage < settings.rule_coverage or confidence < settings.rule_confidence:
        return None
    return HornRule(head, body, support, cases, joined, round(coverage, 6), confidence)


def lower_bound(right: int, cases: int, z: float = 1.645) -> float:
    """Return the lower end of Wilson's interval of a share (one-sided, 95 %), 0 of nothing; Wilson, JASA 1927."""
    if not cases:
        return 0.0
    share, spread = right / cases, z * z / cases
    centre = share + spread / 2
    width = z * sqrt(share * (1 - share) / cases + spread / (4 * cases))
    return round(max(0.0, (centre - width) / (1 + spread)), 6)
