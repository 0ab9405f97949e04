"""The two pure functions: fit parameters on the whole ledger, and fuse it into a graph with parameters frozen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.advice import heed
from kgfuse.fuse.careers import leave
from kgfuse.fuse.claims import link
from kgfuse.fuse.conclusions import conclude
from kgfuse.fuse.conflicts import oppose
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.fuse.facts import circular, facts_of, merge
from kgfuse.fuse.inference import infer
from kgfuse.fuse.items import Item, Parted, item_of, part, settle
from kgfuse.fuse.plain import plain_fact
from kgfuse.fuse.proposals import proposed
from kgfuse.fuse.relating import phrases_of
from kgfuse.fuse.renaming import read_phrases
from kgfuse.fuse.rules import believed_edges, mine
from kgfuse.fuse.sources import learn
from kgfuse.fuse.support import Trust, testify
from kgfuse.fuse.values import value_of
from kgfuse.model import Claim, Fact, FusedGraph, content_id
from kgfuse.ontology import Ontology
from kgfuse.parameters import MatchWeights, Parameters
from kgfuse.protocols import LedgerContent


def fit(content: LedgerContent, ontology: Ontology, settings: FuseSettings) -> Parameters:
    """Fit how records are matched, what open phrases mean, how reliable each source is, and which rules hold.

    Deterministic and independent of the order of what the ledger holds.
    """
    return _fitted(heed(content, settings.advice_weight), ontology, settings)[0]


def fuse(content: LedgerContent, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> FusedGraph:
    """Fuse what the sources said into entities and facts: the same content gives the same graph, byte for byte.

    Every claim's triple stands in `supported_by` or `opposed_by` of at least one fact.
    """
    content = heed(content, settings.advice_weight)
    return _fused(content, _read(content, ontology, settings, parameters), ontology, settings, parameters)


def fit_and_fuse(content: LedgerContent, ontology: Ontology, settings: FuseSettings) -> tuple[Parameters, FusedGraph]:
    """Return what `fit` gives, and what `fuse` gives with that: who is who is found out once for both."""
    content = heed(content, settings.advice_weight)
    parameters, reading = _fitted(content, ontology, settings)
    return parameters, _fused(content, reading, ontology, settings, parameters)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Who is who, what is claimed of whom, and which claims can contradict each other."""

    resolution: Resolution
    claims: tuple[Claim, ...]
    parted: Parted


def _fitted(content: LedgerContent, ontology: Ontology, settings: FuseSettings) -> tuple[Parameters, _Reading]:
    resolution, claims = _linked(content, ontology, settings, None)
    phrases = phrases_of(content, claims, resolution.type_of, ontology, settings)
    claims = read_phrases(content, claims, phrases, resolution.type_of, ontology)
    parted = part(claims, ontology, settings)
    learned = learn(parted.items, settings, Counter(claim.source for said in parted.plain for claim in said))
    rules = mine(believed_edges(claims, ontology, Trust.of(learned), settings), ontology, settings)
    documents = len({document for document, _, _ in resolution.groups})
    parts = [repr(part) for part in (resolution.matching, phrases, rules) if part]
    version = content_id("parameters", learned.version, documents, *parts)
    parameters = replace(
        learned, matching=resolution.matching, phrases=phrases, rules=rules, documents=documents, version=version
    )
    return parameters, _Reading(resolution, claims, parted)


def _read(content: LedgerContent, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> _Reading:
    resolution, claims = _linked(content, ontology, settings, parameters.matching, parameters.documents)
    claims = read_phrases(content, claims, parameters.phrases, resolution.type_of, ontology)
    return _Reading(resolution, claims, part(claims, ontology, settings))


def _fused(
    content: LedgerContent, reading: _Reading, ontology: Ontology, settings: FuseSettings, parameters: Parameters
) -> FusedGraph:
    resolution, claims, parted = reading.resolution, reading.claims, reading.parted
    names = {entity.id: entity.name for entity in resolution.entities}
    trust = Trust.of(parameters)
    facts = settled(parted, trust, ontology, names, settings)
    full_time = {name for name, relation in ontology.relations.items() if relation.full_time}
    facts = leave(facts, {claim.triple_id: claim for claim in claims if claim.relation in full_time}, ontology, names)
    facts = merge([*facts, *circular(parted.circular)])
    testimonies = {
        testimony.id: testimony
        for item in _opposed(parted, ontology, settings)
        for testimony in testify(item.claims, trust, item.values, item.silent, settings)
    }
    facts = oppose(facts, ontology, testimonies, settings)
    facts += infer(facts, ontology, names, settings.accept_threshold)
    facts += conclude(facts, ontology, names, resolution.type_of, parameters.rules, settings)
    facts += proposed(content.proposals, facts, resolution.entity_of, resolution.type_of, ontology, settings)
    return FusedGraph(
        entities=tuple(sorted(resolution.entities, key=lambda entity: entity.id)),
        facts=tuple(merge(facts)),
        claims=claims,
        groups=tuple(sorted(resolution.groups.items())),
    )


def _linked(
    content: LedgerContent,
    ontology: Ontology,
    settings: FuseSettings,
    matching: tuple[MatchWeights, ...] | None,
    documents: int = 0,
) -> tuple[Resolution, tuple[Claim, ...]]:
    resolution = resolve(content, ontology, settings, matching, documents)
    names = {entity.id: entity.name for entity in resolution.entities}
    return resolution, link(content, ontology, resolution, lambda entity: names.get(entity, ""))


def settled(
    parted: Parted, trust: Trust, ontology: Ontology, names: Mapping[str, str], settings: FuseSettings
) -> list[Fact]:
    """Return the facts of every data item, each settled by itself."""
    facts: list[Fact] = []
    symmetric = {name for name, relation in ontology.relations.items() if relation.symmetric}
    for said in parted.plain:
        fact = plain_fact(said, said[0].relation in symmetric, trust, settings)
        if fact is None:
            item = item_of(said, ontology, settings)
            facts.extend(facts_of(item, settle(item, trust, settings), names, settings))
        else:
            facts.append(fact)
    for item in parted.items:
        facts.extend(facts_of(item, settle(item, trust, settings), names, settings))
    return facts


def _opposed(parted: Parted, ontology: Ontology, settings: FuseSettings) -> Iterator[Item]:
    """Yield the data items of relations that have an opposite; of plain ones those whose opposite is claimed, too."""
    against: defaultdict[str, set[str]] = defaultdict(set)
    for name, relation in ontology.relations.items():
        if relation.opposite is not None:
            against[name].add(relation.opposite)
            against[relation.opposite].add(name)
    yield from (item for item in parted.items if item.relation.name in against)
    plain = [said for said in parted.plain if said[0].relation in against]
    rest = (claim for item in parted.items if item.relation.name in against for claim in item.claims)
    claimed = {
        (claim.relation, claim.subject, value_of(claim.object)) for claim in (*rest, *(said[0] for said in plain))
    }
    for said in plain:
        pair = (said[0].subject, value_of(said[0].object))
        if any((other, *pair) in claimed for other in against[said[0].relation]):
            yield item_of(said, ontology, settings)
