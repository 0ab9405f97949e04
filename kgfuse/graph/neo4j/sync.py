"""The way of a push: windows of changed elements are written while the next ones are being read; removals come last."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse.graph.neo4j import beside, schema
from kgfuse.graph.neo4j.actual import Actual
from kgfuse.graph.neo4j.elements import ENDS, Element, Key
from kgfuse.graph.neo4j.feed import Feed
from kgfuse.graph.neo4j.pushed import Owner, Placed, Pushed
from kgfuse.graph.neo4j.rules import Rules
from kgfuse.graph.neo4j.writing import Writer

if TYPE_CHECKING:
    from kgfuse.protocols import Progress

_WINDOW = 20_000
_WINDOW_BYTES = 16_000_000
_AHEAD = 1
"""Windows that wait for their turn while another one is being written: the server is to wait for none."""
_NODES = frozenset(schema.NODE_LABELS)
_STAGE = "push"


@dataclass
class Tally:
    """What was written and removed so far."""

    nodes_written: int = 0
    relationships_written: int = 0
    nodes_removed: int = 0
    relationships_removed: int = 0
    strays_removed: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        written = self.nodes_written + self.relationships_written
        return written + self.nodes_removed + self.relationships_removed + self.strays_removed


@dataclass
class _Window:
    """Elements to put, second labels to take from them, and owners with what they then have in Neo4j."""

    put: list[Element] = field(default_factory=list)
    stale: dict[Key, set[str]] = field(default_factory=dict)
    owners: dict[Owner, list[Placed | Element]] = field(default_factory=dict)
    size: int = 0

    @property
    def full(self) -> bool:
        return max(len(self.put), len(self.owners)) >= _WINDOW or self.size >= _WINDOW_BYTES


@dataclass(frozen=True)
class _Difference:
    """What of an owner must be put and what removed; `stale` are second labels to take away."""

    put: list[Element]
    stale: dict[Key, set[str]]
    removed: list[Placed]


class Sync:
    """Brings a target up to date. Any method may raise a leaf of GraphStoreError or LedgerError."""

    def __init__(
        self, path: Path, feed: Feed, writer: Writer, rules: Rules, pushed: Pushed, progress: Progress | None
    ) -> None:
        self.tally = Tally()
        self._path = path
        self._feed = feed
        self._writer = writer
        self._rules = rules
        self._pushed = pushed
        self._progress = progress
        self._types: set[str] = set()
        self._under_way: deque[tuple[Future[None], _Window]] = deque()

    def changes(self, after: int) -> None:
        """Push what changed past a position of the journal (0: everything that differs from what was pushed)."""

        def compare(kind: str, keys: list[str]) -> Callable[[str, list[Element]], _Difference]:
            before = {} if self._writer.fresh else self._pushed.load(kind, keys)
            return lambda key, elements: _changed(elements, before.get(key, []))

        self._run(after, compare)

    def everything(self, actual: Actual) -> None:
        """Push whatever differs from what is really there; what is there and unwanted stays for `Actual.strays`."""

        def compare(kind: str, keys: list[str]) -> Callable[[str, list[Element]], _Difference]:
            return lambda key, elements: _missing(elements, actual)

        self._run(0, compare)

    def _run(
        self, after: int, compare: Callable[[str, list[str]], Callable[[str, list[Element]], _Difference]]
    ) -> None:
        window, doomed = _Window(), _Doomed()
        citing: set[str] = set()
        if self._progress:
            self._progress.start(_STAGE, self._feed.count(after))
        runs = beside.runs(self._path, self._feed, after, citing)
        with collected_rarely(), closing(runs), ThreadPoolExecutor(1, thread_name_prefix="kgfuse-push") as background:
            try:
                for kind, owned in runs:
                    difference_of = compare(kind, [key for key, _ in owned])
                    changed: list[str] = []
                    for key, elements in owned:
                        difference = difference_of(key, elements)
                        if difference.removed or kind == "value":
                            doomed.note((kind, key), [*map(Placed.of, elements)], difference.removed)
                        window.owners[kind, key] = [*elements, *difference.removed]
                        window.put += difference.put
                        window.stale |= difference.stale
                        window.size += sum(element.size for element in difference.put)
                        if difference.put:
                            changed.append(key)
                    if kind == "claim" and after and changed:
                        citing |= self._feed.facts_citing(changed)
                    if window.full:
                        self._send(background, window)
                        window = _Window()
                    if self._progress:
                        self._progress.advance(_STAGE, len(owned))
                self._send(background, window)
                self._settle()
                self._remove(doomed)
            finally:
                if self._progress:
                    self._progress.finish(_STAGE)

    def _send(self, background: ThreadPoolExecutor, window: _Window) -> None:
        """Have a window written while the next ones are being read; the one before the last must have arrived."""
        self._settle(_AHEAD)
        types = {element.name for element in window.put if element.ends and element.name not in ENDS}
        if types - self._types and not self._writer.fresh:
            self._rules.for_facts(types - self._types)
            self._types |= types
        self._under_way.append((background.submit(self._writer.put, window.put, window.stale), window))

    def _settle(self, ahead: int = 0) -> None:
        """Wait until no more than `ahead` windows are under way, and record those that have arrived."""
        while len(self._under_way) > ahead:
            future, window = self._under_way.popleft()
            try:
                future.result()
            except BaseException:
                for later, _ in self._under_way:
                    later.cancel()
                raise
            self._pushed.record(window.owners)
            nodes = sum(element.ends is None for element in window.put)
            self.tally.nodes_written += nodes
            self.tally.relationships_written += len(window.put) - nodes

    def _remove(self, doomed: _Doomed) -> None:
        owners = iter(doomed.owners.items())
        while batch := dict(islice(owners, _WINDOW)):
            keys = doomed.keys(batch)
            self._writer.remove(keys, _NODES)
            self._pushed.record({owner: placed for owner, (placed, _) in batch.items()})
            nodes = sum(key[0] in _NODES for key in keys)
            self.tally.nodes_removed += nodes
            self.tally.relationships_removed += len(keys) - nodes


class _Doomed:
    """What is to be removed, by owner, with what the owner keeps.

    A literal value that went and came back has another owner than before, while its node is the same: it stays.
    """

    def __init__(self) -> None:
        self.owners: dict[Owner, tuple[list[Placed], list[Placed]]] = {}
        self._values: set[Key] = set()

    def note(self, owner: Owner, kept: list[Placed], removed: list[Placed]) -> None:
        if owner[0] == "value":
            self._values.update(placed.key for placed in kept)
        if removed:
            self.owners[owner] = (kept, removed)

    def keys(self, batch: Iterable[Owner]) -> list[Key]:
        found = (placed.key for owner in batch for placed in self.owners[owner][1])
        return [key for key in found if key not in self._values]


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for cycles seldom: windows hold many values and no cycles, and looking would take a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _changed(elements: list[Element], before: list[Placed]) -> _Difference:
    """Compare an owner's elements with what was pushed of it."""
    if not before:
        return _Difference(elements, {}, [])
    known = {placed.key: placed for placed in before}
    put, stale = [], {}
    for element in elements:
        placed = known.pop(element.key, None)
        if placed is None or (placed.checksum, placed.label) != (element.checksum, element.label):
            put.append(element)
            if placed is not None and placed.label is not None and placed.label != element.label:
                stale[element.key] = {placed.label}
    return _Difference(put, stale, list(known.values()))


def _missing(elements: list[Element], actual: Actual) -> _Difference:
    """Compare an owner's elements with what is really there."""
    put, stale = [], {}
    for element in elements:
        there = actual.take(element.key)
        wanted = {element.label} if element.label else set()
        if there is None or there[0] != element.checksum or (element.ends is None and there[1] != wanted):
            put.append(element)
            if there is not None and there[1] - wanted:
                stale[element.key] = there[1] - wanted
    return _Difference(put, stale, [])
