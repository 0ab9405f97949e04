"""How often each source is right, learned from where it agrees and disagrees with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import prod

from kgfuse.config import FuseSettings
from kgfuse.fuse.items import Item, settle
from kgfuse.model import content_id
from kgfuse.ontology import Cardinality
from kgfuse.protocols import Parameters

_CONVERGED = 1e-3


def learn(items: Iterable[Item], settings: FuseSettings) -> Parameters:
    """Fit reliabilities by iterative truth discovery (Accu without copy detection: copies are silent already).

    Each round settles every contested item of cardinality one or one-at-a-time with the reliabilities so far. A claim that
    another source confirms or contradicts is right with the posterior share of its value times the probability that one
    of the sources behind that value is right; each source gets the mean over its claims, with a prior of `prior_weight`
    claims at `prior_reliability` (a Beta prior: a source that was seen twice is not believed blindly). A claim's extraction
    confidence weighs it: a misread claim says little about its source.
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
        judged = [(run.supported_by, run.share, bool(run.rivals)) for run in timeline.runs]
        judged += [(loss.statements, loss.share, True) for loss in timeline.losses if loss.beaten_by is not None]
        for statements, share, opposed in judged:
            voices = {s.testimony.claim.source: 0.0 for s in statements if not s.testimony.silent and not s.denies}
            if len(voices) < 2 and not opposed:
                continue  # nobody else spoke of this value at this time: nothing to learn
            wrong = prod(1.0 - reliability.get(source, settings.prior_reliability) for source in sorted(voices))
            for s in statements:
                claim = s.testimony.claim
                if not s.testimony.silent and not s.denies:
                    right[claim.source].append((share * (1.0 - wrong), claim.confidence))
    prior, weight = settings.prior_reliability, settings.prior_weight
    return {
        source: (prior * weight + sum(p * c for p, c in sorted(votes))) / (weight + sum(c for _, c in sorted(votes)))
        for source, votes in right.items()
    }
