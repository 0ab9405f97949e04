"""Contested data items as arrays: who says what in which contest, for all items at once.

A *contest* is a set of values of which one is right: a data item of cardinality one, or a run of a timeline with what
it beat.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kgfuse.config import FuseSettings
from kgfuse.fuse.items import Item, settle
from kgfuse.fuse.support import Trust
from kgfuse.fuse.values import Finer, Similar, Value
from kgfuse.model import Claim, content_id
from kgfuse.ontology import Cardinality

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contest:
    """Claims for (and denials of) values of which one is right, with the value of each."""

    relation: str
    voices: tuple[tuple[Claim, Value], ...]
    finer: Finer
    similar: Similar


def contests_of(items: Iterable[Item], trust: Trust, settings: FuseSettings) -> list[Contest]:
    """Return the contests between independent sources, in order of their items.

    A timeline is settled once, with the trust given: what each of its runs beat is a contest, and so is the agreement
    about it. Of a source that speaks of many timelines of a relation, `_ENOUGH` are enough to know it by. An item that
    several values may hold at once is left out when it has no time: nobody contradicts anybody.
    """
    contests: list[Contest] = []
    contested = [item for item in items if item.relation.cardinality is not Cardinality.MANY and item.contested]
    drawn = _drawn(item for item in contested if item.relation.cardinality is Cardinality.ONE_AT_A_TIME)
    for item in contested:
        if item.relation.cardinality is Cardinality.ONE:
            voices = [(claim, item.values[claim.triple_id]) for claim in item.claims]
            found = [] if item.relation.capacity > 1 else [voices]
        else:
            found = _of_timeline(item, trust, settings) if (item.relation.name, item.anchor) in drawn else []
        for voices in found:
            heard = _heard(voices, item.silent, settings.rumour_threshold)
            if len({claim.source for claim, _ in heard if not claim.negated}) > 1:
                contests.append(Contest(item.relation.name, tuple(heard), item.finer, item.similar))
    return contests


_ENOUGH = (
    20  # timelines of one relation by which a source is known: reliabilities within about a tenth, see docs/fusion.md
)


def _drawn(items: Iterable[Item]) -> set[tuple[str, str]]:
    """Draw timelines by lot (the hash of what they are about) until every source has spoken in `_ENOUGH` of its own."""
    lots = sorted(items, key=lambda item: content_id("lot", item.relation.name, item.anchor))
    spoken: Counter[tuple[str, str]] = Counter()
    drawn: set[tuple[str, str]] = set()
    for item in lots:
        scopes = sorted({(claim.source, item.relation.name) for claim in item.claims})
        if any(spoken[scope] < _ENOUGH for scope in scopes):
            drawn.add((item.relation.name, item.anchor))
            spoken.update(scopes)
    return drawn


def _of_timeline(item: Item, trust: Trust, settings: FuseSettings) -> list[list[tuple[Claim, Value]]]:
    timeline = settle(item, trust, settings)
    beaten: dict[int, list[tuple[Claim, Value]]] = defaultdict(list)
    for loss in timeline.losses:
        if loss.beaten_by is not None and loss.beaten_by.value != loss.value:
            beaten[id(loss.beaten_by)] += [(s.testimony.claim, loss.value) for s in loss.statements if not s.denies]
    return [
        [*((s.testimony.claim, run.value) for s in run.supported_by if not s.denies), *beaten.get(id(run), ())]
        for run in timeline.runs
    ]


def _heard(
    voices: Sequence[tuple[Claim, Value]], silent: Mapping[str, str], rumour: float
) -> list[tuple[Claim, Value]]:
    """Leave out what was taken back, and hints where anything better speaks; each source once per value, at its surest."""
    speaking = [voice for voice in voices if voice[0].triple_id not in silent]
    firm = [voice for voice in speaking if voice[0].confidence >= rumour]
    best: dict[tuple[Value, bool, str], tuple[Claim, Value]] = {}
    counted = firm if any(not claim.negated for claim, _ in firm) else speaking
    for claim, value in sorted(counted, key=lambda voice: (-voice[0].confidence, voice[0].triple_id)):
        best.setdefault((value, claim.negated, claim.source), (claim, value))
    return [best[key] for key in sorted(best)]


@dataclass(frozen=True, slots=True)
class Votes:
    """The contests as arrays.

    Per vote (length v): the `value` it is for, its `source`, its `scope` (source and relation), its extraction
    `confidence`, and `sign` (-1 for a denial). Per value (length u): the `contest` it stands in. `coarse` and `fine` are
    pairs of values, the second saying the first more precisely; `near` and `lender` pairs that are all but equal, as far as
    `nearness`. `source_of_scope` maps a scope to its source.
    """

    sources: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]
    source_of_scope: Indices
    value: Indices
    source: Indices
    scope: Indices
    confidence: Floats
    sign: Floats
    contest: Indices
    coarse: Indices
    fine: Indices
    near: Indices
    lender: Indices
    nearness: Floats

    @property
    def contests(self) -> int:
        """How many contests there are."""
        return int(self.contest[-1]) + 1 if len(self.contest) else 0


def votes_of(contests: Sequence[Contest]) -> Votes:
    """Lay contests out as arrays; sources and scopes in order of name, values in order of contest and value."""
    scopes = sorted({(claim.source, contest.relation) for contest in contests for claim, _ in contest.voices})
    sources = sorted({source for source, _ in scopes})
    scope_number = {scope: number for number, scope in enumerate(scopes)}
    source_number = {source: number for number, source in enumerate(sources)}
    votes: list[tuple[int, int, int, float, float]] = []
    contest_of: list[int] = []
    refined: list[tuple[int, int]] = []
    lent: list[tuple[int, int, float]] = []
    for number, contest in enumerate(contests):
        values = sorted({value for _, value in contest.voices})
        place = {value: len(contest_of) + offset for offset, value in enumerate(values)}
        contest_of += [number] * len(values)
        for value in values:
            refined += [(place[value], place[fine]) for fine in contest.finer.get(value, ()) if fine in place]
            lent += [(place[value], place[near], how) for near, how in contest.similar.get(value, ()) if near in place]
        for claim, value in contest.voices:
            scope = scope_number[claim.source, contest.relation]
            sign = -1.0 if claim.negated else 1.0
            votes.append((place[value], source_number[claim.source], scope, claim.confidence, sign))
    whole = [np.array(column, dtype=np.int64) for column in zip(*[vote[:3] for vote in votes], strict=True)]
    vote_value, vote_source, vote_scope = whole or [np.zeros(0, dtype=np.int64)] * 3
    return Votes(
        sources=tuple(sources),
        scopes=tuple(scopes),
        source_of_scope=np.array([source_number[source] for source, _ in scopes], dtype=np.int64),
        value=vote_value,
        source=vote_source,
        scope=vote_scope,
        confidence=np.array([vote[3] for vote in votes], dtype=np.float64),
        sign=np.array([vote[4] for vote in votes], dtype=np.float64),
        contest=np.array(contest_of, dtype=np.int64),
        coarse=np.array([coarse for coarse, _ in refined], dtype=np.int64),
        fine=np.array([fine for _, fine in refined], dtype=np.int64),
        near=np.array([near for near, _, _ in lent], dtype=np.int64),
        lender=np.array([lender for _, lender, _ in lent], dtype=np.int64),
        nearness=np.array([how for _, _, how in lent], dtype=np.float64),
    )


def volume(items: Iterable[Item]) -> Counter[str]:
    """Return how many claims each source makes."""
    return Counter(claim.source for item in items for claim in item.claims)


def targets(votes: Votes, weights: Floats) -> Indices:
    """Map each value to the finer one that it stands for (the best supported, then the first), as `values.refine` does."""
    target = np.arange(len(votes.contest), dtype=np.int64)
    if len(votes.coarse):
        order = np.lexsort((votes.fine, -weights[votes.fine], votes.coarse))
        coarse, first = np.unique(votes.coarse[order], return_index=True)
        target[coarse] = votes.fine[order][first]
        while not np.array_equal(target, target[target]):  # a finer value may have a finer one: never in a circle
            target = target[target]
    return target
