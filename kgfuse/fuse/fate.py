"""What became of each statement of a data item: it supports a run, opposes one, or was said in vain."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, takewhile

from kgfuse.config import FuseSettings
from kgfuse.fuse.boundaries import Key, Kind, Statement
from kgfuse.fuse.layout import Line
from kgfuse.fuse.runs import Run, Stretch, Timeline, loss_of, share_against
from kgfuse.fuse.sequence import Sequence as Path
from kgfuse.fuse.support import posterior, total_weight
from kgfuse.fuse.values import Value
from kgfuse.model import Moment


class Fate:
    """Tells for every statement whether it supports a run, opposes one, or was said in vain."""

    def __init__(
        self,
        said: Sequence[Statement],
        line: Line,
        stretches: list[Stretch],
        settings: FuseSettings,
        price: int,
        capacity: int,
    ) -> None:
        self.line, self.stretches, self.settings = line, stretches, settings
        self.price, self.single = price, capacity == 1
        self.point = {key: i for i, key in enumerate(line.keys)}
        self.number = {value: i for i, value in enumerate(line.values)}
        self.of_value: dict[Value, list[int]] = defaultdict(list)
        for index, stretch in enumerate(stretches):
            self.of_value[stretch.value].append(index)
        self.reach = list(accumulate((stretch.last for stretch in stretches), max))
        self.supports: dict[int, list[Statement]] = defaultdict(list)
        self.opposes: dict[int, list[Statement]] = defaultdict(list)
        self.denials: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self.lost: dict[tuple[Value, int], list[Statement]] = defaultdict(list)
        for s in sorted(said, key=lambda s: s.kind is Kind.UNDATED):  # those go where the dated ones are
            self._settle(s)

    def _segments(self, s: Statement) -> tuple[int, int] | None:
        """Return the first and the last segment about which the statement speaks, or `None` for an undated one."""
        key = self.line.placed.get(s.id)
        if key is None:
            return None
        first = self._segment(key)
        if s.kind is Kind.SPAN:
            end = self._segment((self.line.spans[s.id][1], -2))
            return (first, max(first, end))
        return (first, first)

    def _segment(self, key: Key) -> int:
        """Return the segment that a moment just after `key` lies in."""
        return bisect_right(self.line.keys, key)

    def _settle(self, s: Statement) -> None:
        own, segments = self.of_value.get(s.value, []), self._segments(s)
        if s.denies or (s.kind is Kind.FORMER and segments is not None and self._meeting(own, segments)):
            self._deny(s, own, segments)
            return
        homes = self._homes(s, own, segments)
        for home in homes:
            self.supports[home].append(s)
        if homes:
            return
        if own and s.kind is Kind.FORMER:  # what is known of the value is later
            self.opposes[own[0]].append(s)
            return
        beaten = self._beaten(s, segments)
        for index in beaten:
            self.opposes[index].append(s)
        if not beaten and own and segments is not None:  # what is known of its own value says another time
            beaten = [min(own, key=lambda i: (abs(self.stretches[i].first - segments[0]), i))]
        self.lost[s.value, next(iter(beaten), -1)].append(s)

    def _homes(self, s: Statement, own: Sequence[int], segments: tuple[int, int] | None) -> list[int]:
        """Return the runs of its value that the statement supports: a span those that it meets, the rest one at most."""
        if not own:
            return []
        if segments is None:
            return [
                max(own, key=lambda i: (len(self.supports[i]), self.stretches[i].first)) if len(own) > 1 else own[0]
            ]
        first, meeting = segments[0], self._meeting(own, segments)
        if s.kind is Kind.FORMER:
            return [i for i in own if self.stretches[i].first < first][-1:]
        if meeting:
            return meeting
        # Said plainly after the value had gone: the past tense of a narrative looks the same, and speaks of the past.
        earlier = [i for i in own if self.stretches[i].last < first][-1:] if s.kind is Kind.SEEN else []
        return [i for i in earlier if self._went(self.stretches[i]) or not self._beaten(s, segments)]

    def _went(self, stretch: Stretch) -> bool:
        """Whether somebody says that the value went when it did, or that the next one came: not only others were seen."""
        if (stretch.last, stretch.number) in self.line.evidence.released:
            return True
        following = stretch.next
        return following is not None and following.first == stretch.last + 1 and following.start_stated

    def _meeting(self, own: Sequence[int], segments: tuple[int, int]) -> list[int]:
        """Return the runs among `own` that hold at some time of which the statement speaks."""
        first, last = segments
        low = bisect_left(own, first, key=lambda i: self.stretches[i].last)  # runs of one value never overlap
        return list(takewhile(lambda i: self.stretches[i].first <= last, own[low:]))

    def _beaten(self, s: Statement, segments: tuple[int, int] | None) -> list[int]:
        """Return the runs of other values that hold when the statement says that its own does; undated: the last."""
        if segments is None:
            return [len(self.stretches) - 1] if self.stretches else []
        first, last = segments
        low, high = (
            bisect_left(self.reach, first),
            bisect_right(self.stretches, last, key=lambda stretch: stretch.first),
        )
        return [
            i
            for i, stretch in enumerate(self.stretches[low:high], low)
            if stretch.value != s.value and first <= stretch.last
        ]

    def _deny(self, s: Statement, own: Sequence[int], segments: tuple[int, int] | None) -> None:
        if not own:
            self.lost[s.value, -1].append(s)
            return
        if segments is None:
            self.opposes[own[-1]].append(s)
            return
        first, meeting = segments[0], self._meeting(own, segments)
        for i in meeting:
            self.opposes[i].append(s)
            if s.id in self.line.counted and s.value in self.number:
                self.denials[i].add((max(first, self.stretches[i].first), self.number[s.value]))
        if not meeting:  # it agrees with what was found: the value did not hold then
            self.opposes[min(own, key=lambda i: (abs(self.stretches[i].first - first), i))].append(s)

    def _denied_at_all(self, index: int) -> list[Statement]:
        """Return the denials of a run that do not say when it did not hold."""
        counted, placed = self.line.counted, self.line.placed
        return [s for s in self.opposes[index] if s.denies and s.id in counted and s.id not in placed]

    def _rivals(self, index: int) -> dict[int, set[int]]:
        """Return the values that lost to a run, with the segments in which they spoke."""
        found: dict[int, set[int]] = defaultdict(set)
        stretch = self.stretches[index]
        for s in self.opposes[index]:
            segments = self._segments(s)
            if s.denies or s.value == stretch.value or segments is None or s.value not in self.number:
                continue
            if s.id in self.line.counted:
                found[self.number[s.value]].add(max(segments[0], stretch.first))
        return found

    def questions(self) -> frozenset[tuple[int, int]]:
        """Return the (segment, value) pairs whose alternatives must be known."""
        asked: set[tuple[int, int]] = set()
        for index in range(len(self.stretches)):
            asked.update(self.denials[index])
            asked.update((s, value) for value, segments in self._rivals(index).items() for s in segments)
        return frozenset(asked)

    def told(self, path: Path) -> Timeline:
        """Return the timeline, given what the alternatives would have earned."""
        runs = [self._run(index, path) for index in range(len(self.stretches))]
        losses, bygone = [], []
        self._join_denials()
        for (value, index), statements in sorted(self.lost.items()):
            gone, kept = self._bygone(value, statements)
            bygone += gone
            if kept:
                losses.append(loss_of(value, kept, runs[index] if index >= 0 else None))
        return Timeline((*runs, *bygone), tuple(losses))

    def _join_denials(self) -> None:
        """Put the denials of a value that never held to what was said for it in vain."""
        for value, index in sorted(self.lost):
            denials = self.lost[value, -1] if index >= 0 else []
            if denials and all(s.denies for s in denials):
                self.lost[value, index] += self.lost.pop((value, -1))

    def _bygone(self, value: Value, statements: list[Statement]) -> tuple[list[Run], list[Statement]]:
        """Place a value of which only is known that it had gone: before what held without a break until it was said."""
        former = [s for s in statements if s.kind is Kind.FORMER and not s.hint and s.testimony.weight]
        if value in self.of_value or total_weight(s.testimony for s in former) <= self.price:
            return [], statements
        said = min(former, key=lambda s: (self.line.placed[s.id], s.id))
        at = self._segment(self.line.placed[said.id])
        holding = [stretch for stretch in self.stretches if stretch.first <= at <= stretch.last]
        if not holding:
            end, follower = said.seen, None
        else:
            block = min(holding, key=lambda stretch: stretch.first)
            while earlier := [s for s in self.stretches if s.first < block.first <= s.last + 1]:
                block = min(earlier, key=lambda stretch: stretch.first)
            end, follower = block.start, block.value
        if end is None:
            return [], statements
        start = self._free_before(end)
        mine = [s for s in statements if s.kind in (Kind.FORMER, Kind.UNDATED)]
        run = Run(value, start, end, False, False, tuple(mine), (), followed_by=follower)
        for opposed in self.opposes.values():
            opposed[:] = [s for s in opposed if s not in mine]
        return [run], [s for s in statements if s not in mine]

    def _free_before(self, end: Moment) -> Moment | None:
        """Return when the last run that was over by `end` had ended, if something was vacant since; else `None`."""
        ends = [s.end for s in self.stretches if s.end is not None and s.end.at < end.at]
        return max(ends, key=lambda moment: moment.at, default=None) if self.single else None

    def _run(self, index: int, path: Path) -> Run:
        stretch, rivals = self.stretches[index], self._rivals(index)
        names = sorted(rivals)
        scores = [max(path.best_with[s, value] for s in rivals[value]) for value in names]
        denied = [path.best_without[pair] for pair in sorted(self.denials[index])]
        share, *others = posterior([path.score, *scores, *([max(denied)] if denied else [])])
        against = tuple((self.line.values[value], others[i]) for i, value in enumerate(names))
        margin = self.settings.tie_margin
        tied = tuple(value for value, other in against if share - other < margin)
        share *= share_against(self.supports[index], self._denied_at_all(index))
        return Run(
            stretch.value,
            stretch.start,
            stretch.end,
            stretch.start_stated,
            stretch.end_stated,
            tuple(self.supports[index]),
            tuple(self.opposes[index]),
            share,
            against,
            tied,
            stretch.next.value if stretch.next is not None else None,
        )
