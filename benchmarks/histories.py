"""Synthetic histories of one-at-a-time data items, and what imperfect sources say about them. All of it is seeded.

A history is a sequence of spells: values with a start and an end in days, some separated by gaps, some a return to an
earlier value. Sources observe it through statements: reports ('is', at the document's date), starts, ends, whole
spells, 'former', denials and undated mentions; stated boundaries in days, months or years; documents that announce a
change or look back on it years later; copies, verbatim and reworded. A share `noise` of the statements is wrong,
twice as many from the worst source as on average and few from the best: another value, a shifted date, an end that
did not happen, a denial of what holds.

Statements are drawn once per seed and only their corruption depends on the noise, so a curve over noise compares like
with like.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import exp
from random import Random

from kgfuse.model import Moment, Precision

BEGIN, HORIZON = date(2000, 1, 1), date(2025, 1, 1)
SOURCES, COPIERS = 12, 3
KINDS = {"seen": 50, "start": 17, "end": 10, "span": 10, "undated": 7, "former": 3, "denied": 3}
"""How often a source says what, in per cent."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A value that held in ``[start, end)``; `end` is `None` where it still holds at the horizon."""

    value: str
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Said:
    """One statement; `wrong` is for scoring and ceilings only, no method sees it. Equal sentences are copies."""

    item: str
    value: str
    kind: str
    start: Moment | None
    end: Moment | None
    seen: Moment | None
    source: str
    sentence: str
    confidence: float
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """One data item: what was true, and what was said. `capacity` values may hold at a time."""

    item: str
    spells: tuple[Spell, ...]
    said: tuple[Said, ...]


def histories(
    count: int, noise: float, *, density: float = 6.0, capacity: int = 1, seed: int = 20261125
) -> list[History]:
    """Return `count` histories with about `density` statements a spell, of which a share `noise` is wrong."""
    made = []
    for number in range(count):
        item = f"Item {number:05d}"
        spells = [
            spell for lane in range(capacity) for spell in _spells(Random(f"{seed}:{number}:{lane}"), number, lane)
        ]
        made.append(History(item, tuple(spells), tuple(_told(item, spells, density, noise, f"{seed}:{number}"))))
    return made


def _spells(dice: Random, number: int, lane: int) -> list[Spell]:
    spells: list[Spell] = []
    at = BEGIN + timedelta(days=dice.randrange(0, 2500))
    names = 0
    while at < HORIZON - timedelta(days=200):
        earlier = sorted({spell.value for spell in spells[:-1]} - {spell.value for spell in spells[-1:]})
        if earlier and dice.random() < 0.15:
            value = dice.choice(earlier)
        else:
            value, names = f"value {number:05d} {lane}{names:02d}", names + 1
        end = at + timedelta(days=dice.randrange(150, 2400))
        spells.append(Spell(value, at, end if end < HORIZON else None))
        at = end + (timedelta(days=dice.randrange(60, 400)) if dice.random() < 0.15 else timedelta())
    return spells


