"""One data item over time: statements become evidence, the best sequence becomes runs with boundaries.

The rules, their prices and why they are so stand in docs/decisions/0003-timelines.md; the search is `kgfuse.fuse.sequence`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import log

from kgfuse.config import FuseSettings
from kgfuse.fuse.aftermath import with_aftermath
from kgfuse.fuse.boundaries import Kind, Statement
from kgfuse.fuse.course import course_of
from kgfuse.fuse.fate import Fate
from kgfuse.fuse.layout import Line, hangs_on_course, lay_out
from kgfuse.fuse.runs import Loss, Run, Timeline, loss_of, share_against, stretches_of
from kgfuse.fuse.sequence import Prices, best_sequence
from kgfuse.fuse.support import UNIT, posterior, total_weight
from kgfuse.fuse.values import Similar, Value, lend

__all__ = ["Loss", "Run", "Timeline", "decide", "explain"]


_READINGS = 4
"""How often the sequence is searched at most; nearly always the second search changes nothing that the first did not see."""


def explain(statements: Iterable[Statement], settings: FuseSettings, capacity: int = 1) -> Timeline:
    """Return the timeline of one data item; neither the order of statements nor copies among them matter.

    Hints (see `FuseSettings.rumour_threshold`) are weighed only where nothing better speaks.
    """
    said = sorted(statements, key=lambda s: s.id)
    weighed = _weighed(said)
    line = lay_out(weighed, said)
    if not any(s.id in line.placed and s.id in line.counted and not s.denies for s in weighed):
        return _timeless(said, settings, capacity)
    prices = _prices(line, settings)
    path = best_sequence(line.evidence, prices, capacity)
    for _ in range(_READINGS - 1 if hangs_on_course(weighed, said) else 0):
        again = lay_out(weighed, said, course_of(line.values, line.keys, path.held))
        dearer = _prices(again, settings)
        same = again.keys == line.keys and again.evidence == line.evidence and dearer == prices
        line, prices = again, dearer
        if same:
            break
        path = best_sequence(line.evidence, prices, capacity)
    runs = stretches_of(line, path, capacity)
    fate = Fate(said, line, runs, settings, prices.entry, capacity)
    asked = fate.questions()
    if asked:
        path = best_sequence(line.evidence, prices, capacity, asked)
    told = fate.told(path)
    return with_aftermath(told) if capacity == 1 else told


def _prices(line: Line, settings: FuseSettings) -> Prices:
    """Return what changes cost: the better an item is documented, the rarer they are among the statements about it."""
    unit = round((settings.change_price + log(line.density)) * UNIT)
    return Prices(unit, unit // 2, round(settings.return_price * UNIT))


def _weighed(said: Sequence[Statement]) -> list[Statement]:
    """Return the statements that count: hints only where nothing better speaks for any value."""
    speaking = [s for s in said if s.testimony.weight > 0]
    firm = [s for s in speaking if not s.hint]
    return firm if any(not s.denies for s in firm) else speaking


def _timeless(said: Sequence[Statement], settings: FuseSettings, capacity: int) -> Timeline:
    """Settle an item of which nothing is dated, save that some values had gone when they were spoken of."""
    gone = _gone(said, settings)
    rest = [_contrary(s) for s in said if s.value not in gone]
    sure = any(not s.hint for statements in gone.values() for s in statements)
    if sure and all(s.hint or s.denies for s in rest):  # hints count only where nothing better speaks of the item
        values = sorted({s.value for s in rest})
        left = Timeline((), tuple(loss_of(value, [s for s in rest if s.value == value], None) for value in values))
    else:
        left = decide(rest, settings, capacity)
    runs = []
    for value in sorted(gone):
        end = min(s.seen for s in gone[value] if s.seen is not None and s.kind is Kind.FORMER)
        denied = [s for s in said if s.value == value and s.denies]
        share = share_against(gone[value], denied)
        runs.append(Run(value, None, end, False, False, tuple(gone[value]), tuple(denied), share))
    return Timeline((*left.runs, *runs), left.losses)


def _gone(said: Sequence[Statement], settings: FuseSettings) -> dict[Value, list[Statement]]:
    """Return what is said for each value that had gone by the time of speaking of a source.

    Who says without a date that it holds may have said so before. So one good 'former' ends it, as it does where all is
    dated; a hint does not.
    """
    held: dict[Value, list[Statement]] = defaultdict(list)
    for s in said:
        if not s.denies:
            held[s.value].append(s)
    price = settings.change_price * UNIT / 2
    gone = {}
    for value, statements in held.items():
        former = [s for s in statements if s.kind is Kind.FORMER]
        if not former:
            continue
        firm = total_weight(s.testimony for s in former if not s.hint)
        if len(former) == len(statements) or firm > price:
            gone[value] = statements
    return gone


def _contrary(s: Statement) -> Statement:
    """Read a 'former' that is too weak to end a value as a denial that it holds."""
    return replace(s, denies=True) if s.kind is Kind.FORMER else s


def decide(
    statements: Iterable[Statement], settings: FuseSettings, capacity: int = 1, similar: Similar | None = None
) -> Timeline:
    """Settle an item without regard to time: the values with most weight hold, no telling when (Accu; see `support`).

    A value that is all but equal to another (`similar`) lends it part of its weight (AccuSim, in the same paper).
    """
    said = sorted(statements, key=lambda s: s.id)
    votes: dict[Value, int] = {}
    weighed = _weighed(said)
    counted = {s.id for s in weighed}
    for value in sorted({s.value for s in weighed if not s.denies}):
        mine, against = (
            total_weight(s.testimony for s in weighed if s.value == value and s.denies is denies)
            for denies in (False, True)
        )
        votes[value] = mine - against
    if similar:
        votes = lend(votes, similar, settings.similarity_support)
    ranked = sorted(votes, key=lambda v: (-votes[v], v))
    winners = [value for value in ranked[:capacity] if votes[value] > 0]
    others = ranked[len(winners) :]
    by_value: dict[Value, list[Statement]] = defaultdict(list)
    for s in said:
        by_value[s.value].append(s)
    losing = [s for value in sorted(by_value) if value not in winners for s in by_value[value] if not s.denies]
    runs = []
    for value in winners:
        share, *rest = posterior([votes[value], *(votes[other] for other in others)])
        rivals = tuple(zip(others, rest, strict=True))
        tied = tuple(other for other, part in rivals if share - part < settings.tie_margin)
        mine_all = tuple(s for s in by_value[value] if not s.denies)
        denied = [s for s in by_value[value] if s.denies]
        if any(s.id in counted for s in denied):
            share *= posterior([votes[value], 0])[0]
        runs.append(Run(value, None, None, False, False, mine_all, (*denied, *losing), share, rivals, tied))
    lost = [value for value in sorted(by_value) if value not in winners]
    losses = [loss_of(value, by_value[value], runs[-1] if runs else None) for value in lost]
    return Timeline(tuple(runs), tuple(losses))
