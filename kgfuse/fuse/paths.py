"""Edges of a graph as arrays, and the paths that they make: counted for many starts at once.

Things and steps (a relation, forwards or backwards) are numbered in order, so that nothing hangs on the order of the edges.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from kgfuse.ontology import Ontology

MOST_LINKS = 50
"""Links followed from one thing by one relation: beyond, it is a hub, and paths through it tell little."""

_AT_ONCE = 200
"""Starts whose paths are held in memory at once: each may have `MOST_LINKS` squared."""

Step = tuple[str, bool]
Pair = tuple[str, str]
Edges = Mapping[str, frozenset[Pair]]
"""Relation -> pairs of entities."""

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Links:
    """Links as columns of equal length, sorted by `start`; `step` is the number of the step.

    `first` holds the first row of each thing, and one number more; `None` where that is searched for.
    """

    start: Indices
    step: Indices
    end: Indices
    first: Indices | None = None

    def of(self, things: int) -> Links:
        """Return the same with an index of the rows of that many things."""
        return replace(self, first=np.searchsorted(self.start, np.arange(things + 1)))

    def leaving(self, things: Indices) -> tuple[Indices, Indices]:
        """Return the links that leave these things: the position in `things` of each, and its row."""
        if self.first is None:
            low, high = (np.searchsorted(self.start, things, side) for side in ("left", "right"))
        else:
            low, high = self.first[things], self.first[things + 1]
        counts = high - low
        rows = np.arange(counts.sum()) + np.repeat(low - np.cumsum(counts) + counts, counts)
        return np.repeat(np.arange(len(things)), counts), rows


@dataclass(frozen=True, slots=True)
class Counted:
    """What the paths from some things come to: how many were drawn of how many starts, and the pairs that they join.

    `left` are these things, sorted; a pair is the place of its left end in them times `size`, plus its right end. `pairs` is
    sorted, too.
    """

    drawn: int
    starts: int
    left: Indices
    pairs: Indices
    size: int

    def joining(self, left: NDArray[np.bool_] | None, right: NDArray[np.bool_] | None) -> int:
        """Return how many of the pairs have their left end among the things marked, or their right one."""
        if left is not None:
            return int(left[self.left][self.pairs // self.size].sum())
        return len(self.pairs) if right is None else int(right[self.pairs % self.size].sum())


class Paths:
    """The edges as links; of a hub, the first `MOST_LINKS` by one step. A symmetric relation is never walked backwards."""

    def __init__(self, edges: Edges, ontology: Ontology) -> None:
        self._names = sorted({end for pairs in edges.values() for pair in pairs for end in pair})
        self._number = {name: number for number, name in enumerate(self._names)}
        size = len(self._names)
        lots = [crc32(name.encode()) for name in self._names]
        self._lot = np.empty(size, dtype=np.int64)
        self._lot[np.array(sorted(range(size), key=lambda thing: (lots[thing], thing)), dtype=np.int64)] = np.arange(
            size
        )
        self._pairs: dict[str, Indices] = {}
        self.symmetric = {relation for relation in edges if ontology.relation(relation).symmetric}
        self.steps: list[Step] = sorted(
            {(relation, way) for relation in edges for way in (False, relation not in self.symmetric)}
        )
        columns: dict[Step, list[tuple[Indices, Indices, Indices]]] = defaultdict(list)
        for relation in sorted(edges):
            ends = np.array(
                [(self._number[left], self._number[right]) for left, right in edges[relation]], dtype=np.int64
            ).reshape(-1, 2)
            ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
            self._pairs[relation] = ends[:, 0] * size + ends[:, 1]
            place = np.arange(len(ends))
            columns[relation, False].append((ends[:, 0], ends[:, 1], place))
            columns[relation, relation not in self.symmetric].append((ends[:, 1], ends[:, 0], place))
        self._by_step: dict[Step, Links] = {}
        self._starts: dict[Step, Indices] = {}
        every: list[tuple[Indices, Indices, Indices]] = []
        for number, step in enumerate(self.steps):
            start, end, place = (np.concatenate(column) for column in zip(*columns[step], strict=True))
            order = np.lexsort((place, start))
            start, end = start[order], end[order]
            every.append((start, np.full(len(start), number), end))
            self._starts[step], first, count = np.unique(start, return_index=True, return_counts=True)
            near = np.arange(len(start)) - np.repeat(first, count) < MOST_LINKS
            self._by_step[step] = Links(start[near], np.full(int(near.sum()), number), end[near]).of(size)
        self._held = {relation: Links(*every[self.steps.index((relation, False))]).of(size) for relation in self._pairs}
        followed = _together([(links.start, links.step, links.end) for links in self._by_step.values()])
        self._followed = followed.of(size)
        start, step_number, end = (np.concatenate(column) for column in zip(*every, strict=True))
        self._between = _together([(start * size + end, step_number, end)])

    def pairs(self, relation: str) -> int:
        """Return how many pairs a relation has."""
        return len(self._pairs[relation])

    def leaves(self, step: Step) -> NDArray[np.bool_]:
        """Mark the things that a step leaves."""
        marked = np.zeros(len(self._names), dtype=bool)
        marked[self._starts[step]] = True
        return marked

    def holding(self, relation: str, counted: Counted) -> int:
        """Return of how many of these pairs a relation holds; a symmetric one either way."""
        which, rows = self._held[relation].leaving(counted.left)
        known = _each_once((which * counted.size + self._held[relation].end[rows]).astype(counted.pairs.dtype))
        return int(among(known, counted.pairs).sum())

    def walk(self, body: tuple[Step, ...], most: int) -> Iterator[Counted]:
        """Follow a path from at most `most` of its starts, drawn by the hash of their ids, a few of them at a time.

        It never comes back to its start; each pair that it joins is given once.
        """
        starts = self._starts[body[0]]
        drawn = starts[np.argsort(self._lot[starts])][:most]
        short = np.int32 if len(self._names) * _AT_ONCE < 1 << 31 else np.int64  # sorted in half the time
        for at in range(0, len(drawn), _AT_ONCE):
            some = np.sort(drawn[at : at + _AT_ONCE])
            which, rows = self._by_step[body[0]].leaving(some)
            ends = self._by_step[body[0]].end[rows]
            for step in body[1:]:
                onward = ends != some[which]
                further, rows = self._by_step[step].leaving(ends[onward])
                which, ends = which[onward][further], self._by_step[step].end[rows]
            size = len(self._names)
            apart = ends != some[which]
            joined = (which[apart] * size + ends[apart]).astype(short)
            yield Counted(len(drawn), len(starts), some, _each_once(joined), size)

    def bodies(self, relation: str, most: int) -> tuple[Counter[tuple[Step, ...]], int]:
        """Count the paths of one and of two steps that join pairs of a relation, and return how many pairs were asked.

        Of more than `most` pairs, some are drawn by the hash of their ids.
        """
        size, pairs = len(self._names), self._pairs[relation]
        left, right = np.divmod(pairs[self._lots(pairs, most)], size)
        every = len(self.steps) + 1
        which, rows = self._between.leaving(left * size + right)
        found = [which * every**2 + self._between.step[rows] * every]
        which, rows = self._followed.leaving(left)
        onward = self._followed.end[rows] != right[which]
        which, rows = which[onward], rows[onward]
        further, last = self._between.leaving(self._followed.end[rows] * size + right[which])
        first = self._followed.step[rows][further] * every
        found.append(which[further] * every**2 + first + 1 + self._between.step[last])
        codes, counts = np.unique(_each_once(np.concatenate(found)) % every**2, return_counts=True)
        told: Counter[tuple[Step, ...]] = Counter()
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            one, other = divmod(code, every)
            told[(self.steps[one], self.steps[other - 1]) if other else (self.steps[one],)] = count
        return told, len(left)

    def _lots(self, pairs: Indices, most: int) -> Indices:
        """Draw pairs by the hash of their ids; the positions of at most `most`."""
        left, right = np.divmod(pairs, max(1, len(self._names)))
        begun: dict[int, int] = {}
        names = self._names
        lots = np.empty(len(pairs), dtype=np.int64)
        for at, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
            if one not in begun:
                begun[one] = crc32(f"{names[one]} ".encode())
            lots[at] = crc32(names[other].encode(), begun[one])
        return np.lexsort((pairs, lots))[:most]


def among(values: Indices, known: Indices) -> NDArray[np.bool_]:
    """Say of each value whether it is one of `known` (sorted)."""
    if not len(known):
        return np.zeros(len(values), dtype=bool)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[at] == values)


def _each_once(values: Indices) -> Indices:
    """Return the values sorted, each once; `values` is sorted in place (numpy's `unique` hashes, which takes longer)."""
    values.sort()
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return values[new]


def _together(parts: Sequence[tuple[Indices, Indices, Indices]]) -> Links:
    start, step, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((step, start))
    return Links(start[order], step[order], end[order])
