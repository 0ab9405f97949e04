"""Data items: the claims that can contradict each other, and what becomes of them.

A data item is a relation with the entity on its `per` side; of a relation of cardinality many, each subject with each
object is one, since its values never compete. Conflict exists only inside an item.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kgfuse.config import FuseSettings
from kgfuse.fuse.boundaries import Kind, Statement, read
from kgfuse.fuse.claims import copies, corrections
from kgfuse.fuse.containment import Containment
from kgfuse.fuse.support import Testimony, Trust, testify
from kgfuse.fuse.timeline import Timeline, decide, explain
from kgfuse.fuse.values import Finer, Similar, Value, finer_values, one_form, refine, similar_values, value_of
from kgfuse.model import Claim
from kgfuse.ontology import Cardinality, Ontology, Relation

MEASURES = frozenset({"number", "quantity"})
"""Datatypes of relations that measure: their closed periods are complete statements, not ended offices."""


@dataclass(frozen=True, slots=True)
class Item:
    """One data item: `anchor` is the entity on the `per` side, `turned` says that this is the object.

    `values` maps a triple to the value that its claim gives; writings that differ in form only are one. `finer` maps a
    value to those that say it more precisely, `similar` to those that are all but equal. `silent` maps triples that their
    source took back to the reason. `repeats` maps an original to its copies: they share its fate and carry no weight, so
    that however often a sentence is copied, the facts stay what they are.
    """

    relation: Relation
    anchor: str
    turned: bool
    claims: tuple[Claim, ...]
    values: Mapping[str, Value]
    silent: Mapping[str, str]
    repeats: Mapping[str, tuple[str, ...]]
    finer: Finer = field(default_factory=dict)
    similar: Similar = field(default_factory=dict)

    @property
    def contested(self) -> bool:
        """Whether independent sources say anything that agreement or disagreement could be learned from."""
        return len({claim.source for claim in self.claims if claim.triple_id not in self.silent}) > 1


def partition(claims: Iterable[Claim], ontology: Ontology, settings: FuseSettings) -> tuple[list[Item], list[Claim]]:
    """Split claims into data items, in order, and those that say something of a thing and itself."""
    parted = part(claims, ontology, settings)
    plain = [item_of(said, ontology, settings) for said in parted.plain]
    items = sorted((*parted.items, *plain), key=lambda item: (item.relation.name, item.anchor, _key_value(item)))
    return items, parted.circular


def _key_value(item: Item) -> Value:
    return value_of(item.claims[0].object) if item.relation.cardinality is Cardinality.MANY else ()


@dataclass(frozen=True, slots=True)
class Parted:
    """Claims by data item: `plain` are the claims of those that `kgfuse.fuse.plain` settles, `items` the others, in order.

    `circular` claims say something of a thing and itself.
    """

    items: list[Item]
    plain: list[list[Claim]]
    circular: list[Claim]


def part(claims: Iterable[Claim], ontology: Ontology, settings: FuseSettings) -> Parted:
    """Split claims into data items."""
    claims = tuple(claims)
    groups: defaultdict[ItemKey, list[Claim]] = defaultdict(list)
    paired: list[Claim] = []
    for claim in claims:
        key = item_key(claim, ontology)
        if key is None:
            paired.append(claim)
        else:
            groups[key].append(claim)
    for claim, hub in hubs(paired):
        groups[claim.relation, hub, ()].append(claim)
    plain: list[list[Claim]] = []
    circular: list[Claim] = []
    rest: list[ItemKey] = []
    for key, said in groups.items():
        if key[1] == CIRCULAR:
            circular += said
        elif key[2] and is_plain(said):
            plain.append(said)
        else:
            rest.append(key)
    containment = Containment.of(claims, settings.rumour_threshold) if rest else Containment()
    items = [make_item(ontology.relation(key[0]), key[1], groups[key], containment, settings) for key in sorted(rest)]
    return Parted(items, plain, circular)


ItemKey = tuple[str, str, Value]
"""What an item is about: a relation, the entity on its `per` side and, where the cardinality is many, the value."""

CIRCULAR = ""
"""Stands in place of the entity in the key of what says something of a thing and itself."""


def item_key(claim: Claim, ontology: Ontology) -> ItemKey | None:
    """Return the data item of a claim; `None` for a pair of a symmetric relation, whose item depends on the others."""
    relation = ontology.relations.get(claim.relation)
    if claim.subject == claim.object:
        return (claim.relation, CIRCULAR, (claim.subject,))
    if relation is None or relation.cardinality is Cardinality.MANY:
        return (claim.relation, claim.subject, value_of(claim.object))
    if relation.symmetric and isinstance(claim.object, str):
        return None
    at_object = relation.per == "object" and isinstance(claim.object, str)
    return (relation.name, str(claim.object) if at_object else claim.subject, ())


def is_plain(said: Sequence[Claim]) -> bool:
    """Whether claims of one statement of a relation of cardinality many neither deny it, nor date it, nor are copies."""
    for claim in said:
        if claim.negated or not claim.validity.unbounded:
            return False
    if len(said) == 1:
        return True
    families = [claim.family for claim in said if claim.family is not None]
    return len({claim.fingerprint for claim in said}) == len(said) and len(set(families)) == len(families)


def item_of(said: list[Claim], ontology: Ontology, settings: FuseSettings) -> Item:
    """Return the data item of claims of one statement of a relation of cardinality many."""
    return make_item(ontology.relation(said[0].relation), said[0].subject, said, Containment(), settings)


def hubs(paired: Iterable[Claim]) -> list[tuple[Claim, str]]:
    """Hang each pair of a symmetric relation on its member with more partners, then on the first."""
    partners: dict[tuple[str, str], set[str]] = defaultdict(set)
    claims = list(paired)
    for claim in claims:
        partners[claim.relation, claim.subject].add(str(claim.object))
        partners[claim.relation, str(claim.object)].add(claim.subject)
    return [
        (claim, min((claim.subject, str(claim.object)), key=lambda end: (-len(partners[claim.relation, end]), end)))
        for claim in claims
    ]


def make_item(
    relation: Relation, anchor: str, claims: list[Claim], containment: Containment, settings: FuseSettings
) -> Item:
    """Return the data item of these claims, sorting them by triple."""
    claims.sort(key=lambda claim: claim.triple_id)
    repeats: dict[str, tuple[str, ...]] = {}
    copied = copies(claims)
    if copied:
        for copy in sorted(copied):
            repeats[copied[copy]] = (*repeats.get(copied[copy], ()), copy)
        claims = [claim for claim in claims if claim.triple_id not in copied]
    turned = claims[0].object == anchor and not relation.symmetric
    values = {
        claim.triple_id: ("", claim.subject) if claim.object == anchor else value_of(claim.object) for claim in claims
    }
    silent: dict[str, str] = {}
    finer: Finer = {}
    similar: Similar = {}
    if relation.cardinality is not Cardinality.MANY and len(set(values.values())) > 1:
        forms = one_form(values.values())
        values = {triple: forms[value] for triple, value in values.items()}
        known = sorted(set(values.values()))
        finer, similar = finer_values(known, containment), similar_values(known)
        taken_back = corrections(claims, relation.cardinality is Cardinality.ONE, settings.rumour_threshold)
        silent = dict.fromkeys(taken_back, "taken back by its source")
    return Item(relation, anchor, turned, tuple(claims), values, silent, repeats, finer, similar)


def settle(item: Item, trust: Trust, settings: FuseSettings) -> Timeline:
    """Decide what holds in an item, and when."""
    testimonies = testify(item.claims, trust, item.values, item.silent, settings)
    if item.finer and item.relation.literal is None and item.relation.cardinality is Cardinality.ONE_AT_A_TIME:
        meant = _meant_then(item, testimonies, settings.rumour_threshold)
    else:
        finer = _refined(item, testimonies)
        meant = {t.id: finer[item.values[t.id]] for t in testimonies}
    statements = [read(t, meant[t.id], settings.rumour_threshold) for t in testimonies]
    if item.relation.cardinality is Cardinality.ONE:
        return decide(statements, settings, item.relation.capacity, item.similar)
    if item.relation.cardinality is Cardinality.MANY:
        return explain(_timeless(statements), settings) if item.relation.event else _beside_others(statements, settings)
    if item.relation.literal in MEASURES:
        statements = _of_periods(statements)
        # Counts change from one to the next: no new one comes as a surprise.
        settings = settings.model_copy(update={"return_price": 0.0})
    return explain(statements, settings, item.relation.capacity)


def _beside_others(statements: list[Statement], settings: FuseSettings) -> Timeline:
    """Settle a value that does not compete: only stated boundaries make an interval, save where it was said to be over.

    Then the times of speaking tell what came first; when it began they do not tell.
    """
    if not any(s.kind is Kind.FORMER or (s.kind is Kind.SEEN and s.denies) for s in statements):
        return explain(_timeless(statements), settings)
    timeline = explain(statements, settings)
    if not timeline.runs or timeline.runs[0].start_stated:
        return timeline
    first, *others = timeline.runs
    return replace(timeline, runs=(replace(first, start=None), *others))


def _timeless(statements: Iterable[Statement]) -> list[Statement]:
    """Let no statement speak of its own time alone: it is made, or denied, of all times."""
    return [replace(s, kind=Kind.UNDATED) if s.kind is Kind.SEEN else s for s in statements]


def _refined(item: Item, testimonies: Iterable[Testimony]) -> dict[Value, Value]:
    """Map each value to the finer one that it stands for; of measures, only those said of the same period or of none."""
    periods: dict[Value, set[str]] = defaultdict(set)
    weights: dict[Value, int] = defaultdict(int)
    for testimony in testimonies:
        value = item.values[testimony.id]
        weights[value] += 0 if testimony.claim.negated else testimony.weight
        if not testimony.claim.validity.unbounded:
            periods[value].add(str(testimony.claim.validity))
    timeless = item.relation.cardinality is Cardinality.ONE
    if not item.finer:
        return {value: value for value in weights}
    finer = refine(weights, item.finer)
    if timeless:
        return finer
    return {
        v: fine if periods[v] <= periods[fine] and (periods[v] or periods[fine]) else v for v, fine in finer.items()
    }


def _meant_then(item: Item, testimonies: Sequence[Testimony], rumour: float) -> dict[str, Value]:
    """Map each triple to the finest thing that its value stands for at the time: 'Norway' for Oslo, then for Bergen.

    That is the last one of those within it that was spoken of by then, else the first one later; without a date the best
    supported one.
    """
    weights: dict[Value, int] = defaultdict(int)
    known: dict[Value, list[datetime]] = defaultdict(list)
    for t in testimonies:
        if not t.claim.negated and t.weight and t.claim.confidence >= rumour:
            weights[item.values[t.id]] += t.weight
            known[item.values[t.id]] += [since] if (since := _since(t)) is not None else []
    said = {value: [fine for fine in item.finer.get(value, ()) if fine in weights] for value in item.values.values()}
    finest = {value: [fine for fine in within if not said[fine]] for value, within in said.items()}
    spoken = {
        value: _Spoken.of(sorted(within, key=lambda f: (-weights[f], f)), known) for value, within in finest.items()
    }
    return {t.id: spoken[item.values[t.id]].by(_since(t)) or item.values[t.id] for t in testimonies}


@dataclass(frozen=True, slots=True)
class _Spoken:
    """When which of some values was spoken of; `best` is the best supported one, at any time and at each."""

    best: Value | None
    moments: Sequence[datetime]
    then: Mapping[datetime, Value]

    @classmethod
    def of(cls, values: Sequence[Value], known: Mapping[Value, Iterable[datetime]]) -> _Spoken:
        """Take values, the best supported first."""
        then: dict[datetime, Value] = {}
        for value in values:
            for moment in known.get(value, ()):
                then.setdefault(moment, value)
        return cls(values[0] if values else None, sorted(then), then)

    def by(self, moment: datetime | None) -> Value | None:
        """Return the last one spoken of by a moment, else the first one later; without a date the best."""
        if moment is None or not self.moments:
            return self.best
        at = bisect_right(self.moments, moment)
        return self.then[self.moments[max(at - 1, 0)]]


def _since(testimony: Testimony) -> datetime | None:
    since = testimony.claim.validity.valid_from or testimony.claim.observed_at
    return since.at if since is not None else None


def _of_periods(statements: list[Statement]) -> list[Statement]:
    """Let a number said without its period speak of the period for which it was stated before."""
    stated = {s.value: s for s in statements if s.kind is Kind.SPAN and not s.denies}
    return [replace(s, kind=Kind.UNDATED) if s.kind is Kind.SEEN and s.value in stated else s for s in statements]
