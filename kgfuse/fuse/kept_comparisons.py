"""Comparisons of records kept up to date: pairs that a changed record touches are compared again, with the outcome of
`entities.compare_records`.

    key     -> records that share it          where a record of it came or went
    pair    -> in how many blocks it is       where one of these changed
    pair    -> comparison                     where a record of it changed, or an answer about what stands beside it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator
from itertools import combinations

from kgfuse.fuse.blocking import LARGEST_BLOCK
from kgfuse.fuse.entities import Pair, keys_of
from kgfuse.fuse.matching import Answer, Comparison, Record, Surroundings, compare

_Key = tuple[str, str]


class KeptComparisons:
    """The comparisons of a set of records that changes."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._beside = Surroundings(())
        self._blocks: dict[_Key, tuple[str, ...]] = {}
        self._shared: dict[Pair, int] = {}
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        self._unasked: set[Pair] = set()  # both are judged by what is stated of them
        self._found: dict[Pair, Comparison] = {}
        self._near: defaultdict[str, set[str]] = defaultdict(set)  # record -> those that a comparison speaks for
        self._was: dict[Pair, Comparison | None] = {}  # what was found before, of pairs that are compared again
        self._answers: dict[Pair, tuple[Answer, ...]] = {}
        self._asking: defaultdict[tuple[str, str], set[Pair]] = defaultdict(
            set
        )  # what was asked about -> by which pairs

    def of(self, id: str) -> Iterator[tuple[str, Comparison]]:
        """Yield the comparisons of a record that say anything, each with the other record."""
        for other in self._near.get(id, ()):
            yield other, self._found[_pair(id, other)]

    def update(
        self, gone: Collection[Record], new: Collection[Record], judged: Container[str], freed: Iterable[str]
    ) -> set[str]:
        """Let records go and come (one that changed: both); return the ids of those of which a comparison is another now.

        Two that are `judged` need not be compared; records that are `freed` were judged before, and are not now.
        """
        stale = {pair for pair, answers in self._changed_beside(gone, new) if not self._beside.still(answers)}
        stale |= self._block(gone, new)
        stale |= {_pair(record.id, other) for record in new for other in self._partners.get(record.id, ())}
        mates = ((id, other) for id in freed for other in self._partners.get(id, ()))
        stale |= {pair for pair in (_pair(*mate) for mate in mates) if pair in self._unasked}
        for record in gone:
            self._records.pop(record.id)
        self._records.update((record.id, record) for record in new)
        for pair in stale:
            if pair in self._shared:
                self._compare(pair, judged)
        before, self._was = self._was, {}
        return {id for pair, found in before.items() if self._found.get(pair) != found for id in pair}

    def _changed_beside(
        self, gone: Iterable[Record], new: Iterable[Record]
    ) -> Iterator[tuple[Pair, tuple[Answer, ...]]]:
        """Let records go and come; yield the pairs that asked for what that may have changed, with the answers they got."""
        about: set[tuple[str, str]] = set()
        for records, take in ((gone, self._beside.remove), (new, self._beside.add)):
            for record in records:
                about.update(take(record))
        for pair in {pair for one in about for pair in self._asking.get(one, ())}:
            yield pair, self._answers[pair]

    def _block(self, gone: Iterable[Record], new: Iterable[Record]) -> set[Pair]:
        """Take records out of their blocks and put them in; return the pairs that are new."""
        keys: defaultdict[str, tuple[set[_Key], set[_Key]]] = defaultdict(lambda: (set(), set()))
        for record in gone:
            keys[record.id][0].update(keys_of(record))
        for record in new:
            keys[record.id][1].update(keys_of(record))
        left: defaultdict[_Key, set[str]] = defaultdict(set)
        came: defaultdict[_Key, set[str]] = defaultdict(set)
        for id, (before, after) in keys.items():
            for key in before - after:
                left[key].add(id)
            for key in after - before:
                came[key].add(id)
        fresh: set[Pair] = set()
        for key in left.keys() | came.keys():
            was = self._blocks.pop(key, ())
            now = tuple(sorted((set(was) - left.get(key, set())) | came.get(key, set())))
            if now:
                self._blocks[key] = now
            fresh |= self._recount(_pairs(was), _pairs(now))
        return fresh

    def _recount(self, was: set[Pair], now: set[Pair]) -> set[Pair]:
        fresh: set[Pair] = set()
        for pair in now - was:
            self._shared[pair] = self._shared.get(pair, 0) + 1
            if self._shared[pair] == 1:
                fresh.add(pair)
                for one, other in (pair, pair[::-1]):
                    self._partners[one].add(other)
        for pair in was - now:
            self._shared[pair] -= 1
            if not self._shared[pair]:
                del self._shared[pair]
                fresh.discard(pair)
                self._drop(pair)
                for one, other in (pair, pair[::-1]):
                    self._partners[one].discard(other)
                    if not self._partners[one]:
                        del self._partners[one]
        return fresh

    def _compare(self, pair: Pair, judged: Container[str]) -> None:
        self._drop(pair)
        if pair[0] in judged and pair[1] in judged:
            self._unasked.add(pair)
            return
        self._beside.answers.clear()
        found = compare(self._records[pair[0]], self._records[pair[1]], self._beside)
        if found is not None:
            self._found[pair] = found
            for one, other in (pair, pair[::-1]):
                self._near[one].add(other)
        if self._beside.answers:
            self._answers[pair] = tuple(self._beside.answers)
            for answer in self._answers[pair]:
                self._asking[answer.about].add(pair)

    def _drop(self, pair: Pair) -> None:
        found = self._found.pop(pair, None)
        self._was.setdefault(pair, found)
        if found is not None:
            for one, other in (pair, pair[::-1]):
                self._near[one].discard(other)
                if not self._near[one]:
                    del self._near[one]
        self._unasked.discard(pair)
        for answer in self._answers.pop(pair, ()):
            asking = self._asking.get(answer.about)
            if asking is not None:
                asking.discard(pair)
                if not asking:
                    del self._asking[answer.about]


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _pairs(block: tuple[str, ...]) -> set[Pair]:
    """The pairs of a block, its members in order; none of one that says nothing."""
    return set(combinations(block, 2)) if 1 < len(block) <= LARGEST_BLOCK else set()
