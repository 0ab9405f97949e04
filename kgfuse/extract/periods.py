"""The periods that dates name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kgfuse.model import Moment, Precision


@dataclass(frozen=True, slots=True)
class Period:
    """The half-open period that a date names: its first moment and the moment after it, in the same precision.

    `is_end` says that the date names the close of a period ('the end of 2019'), whose boundary is `until`; `is_range`
    that it names both its ends ('2015-19'); `is_open` that it goes on ('for the past three years').
    """

    first: Moment
    until: Moment
    is_end: bool = False
    is_range: bool = False
    is_open: bool = False

    @classmethod
    def of(cls, moment: Moment) -> Period:
        """Return the period that `moment` names."""
        return cls(moment, Moment(moment.end, moment.precision))

    def at_its_end(self) -> Period:
        """Return 'the end of' this period: its last month (of a year or a quarter) or its last day."""
        if self.first.precision in (Precision.YEAR, Precision.MONTH) and (self.until.at - self.first.at).days > 31:
            last = self.until.at - timedelta(days=1)
            return Period(moment_of(last.year, last.month), Moment(self.until.at, Precision.MONTH), is_end=True)
        last = self.until.at - timedelta(days=1)
        return Period(Moment(last, Precision.DAY), Moment(self.until.at, Precision.DAY), is_end=True)


def moment_of(year: int, month: int | None = None, day: int | None = None) -> Moment:
    """Return a date with the precision of what is given."""
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    return Moment(datetime(year, month or 1, day or 1, tzinfo=UTC), precision)


def months_from(year: int, month: int, count: int) -> Period:
    """Return `count` months from `month` of `year` on; months beyond twelve run into the next year."""
    after = month - 1 + count
    return Period(moment_of(year, month), moment_of(year + after // 12, after % 12 + 1))
