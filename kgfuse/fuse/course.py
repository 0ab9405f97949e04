"""What one reading of a timeline tells the next: the values that held, and when.

Two things about a statement cannot be known before the sequence is: where in its year a report dated '2017' belongs,
and whether what a source says repeats what it said before or speaks of another time. So the sequence is searched more
than once (`kgfuse.fuse.timeline.explain`): each search is exact, and what it finds places the vague reports and tells
repetitions from news for the next one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kgfuse.fuse.boundaries import Key
from kgfuse.fuse.values import Value
from kgfuse.model import Moment


@dataclass(frozen=True, slots=True)
class Course:
    """What a reading found: `changes` are the points where what holds changes, `spells` the ``[start, end)`` by value.

    A start or an end is `None` where the value holds before the first or after the last point. `vacant` are the changes
    after which nothing holds.
    """

    changes: tuple[Key, ...]
    vacant: frozenset[Key]
    spells: dict[Value, list[tuple[Key | None, Key | None]]]

    def stretch(self, value: Value, at: Key) -> tuple[bool, int]:
        """Return in which stretch a statement about `value` lies: a spell of its own, or between two changes."""
        place = self._spell(value, at)
        return (True, place) if place is not None else (False, bisect_right(self.changes, at))

    def within(self, value: Value, period: Moment) -> Key | None:
        """Return the first point in the period of speaking after which `value` holds or could well have held already.

        It could where nothing else held any more until it did. `None`: there is no such point.
        """
        if self._spell(value, (period.at, 0)) is not None:
            return (period.at, 0)
        starts = [start for start, _ in self.spells.get(value, ()) if start is not None]
        place = bisect_left(starts, (period.at, 0))
        if place == len(starts):
            return None
        if starts[place][0] < period.end:
            return starts[place]
        before = self.changes[max(0, bisect_left(self.changes, starts[place]) - 1)]
        return max(before, (period.at, 0)) if before in self.vacant and before[0] < period.end else None

    def _spell(self, value: Value, at: Key) -> int | None:
        spells = self.spells.get(value, [])
        place = bisect_right(spells, at, key=_start) - 1
        if place < 0:
            return None
        end = spells[place][1]
        return place if end is None or at < end else None


_FIRST: Key = (Moment.parse("0001").at, -9)


def _start(spell: tuple[Key | None, Key | None]) -> Key:
    return spell[0] or _FIRST


def course_of(values: Sequence[Value], keys: Sequence[Key], held: Sequence[frozenset[int]]) -> Course:
    """Return the course of a sequence: `held` has the values of each segment, segment k + 1 lying after point k."""
    changes: list[Key] = []
    vacant: list[Key] = []
    spells: dict[Value, list[tuple[Key | None, Key | None]]] = defaultdict(list)
    started: dict[int, Key | None] = dict.fromkeys(held[0])
    for point, key in enumerate(keys):
        before, after = held[point], held[point + 1]
        if before == after:
            continue
        changes.append(key)
        if not after:
            vacant.append(key)
        for value in sorted(before - after):
            spells[values[value]].append((started.pop(value), key))
        for value in sorted(after - before):
            started[value] = key
    for value in sorted(started):
        spells[values[value]].append((started[value], None))
    return Course(tuple(changes), frozenset(vacant), dict(spells))
