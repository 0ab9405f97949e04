"""What statements say about time, and boundaries of different precision that mean the same event."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kgfuse.frozen import quickly_made
from kgfuse.fuse.support import Testimony
from kgfuse.fuse.values import Value
from kgfuse.model import Moment, Precision, Validity


class Kind(StrEnum):
    """What a statement says about time."""

    SPAN = "span"  # from … to …
    START = "start"  # since …, became … in …
    END = "end"  # until …, stepped down in …, no longer since …: it held just before
    FORMER = "former"  # over by the time of speaking, no telling since when
    SEEN = "seen"  # holds at the time of speaking
    UNDATED = "undated"


BOUNDED = {True: (Kind.SPAN, Kind.START), False: (Kind.SPAN, Kind.END)}
"""The kinds that state when a value started (else ended)."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Statement:
    """A testimony for or against one value of a data item. `denies`: the value does *not* hold (then)."""

    testimony: Testimony
    value: Value
    kind: Kind
    denies: bool
    start: Moment | None
    end: Moment | None
    seen: Moment | None
    hint: bool

    @property
    def id(self) -> str:
        """The triple's id."""
        return self.testimony.claim.triple_id

    @property
    def announced(self) -> bool:
        """Whether its boundary lay in the future when it was said."""
        boundary = self.start or self.end
        return boundary is not None and self.seen is not None and boundary.at >= self.seen.end


def read(testimony: Testimony, value: Value, rumour: float) -> Statement:
    """Read what a testimony says about time; a time of speaking is a day or more long.

    'No longer' (negated, with an end) says that the value held until then, as 'stepped down' does. An end that is the
    time of speaking itself is what 'former' gives.
    """
    claim = testimony.claim
    start, end, seen = claim.validity.valid_from, claim.validity.valid_to, claim.observed_at
    if seen is not None and seen.precision is Precision.SECOND:
        seen = Moment.of(seen.at, Precision.DAY)
    over = seen is not None and end is not None and end in (claim.observed_at, seen)
    if claim.negated and end is not None and start is None:
        kind, denies = (Kind.FORMER if over else Kind.END), False
    else:
        denies = claim.negated
        if start is not None and end is not None:
            kind = Kind.SPAN
        elif start is not None:
            kind = Kind.START
        elif end is not None:
            kind = Kind.FORMER if over else Kind.END
        else:
            kind = Kind.UNDATED if seen is None else Kind.SEEN
    return Statement(testimony, value, kind, denies, start, end, seen, claim.confidence < rumour)


# --------------------------------------------------------------------------------------------------------------- snapping

Boundary = tuple[Value, bool, Moment]
"""A value, whether it starts (else ends), and when."""

_FINEST_FIRST = (Precision.SECOND, Precision.DAY, Precision.MONTH, Precision.YEAR)


def snap(weights: Mapping[Boundary, int]) -> dict[Boundary, Moment]:
    """Map each boundary to the more precise moment that means the same event, or to its own.

    '2019' means '2019-03' when the same value starts (ends) then, or another ends (starts) then: of several, those of
    the same value come first, then the one with most weight, then the earliest. `weights` are those of the boundaries.
    """
    snapped: dict[Boundary, Moment] = {}
    within: dict[tuple[Precision, datetime], list[tuple[Value, bool, Moment, int]]] = defaultdict(list)
    for precision in _FINEST_FIRST:
        level = sorted(b for b in weights if b[2].precision is precision)
        for boundary in level:
            snapped[boundary] = _meant(boundary, within.get((precision, boundary[2].at), ()))
        for value, starts, moment in level:
            target = snapped[value, starts, moment]
            for coarse in _FINEST_FIRST[_FINEST_FIRST.index(precision) + 1 :]:
                period = Moment.of(target.at, coarse)
                within[coarse, period.at].append((value, starts, target, weights[value, starts, moment]))
    return snapped


def _meant(boundary: Boundary, finer: Iterable[tuple[Value, bool, Moment, int]]) -> Moment:
    value, starts, moment = boundary
    votes: dict[tuple[bool, Moment], int] = defaultdict(int)
    for other, other_starts, target, weight in finer:
        same = other == value
        if same == (other_starts == starts):
            votes[not same, target] += weight
    if not votes:
        return moment
    return min(votes, key=lambda vote: (vote[0], -votes[vote], vote[1]))[1]


# ------------------------------------------------------------------------------------------------------ times of speaking

Key = tuple[datetime, int]
"""A point on the line of time: an instant (side 0), or the last moment before it (side -1)."""


class Calendar:
    """The stated starts and ends of a data item, by value, for placing what was said some time in a day, month or year."""

    def __init__(self, boundaries: Iterable[Boundary]) -> None:
        self._own: dict[tuple[Value, bool], list[datetime]] = defaultdict(list)
        self._all: dict[bool, list[tuple[datetime, Value]]] = {True: [], False: []}
        for value, starts, moment in sorted(set(boundaries), key=lambda b: (b[2], b[0], b[1])):
            self._own[value, starts].append(moment.at)
            self._all[starts].append((moment.at, value))

    def _mine(self, value: Value, starts: bool, period: Moment) -> datetime | None:
        line = self._own.get((value, starts), [])
        place = bisect_left(line, period.at)
        return line[place] if place < len(line) and line[place] < period.end else None

    def _others(self, value: Value, starts: bool, period: Moment) -> datetime | None:
        line = self._all[starts]
        for at, other in line[bisect_left(line, (period.at, ())) :]:
            if at >= period.end:
                return None
            if other != value:
                return at
        return None

    def place_seen(self, value: Value, period: Moment) -> Key:
        """Say where in the period of speaking a value was seen: not before it started, not after it or it gave way."""
        if (at := self._mine(value, True, period)) is not None:
            return (at, 0)
        if (at := self._mine(value, False, period)) is not None:
            return (at, -1)
        if (at := self._others(value, True, period)) is not None:
            return (at, -1)
        if (at := self._others(value, False, period)) is not None:
            return (at, 0)
        return (period.at, 0)

    def place_denied(self, value: Value, period: Moment) -> Key:
        """Say where in the period of speaking a value was denied: after it ended or gave way, if it did so then."""
        for at in (self._mine(value, False, period), self._others(value, True, period)):
            if at is not None:
                return (at, 0)
        return (period.at, 0)


def validity_of(statement: Statement) -> Validity:
    """Return when a statement on its own says that the value holds: as stated, or from the time of speaking on."""
    if statement.kind is Kind.SEEN:
        return Validity(statement.seen, None)
    return Validity(statement.start, statement.end)
