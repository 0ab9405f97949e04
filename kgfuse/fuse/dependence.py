"""Which sources copy: found by the errors that they share.

After Dong, Berti-Equille and Srivastava ('Integrating conflicting data: the role of source dependence', VLDB 2009): two
honest sources agree on what is true, but that both make the same mistake is unlikely unless one has it from the
other. What differs here: only a value that is more probably wrong than right counts as a mistake; a mistake that half
of an item's sources make is an easy one and says little; where nobody gives another value, agreement says nothing;
the direction of copying is left open, and sources of one origin share a vote, whichever of them is the original.
"""

from __future__ import annotations

from math import log

import numpy as np
from scipy import sparse

from kgfuse.config import FuseSettings
from kgfuse.fuse.votes import Floats, Indices, Votes

_COMPARED = 500  # sources with most votes that are compared in pairs: 125,000 pairs at most
_SHARED = 4  # fewer items in common show nothing
_LEAST = 0.3  # a probability below this is taken for none


class Copying:
    """The pairs of sources that may copy: what they share is counted once, how probable copying is follows the
    beliefs."""

    def __init__(self, votes: Votes, settings: FuseSettings) -> None:
        self._settings = settings
        self._size = len(votes.contest)
        positive = np.flatnonzero(votes.sign > 0)
        counts = np.bincount(votes.source[positive], minlength=len(votes.sources))
        ranked = np.lexsort((np.arange(len(counts)), -counts))[:_COMPARED]
        self.sources: Indices = np.sort(ranked[counts[ranked] >= _SHARED])
        place = np.full(len(votes.sources), -1, dtype=np.int64)
        place[self.sources] = np.arange(len(self.sources))
        kept = positive[place[votes.source[positive]] >= 0]
        row, value = place[votes.source[kept]], votes.value[kept]
        ones = np.ones(len(kept))
        self._said = sparse.csr_matrix((ones, (row, value)), shape=(len(self.sources), self._size))
        shape = (len(self.sources), votes.contests)
        about = sparse.csr_matrix((ones, (row, votes.contest[value])), shape=shape)
        about.data[:] = 1.0
        self._both: Floats = np.asarray((about @ about.T).toarray())
        self._same: Floats = np.asarray((self._said @ self._said.T).toarray())
        voices = np.bincount(votes.contest[votes.value[positive]], minlength=votes.contests)
        backed = np.bincount(votes.value[positive], minlength=self._size)
        n, c = settings.false_values, settings.copy_rate
        popular = np.clip(backed / np.maximum(voices[votes.contest], 1), 1.0 / n, 1.0)
        self._telling: Floats = np.log(c / popular + 1.0 - c) / log(c * n + 1.0 - c)
        answers = np.bincount(votes.contest[backed > 0], minlength=votes.contests)
        self._doubted: Floats = (answers[votes.contest] > 1).astype(np.float64)
        self._votes, self._rows, self._values = kept, row, value

    def probabilities(self, right: Floats, reliability: Floats) -> Floats:
        """Return how probable copying is for each pair of `sources`, shape ``(s, s)``, zero on the diagonal.

        `right` holds the probability of each value, `reliability` that of each source of the ledger.
        """
        n, c, prior = self._settings.false_values, self._settings.copy_rate, self._settings.copy_prior
        if len(self.sources) < 2 or not 0.0 < c < 1.0 or prior <= 0.0:
            return np.zeros((len(self.sources), len(self.sources)))
        p = np.clip(reliability[self.sources], 0.05, 0.95)
        true = np.asarray((self._said @ sparse.diags(right * self._doubted) @ self._said.T).toarray())
        error = np.maximum(1.0 - 2.0 * right, 0.0) * self._telling  # as far as it is more probably wrong than right
        false = np.asarray((self._said @ sparse.diags(error) @ self._said.T).toarray())
        wrong = 1.0 - (p[:, None] + p[None, :]) / 2.0
        by_chance = (1.0 - p)[:, None] * (1.0 - p)[None, :] / n
        evidence = (
            true * np.log(c / np.maximum(p[:, None], p[None, :]) + 1.0 - c)
            + false * np.log((c * wrong + (1.0 - c) * by_chance) / by_chance)
            + (self._both - self._same) * log(1.0 - c)
            + log(prior)
            - log(max(1.0 - prior, 1e-9))
        )
        found = 1.0 / (1.0 + np.exp(-np.clip(evidence, -50.0, 50.0)))
        found[(self._both < _SHARED) | (found < _LEAST)] = 0.0
        np.fill_diagonal(found, 0.0)
        return np.asarray(found)

    def shares(self, probabilities: Floats, count: int) -> Floats:
        """Return the share of a vote of each of `count` votes: see `support.share_of_vote`."""
        shared = np.zeros(count)
        if probabilities.any():
            beside = (sparse.csr_matrix(probabilities) @ self._said).tocsr()
            shared[self._votes] = np.asarray(beside[self._rows, self._values]).ravel()
        return np.asarray(1.0 / (1.0 + self._settings.copy_rate * shared))
