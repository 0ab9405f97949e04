"""Which things lie in which, as the claims themselves say: what makes 'Norway' a coarser way of saying 'Oslo'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kgfuse.model import Claim

WITHIN = ("located_in", "part_of")
"""Relations whose object contains their subject."""

_DEEPEST = 12  # steps from a place to the largest around it; more is an error in the claims


@dataclass(frozen=True, slots=True)
class Containment:
    """What lies directly in what; `around` maps a thing to the things that it lies in."""

    around: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, claims: Iterable[Claim], rumour: float) -> Containment:
        """Read the claims of `WITHIN`; a denial or a hint (a confidence below `rumour`) says nothing."""
        around: dict[str, set[str]] = defaultdict(set)
        for claim in claims:
            if claim.relation not in WITHIN or claim.negated or claim.confidence < rumour:
                continue
            if isinstance(claim.object, str) and claim.object != claim.subject:
                around[claim.subject].add(claim.object)
        return cls({inner: frozenset(outer) for inner, outer in around.items()})

    def all_around(self, thing: str) -> frozenset[str]:
        """Return everything that `thing` lies in, directly or by steps; never itself."""
        known: set[str] = set()
        ahead = {thing}
        for _ in range(_DEEPEST):
            ahead = {outer for inner in ahead for outer in self.around.get(inner, ())} - known
            if not ahead:
                break
            known |= ahead
        return frozenset(known - {thing})

    def contains(self, outer: str, inner: str) -> bool:
        """Whether `inner` lies in `outer`, and nothing says the reverse."""
        return outer in self.all_around(inner) and inner not in self.all_around(outer)