def long_history(claims: int, values: int, noise: float = 0.2, seed: int = 20261125) -> list[Said]:
    """Return `claims` statements about one item that goes round `values` values, a change for every six statements."""
    count = max(1, claims // 6)
    days = (HORIZON - BEGIN).days / count
    starts = [BEGIN + timedelta(days=int(days * place)) for place in range(count)]
    ends = [*starts[1:], None]
    spells = [
        Spell(f"value 00000 {place % values:05d}", start, end)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    said: list[Said] = []
    number = 0
    while len(said) < claims:
        spell = spells[number % count]
        said += _statement(Random(f"{seed}:{number}"), "Item", spell, spells[:9], noise, f"Item {number}")
        number += 1
    return said[:claims]


# ------------------------------------------------------------------------------------------------------- what is said


def _told(item: str, spells: list[Spell], density: float, noise: float, seed: str) -> list[Said]:
    said: list[Said] = []
    for place, spell in enumerate(spells):
        dice = Random(f"{seed}:said:{place}")
        for number in range(max(1, _poisson(dice, density))):
            one = Random(f"{seed}:{place}:{number}")
            said += _statement(one, item, spell, spells, noise, f"{item} {place} {number}")
    return said


def _statement(dice: Random, item: str, spell: Spell, spells: list[Spell], noise: float, sentence: str) -> list[Said]:
    """Return a statement about a spell, and its copies."""
    source = dice.randrange(SOURCES)
    share = noise * (0.1 + 1.8 * source / (SOURCES - 1))  # the mean over the sources is `noise`
    wrong = dice.random() < share
    kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
    if spell.end is None and kind in ("end", "span", "former", "denied"):
        kind = "start" if kind == "span" else "seen"
    confidence = round(dice.uniform(0.6, 0.95), 2)
    astray = Random(f"{sentence}:{dice.random()}")
    copied, reworded, later = dice.random() < 0.2, dice.random() < 0.25, dice.randrange(1, 40)
    copier = f"copier {dice.randrange(COPIERS)}"
    told = _dated(
        dice, Said(item, spell.value, kind, None, None, None, f"source {source:02d}", sentence, confidence), spell
    )
    if wrong:
        told = _corrupted(astray, told, spell, spells)
    if not copied:
        return [told]
    seen = None if told.seen is None else Moment.of(told.seen.at + timedelta(days=later), Precision.DAY)
    end = seen if told.kind == "former" else told.end
    again = sentence + " in other words" if reworded else sentence
    return [told, replace(told, source=copier, seen=seen, end=end, sentence=again)]


def _dated(dice: Random, said: Said, spell: Spell) -> Said:
    """Give a statement its dates."""
    last = spell.end or HORIZON
    within = spell.start + timedelta(days=dice.randrange((last - spell.start).days))
    soon, late = timedelta(days=dice.randrange(60)), timedelta(days=dice.randrange(365, 3000))
    after = late if dice.random() < 0.3 else -soon if dice.random() < 0.1 else soon
    start, end = (_moment(day, dice, 45, 30) for day in (spell.start, last))
    spoken = {"seen": within, "start": spell.start + after, "undated": within}.get(said.kind, last + abs(after))
    if said.kind == "end":
        spoken = last + after
    seen = _moment(min(spoken, HORIZON - timedelta(days=1)), dice, 80, 12)
    if said.kind == "start":
        return replace(said, start=start, seen=seen)
    if said.kind == "end":
        return replace(said, end=end, seen=seen)
    if said.kind == "span":
        if start.at >= end.at:
            start, end = (Moment.of(_noon(day), Precision.DAY) for day in (spell.start, last))
        return replace(said, start=start, end=end, seen=seen)
    if said.kind == "former":
        return replace(said, end=seen, seen=seen)
    return said if said.kind == "undated" else replace(said, seen=seen)


def _corrupted(dice: Random, said: Said, spell: Spell, spells: list[Spell]) -> Said:
    """Return a wrong version of a statement."""
    way = dice.choices(["value", "date", "end", "denial"], [50, 30, 10, 10])[0]
    if way == "end" and spell.end is None and said.seen is not None and said.kind != "denied":
        stop = Moment.of(said.seen.at - timedelta(days=dice.randrange(5, 300)), Precision.DAY)
        return replace(said, kind="end", start=None, end=stop, wrong=True)
    if way == "denial" and said.kind == "seen":
        return replace(said, kind="denied", wrong=True)
    if way == "date" and said.kind != "undated":
        shift = timedelta(days=dice.choice([-1, 1]) * dice.randrange(200, 1500))
        start, end, seen = (_shifted(moment, shift) for moment in (said.start, said.end, said.seen))
        if said.kind in ("seen", "denied", "former"):
            return replace(said, seen=seen, end=seen if said.kind == "former" else None, wrong=True)
        return replace(said, start=start, end=end, wrong=True)
    others = sorted({other.value for other in spells} - {said.value})
    if others and dice.random() < 0.6:
        return replace(said, value=dice.choice(others), wrong=True)
    return replace(said, value=f"{said.value.rsplit(' ', 1)[0]} x{dice.randrange(3)}", wrong=True)


def _shifted(moment: Moment | None, shift: timedelta) -> Moment | None:
    if moment is None:
        return None
    return Moment.of(min(moment.at + shift, _noon(HORIZON)), moment.precision)


def _moment(day: date, dice: Random, days: int, months: int) -> Moment:
    """Return a day as a document would give it: in days, months or, for the rest of 100 per cent, years."""
    drawn = dice.randrange(100)
    precision = Precision.DAY if drawn < days else Precision.MONTH if drawn < days + months else Precision.YEAR
    return Moment.of(_noon(day), precision)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _poisson(dice: Random, mean: float) -> int:
    limit, product, count = exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count
