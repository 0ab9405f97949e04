"""What others do with conflicting claims: the rules and algorithms that `benchmarks.truth` compares with.

Each takes rows and returns the value it believes for every data item. All of them see the same rows in the same order; ties
fall to the value that is claimed first. Constants are those of the papers where a paper names one, the same for all sets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Item = tuple[str, str]
"""What has one true value: an item and a property of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One claim as it stands in ``claims.tsv``; `observed_at` is ISO 8601 or empty."""

    item: Item
    source: str
    value: str
    observed_at: str


Beliefs = dict[Item, str]
Method = Callable[[Sequence[Row]], Beliefs]


def majority(rows: Sequence[Row]) -> Beliefs:
    """Return the value that most sources give."""
    said: dict[Item, dict[str, set[str]]] = defaultdict(dict)
    for row in rows:
        said[row.item].setdefault(row.value, set()).add(row.source)
    return {item: max(values, key=lambda value: len(values[value])) for item, values in said.items()}


def newest(rows: Sequence[Row]) -> Beliefs:
    """Return the value observed last; of equally late ones, and where nothing is dated, the one most sources give."""
    last: dict[Item, str] = {}
    for row in rows:
        last[row.item] = max(last.get(row.item, ""), row.observed_at)
    return majority([row for row in rows if row.observed_at == last[row.item]])


@dataclass(frozen=True, slots=True)
class Table:
    """The rows as arrays: per claim its `value` and `source`; per value the `item` it is a value of."""

    items: list[Item]
    values: list[tuple[int, str]]
    value: Indices
    source: Indices
    item: Indices
    sources: int

    def by_value(self, amounts: Floats) -> Floats:
        """Sum amounts per claim over the claims of each value."""
        return np.asarray(np.bincount(self.value, amounts, len(self.values)), dtype=np.float64)

    def by_source(self, amounts: Floats) -> Floats:
        """Average amounts per claim over the claims of each source."""
        sums = np.bincount(self.source, amounts, self.sources)
        return np.asarray(sums / np.maximum(np.bincount(self.source, minlength=self.sources), 1))

    def by_item(self, amounts: Floats) -> Floats:
        """Sum amounts per value over the values of each item."""
        return np.asarray(np.bincount(self.item, amounts, len(self.items)), dtype=np.float64)

    def best(self, scores: Floats) -> Beliefs:
        """Return the value with the highest score of each item."""
        order = np.lexsort((np.arange(len(scores)), -np.round(scores, 9), self.item))
        first = np.unique(self.item[order], return_index=True)[1]
        return {self.items[self.values[place][0]]: self.values[place][1] for place in order[first]}


def table_of(rows: Iterable[Row]) -> Table:
    """Index the rows; a source that repeats a value counts once."""
    items: dict[Item, int] = {}
    sources: dict[str, int] = {}
    values: dict[tuple[int, str], int] = {}
    pairs: dict[tuple[int, int], None] = {}
    for row in rows:
        item = items.setdefault(row.item, len(items))
        value = values.setdefault((item, row.value), len(values))
        pairs[value, sources.setdefault(row.source, len(sources))] = None
    claims = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    item_of = np.array([item for item, _ in values], dtype=np.int64)
    return Table(list(items), list(values), claims[:, 0], claims[:, 1], item_of, len(sources))


# ------------------------------------------------------------------------------------------------------------ TruthFinder

_DAMPING, _INITIAL_TRUST, _ROUNDS, _SETTLED = 0.3, 0.9, 20, 1e-4


def truth_finder(rows: Sequence[Row]) -> Beliefs:
    """TruthFinder (Yin, Han and Yu, TKDE 2008), without implication between values: gamma 0.3, initial trust 0.9."""
    table = table_of(rows)
    trust = np.full(table.sources, _INITIAL_TRUST)
    confidence = np.zeros(len(table.values))
    for _ in range(_ROUNDS):
        scores = -np.log(np.maximum(1.0 - trust, 1e-9))
        confidence = 1.0 / (1.0 + np.exp(-_DAMPING * table.by_value(scores[table.source])))
        before, trust = trust, table.by_source(confidence[table.value])
        if np.abs(trust - before).max() < _SETTLED:
            break
    return table.best(confidence)


# -------------------------------------------------------------------------------------------------------------------- CRH


def crh(rows: Sequence[Row]) -> Beliefs:
    """CRH (Li et al., SIGMOD 2014) with 0-1 loss: weighted vote, weights -log of each source's share of the loss.

    Losses are averaged over the claims of a source, as the paper does where sources differ in how much they cover.
    """
    table = table_of(rows)
    weights = np.ones(table.sources)
    scores = table.by_value(weights[table.source])
    for _ in range(_ROUNDS):
        order = np.lexsort((np.arange(len(scores)), -np.round(scores, 9), table.item))
        first = order[np.unique(table.item[order], return_index=True)[1]]
        chosen = np.zeros(len(scores))
        chosen[first] = 1.0
        losses = np.maximum(table.by_source(1.0 - chosen[table.value]), 1e-6)
        before, weights = weights, -np.log(losses / losses.sum())
        scores = table.by_value(weights[table.source])
        if np.abs(weights - before).max() < _SETTLED:
            break
    return table.best(scores)


# ------------------------------------------------------------------------------------------------------------------- Accu

_FALSE_VALUES, _INITIAL_ERROR, _COPY_PRIOR, _COPY_RATE = 10, 0.2, 0.2, 0.8


def accu(rows: Sequence[Row]) -> Beliefs:
    """Accu (Dong, Berti-Equille and Srivastava, VLDB 2009): accuracies and copying, learned in turns."""
    table = table_of(rows)
    accuracy = np.full(table.sources, 1.0 - _INITIAL_ERROR)
    independence = np.ones(len(table.value))
    probability = np.zeros(len(table.values))
    contested = _contested(table)
    for turn in range(_ROUNDS):
        votes = np.log(_FALSE_VALUES * accuracy / (1.0 - accuracy))
        counts = table.by_value(votes[table.source] * independence)
        probability = _softmax(table, counts)
        before = accuracy
        accuracy = np.clip(table.by_source(probability[table.value]), 0.01, 0.99)
        independence = _independence(table, contested, probability, accuracy)
        if turn and np.abs(accuracy - before).max() < _SETTLED:
            break
    return table.best(probability)


def _softmax(table: Table, counts: Floats) -> Floats:
    highest = np.full(len(table.items), 0.0)
    np.maximum.at(highest, table.item, counts)
    odds = np.exp(counts - highest[table.item])
    claimed = np.bincount(table.item, minlength=len(table.items))
    unclaimed = np.maximum(_FALSE_VALUES + 1 - claimed, 0) * np.exp(-highest)
    return np.asarray(odds / (table.by_item(odds) + unclaimed)[table.item])


def _contested(table: Table) -> NDArray[np.bool_]:
    """Return which claims are about an item of which several sources speak: only they can show copying."""
    voices = np.bincount(table.item[table.value], minlength=len(table.items))
    return np.asarray((voices > 1)[table.item[table.value]])


def _independence(table: Table, contested: NDArray[np.bool_], probability: Floats, accuracy: Floats) -> Floats:
    """Return for each claim the probability that its source did not copy it from a more accurate one that says the same."""
    source, value = table.source[contested], table.value[contested]
    ones = np.ones(len(source))
    shape = (table.sources, len(table.values))
    said = sparse.csr_matrix((ones, (source, value)), shape=shape)
    about = sparse.csr_matrix((ones, (source, table.item[value])), shape=(table.sources, len(table.items)))
    same = sparse.triu((said @ said.T).tocsr(), 1).tocoo()
    left, right = same.row, same.col
    both = np.asarray((about @ about.T).tocsr()[left, right]).ravel()
    true = np.asarray((said @ sparse.diags(probability) @ said.T).tocsr()[left, right]).ravel()
    false, different = same.data - true, both - same.data
    mean = (accuracy[left] + accuracy[right]) / 2
    by_chance = accuracy[left] * accuracy[right], (1 - accuracy[left]) * (1 - accuracy[right]) / _FALSE_VALUES
    evidence = (
        true * np.log(_COPY_RATE * mean / by_chance[0] + 1 - _COPY_RATE)
        + false * np.log(_COPY_RATE * (1 - mean) / by_chance[1] + 1 - _COPY_RATE)
        + different * log(1 - _COPY_RATE)
        + log(_COPY_PRIOR / (1 - _COPY_PRIOR))
    )
    copying = dict(zip(zip(left, right, strict=True), 1 / (1 + np.exp(-np.clip(evidence, -50, 50))), strict=True))
    rank = np.empty(table.sources, dtype=np.int64)
    rank[np.lexsort((np.arange(table.sources), -np.round(accuracy, 9)))] = np.arange(table.sources)
    groups: dict[int, list[int]] = defaultdict(list)
    for claim in map(int, np.flatnonzero(contested)):
        groups[int(table.value[claim])].append(claim)
    found = np.ones(len(table.value))
    for claims in groups.values():
        claims.sort(key=lambda claim: rank[table.source[claim]])
        for place, claim in enumerate(claims):
            for other in claims[:place]:
                pair = sorted((table.source[claim], table.source[other]))
                found[claim] *= 1 - _COPY_RATE * copying[pair[0], pair[1]]
    return found


METHODS: dict[str, Method] = {
    "majority": majority,
    "newest wins": newest,
    "Accu": accu,
    "TruthFinder": truth_finder,
    "CRH": crh,
}
