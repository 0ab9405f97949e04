"""The runs of the best sequence: which value held, and from when to when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from kgfuse.frozen import quickly_made
from kgfuse.fuse.boundaries import Statement
from kgfuse.fuse.layout import PRECISIONS, Line
from kgfuse.fuse.sequence import Sequence as Path
from kgfuse.fuse.support import posterior, total_weight
from kgfuse.fuse.values import Value
from kgfuse.model import Moment, Precision, Validity


@quickly_made
@dataclass(frozen=True, slots=True)
class Run:
    """A value that held from `start` to `end`; the flags say whether a source states the boundary.

    `share` is the posterior against what spoke against it. `rivals` are the values it was preferred to with their
    shares; `tied` those that it could not be told from.
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
    tied: tuple[Value, ...] = ()
    followed_by: Value | None = None

    @property
    def validity(self) -> Validity:
        """When it held."""
        return Validity(self.start, self.end)


@quickly_made
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


def share_against(speaking: Sequence[Statement], denying: Sequence[Statement]) -> float:
    """Return the posterior of what speaks for a value against its denials; 1 where nobody denies it.

    Hints count only where nothing better speaks for it.
    """
    hints = all(s.hint for s in speaking)
    mine, against = ([s.testimony for s in side if hints or not s.hint] for side in (speaking, denying))
    return posterior([total_weight(mine), total_weight(against)])[0] if against else 1.0


def loss_of(value: Value, statements: Sequence[Statement], run: Run | None) -> Loss:
    """Return what was said in vain, with its share against the run that it lost to."""
    if run is None:
        share = share_against([s for s in statements if not s.denies], [s for s in statements if s.denies])
        return Loss(value, tuple(statements), None, share)
    shares = dict(run.rivals)
    if value not in shares:
        for_run, for_value = (
            total_weight(s.testimony for s in side if not s.denies) for side in (run.supported_by, statements)
        )
        shares[value] = posterior([for_run, for_value])[1]
    return Loss(value, tuple(statements), run, shares[value])


@dataclass(slots=True)
class Stretch:
    """Segments ``first`` to ``last`` in which a value holds."""

    value: Value
    number: int
    first: int
    last: int
    start: Moment | None = None
    end: Moment | None = None
    start_stated: bool = False
    end_stated: bool = False
    next: Stretch | None = None


def stretches_of(line: Line, path: Path, capacity: int = 1) -> list[Stretch]:
    """Return the stretches of a sequence in order of time, with their boundaries."""
    stretches: list[Stretch] = []
    current: dict[int, Stretch] = {}
    for segment, held in enumerate(path.held):
        for number in sorted(held):
            if number in current:
                current[number].last = segment
            else:
                current[number] = Stretch(line.values[number], number, segment, segment)
                stretches.append(current[number])
        current = {number: current[number] for number in held}
    _bound(line, stretches)
    return _follow(line, stretches) if capacity == 1 else stretches


def _bound(line: Line, stretches: list[Stretch]) -> None:
    """Give each stretch its boundaries, stated ones first; a boundary nobody states is where the next evidence lies."""
    starting: dict[int, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        if stretch.first:
            starting[stretch.first - 1].append(stretch)
            at, side = line.keys[stretch.first - 1]
            stated = line.moments.get((stretch.value, True, at)) if side == 0 else None
            stretch.start_stated = stated is not None
            sighted = line.sighted.get((stretch.value, (at, side)))
            stretch.start = stated or (sighted if side == 0 else None) or (_any(line, at) if side == 0 else None)
    for place, stretch in enumerate(stretches):
        if stretch.last == len(line.keys):
            continue
        at, side = line.keys[stretch.last]
        following = starting.get(stretch.last, [])
        stretch.next = following[0] if following else _later(stretches, place)
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


def _follow(line: Line, stretches: Sequence[Stretch]) -> list[Stretch]:
    """Let a value whose start nobody tells start where the one before it ended, or when it was seen first.

    Nothing else held then, so it cannot have held since ever. Where the one before leaves it no time at all, it did
    not hold.
    """
    kept: list[Stretch] = []
    for stretch in stretches:
        before = kept[-1] if kept else None
        if before is not None and before.end is not None and stretch.start is None:
            vague = line.sighted.get((stretch.value, line.keys[stretch.first - 1]))
            start = vague if vague is not None and vague.at >= before.end.at else before.end
            if stretch.end is not None and start.at >= stretch.end.at:
                if before.next is stretch:
                    before.next = stretch.next
                continue
            stretch.start = start
        kept.append(stretch)
    return kept


def _later(stretches: Sequence[Stretch], place: int) -> Stretch | None:
    """Return the next stretch of another value that starts after this one has ended."""
    stretch = stretches[place]
    for other in islice(stretches, place + 1, None):
        if other.first > stretch.last and other.value != stretch.value:
            return other
    return None


def _meet(stretch: Stretch, end: Moment) -> None:
    """Let a coarse end ('2019') meet the start of what followed in that period ('2019-05')."""
    start = stretch.next.start if stretch.next is not None else None
    if (
        start is not None
        and start != end
        and end.covers(start)
        and (stretch.start is None or stretch.start.at < start.at)
    ):
        stretch.end = start


def _any(line: Line, at: datetime) -> Moment:
    """Return the moment by which an instant is known."""
    known = [moment for (_, _, when), moment in line.moments.items() if when == at]
    known += [moment for (_, key), moment in line.sighted.items() if key == (at, 0)]
    return max(known, key=lambda m: PRECISIONS.index(m.precision), default=Moment.of(at, Precision.DAY))


def _split(line: Line, stretch: Stretch, following: Sequence[Stretch]) -> None:
    """Part two values where all that is known of the second is its end: after the last evidence of the first."""
    evidence = line.evidence.holds
    last = max(
        (s for s in range(stretch.first, stretch.last + 1) if evidence.get((s, stretch.number), 0) > 0), default=0
    )
    at, _ = line.keys[last - 1] if last else line.keys[stretch.last]
    limit = line.keys[stretch.last][0]
    known = line.sighted.get((stretch.value, (at, 0))) or line.moments.get((stretch.value, True, at))
    precision = known.precision if known is not None else Precision.DAY
    parting = Moment.of(Moment.of(at, precision).end, precision)
    if not last or parting.at >= limit:
        parting = _any(line, limit)
        stretch.end = parting
        return
    stretch.end = parting
    for other in following:
        other.start = parting
