"""What an LLM says of conflicting claims, taken as evidence: a small shift of how surely each was said, never a verdict.

The odds of a claim's extraction confidence are multiplied by ``e^w`` where the model finds it the better one, and divided by
it where it prefers another, `w` being `advice_weight`: with its default of 0.5, a confidence of 0.8 becomes 0.87 or 0.71.
However often advice is given about a claim, it moves it by `w` at most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import exp

from kgfuse.model import Triple
from kgfuse.protocols import LedgerContent


def heed(content: LedgerContent, weight: float) -> LedgerContent:
    """Return the content with the confidences that unrevoked advice leaves; advice on triples that are gone says nothing."""
    standing = [advice for advice in content.advice if advice.revoked_at is None]
    if not standing or not weight:
        return content
    known = {triple.id for triple in content.triples}
    says: Counter[str] = Counter()
    for advice in standing:
        if known.issuperset(advice.asked):
            says.update(dict.fromkeys(advice.preferred, 1))
            says.subtract(dict.fromkeys(advice.rejected, 1))
    if not any(says.values()):
        return content
    return replace(content, triples=tuple(_shifted(triple, says[triple.id], weight) for triple in content.triples))


def _shifted(triple: Triple, says: int, weight: float) -> Triple:
    if not says or not 0.0 < triple.confidence < 1.0:
        return triple
    odds = triple.confidence / (1.0 - triple.confidence) * exp(weight if says > 0 else -weight)
    return replace(triple, confidence=round(odds / (1.0 + odds), 6))
