"""Facts kept up to date: what changed claims touch is settled again, with the outcome of `kgfuse.fuse.fuse.fuse`.

claims of a subject -> as they are read (restated, narrowed)     where one of them changed
data item           -> facts                                     where a claim of it changed, or a name in its reasons
person              -> careers                                   where an office of his or hers changed
fact id, pair       -> facts of one id joined, opposites settled where one of them changed
conclusions         -> by the ontology: what it touches          where a fact of a relation that rules speak of changed
                       by learned rules: all of them             likewise
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from kgfuse.config import FuseSettings
from kgfuse.fuse.canonicals import Canonicals
from kgfuse.fuse.careers import leave
from kgfuse.fuse.claims import in_context
from kgfuse.fuse.clustering import Clusters
from kgfuse.fuse.conclusions import conclude
from kgfuse.fuse.conflicts import oppose
from kgfuse.fuse.containment import Containment, said_around
from kgfuse.fuse.facts import circular, facts_of, merge
from kgfuse.fuse.items import CIRCULAR, Item, ItemKey, hubs, is_plain, item_key, make_item, settle
from kgfuse.fuse.kept_inference import KeptInference
from kgfuse.fuse.plain import plain_fact
from kgfuse.fuse.renaming import TypeOf, rename
from kgfuse.fuse.support import Testimony, Trust, testify
from kgfuse.model import Claim, Fact
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters

Source = ItemKey | str
"""What a fact comes from: a data item, or (for offices) a person."""

Changed = dict[str, tuple[Claim | None, Claim | None]]
"""Triple -> its claim as it was read before, and as it is read now."""


class KeptFacts:
    """The claims of a ledger that changes, and what follows from them."""

    def __init__(self, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> None:
        self._ontology, self._settings, self._parameters = ontology, settings, parameters
        self._trust = Trust.of(parameters)
        self._canonicals = Canonicals(ontology)
        relations = ontology.relations.values()
        self._full_time = {relation.name for relation in relations if relation.full_time}
        self._symmetric = {relation.name for relation in relations if relation.symmetric}
        self._opposable = {relation.name for relation in relations if relation.opposite is not None}
        self._grounds = _grounds(ontology, parameters)
        self._linked: dict[str, Claim] = {}  # as linked, by triple
        self._by_subject: defaultdict[str, set[str]] = defaultdict(set)
        self.claims: dict[str, Claim] = {}  # as they are settled
        self._items: defaultdict[ItemKey, set[str]] = defaultdict(set)
        self._key_of: dict[str, ItemKey] = {}
        self._paired: defaultdict[str, set[str]] = defaultdict(set)
        self._around: defaultdict[str, Counter[str]] = defaultdict(Counter)  # how many claims say what it lies in
        self._containment = Containment()
        self._about: defaultdict[str, set[ItemKey]] = defaultdict(set)  # entity -> items whose reasons may name it
        self._raw: dict[ItemKey, list[Fact]] = {}
        self._offices: defaultdict[str, set[ItemKey]] = defaultdict(set)  # person -> items of offices
        self._given: dict[Source, list[Fact]] = {}
        self._said: defaultdict[str, dict[Source, list[Fact]]] = defaultdict(dict)  # by fact id
        self._joined: dict[str, Fact] = {}
        self._pairs: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
        self._outcomes: dict[tuple[object, ...], set[str]] = {}  # pair -> ids of facts that opposites were settled to
        self._settled: dict[str, Fact] = {}
        self._ground: dict[str, dict[str, Fact]] = {circle: {} for circle in self._grounds.values()}
        self._moved: defaultdict[str, dict[str, Fact | None]] = defaultdict(dict)  # since it was concluded
        least = settings.accept_threshold
        self._inferred = {circle: KeptInference(ontology, least) for circle in self._ground}
        self._grounding: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # entity -> facts of circles
        self._concluded: dict[str, list[Fact]] = {}

    def update(
        self,
        linked: Mapping[str, Claim | None],
        predicates: Mapping[str, str],
        renamed: set[str],
        names: Mapping[str, str],
        type_of: TypeOf,
    ) -> None:
        """Take in claims as linked (`None`: gone) and settle what they touch.

        `predicates` holds the phrases of triples. `renamed` are the entities that are new or gone, or have another name or
        type than before.
        """
        changed = self._read(linked, predicates, type_of)
        items = self._place(changed) | {key for entity in renamed for key in self._about.get(entity, ())}
        ids = self._settle(items, names)
        circles = self._join(ids)
        circles |= {circle for entity in renamed for circle, _ in self._grounding.get(entity, ())}
        for circle in sorted(circles):
            self._conclude(circle, renamed, names, type_of)

    def facts(self) -> list[Fact]:
        """Return all facts, in order of id."""
        return merge([*self._settled.values(), *chain(*self._inferred.values()), *chain(*self._concluded.values())])

    # ----------------------------------------------------------------------------------------------------------- claims

    def _read(self, linked: Mapping[str, Claim | None], predicates: Mapping[str, str], type_of: TypeOf) -> Changed:
        """Take in claims; return those that are read otherwise than before."""
        subjects: set[str] = set()
        for id, claim in linked.items():
            was = self._linked.get(id)
            if was == claim and not self._parameters.phrases:
                continue
            if was is not None:
                subjects.add(was.subject)
                self._by_subject[was.subject].discard(id)
                del self._linked[id]
            if claim is not None:
                subjects.add(claim.subject)
                self._by_subject[claim.subject].add(id)
                self._linked[id] = claim
        read: dict[str, Claim] = {}
        for subject in subjects:
            said = tuple(self._linked[id] for id in sorted(self._by_subject[subject]))
            read.update({claim.triple_id: claim for claim in in_context(said, self._canonicals)})
            if not said:
                del self._by_subject[subject]
        if self._parameters.phrases:
            found = rename(tuple(read.values()), predicates, self._parameters.phrases, self._ontology, type_of)
            read = {claim.triple_id: claim for claim in found}
        changed: Changed = {}
        for id in {*read, *(id for id, claim in linked.items() if claim is None)}:
            was, now = self.claims.pop(id, None), read.get(id)
            if now is not None:
                self.claims[id] = now
            if was != now:
                changed[id] = (was, now)
        return changed

    def _place(self, changed: Changed) -> set[ItemKey]:
        """Put claims into their data items; return the items that are to be settled."""
        touched: set[ItemKey] = set()
        paired: set[str] = set()
        for id, (was, now) in changed.items():
            if was is not None and item_key(was, self._ontology) is None:
                self._paired[was.relation].discard(id)
                paired.add(was.relation)
            key = None if now is None else item_key(now, self._ontology)
            if now is not None and key is None:
                self._paired[now.relation].add(id)
                paired.add(now.relation)
            self._move(id, key, touched)
        for relation in paired:
            for claim, hub in hubs([self.claims[id] for id in sorted(self._paired[relation])]):
                if self._key_of.get(claim.triple_id) != (relation, hub, ()):
                    self._move(claim.triple_id, (relation, hub, ()), touched)
        for entity in self._contain(changed.values()):
            touched.update(self._about.get(entity, ()))
        return touched

    def _contain(self, changed: Iterable[tuple[Claim | None, Claim | None]]) -> set[str]:
        """Take in what claims say of what lies in what; return the things that may lie elsewhere now."""
        inside: set[str] = set()
        for pair in changed:
            for claim, count in zip(pair, (-1, 1), strict=True):
                outer = None if claim is None else said_around(claim, self._settings.rumour_threshold)
                if claim is not None and outer is not None:
                    self._around[claim.subject][outer] += count
                    inside.add(claim.subject)
        if not inside:
            return inside
        before, around = self._containment, dict(self._containment.around)
        for thing in inside:
            counts = +self._around.pop(thing)
            around.pop(thing, None)
            if counts:
                self._around[thing], around[thing] = counts, frozenset(counts)
        self._containment = Containment(around)
        return _moved(before, self._containment, inside)

    def _move(self, id: str, key: ItemKey | None, touched: set[ItemKey]) -> None:
        before = self._key_of.pop(id, None)
        if before is not None:
            touched.add(before)
            self._items[before].discard(id)
        if key is not None:
            self._key_of[id] = key
            self._items[key].add(id)
            touched.add(key)

    # ------------------------------------------------------------------------------------------------------------ facts

    def _settle(self, items: Iterable[ItemKey], names: Mapping[str, str]) -> set[str]:
        """Settle data items and the careers that they belong to; return the ids of facts that came or went."""
        ids: set[str] = set()
        people: set[str] = set()
        for key in sorted(items):
            said = [self.claims[id] for id in sorted(self._items.get(key, ()))]
            facts = self._facts(key, said, names)
            office = key[0] in self._full_time and key[1] != CIRCULAR
            if office:
                for fact in self._raw.get(key, ()):
                    people.add(fact.subject)
                    self._offices[fact.subject].discard(key)
                for fact in facts:
                    people.add(fact.subject)
                    self._offices[fact.subject].add(key)
                self._raw[key] = facts
            else:
                ids |= self._give(key, facts)
            if not said:
                self._items.pop(key, None)
                self._raw.pop(key, None)
            if not key[2] or len(facts) > 1:  # of several facts one may have lost, for a reason that names the winner
                for claim in said:
                    self._about[claim.subject].add(key)
                    if isinstance(claim.object, str):
                        self._about[claim.object].add(key)
        for person in sorted(people):
            held = [fact for key in sorted(self._offices[person]) for fact in self._raw[key] if fact.subject == person]
            claims = {id: self.claims[id] for fact in held for id in fact.supported_by}
            ids |= self._give(person, leave(held, claims, self._ontology, names))
        return ids

    def _facts(self, key: ItemKey, said: list[Claim], names: Mapping[str, str]) -> list[Fact]:
        if not said:
            return []
        if key[1] == CIRCULAR:
            return circular(said)
        if key[2] and is_plain(said):
            fact = plain_fact(said, key[0] in self._symmetric, self._trust, self._settings)
            if fact is not None:
                return [fact]
        item = self._item(key, said)
        return facts_of(item, settle(item, self._trust, self._settings), names, self._settings)

    def _item(self, key: ItemKey, said: list[Claim]) -> Item:
        return make_item(self._ontology.relation(key[0]), key[1], said, self._containment, self._settings)

    def _give(self, source: Source, facts: list[Fact]) -> set[str]:
        """Let a source give these facts in place of what it gave before; return their ids, and the earlier ones'."""
        ids = {fact.id for fact in (*self._given.pop(source, ()), *facts)}
        for id in ids:
            self._said[id].pop(source, None)
        for fact in facts:
            self._said[fact.id].setdefault(source, []).append(fact)
        if facts:
            self._given[source] = facts
        return ids

    def _join(self, ids: Iterable[str]) -> set[str]:
        """Join facts of one id and settle opposites; return the circles of relations in which something changed."""
        pairs: set[tuple[object, ...]] = set()
        changed: dict[str, Fact | None] = {}
        for id in ids:
            given = [fact for facts in self._said[id].values() for fact in facts]
            was, now = self._joined.pop(id, None), merge(given)[0] if given else None
            if now is None:
                del self._said[id]
            else:
                self._joined[id] = now
            for fact in (was, now):
                if fact is not None and fact.relation in self._opposable:
                    pair: tuple[object, ...] = (
                        fact.subject,
                        fact.object if isinstance(fact.object, str) else fact.object.key,
                    )
                    pairs.add(pair)
                    (self._pairs[pair].add if fact is now else self._pairs[pair].discard)(id)
            changed[id] = now
        for pair in pairs:
            facts = [self._joined[id] for id in sorted(self._pairs[pair])]
            changed.update(dict.fromkeys({*self._outcomes.pop(pair, ()), *self._pairs[pair]}))
            if len({fact.relation for fact in facts}) > 1:
                facts = oppose(facts, self._ontology, self._testimonies(facts), self._settings)
                self._outcomes[pair] = {fact.id for fact in facts}
            changed.update({fact.id: fact for fact in facts})
        return {circle for id, fact in changed.items() if (circle := self._put(id, fact)) is not None}

    def _put(self, id: str, fact: Fact | None) -> str | None:
        """Keep a settled fact in place of what was; return the circle of relations in which that changes anything."""
        was = self._settled.pop(id, None)
        if fact is not None:
            self._settled[id] = fact
        relation = next((one.relation for one in (was, fact) if one is not None), "")
        if was == fact or relation not in self._grounds:
            return None
        circle = self._grounds[relation]
        self._ground[circle].pop(id, None)
        self._moved[circle][id] = fact
        if fact is not None:
            self._ground[circle][id] = fact
        for one, put in ((was, set.discard), (fact, set.add)):
            for end in () if one is None else (one.subject, str(one.object)):
                put(self._grounding[end], (circle, id))
        return circle

    def _testimonies(self, facts: Iterable[Fact]) -> dict[str, Testimony]:
        found: dict[str, Testimony] = {}
        for key in sorted({self._key_of[id] for fact in facts for id in fact.supported_by}):
            item = self._item(key, [self.claims[id] for id in self._items[key]])
            for testimony in testify(item.claims, self._trust, item.values, item.silent, self._settings):
                found[testimony.id] = testimony
        return found

    def _conclude(self, circle: str, renamed: set[str], names: Mapping[str, str], type_of: TypeOf) -> None:
        inferred = self._inferred[circle]
        inferred.update(self._moved.pop(circle, {}), renamed, names)
        rules = [rule for rule in self._parameters.rules if self._grounds[rule.head] == circle]
        if rules:
            known = self._ground[circle]
            facts = [*(known[id] for id in sorted(known)), *inferred.facts()]
            self._concluded[circle] = conclude(facts, self._ontology, names, type_of, rules, self._settings)


