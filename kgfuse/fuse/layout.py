"""Statements of one data item laid out on the line of time: as points, segments and what each is worth there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise, takewhile

from kgfuse.fuse.boundaries import Boundary, Calendar, Key, Kind, Statement, snap
from kgfuse.fuse.course import Course
from kgfuse.fuse.sequence import Evidence
from kgfuse.fuse.values import Value
from kgfuse.model import Moment, Precision

PRECISIONS = (Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.SECOND)
"""From coarse to fine."""

_VAGUE = (Precision.YEAR, Precision.MONTH)


@dataclass(slots=True)
class Line:
    """The evidence laid out on the line of time."""

    values: list[Value]
    keys: list[Key]
    evidence: Evidence
    placed: dict[str, Key]
    moments: dict[tuple[Value, bool, datetime], Moment]
    sighted: dict[tuple[Value, Key], Moment]
    spans: dict[str, tuple[datetime, datetime]]
    counted: frozenset[str]
    density: float


def lay_out(weighed: Sequence[Statement], said: Sequence[Statement], course: Course | None = None) -> Line:
    """Place what is weighed on the line; the rest of what was `said` is placed too, without weight or point of its own.

    `course` is what an earlier reading found. Without one, vague reports of values that are
    dated better elsewhere wait.
    """
    boundaries: dict[Boundary, int] = defaultdict(int)
    for s in weighed:
        for boundary in _boundaries(s):
            boundaries[boundary] += s.testimony.weight
    snapped = snap(boundaries)
    calendar = Calendar((value, starts, moment) for (value, starts, _), moment in snapped.items())
    anchored = {s.value for s in weighed if not s.denies and s.kind not in (Kind.UNDATED, Kind.FORMER)}
    weighed = [s for s in weighed if s.kind is not Kind.FORMER or s.value in anchored]
    if course is None:
        weighed = _dated_well(weighed)
    placed = {s.id: key for s in said if (key := _place(s, snapped, calendar, course)) is not None}
    spans = {s.id: span for s in said if s.kind is Kind.SPAN and (span := _span(s, snapped)) is not None}
    counted = [s for s in weighed if s.id in placed]
    keys = sorted({placed[s.id] for s in counted} | {(end, 0) for s in counted if (end := _end(s, spans, placed))})
    values = sorted({s.value for s in counted})
    dated = _damped(weighed, placed, course)
    evidence = _evidence(dated, weighed, values, keys, placed, spans)
    moments: dict[tuple[Value, bool, datetime], Moment] = {}
    for (value, starts, _), moment in sorted(snapped.items(), key=lambda item: (item[0], item[1])):
        known = moments.get((value, starts, moment.at))
        if known is None or PRECISIONS.index(moment.precision) > PRECISIONS.index(known.precision):
            moments[value, starts, moment.at] = moment
    stated = {moment.at: moment for moment in sorted(moments.values(), key=lambda m: PRECISIONS.index(m.precision))}
    sighted: dict[tuple[Value, Key], Moment] = {}
    for s in counted:
        if s.seen is not None and s.kind in (Kind.SEEN, Kind.FORMER):
            at = placed[s.id]
            known = s.seen if at[1] or at[0] == s.seen.at else stated.get(at[0])
            moment = known or Moment.of(at[0], Precision.DAY)
            sighted[s.value, at] = max(
                sighted.get((s.value, at), moment), moment, key=lambda m: PRECISIONS.index(m.precision)
            )
    ids = frozenset(s.id for s in weighed)
    return Line(values, keys, evidence, placed, moments, sighted, spans, ids, _density(dated, placed, course))


def _boundaries(s: Statement) -> list[Boundary]:
    if s.denies or s.kind is Kind.FORMER:
        return []
    found: list[Boundary] = []
    if s.start is not None and s.kind in (Kind.SPAN, Kind.START):
        found.append((s.value, True, s.start))
    if s.end is not None and s.kind in (Kind.SPAN, Kind.END):
        found.append((s.value, False, s.end))
    return found


def _vague(s: Statement) -> bool:
    return s.kind is Kind.SEEN and not s.denies and s.seen is not None and s.seen.precision in _VAGUE


def hangs_on_course(weighed: Sequence[Statement], said: Iterable[Statement]) -> bool:
    """Whether `lay_out` may come to something else with a course: by vague reports, or by several of one value."""
    return len({s.value for s in weighed}) < len(weighed) or any(_vague(s) for s in said)


def _dated_well(weighed: Sequence[Statement]) -> list[Statement]:
    """Return what is weighed without the vague reports of values of which something better dated is known."""
    known = {s.value for s in weighed if not s.denies and s.kind is not Kind.UNDATED and not _vague(s)}
    return [s for s in weighed if not _vague(s) or s.value not in known]


def _place(
    s: Statement, snapped: Mapping[Boundary, Moment], calendar: Calendar, course: Course | None = None
) -> Key | None:
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
    if course is not None and _vague(s) and (found := course.within(s.value, s.seen)) is not None:
        return found
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


def _density(dated: Iterable[tuple[Statement, int]], placed: Mapping[str, Key], course: Course | None) -> float:
    """Return how many independent statements speak of a spell, on average; repetitions count less; at least 1.

    Estimated from the mean over statements of how many speak of the same spell, which is ``2 n - 1`` where the number
    of statements of a spell is distributed geometrically with mean `n`: so a few stray values do not make a well
    documented item look like a badly documented one.
    """
    counts: dict[tuple[Value, tuple[bool, int]], int] = defaultdict(int)
    for s, weight in dated:
        if s.testimony.weight and not s.denies and s.kind is not Kind.FORMER:
            stretch = (False, -1) if course is None else course.stretch(s.value, placed[s.id])
            counts[s.value, stretch] += min(1000, 1000 * weight // s.testimony.weight)
    whole = sum(counts.values())
    return max(1.0, (sum(count * count for count in counts.values()) / whole / 1000 + 1) / 2) if whole else 1.0


def _evidence(
    dated: Iterable[tuple[Statement, int]],
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
    for s, weight in dated:
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
        len(keys),
        len(values),
        dict(holds),
        _summed(best_start),
        _summed(best_end),
        settled,
        frozenset(released),
        frozenset((point[at], number[value]) for at, value in _welcome(weighed, placed, spans)),
    )


def _welcome(
    weighed: Sequence[Statement], placed: Mapping[str, Key], spans: Mapping[str, tuple[datetime, datetime]]
) -> list[tuple[Key, Value]]:
    """Return where a value may come back after a stand-in whose stated spell has ended, though nobody dates the return.

    It was seen since and nobody tells its end, or its own stated spell encloses that of the stand-in.
    """
    firm = [s for s in weighed if s.id in placed and not s.denies]
    spells = sorted((spans[s.id][1], spans[s.id][0], s.value) for s in firm if s.kind is Kind.SPAN)
    again = _seen_again(firm, placed)
    if not spells:
        return again
    return [*again, *((placed[s.id], s.value) for s in _returning(firm, placed, spans, spells)), *_enclosing(spells)]


def _seen_again(firm: Sequence[Statement], placed: Mapping[str, Key]) -> list[tuple[Key, Value]]:
    """Return where the newest reports begin, if they give a value that another stood in for, and both are well attested.

    That is by two sources or more: one report between others that agree is an error, two are a change.
    """
    newest = sorted(firm, key=lambda s: (placed[s.id], s.value, s.id), reverse=True)
    value = newest[0].value if newest else ()
    if any(s.value == value and s.kind is not Kind.SEEN for s in firm):
        return []
    block = list(takewhile(lambda s: s.value == value, newest))
    between = list(takewhile(lambda s: s.value != value, newest[len(block) :]))
    before = newest[len(block) + len(between) :]
    return [(placed[block[-1].id], value)] if before and _attested(block) and _attested(between) else []


def _attested(statements: Iterable[Statement]) -> bool:
    """Whether two sources or more agree on any value."""
    sources: dict[Value, set[str]] = defaultdict(set)
    for s in statements:
        sources[s.value].add(s.testimony.claim.source)
    return any(len(agreeing) > 1 for agreeing in sources.values())


def _enclosing(spells: Sequence[tuple[datetime, datetime, Value]]) -> Iterator[tuple[Key, Value]]:
    """Yield the end of each stated spell that lies within one of another value, with the value of the innermost of these.

    `spells` are ends, starts and values, sorted. Linear but for sorting and bisection.
    """
    around: list[
        tuple[datetime, Value]
    ] = []  # ends and values of spells that began before, each within the one before it
    by_start = sorted(set(spells), key=lambda spell: (spell[1], spell[0], spell[2]))
    for _, group in groupby(by_start, key=lambda spell: spell[1]):
        begun = list(group)
        for end, _, value in begun:
            at = bisect_left(around, True, key=lambda spell, end=end: spell[0] <= end)  # type: ignore[misc]
            if at and around[at - 1][1] != value:
                yield (end, 0), around[at - 1][1]
        for end, _, value in reversed(begun):
            while around and around[-1][0] <= end:
                around.pop()
            around.append((end, value))


def _returning(
    firm: Sequence[Statement],
    placed: Mapping[str, Key],
    spans: Mapping[str, tuple[datetime, datetime]],
    spells: Sequence[tuple[datetime, datetime, Value]],
) -> list[Statement]:
    """Return the sightings of a value after a stand-in: nobody tells its end, but another had a stated spell since."""
    first: dict[Value, datetime] = {}
    ended: dict[Value, datetime] = {}
    starts: list[tuple[datetime, Value]] = []
    for s in firm:
        at = placed[s.id][0]
        first[s.value] = min(at, first.get(s.value, at))
        if s.kind in (Kind.SPAN, Kind.END, Kind.FORMER):
            end = spans[s.id][1] if s.kind is Kind.SPAN else at
            ended[s.value] = min(end, ended.get(s.value, end))
        if s.kind in (Kind.SPAN, Kind.START):
            starts.append((at, s.value))
    starts.sort()
    returning = []
    for s in firm:
        if s.kind is not Kind.SEEN:
            continue
        at = placed[s.id][0]
        place = bisect_right(spells, (at, datetime.max.replace(tzinfo=UTC), ()))
        if not place:
            continue
        end, start, other = spells[place - 1]
        later = starts[bisect_left(starts, (end, ())) : bisect_right(starts, (at, ("\uffff",)))]
        taken = any(value != s.value for _, value in later)
        if other != s.value and first[s.value] < start and not taken and ended.get(s.value, end) >= end:
            returning.append(s)
    return returning


def _summed(best: Mapping[tuple[int, int, str], int]) -> dict[tuple[int, int], int]:
    total: dict[tuple[int, int], int] = defaultdict(int)
    for (point, value, _), weight in best.items():
        total[point, value] += weight
    return dict(total)


def _damped(
    weighed: Sequence[Statement], placed: Mapping[str, Key], course: Course | None
) -> list[tuple[Statement, int]]:
    """Return the dated statements with the weight that they carry.

    The k-th statement of a source for the same value in the same stretch of the course weighs a k-th: it repeats
    itself. Undated ones weigh where their value is supported best already, so that they support it without moving a
    boundary.
    """
    groups: dict[tuple[Value, bool, str, tuple[bool, int]], list[Statement]] = defaultdict(list)
    for s in weighed:
        at = placed.get(s.id)
        stretch = (False, -1) if course is None or at is None else course.stretch(s.value, at)
        groups[s.value, s.denies or s.kind is Kind.FORMER, s.testimony.claim.source, stretch].append(s)
    dated: list[tuple[Statement, int]] = []
    floating: dict[Value, int] = defaultdict(int)
    for key in sorted(groups):
        value, against, _, _ = key
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
