"""How often each source is right, learned from where it agrees and disagrees with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from kgfuse.config import FuseSettings
from kgfuse.fuse.items import Item, settle
from kgfuse.fuse.support import noisy_or
from kgfuse.model import content_id
from kgfuse.ontology import Cardinality
from kgfuse.protocols import Parameters

_CONVERGED = 1e-4


def learn(items: Iterable[Item], settings: FuseSettings) -> Parameters:
    """Fit reliabilities by iterative truth discovery (Accu without copy detection: copies are silent already).

    Each round settles every contested item of cardinality one or one-at-a-time with the reliabilities so far, takes the
    fused confidence of what a claim supports as the probability that the claim is right, and gives each source the mean
    over its claims, with a prior of `prior_weight` claims at `prior_reliability` (a Beta prior: a source that was seen twice
    is not believed blindly). A claim's own extraction confidence weighs it: a misread claim says little about its source.
    """
    contested = [item for item in items if item.relation.cardinality is not Cardinality.MANY and item.contested]
    reliability: dict[str, float] = {}
    for _ in range(settings.reliability_rounds):
        learned = _round(contested, reliability, settings)
        change = max((abs(learned[s] - reliability.get(s, settings.prior_reliability)) for s in learned), default=0.0)
        reliability = learned
        if change < _CONVERGED:
            break
    table = tuple((source, round(reliability[source], 6)) for source in sorted(reliability))
    default = settings.prior_reliability
    version = content_id("parameters", default, *(part for row in table for part in row))
    return Parameters(version, table, default)


def _round(items: list[Item], reliability: Mapping[str, float], settings: FuseSettings) -> dict[str, float]:
    right: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for item in items:
        timeline = settle(item, reliability, settings.prior_reliability, settings)
        believed: dict[str, float] = {}
        for run in timeline.runs:
            voices = [s.testimony for s in run.supported_by if not s.testimony.silent]
            confidence = noisy_or(voices, settings) * run.share
            believed.update({s.id: confidence for s in run.supported_by})
        for loss in timeline.losses:
            believed.update({s.id: min(loss.share, 1.0 - loss.share) for s in loss.statements})
        for claim in item.claims:
            if not claim.negated and claim.triple_id in believed and claim.triple_id not in item.silent:
                right[claim.source].append((believed[claim.triple_id], claim.confidence))
    prior, weight = settings.prior_reliability, settings.prior_weight
    return {
        source: (prior * weight + sum(p * c for p, c in sorted(votes))) / (weight + sum(c for _, c in sorted(votes)))
        for source, votes in right.items()
    }