def _grounds(ontology: Ontology, parameters: Parameters) -> dict[str, str]:
    """Map each relation whose facts conclusions rest on, or are tested against, to its circle.

    Relations of one circle are joined by inverses and rules; what is concluded in one does not hang on another.
    """
    joined = [(rule.head, *(step for step, _ in rule.body)) for rule in parameters.rules]
    for relation in ontology.relations.values():
        if relation.inverse is not None:
            joined.append((relation.name, relation.inverse))
        if relation.transitive:
            joined.append((relation.name,))
    found = {name for names in joined for name in names}
    opposite = {name: other for name in found if (other := ontology.relation(name).opposite) is not None}
    joined += list(opposite.items())
    circles = Clusters(found | set(opposite.values()))
    for first, *others in joined:
        for other in others:
            circles.join(first, other)
    return {name: circle[0] for circle in circles for name in circle}


def _moved(before: Containment, after: Containment, changed: Iterable[str]) -> set[str]:
    """Return the things that may lie elsewhere now, as these may, directly or by what they lie in."""
    ahead = {inner for inner in changed if before.around.get(inner) != after.around.get(inner)}
    if not ahead:
        return ahead
    inside: defaultdict[str, set[str]] = defaultdict(set)
    for one in (before, after):
        for inner, outer in one.around.items():
            for thing in outer:
                inside[thing].add(inner)
    moved: set[str] = set()
    while ahead:
        moved |= ahead
        ahead = {inner for thing in ahead for inner in inside[thing]} - moved
    return moved
