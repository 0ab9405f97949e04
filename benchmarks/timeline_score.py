"""How well intervals agree with a history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from benchmarks.histories import HORIZON, History
from kgfuse.model import Moment, Validity

Intervals = Mapping[str, Sequence[tuple[str, Validity]]]
"""What a method says: item -> values with the time for which it says that they held."""

_LEAD = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Days and boundaries, summed over items.

    *Interval F1*: the harmonic mean of the share of predicted value-days that are true and the share of true
    value-days that are predicted. Asked is every day from two years before an item's first spell to the horizon; a
    boundary given as a month or a year is taken at its middle, for every method alike; an unknown start holds from
    the first day, as `as_of` reads it.

    *Boundaries*: a true start or end is found when the method gives that value a start (end) whose day, month or year
    contains it. `right` is the share of the given boundaries that find a true one.
    """

    shared: int = 0
    said: int = 0
    true: int = 0
    boundaries_found: int = 0
    boundaries_true: int = 0
    boundaries_right: int = 0
    boundaries_said: int = 0

    @property
    def f1(self) -> float:
        """The interval F1."""
        return 2 * self.shared / max(1, self.said + self.true)

    def figures(self) -> dict[str, float]:
        """Return the ratios, ready for JSON."""
        return {
            "interval_f1": round(self.f1, 4),
            "precision": round(self.shared / max(1, self.said), 4),
            "recall": round(self.shared / max(1, self.true), 4),
            "boundaries_found": round(self.boundaries_found / max(1, self.boundaries_true), 4),
            "boundaries_right": round(self.boundaries_right / max(1, self.boundaries_said), 4),
        }


def agreement(histories: Iterable[History], intervals: Intervals) -> Agreement:
    """Compare what a method says with what was true."""
    total = [0] * 7
    for history in histories:
        for place, count in enumerate(_of_one(history, intervals.get(history.item, ()))):
            total[place] += count
    return Agreement(*total)


def _of_one(history: History, said: Sequence[tuple[str, Validity]]) -> tuple[int, ...]:
    first = min(spell.start for spell in history.spells) - _LEAD
    truth = {(spell.value, day) for spell in history.spells for day in _days(spell.start, spell.end or HORIZON)}
    given = {
        (value, day)
        for value, validity in said
        for day in _days(
            first if validity.valid_from is None else max(first, middle(validity.valid_from)),
            HORIZON if validity.valid_to is None else min(HORIZON, middle(validity.valid_to)),
        )
    }
    true_boundaries = [(spell.value, True, spell.start) for spell in history.spells]
    true_boundaries += [(spell.value, False, spell.end) for spell in history.spells if spell.end is not None]
    boundaries = [(value, True, v.valid_from) for value, v in said if v.valid_from is not None]
    boundaries += [(value, False, v.valid_to) for value, v in said if v.valid_to is not None]
    found = sum(any(_hits(given, true) for given in boundaries) for true in true_boundaries)
    right = sum(any(_hits(given, true) for true in true_boundaries) for given in boundaries)
    return (len(truth & given), len(given), len(truth), found, len(true_boundaries), right, len(boundaries))


def _hits(given: tuple[str, bool, Moment], true: tuple[str, bool, date]) -> bool:
    if given[:2] != true[:2]:
        return False
    day = datetime(true[2].year, true[2].month, true[2].day, tzinfo=UTC)
    return given[2].at <= day < given[2].end


def middle(moment: Moment) -> date:
    """Return the day in the middle of what a moment names."""
    return (moment.at + (moment.end - moment.at) / 2).date()


def _days(start: date, end: date) -> range:
    return range(start.toordinal(), end.toordinal())
