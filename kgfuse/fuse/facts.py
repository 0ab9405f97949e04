"""From settled data items to facts, each with the sentence that says why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.boundaries import BOUNDED, Kind, Statement, validity_of
from kgfuse.fuse.items import MEASURES, Item
from kgfuse.fuse.support import by_source, noisy_or, rounded
from kgfuse.fuse.timeline import Loss, Run, Timeline
from kgfuse.fuse.values import Value, representative, value_of
from kgfuse.model import ALWAYS, Claim, Fact, FactStatus, Literal, Moment, Qualifiers, Validity, fact_id
from kgfuse.ontology import Cardinality

Names = Mapping[str, str]
"""Entity id -> name."""

_MOST_OPPOSING = 20  # a losing fact names at most so many of the triples that it lost to


def facts_of(item: Item, timeline: Timeline, names: Names, settings: FuseSettings) -> list[Fact]:
    """Return the facts of one data item: what holds, and what was claimed in vain."""
    overruled = _overruled(timeline.runs)
    facts = [_held(item, run, lost, names, settings) for run, lost in zip(timeline.runs, overruled, strict=True)]
    for loss in timeline.losses:
        facts.extend(_lost(item, loss, names, settings))
    return [_with_copies(fact, item.repeats) for fact in facts] if item.repeats else facts


def _with_copies(fact: Fact, repeats: Mapping[str, tuple[str, ...]]) -> Fact:
    supported, opposed = (
        tuple(sorted({*ids, *(copy for id in ids for copy in repeats.get(id, ()))}))
        for ids in (fact.supported_by, fact.opposed_by)
    )
    return replace(fact, supported_by=supported, opposed_by=opposed)


def circular(claims: Iterable[Claim]) -> list[Fact]:
    """Return disputed facts for claims that relate a thing to itself."""
    groups: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.relation, claim.subject].append(claim)
    facts = []
    for relation, subject in sorted(groups):
        said = groups[relation, subject]
        facts.append(
            Fact(
                fact_id(subject, relation, subject, ALWAYS),
                subject,
                relation,
                subject,
                ALWAYS,
                0.0,
                FactStatus.DISPUTED,
                tuple(sorted(claim.triple_id for claim in said if not claim.negated)),
                tuple(sorted(claim.triple_id for claim in said if claim.negated)),
                "relates a thing to itself: both names were taken for the same thing",
            )
        )
    return facts


def merge(facts: Iterable[Fact]) -> list[Fact]:
    """Join facts that say the same of the same time, the better believed one leading; sorted by id."""
    known: dict[str, Fact] = {}
    double: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        first = known.setdefault(fact.id, fact)
        if first is not fact:
            double[fact.id].append(fact)
    for id, others in double.items():
        known[id] = _merged([known[id], *others])
    return [known[id] for id in sorted(known)]


def _merged(facts: Iterable[Fact]) -> Fact:
    best, *others = sorted(
        facts,
        key=lambda f: (
            *(f.status is FactStatus.DISPUTED, -f.confidence, not f.supported_by, f.reason),
            *(f.status.value, f.supported_by, f.opposed_by, f.qualifiers, f.premises),
        ),
    )
    for other in others:
        supported = {*best.supported_by, *other.supported_by}
        opposed = {*best.opposed_by, *other.opposed_by} - supported
        qualifiers = tuple(sorted({*best.qualifiers, *other.qualifiers}))
        best = replace(
            best, supported_by=tuple(sorted(supported)), opposed_by=tuple(sorted(opposed)), qualifiers=qualifiers
        )
    return best


# ------------------------------------------------------------------------------------------------------------------ parts


def _ends(item: Item, value: Value, statements: Iterable[Statement]) -> tuple[str, str | Literal]:
    """Return the subject and the object of the fact that `value` holds in the item."""
    if item.turned:
        return value[1], item.anchor
    if value[0] == "":
        backwards = item.relation.symmetric and value[1] < item.anchor
        return (value[1], item.anchor) if backwards else (item.anchor, value[1])
    said = [s.testimony.claim.object for s in statements if item.values[s.id] == value]
    exact = [object for object in said if value_of(object) == value] or said  # not a writing that differs in form
    others = () if exact else (claim.object for claim in item.claims if item.values[claim.triple_id] == value)
    return item.anchor, representative(exact or others)


def _triples(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(sorted({s.id for s in statements}))


def _qualifiers(statements: Iterable[Statement]) -> Qualifiers:
    return tuple(sorted({pair for s in statements for pair in s.testimony.claim.qualifiers}))


def _name(value: Value, names: Names) -> str:
    if value[0] == "":
        return names.get(value[1], "something unnamed")
    return f"{value[1]} {value[2]}" if len(value) > 2 and value[2] else value[1]


def _listed(names: list[str]) -> str:
    """Name the first three of what may be many."""
    more = len(names) - 3
    return " and ".join([*names[:3], *([f"{more} more"] if more > 0 else [])])


def _sources(statements: Iterable[Statement]) -> str:
    count = _count(s for s in statements if not s.testimony.silent)
    return f"stated by {count}" if count else "taken back by its source"


def _count(statements: Iterable[Statement]) -> str:
    """Say how many sources there are, if any."""
    count = len(by_source(s.testimony for s in statements))
    return f"{count} source{'' if count == 1 else 's'}" if count else ""


def _odds(left: float, right: float) -> str:
    return f"posterior {left:.2f} : {right:.2f}"


def _held(item: Item, run: Run, overruled: list[str], names: Names, settings: FuseSettings) -> Fact:
    subject, object = _ends(item, run.value, run.supported_by)
    confidence = rounded(_belief(run.supported_by, run.share, settings))
    status, reason = _verdict(item, run, confidence, names, settings)
    reason = "; ".join([reason, *overruled])
    return Fact(
        fact_id(subject, item.relation.name, object, run.validity),
        subject,
        item.relation.name,
        object,
        run.validity,
        confidence,
        status,
        _triples(run.supported_by),
        _triples(run.opposed_by),
        reason,
        _qualifiers(run.supported_by),
    )


def _overruled(runs: Sequence[Run]) -> list[list[str]]:
    """Say, for each run, which stated boundaries no run of its value has, and what they lost to."""
    taken: dict[tuple[Value, bool], list[Moment]] = defaultdict(list)
    for run in runs:
        for starts, moment in ((True, run.start), (False, run.end)):
            if moment is not None:
                taken[run.value, starts].append(moment)
    found = []
    for run in runs:
        lost = [_lost_boundaries(run, starts, taken.get((run.value, starts), ())) for starts in (True, False)]
        found.append([part for parts in lost for part in parts])
    return found


def _lost_boundaries(run: Run, starts: bool, taken: Iterable[Moment]) -> list[str]:
    stated: dict[Moment, list[Statement]] = defaultdict(list)
    for s in run.supported_by:
        moment = s.start if starts else s.end
        if moment is not None and s.kind in BOUNDED[starts] and not (s.hint or s.testimony.silent):
            stated[moment].append(s)
    name, stands = ("start", run.start) if starts else ("end", run.end)
    winner = str(stands) if stands is not None else f"what is known of {'earlier' if starts else 'later'} times"
    return [
        f"the {name} stated as {moment} by {_count(stated[moment])} lost to {winner}"
        for moment in sorted(stated)
        if not any(moment.covers(other) or other.covers(moment) for other in taken)
    ]


def _belief(statements: Iterable[Statement], share: float, settings: FuseSettings) -> float:
    """Return how sure independent sources make us of what holds with the posterior `share`; 0 where none stands by it."""
    voices = [s.testimony for s in statements if not s.testimony.silent]
    return noisy_or(voices, settings) * share if voices else 0.0


def _verdict(item: Item, run: Run, confidence: float, names: Names, settings: FuseSettings) -> tuple[FactStatus, str]:
    said = _sources(run.supported_by)
    if run.tied:
        others = _listed([_name(value, names) for value in run.tied])
        share = max(dict(run.rivals)[value] for value in run.tied)
        return FactStatus.DISPUTED, f"{said}; tied with {others} ({_odds(run.share, share)})"
    denials = [s for s in run.opposed_by if s.denies]
    if denials and 2 * run.share - 1 < settings.tie_margin:
        return FactStatus.DISPUTED, f"{said}; {_denied(denials, run.share, settings)}"
    if confidence < settings.accept_threshold:
        return FactStatus.DISPUTED, f"{said}; the evidence is too weak ({confidence:.2f})"
    parts = [said]
    if run.rivals:
        rival, share = max(run.rivals, key=lambda pair: (pair[1], pair[0]))
        parts.append(f"preferred to {_name(rival, names)} ({_odds(run.share, share)})")
    if denials and run.share < 1:  # it says something of the time when the value held
        parts.append(f"though denied {_times(len(denials))}")
    if over := sum(1 for s in run.opposed_by if s.value == run.value and s.kind is Kind.FORMER and not s.denies):
        parts.append(f"though said to be over {_times(over)}")
    if run.start is not None and not run.start_stated:
        parts.append(f"first seen in {run.start}" if _seen(run, run.start) else f"start inferred as {run.start}")
    if run.end is None:
        return FactStatus.ACCEPTED, "; ".join(parts)
    if item.relation.literal in MEASURES and run.end_stated:
        return FactStatus.ACCEPTED, "; ".join([*parts, f"stated for {run.start or '…'} to {run.end}"])
    how = "stated" if run.end_stated else "inferred"
    if run.followed_by is not None and run.followed_by != run.value:
        parts.append(f"superseded by {_name(run.followed_by, names)}, end {how} as {run.end}")
    else:
        parts.append(f"ended in {run.end}, as stated" if run.end_stated else f"had ended by {run.end}")
    return FactStatus.SUPERSEDED, "; ".join(parts)


def _denied(denials: list[Statement], share: float, settings: FuseSettings) -> str:
    """Say that denials outweigh a value whose share is `share`, or weigh about as much."""
    if abs(2 * share - 1) < settings.tie_margin:
        return f"denied with equal weight ({_odds(share, 1 - share)})"
    return f"denied by {_count(denials)} ({_odds(share, 1 - share)})"


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"


def _seen(run: Run, start: Moment) -> bool:
    return any(s.kind is Kind.SEEN and s.seen is not None and s.seen.at <= start.at for s in run.supported_by)


def _lost(item: Item, loss: Loss, names: Names, settings: FuseSettings) -> list[Fact]:
    facts = []
    for validity, statements in _by_period(loss.statements, item.relation.cardinality is Cardinality.ONE):
        speaking = [s for s in statements if not s.denies]
        denying = [s for s in statements if s.denies]
        subject, object = _ends(item, loss.value, statements)
        belief = _belief(speaking, loss.share, settings)
        winners: list[Statement] = []
        if loss.beaten_by is not None:
            strongest = by_source(s.testimony for s in loss.beaten_by.supported_by)[:_MOST_OPPOSING]
            kept = {testimony.id for testimony in strongest}
            winners = [s for s in loss.beaten_by.supported_by if s.id in kept]
            belief = min(belief, _belief(loss.beaten_by.supported_by, loss.beaten_by.share, settings))
        facts.append(
            Fact(
                fact_id(subject, item.relation.name, object, validity),
                subject,
                item.relation.name,
                object,
                validity,
                rounded(belief),
                FactStatus.DISPUTED,
                _triples(speaking),
                _triples([*denying, *winners]),
                _why_lost(loss, statements, names, settings),
                _qualifiers(statements),
            )
        )
    return facts


def _why_lost(loss: Loss, statements: list[Statement], names: Names, settings: FuseSettings) -> str:
    speaking, denying = ([s for s in statements if s.denies is denies] for denies in (False, True))
    if not speaking:
        return "only denied, stated by nobody"
    run = loss.beaten_by
    if run is None:
        why = _denied(denying, loss.share, settings) if denying else "the evidence is too weak"
        return f"{_sources(speaking)}; {why}"
    winner = _name(run.value, names)
    if all(s.testimony.silent.startswith("taken back") for s in speaking):
        return f"taken back by its own source; {winner} stands"
    if all(s.hint for s in speaking):
        return f"only hinted at, and better evidence says {winner}"
    if run.value == loss.value:
        said = replace(run, supported_by=tuple(speaking))
        stated = [part for starts in (True, False) for part in _lost_boundaries(said, starts, ())]
        return "; ".join(stated) or f"{_sources(speaking)} at a time when it did not hold"
    if loss.value in run.tied:
        return f"{_sources(speaking)}; tied with {winner} ({_odds(loss.share, run.share)})"
    if all(s.kind is Kind.UNDATED for s in speaking) and run.start is not None:
        return f"{_sources(speaking)} without a date, so it finds no place beside {winner}"
    denied = f"; denied by {_count(denying)}" if denying else ""
    return f"lost to {winner} ({_odds(run.share, loss.share)}){denied}"


def _by_period(statements: Iterable[Statement], timeless: bool) -> list[tuple[Validity, list[Statement]]]:
    """Group losing statements: each stated period by itself, everything else as one from its first to its last date."""
    periods: dict[str, tuple[Validity, list[Statement]]] = {}
    rest: list[Statement] = []
    for s in statements:
        if s.kind is Kind.SPAN and not timeless:
            periods.setdefault(str(validity_of(s)), (validity_of(s), []))[1].append(s)
        else:
            rest.append(s)
    groups = [periods[key] for key in sorted(periods)]
    if rest:
        speaking = [validity_of(s) for s in rest if not s.denies and s.kind is not Kind.UNDATED and not timeless]
        starts = [v.valid_from for v in speaking if v.valid_from is not None]
        ends = [v.valid_to for v in speaking if v.valid_to is not None]
        start, end = min(starts, default=None), max(ends, default=None)
        late = end is None or any(moment.at >= end.at for moment in starts)
        groups.append((Validity(start, None if late else end), rest))
    return groups
