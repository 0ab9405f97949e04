"""The two pure functions: fit parameters on the whole ledger, and fuse it into a graph with parameters frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.careers import leave
from kgfuse.fuse.claims import link
from kgfuse.fuse.conclusions import conclude
from kgfuse.fuse.conflicts import oppose
from kgfuse.fuse.entities import Resolution, resolve
from kgfuse.fuse.facts import circular, facts_of, merge
from kgfuse.fuse.inference import infer
from kgfuse.fuse.items import Item, partition, settle
from kgfuse.fuse.relating import phrases_of
from kgfuse.fuse.renaming import read_phrases
from kgfuse.fuse.rules import believed_edges, mine
from kgfuse.fuse.sources import learn
from kgfuse.fuse.support import Trust, testify
from kgfuse.model import Claim, Fact, FusedGraph, content_id
from kgfuse.ontology import Ontology
from kgfuse.protocols import LedgerContent, MatchWeights, Parameters


def fit(content: LedgerContent, ontology: Ontology, settings: FuseSettings) -> Parameters:
    """Fit how records are matched, what open phrases mean, how reliable each source is, and which rules hold.

    Deterministic and independent of the order of what the ledger holds.
    """
    resolution, claims = _linked(content, ontology, settings, None)
    phrases = phrases_of(content, claims, resolution.type_of, ontology, settings)
    claims = read_phrases(content, claims, phrases, resolution.type_of, ontology)
    items, _ = partition(claims, ontology, settings)
    learned = learn(items, settings)
    rules = mine(believed_edges(claims, ontology, Trust.of(learned), settings), ontology, settings)
    parts = [repr(part) for part in (resolution.matching, phrases, rules) if part]
    if not parts:
        return learned
    version = content_id("parameters", learned.version, *parts)
    return replace(learned, matching=resolution.matching, phrases=phrases, rules=rules, version=version)


def fuse(content: LedgerContent, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> FusedGraph:
    """Fuse what the sources said into entities and facts: the same content gives the same graph, byte for byte.

    Every claim's triple stands in `supported_by` or `opposed_by` of at least one fact.
    """
    resolution, claims = _linked(content, ontology, settings, parameters.matching)
    claims = read_phrases(content, claims, parameters.phrases, resolution.type_of, ontology)
    names = {entity.id: entity.name for entity in resolution.entities}
    items, of_themselves = partition(claims, ontology, settings)
    trust = Trust.of(parameters)
    facts: list[Fact] = []
    for item in items:
        timeline = settle(item, trust, settings)
        facts.extend(facts_of(item, timeline, names, settings))
    facts = leave(facts, {claim.triple_id: claim for claim in claims}, ontology, names)
    facts = merge([*facts, *circular(of_themselves)])
    weighed = _opposable(items, ontology)
    testimonies = {
        testimony.id: testimony
        for item in weighed
        for testimony in testify(item.claims, trust, item.values, item.silent, settings)
    }
    facts = oppose(facts, ontology, testimonies, settings)
    facts += infer(facts, ontology, names, settings.accept_threshold)
    facts += conclude(facts, ontology, names, resolution.type_of, parameters.rules, settings)
    return FusedGraph(
        entities=tuple(sorted(resolution.entities, key=lambda entity: entity.id)),
        facts=tuple(merge(facts)),
        claims=claims,
        groups=tuple(sorted(resolution.groups.items())),
    )


def _linked(
    content: LedgerContent, ontology: Ontology, settings: FuseSettings, matching: tuple[MatchWeights, ...] | None
) -> tuple[Resolution, tuple[Claim, ...]]:
    resolution = resolve(content, ontology, settings, matching)
    names = {entity.id: entity.name for entity in resolution.entities}
    return resolution, link(content, ontology, resolution, lambda entity: names.get(entity, ""))


def _opposable(items: Iterable[Item], ontology: Ontology) -> list[Item]:
    return [item for item in items if ontology.relation(item.relation.name).opposite is not None]
