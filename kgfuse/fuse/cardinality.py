"""How many values a relation has, as the data show: proposed for the ontology, never applied by itself.

A relation is looked at from both ends. Its *items* are the things that at least two documents speak of in this relation: one
that is spoken of once always has one value. The share of items with several values, and the share of these whose values
hold at the same time, are bounded by Wilson's interval (95 %), so that few items propose nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kgfuse.fuse.relations import CATCH_ALL
from kgfuse.fuse.rules import lower_bound
from kgfuse.fuse.values import Value, value_of
from kgfuse.model import Claim
from kgfuse.ontology import Cardinality, Ontology, Relation, dump_ontology, normalise_phrase

FEWEST_ITEMS = 20
"""Items without which nothing is proposed."""

FEWEST_SUCCESSIONS = 8
"""Items with several dated values without which no succession is proposed."""

MOST_SEVERAL = 0.1
"""Upper bound of the share of items with several values, up to which a relation has one value for ever."""

MOST_TOGETHER = 0.25
"""Upper bound of the share of items with several values that hold two at once, up to which values follow each other."""

HINT = 0.35
"""Claims less sure than this are not counted."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A cardinality that the data propose, per `subject` or per `object`, and what it rests on.

    Of `items` things that at least two documents speak of, `several` have more than one value; of these `dated` have dates
    that can be compared, and `together` hold two values at once. `bound` is the upper bound of the share that decided.
    """

    relation: str
    cardinality: Cardinality
    per: str
    items: int
    several: int
    dated: int
    together: int
    bound: float


@dataclass(slots=True)
class _Period:
    first: datetime
    last: datetime


def propose_cardinalities(claims: Iterable[Claim], ontology: Ontology) -> list[Proposed]:
    """Return what the claims propose for relations whose cardinality is `many`, sorted by relation.

    Of two ends, the one with fewer values wins; linear in the claims.
    """
    said: dict[tuple[str, str], dict[object, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        relation = ontology.relation(claim.relation)
        counted = not claim.negated and claim.confidence >= HINT and claim.subject != claim.object
        if not counted or relation.cardinality is not Cardinality.MANY or relation.name == CATCH_ALL:
            continue
        if not (relation.symmetric or relation.identity or relation.transitive):
            said[claim.relation, "subject"][claim.subject].append(claim)
            if isinstance(claim.object, str):
                said[claim.relation, "object"][claim.object].append(claim)
    best: dict[str, Proposed] = {}
    for relation_name, per in sorted(said, reverse=True):  # of equal bounds, the subject's
        found = _judged(relation_name, per, said[relation_name, per])
        rival = best.get(relation_name)
        if found is not None and (rival is None or _rank(found) < _rank(rival)):
            best[relation_name] = found
    return [best[name] for name in sorted(best)]


def _rank(one: Proposed) -> tuple[bool, float]:
    return (one.cardinality is not Cardinality.ONE, one.bound)


def _judged(relation: str, per: str, about: Mapping[object, list[Claim]]) -> Proposed | None:
    items = several = dated = together = 0
    for claims in about.values():
        if len({claim.evidence.document_id for claim in claims}) < 2:
            continue
        items += 1
        values: dict[Value, list[Claim]] = defaultdict(list)
        for claim in claims:
            values[value_of(claim.object) if per == "subject" else ("", claim.subject)].append(claim)
        if len(values) > 1:
            several += 1
            periods = [period for of in values.values() if (period := _period(of)) is not None]
            if len(periods) > 1:
                dated += 1
                together += _overlap(periods)
    if items < FEWEST_ITEMS:
        return None
    bound = upper_bound(several, items)
    if bound <= MOST_SEVERAL:
        return Proposed(relation, Cardinality.ONE, per, items, several, dated, together, bound)
    at_once = upper_bound(together, dated)
    if dated >= FEWEST_SUCCESSIONS and at_once <= MOST_TOGETHER:
        return Proposed(relation, Cardinality.ONE_AT_A_TIME, per, items, several, dated, together, at_once)
    return None


def upper_bound(count: int, cases: int) -> float:
    """Return the upper end of Wilson's interval of a share (one-sided, 95 %), 1 of nothing."""
    return round(1.0 - lower_bound(cases - count, cases), 6)


def _period(claims: Iterable[Claim]) -> _Period | None:
    """Return from when to when a value is known to hold: by stated dates, and by those of the documents that say so."""
    known: list[datetime] = []
    for claim in claims:
        start, end = claim.validity.valid_from, claim.validity.valid_to
        known += [moment.at for moment in (start, end) if moment is not None]
        seen = claim.observed_at
        if seen is not None and claim.validity.contains(seen.at):
            known.append(seen.at)
    return _Period(min(known), max(known)) if known else None


def _overlap(periods: Iterable[_Period]) -> bool:
    """Whether two of the periods share more than a boundary."""
    ordered = sorted(periods, key=lambda period: (period.first, period.last))
    latest = ordered[0]
    for period in ordered[1:]:
        if period.first < latest.last or (period.first, period.last) == (latest.first, latest.last):
            return True
        latest = max(latest, period, key=lambda one: one.last)
    return False


def as_yaml(proposals: Iterable[Proposed], ontology: Ontology, phrases: Mapping[str, Iterable[str]]) -> str:
    """Return an ontology file that extends the built-in one, with the evidence of each entry as a comment.

    An entry replaces a known relation as a whole, so it repeats the rest of it; of an open relation, `phrases` gives the
    phrases that said it, which become its aliases.
    """
    lines = ["extends: builtin", "relations:"]
    for one in proposals:
        known = ontology.relations.get(one.relation) or Relation(
            one.relation, aliases=tuple(sorted({normalise_phrase(phrase) for phrase in phrases.get(one.relation, ())}))
        )
        entry = replace(known, cardinality=one.cardinality, per=one.per)
        text = dump_ontology(Ontology("proposed", {}, {one.relation: entry}))
        lines.append(f"  # {_evidence(one)}")
        lines += text.partition("relations:\n")[2].splitlines()
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _evidence(one: Proposed) -> str:
    said = f"{one.several} of {one.items} {one.per}s that two documents or more speak of have several values"
    if one.cardinality is Cardinality.ONE_AT_A_TIME:
        said += f"; {one.together} of {one.dated} dated ones hold two at once"
    return f"{said}: at most {one.bound:.0%} (95 %)"
