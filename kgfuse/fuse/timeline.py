"""One data item over time: statements become evidence, the best sequence becomes runs with boundaries.

The rules, their prices and why they are so stand in docs/decisions/0003-timelines.md; the search is `kgfuse.fuse.sequence`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from kgfuse.config import FuseSettings
from kgfuse.fuse.boundaries import Boundary, Calendar, Key, Kind, Statement, snap
from kgfuse.fuse.sequence import Evidence, Prices, best_sequence
from kgfuse.fuse.sequence import Sequence as Path
from kgfuse.fuse.support import UNIT, posterior
from kgfuse.fuse.values import Value
from kgfuse.model import Moment, Precision, Validity

_ORDER = (Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.SECOND)


@dataclass(frozen=True, slots=True)
class Run:
    """A value that held from `start` to `end`; the flags say whether a source states the boundary.

    `share` is the posterior against what spoke against it. `rivals` are the values it was preferred to with their shares;
    `tied` the one that it could not be told from.
    """

    value: Value
    start: Moment | None
    end: Moment | None
    start_stated: bool
    end_stated: bool
    supported_by: tuple[Statement, ...]
    opposed_by: tuple[Statement, ...]
    share: float = 1.0
    rivals: tuple[tuple[Value, float], ...] = ()
    tied: Value | None = None
    followed_by: Value | None = None

    @property
    def validity(self) -> Validity:
        """When it held."""
        return Validity(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Loss:
    """Statements for a value that the sequence does not use, and the run that they lost to, if it was one."""

    value: Value
    statements: tuple[Statement, ...]
    beaten_by: Run | None
    share: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """What held when, and what was said in vain."""

    runs: tuple[Run, ...]
    losses: tuple[Loss, ...]


@dataclass(slots=True)
class _Line:
    """The evidence laid out on the line of time."""

    values: list[Value]
    keys: list[Key]
    evidence: Evidence
    placed: dict[str, Key]
    moments: dict[tuple[Value, bool, datetime], Moment]
    sighted: dict[tuple[Value, Key], Moment]
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)


def explain(statements: Iterable[Statement], settings: FuseSettings, capacity: int = 1) -> Timeline:
    """Return the timeline of one data item; neither the order of statements nor copies among them matter.

    Hints (see `FuseSettings.rumour_threshold`) are weighed only where nothing better speaks.
    """
    said = sorted(statements, key=lambda s: s.id)
    line = _lay_out(_weighed(said), said)
    if not line.keys:
        return decide(said, settings, capacity)
    unit = round(settings.change_price * UNIT)
    prices = Prices(unit, unit // 2, round(settings.return_price * UNIT))
    path = best_sequence(line.evidence, prices, capacity)
    runs = _runs(line, path)
    fate = _Fate(said, line, runs, settings)
    asked = fate.questions()
    if asked:
        path = best_sequence(line.evidence, prices, capacity, asked)
    return fate.told(path)


def _weighed(said: Sequence[Statement]) -> list[Statement]:
    """Return the statements that count: hints only where nothing better speaks for any value."""
    speaking = [s for s in said if s.testimony.weight > 0]
    firm = [s for s in speaking if not s.hint]
    return firm if any(not s.denies for s in firm) else speaking


# ------------------------------------------------------------------------------------------------------------- laying out


def _lay_out(weighed: Sequence[Statement], said: Sequence[Statement]) -> _Line:
    """Place what is weighed on the line; the rest of what was `said` is placed too, without weight or a point of its own."""
    boundaries: dict[Boundary, int] = defaultdict(int)
    for s in weighed:
        for boundary in _boundaries(s):
            boundaries[boundary] += s.testimony.weight
    snapped = snap(boundaries)
    calendar = Calendar((value, starts, moment) for (value, starts, _), moment in snapped.items())
    anchored = {s.value for s in weighed if not s.denies and s.kind not in (Kind.UNDATED, Kind.FORMER)}
    weighed = [s for s in weighed if s.kind is not Kind.FORMER or s.value in anchored]
    placed = {s.id: key for s in said if (key := _place(s, snapped, calendar)) is not None}
    spans = {s.id: span for s in said if s.kind is Kind.SPAN and (span := _span(s, snapped)) is not None}
    counted = [s for s in weighed if s.id in placed]
    keys = sorted({placed[s.id] for s in counted} | {(end, 0) for s in counted if (end := _end(s, spans, placed))})
    values = sorted({s.value for s in counted})
    evidence = _evidence(weighed, values, keys, placed, spans)
    moments: dict[tuple[Value, bool, datetime], Moment] = {}
    for (value, starts, _), moment in sorted(snapped.items(), key=lambda item: (item[0], item[1])):
        known = moments.get((value, starts, moment.at))
        if known is None or _ORDER.index(moment.precision) > _ORDER.index(known.precision):
            moments[value, starts, moment.at] = moment
    sighted: dict[tuple[Value, Key], Moment] = {}
    for s in counted:
        if s.seen is not None and s.kind in (Kind.SEEN, Kind.FORMER):
            at = placed[s.id]
            moment = s.seen if at[0] == s.seen.at else Moment.of(at[0], Precision.DAY)
            sighted[s.value, at] = max(
                sighted.get((s.value, at), moment), moment, key=lambda m: _ORDER.index(m.precision)
            )
    return _Line(values, keys, evidence, placed, moments, sighted, spans)


def _boundaries(s: Statement) -> list[Boundary]:
    if s.denies or s.kind is Kind.FORMER:
        return []
    found: list[Boundary] = []
    if s.start is not None and s.kind in (Kind.SPAN, Kind.START):
        found.append((s.value, True, s.start))
    if s.end is not None and s.kind in (Kind.SPAN, Kind.END):
        found.append((s.value, False, s.end))
    return found


def _place(s: Statement, snapped: Mapping[Boundary, Moment], calendar: Calendar) -> Key | None:
    """Return the point after which the statement says that its value holds (or does not)."""
    if s.kind in (Kind.SPAN, Kind.START) and s.start is not None:
        span = _span(s, snapped) if s.kind is Kind.SPAN else None
        return (span[0] if span else snapped.get((s.value, True, s.start), s.start).at, 0)
    if s.kind is Kind.END and s.end is not None:
        return (snapped.get((s.value, False, s.end), s.end).at, -1)
    if s.seen is None or s.kind is Kind.UNDATED:
        return None
    if s.denies or s.kind is Kind.FORMER:
        return calendar.place_denied(s.value, s.seen)
    return calendar.place_seen(s.value, s.seen)


def _span(s: Statement, snapped: Mapping[Boundary, Moment]) -> tuple[datetime, datetime] | None:
    if s.start is None or s.end is None:
        return None
    start = snapped.get((s.value, True, s.start), s.start).at
    end = snapped.get((s.value, False, s.end), s.end).at
    return (start, end) if start < end else (s.start.at, s.end.at)


def _end(s: Statement, spans: Mapping[str, tuple[datetime, datetime]], placed: Mapping[str, Key]) -> datetime | None:
    if s.kind is Kind.SPAN:
        return spans[s.id][1]
    return placed[s.id][0] if s.kind is Kind.END else None


def _evidence(
    weighed: Sequence[Statement],
    values: list[Value],
    keys: list[Key],
    placed: Mapping[str, Key],
    spans: Mapping[str, tuple[datetime, datetime]],
) -> Evidence:
    number = {value: i for i, value in enumerate(values)}
    point = {key: i for i, key in enumerate(keys)}
    holds: dict[tuple[int, int], int] = defaultdict(int)
    slopes: dict[tuple[int, int], int] = defaultdict(int)
    best_start: dict[tuple[int, int, str], int] = defaultdict(int)
    best_end: dict[tuple[int, int, str], int] = defaultdict(int)
    settled: dict[int, int] = {}
    released: set[tuple[int, int]] = set()
    for s, weight in _damped(weighed, placed):
        value, at = number[s.value], point[placed[s.id]]
        boundary = s.testimony.weight // 2 if s.announced else s.testimony.weight
        against = s.denies or s.kind is Kind.FORMER
        if s.kind is Kind.SPAN:
            start, end = spans[s.id]
            rate = (weight << 20) // max(1, round((end - start).total_seconds()))
            slopes[at, value] += -rate if against else rate
            slopes[point[end, 0], value] -= -rate if against else rate
        else:
            holds[at + 1, value] += -weight if against else weight
        if against:
            released.add((at, value))
            continue
        source = s.testimony.claim.source
        if s.kind in (Kind.SPAN, Kind.START):
            best_start[at, value, source] = max(best_start[at, value, source], boundary)
            settled[value] = min(at, settled.get(value, at))
        if s.kind in (Kind.SPAN, Kind.END):
            end_point = point[spans[s.id][1] if s.kind is Kind.SPAN else placed[s.id][0], 0]
            best_end[end_point, value, source] = max(best_end[end_point, value, source], boundary)
            released.add((end_point, value))
    _spread(slopes, keys, holds)
    return Evidence(
        len(keys), len(values), dict(holds), _summed(best_start), _summed(best_end), settled, frozenset(released)
    )


def _summed(best: Mapping[tuple[int, int, str], int]) -> dict[tuple[int, int], int]:
    total: dict[tuple[int, int], int] = defaultdict(int)
    for (point, value, _), weight in best.items():
        total[point, value] += weight
    return dict(total)


def _damped(weighed: Sequence[Statement], placed: Mapping[str, Key]) -> list[tuple[Statement, int]]:
    """Return the dated statements with the weight that they carry.

    The k-th statement of a source for the same value weighs a k-th: it repeats itself. Undated ones weigh where their
    value is supported best already, so that they support it without moving a boundary.
    """
    groups: dict[tuple[Value, bool, str], list[Statement]] = defaultdict(list)
    for s in weighed:
        groups[s.value, s.denies or s.kind is Kind.FORMER, s.testimony.claim.source].append(s)
    dated: list[tuple[Statement, int]] = []
    floating: dict[Value, int] = defaultdict(int)
    for key in sorted(groups):
        value, against, _ = key
        ordered = sorted(groups[key], key=lambda s: (s.id not in placed, -s.testimony.weight, placed.get(s.id), s.id))
        for rank, s in enumerate(ordered, 1):
            if s.id in placed:
                dated.append((s, s.testimony.weight // rank))
            else:
                floating[value] += (-1 if against else 1) * (s.testimony.weight // rank)
    anchors: dict[Value, int] = {}
    for i, (s, weight) in enumerate(dated):
        if s.denies or s.kind is Kind.FORMER:
            continue
        known = anchors.get(s.value)
        if known is None or (-weight, placed[s.id], s.id) < (
            -dated[known][1],
            placed[dated[known][0].id],
            dated[known][0].id,
        ):
            anchors[s.value] = i
    for value, i in anchors.items():
        s, weight = dated[i]
        dated[i] = (s, weight + floating.get(value, 0))
    return dated


def _spread(slopes: Mapping[tuple[int, int], int], keys: list[Key], holds: dict[tuple[int, int], int]) -> None:
    """Spread the weight of spans evenly over the time they cover."""
    changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (at, value), rate in slopes.items():
        changes[at].append((value, rate))
    active: dict[int, int] = {}
    for at, (left, right) in enumerate(pairwise(keys)):
        for value, rate in changes.get(at, ()):
            active[value] = active.get(value, 0) + rate
            if not active[value]:
                del active[value]
        seconds = round((right[0] - left[0]).total_seconds())
        for value, rate in active.items():
            holds[at + 1, value] += (rate * seconds) >> 20


# ------------------------------------------------------------------------------------------------------------------- runs


@dataclass(slots=True)
class _Stretch:
    """Segments ``first`` to ``last`` in which a value holds."""

    value: Value
    number: int
    first: int
    last: int
    start: Moment | None = None
    end: Moment | None = None
    start_stated: bool = False
    end_stated: bool = False
    next: _Stretch | None = None


def _runs(line: _Line, path: Path) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    current: dict[int, _Stretch] = {}
    for segment, held in enumerate(path.held):
        for number in sorted(held):
            if number in current:
                current[number].last = segment
            else:
                current[number] = _Stretch(line.values[number], number, segment, segment)
                stretches.append(current[number])
        current = {number: current[number] for number in held}
    _bound(line, stretches)
    return stretches


def _bound(line: _Line, stretches: list[_Stretch]) -> None:
    """Give each stretch its boundaries, stated ones first; a boundary nobody states is where the next evidence lies."""
    starting: dict[int, list[_Stretch]] = defaultdict(list)
    for stretch in stretches:
        if stretch.first:
            starting[stretch.first - 1].append(stretch)
            at, side = line.keys[stretch.first - 1]
            stated = line.moments.get((stretch.value, True, at)) if side == 0 else None
            stretch.start_stated = stated is not None
            sighted = line.sighted.get((stretch.value, (at, side)))
            stretch.start = stated or (sighted if side == 0 else None) or (_any(line, at) if side == 0 else None)
    for stretch in stretches:
        if stretch.last == len(line.keys):
            continue
        at, side = line.keys[stretch.last]
        following = starting.get(stretch.last, [])
        stretch.next = following[0] if following else _later(stretches, stretch)
        stated = line.moments.get((stretch.value, False, at)) if side == 0 else None
        stretch.end_stated = stated is not None
        if stated is not None:
            stretch.end = stated
            _meet(stretch, stated)
        elif side == 0:
            successor = following[0].start if following else None
            stretch.end = successor or line.sighted.get((stretch.value, (at, 0))) or _any(line, at)
        else:
            _split(line, stretch, following)


def _later(stretches: Sequence[_Stretch], stretch: _Stretch) -> _Stretch | None:
    after = [other for other in stretches if other.first > stretch.last and other.value != stretch.value]
    return min(after, key=lambda other: (other.first, other.value)) if after else None


def _meet(stretch: _Stretch, end: Moment) -> None:
    """Let a coarse end ('2019') meet the start of what followed in that period ('2019-05')."""
    start = stretch.next.start if stretch.next is not None else None
    if (
        start is not None
        and start != end
        and end.covers(start)
        and (stretch.start is None or stretch.start.at < start.at)
    ):
        stretch.end = start


def _any(line: _Line, at: datetime) -> Moment:
    """Return the moment by which an instant is known."""
    known = [moment for (_, _, when), moment in line.moments.items() if when == at]
    known += [moment for (_, key), moment in line.sighted.items() if key[0] == at]
    return max(known, key=lambda m: _ORDER.index(m.precision), default=Moment.of(at, Precision.DAY))


def _split(line: _Line, stretch: _Stretch, following: Sequence[_Stretch]) -> None:
    """Part two values where all that is known of the second is its end: after the last evidence of the first."""
    evidence = line.evidence.holds
    last = max(
        (s for s in range(stretch.first, stretch.last + 1) if evidence.get((s, stretch.number), 0) > 0), default=0
    )
    at, side = line.keys[last - 1] if last else line.keys[stretch.last]
    limit = line.keys[stretch.last][0]
    known = line.sighted.get((stretch.value, (at, side))) or line.moments.get((stretch.value, True, at))
    precision = known.precision if known is not None else Precision.DAY
    parting = Moment.of(Moment.of(at, precision).end, precision)
    if not last or parting.at >= limit:
        parting = _any(line, limit)
        stretch.end = parting
        return
    stretch.end = parting
    for other in following:
        other.start = parting


# ------------------------------------------------------------------------------------------------- what became of it all


class _Fate:
    """Tells for every statement whether it supports a run, opposes one, or was said in vain."""

    def __init__(
        self, said: Sequence[Statement], line: _Line, stretches: list[_Stretch], settings: FuseSettings
    ) -> None:
        self.line, self.stretches, self.settings = line, stretches, settings
        self.point = {key: i for i, key in enumerate(line.keys)}
        self.number = {value: i for i, value in enumerate(line.values)}
        self.of_value: dict[Value, list[int]] = defaultdict(list)
        for index, stretch in enumerate(stretches):
            self.of_value[stretch.value].append(index)
        self.supports: dict[int, list[Statement]] = defaultdict(list)
        self.opposes: dict[int, list[Statement]] = defaultdict(list)
        self.denials: dict[int, set[tuple[int, int]]] = defaultdict(set)
        self.lost: dict[tuple[Value, int], list[Statement]] = defaultdict(list)
        for s in said:
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
        if s.denies:
            self._deny(s, own, segments)
            return
        home = self._home(s, own, segments)
        if home is not None:
            self.supports[home].append(s)
            return
        for index in self._beaten(s, segments):
            self.opposes[index].append(s)
        self.lost[s.value, next(iter(self._beaten(s, segments)), -1)].append(s)

    def _home(self, s: Statement, own: Sequence[int], segments: tuple[int, int] | None) -> int | None:
        """Return the run of its value that the statement supports."""
        if not own:
            return None
        if segments is None:
            return max(own, key=lambda i: (len(self.supports[i]), self.stretches[i].first)) if len(own) > 1 else own[0]
        first, last = segments
        meeting = [i for i in own if self.stretches[i].first <= last and first <= self.stretches[i].last]
        if s.kind is Kind.FORMER:
            return max((i for i in own if self.stretches[i].first < first), default=None)
        if meeting:
            return max(meeting, key=lambda i: (self._overlap(i, first, last), i))
        earlier = [i for i in own if self.stretches[i].last < first]
        # Said plainly after the value had gone: the past tense of a narrative looks the same, and speaks of the past.
        return max(earlier) if s.kind is Kind.SEEN and earlier else None

    def _overlap(self, index: int, first: int, last: int) -> int:
        stretch = self.stretches[index]
        return min(last, stretch.last) - max(first, stretch.first)

    def _beaten(self, s: Statement, segments: tuple[int, int] | None) -> list[int]:
        """Return the runs of other values that hold when the statement says that its own does; undated: the last."""
        if segments is None:
            return [len(self.stretches) - 1] if self.stretches else []
        first, last = segments
        return [
            i
            for i, stretch in enumerate(self.stretches)
            if stretch.value != s.value and stretch.first <= last and first <= stretch.last
        ]

    def _deny(self, s: Statement, own: Sequence[int], segments: tuple[int, int] | None) -> None:
        if not own:
            self.lost[s.value, -1].append(s)
            return
        if segments is None:
            self.opposes[own[-1]].append(s)
            return
        first, last = segments
        meeting = [i for i in own if self.stretches[i].first <= last and first <= self.stretches[i].last]
        for i in meeting:
            self.opposes[i].append(s)
            if s.testimony.weight and s.value in self.number:
                self.denials[i].add((max(first, self.stretches[i].first), self.number[s.value]))
        if not meeting:  # it agrees with what was found: the value did not hold then
            self.opposes[min(own, key=lambda i: (abs(self.stretches[i].first - first), i))].append(s)

    def _rivals(self, index: int) -> dict[int, set[int]]:
        """Return the values that lost to a run, with the segments in which they spoke."""
        found: dict[int, set[int]] = defaultdict(set)
        stretch = self.stretches[index]
        for s in self.opposes[index]:
            segments = self._segments(s)
            if s.denies or s.value == stretch.value or segments is None or s.value not in self.number:
                continue
            if s.testimony.weight:
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
        losses = []
        for (value, index), statements in sorted(self.lost.items()):
            run = runs[index] if index >= 0 else None
            share = dict(run.rivals).get(value, 1.0 - run.share) if run is not None else 1.0
            losses.append(Loss(value, tuple(statements), run, share))
        return Timeline(tuple(runs), tuple(losses))

    def _run(self, index: int, path: Path) -> Run:
        stretch, rivals = self.stretches[index], self._rivals(index)
        names = sorted(rivals)
        scores = [max(path.best_with[s, value] for s in rivals[value]) for value in names]
        denied = [path.best_without[pair] for pair in sorted(self.denials[index])]
        share, *others = posterior([path.score, *scores, *([max(denied)] if denied else [])])
        against = tuple((self.line.values[value], others[i]) for i, value in enumerate(names))
        margin = self.settings.tie_margin
        tied = next((value for value, other in against if share - other < margin), None)
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


def decide(statements: Iterable[Statement], settings: FuseSettings, capacity: int = 1) -> Timeline:
    """Settle an item without regard to time: the values with most weight hold, no telling when (Accu; see `support`)."""
    said = sorted(statements, key=lambda s: s.id)
    weighed = _weighed(said)
    best: dict[Value, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    against: dict[Value, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for s in weighed:
        votes = (against if s.denies else best)[s.value]
        votes[s.testimony.claim.source] = max(votes[s.testimony.claim.source], s.testimony.weight)
    net = {v: sum(best[v].values()) - sum(against[v].values()) if v in against else sum(best[v].values()) for v in best}
    ranked = sorted((v for v in net if net[v] > 0), key=lambda v: (-net[v], v))
    winners, others = ranked[:capacity], ranked[capacity:]
    runs: list[Run] = []
    for value in winners:
        share, *rest = posterior([net[value], *(net[other] for other in others)])
        rivals = tuple(zip(others, rest, strict=True))
        tied = next((other for other, part in rivals if share - part < settings.tie_margin), None)
        mine = tuple(s for s in said if s.value == value and not s.denies)
        opposing = tuple(s for s in said if (s.value == value) == s.denies and (s.denies or s.value not in winners))
        runs.append(Run(value, None, _gone(mine), False, False, mine, opposing, share, rivals, tied))
    losses = []
    lost: dict[Value, list[Statement]] = defaultdict(list)
    for s in said:
        if s.value not in winners:
            lost[s.value].append(s)
    for value in sorted(lost):
        run = runs[0] if runs else None
        share = dict(run.rivals).get(value, 1.0 - run.share) if run is not None else 1.0
        losses.append(Loss(value, tuple(lost[value]), run, share))
    return Timeline(tuple(runs), tuple(losses))


def _gone(statements: Iterable[Statement]) -> Moment | None:
    """Return by when a value had gone of which only that is known ('the former chief executive')."""
    return min((s.seen for s in statements if s.kind is Kind.FORMER and s.seen is not None), default=None)
