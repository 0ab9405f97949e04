"""The common case: a statement that may hold beside all others, which nobody denies or dates.

Nine of ten claims are such. The general way (`items.settle`, `facts.facts_of`) comes to the same, after looking for
boundaries, rivals and copies that cannot be there; a property test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod

from kgfuse.config import FuseSettings
from kgfuse.fuse.support import Trust, rounded, weigh
from kgfuse.fuse.values import representative
from kgfuse.model import ALWAYS, Claim, Fact, FactStatus, Qualifiers, fact_id


def plain_fact(said: Sequence[Claim], symmetric: bool, trust: Trust, settings: FuseSettings) -> Fact | None:
    """Return what claims come to that `items.is_plain`; `None` where sources that copy each other agree."""
    first = said[0]
    subject, relation, object = first.subject, first.relation, first.object
    if len(said) == 1:
        best = trust.in_relation(first.source, relation) * first.confidence
        none_right = 1.0 - best
        sources, qualifiers = 1, first.qualifiers
    else:
        strengths: dict[str, float] = {}
        for claim in said:
            strength = trust.in_relation(claim.source, relation) * claim.confidence
            if strength > strengths.get(claim.source, -1.0):
                strengths[claim.source] = strength
        if len(strengths.keys() & trust.dependence.keys()) > 1:
            return None
        best = max(strengths.values())
        none_right = prod(1.0 - strengths[source] for source in sorted(strengths))
        sources, qualifiers = len(strengths), _together(said)
        if not isinstance(object, str):
            object = representative(claim.object for claim in said)
    if isinstance(object, str) and symmetric and object < subject:
        subject, object = object, subject
    confidence = rounded(min(settings.max_confidence, 1.0 - none_right))
    if weigh(best, settings) <= 0:
        status, reason = FactStatus.DISPUTED, f"{_stated_by(sources)}; the evidence is too weak"
    elif confidence < settings.accept_threshold:
        status, reason = FactStatus.DISPUTED, f"{_stated_by(sources)}; the evidence is too weak ({confidence:.2f})"
    else:
        status, reason = FactStatus.ACCEPTED, _stated_by(sources)
    triples = tuple(sorted(claim.triple_id for claim in said))
    id = fact_id(subject, relation, object, ALWAYS)
    return Fact(id, subject, relation, object, ALWAYS, confidence, status, triples, (), reason, qualifiers)


def _together(said: Sequence[Claim]) -> Qualifiers:
    found = {pair for claim in said for pair in claim.qualifiers}
    return tuple(sorted(found)) if found else ()


@cache
def _stated_by(sources: int) -> str:
    return f"stated by {sources} source{'' if sources == 1 else 's'}"
