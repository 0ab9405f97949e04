"""Which things lie in which, as the claims themselves say: what makes 'Norway' a coarser way of saying 'Oslo'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from kgfuse.model import Claim

WITHIN = ("located_in", "part_of")
"""Relations whose object contains their subject."""

_DEEPEST = 12  # steps from a place to the largest around it; more is an error in the claims


def said_around(claim: Claim, rumour: float) -> str | None:
    """Return in what a claim of `WITHIN` says that its subject lies.

    `None`: it is no such claim, or says nothing: a denial, or a hint (a confidence below `rumour`).
    """
    if claim.relation not in WITHIN or claim.negated or claim.confidence < rumour:
        return None
    return claim.object if isinstance(claim.object, str) and claim.object != claim.subject else None


@dataclass(frozen=True, slots=True)
class Containment:
    """What lies directly in what; `around` maps a thing to the things that it lies in. Answers are remembered."""

    around: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    _circles: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, claims: Iterable[Claim], rumour: float) -> Containment:
        """Read the claims of `WITHIN`, as `said_around` does."""
        around: dict[str, set[str]] = defaultdict(set)
        for claim in claims:
            if (outer := said_around(claim, rumour)) is not None:
                around[claim.subject].add(outer)
        return cls({inner: frozenset(outer) for inner, outer in around.items()})

    def all_around(self, thing: str) -> frozenset[str]:
        """Return everything that `thing` lies in, directly or by steps; never itself."""
        if thing not in self.around:
            return frozenset()
        found = self._known.get(thing)
        if found is None:
            known: set[str] = set()
            ahead = {thing}
            for _ in range(_DEEPEST):
                ahead = {outer for inner in ahead for outer in self.around.get(inner, ())} - known
                if not ahead:
                    break
                known |= ahead
            found = self._known[thing] = frozenset(known - {thing})
        return found

    def contains(self, outer: str, inner: str) -> bool:
        """Whether `inner` lies in `outer`, and nothing says the reverse, by however many steps.

        So nothing contains itself by way of others, though `all_around` looks only so far: a long circle of claims would
        else look like a chain from any of its members.
        """
        return outer in self.all_around(inner) and self._circle(outer) != self._circle(inner)

    def _circle(self, thing: str) -> int:
        """Return the number of the circle of things that all lie in each other that a thing belongs to; linear, once."""
        if not self._circles:
            things = sorted({*self.around, *(outer for found in self.around.values() for outer in found)})
            number = {name: at for at, name in enumerate(things)}
            pairs = [(number[inner], number[outer]) for inner, found in self.around.items() for outer in found]
            rows, columns = np.array(pairs, dtype=np.int64).T
            graph = csr_matrix((np.ones(len(pairs), dtype=bool), (rows, columns)), shape=(len(things), len(things)))
            circles = connected_components(graph, connection="strong")[1]
            self._circles.update(zip(things, circles.tolist(), strict=True))
        return self._circles[thing]
