"""Entities kept up to date: what changed documents touch is resolved again, with the outcome of `entities.resolve`.

documents -> buckets with their records    `kept_buckets`
records   -> clusters                      `kept_clusters`, before namesakes are divided and after
bucket    -> records of registers in it    where it changed, or what these are
bucket    -> namesakes                     where a document of it changed, or what that names or how rare it is
cluster   -> entity                        where a record of it changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from kgfuse.config import FuseSettings
from kgfuse.fuse.entities import make_entity
from kgfuse.fuse.kept_buckets import KeptBuckets
from kgfuse.fuse.kept_clusters import Connections, KeptClusters, Reclustered
from kgfuse.fuse.kept_pages import Page, Parted, RecordOf, SpreadOf, ThingOf
from kgfuse.fuse.matching import Record
from kgfuse.fuse.namesakes import divide
from kgfuse.fuse.records import Bucket, BucketKey, RareTies, make_bucket, make_records, part_records
from kgfuse.model import Entity, MatchDecision
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import LedgerContent

Known = tuple[str, str | None, str]
"""What the claims of a mention take from its entity: id, type and name."""


class KeptEntities:
    """The entities of a ledger that changes; `names` and `types` of entities by id."""

    def __init__(self, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> None:
        self._ontology, self._settings = ontology, settings
        self.names: dict[str, str] = {}
        self.types: dict[str, str | None] = {}
        self._buckets = buckets = KeptBuckets(ontology, settings, parameters)
        self._parted: dict[BucketKey, Parted] = {}
        self._parted_of: dict[str, str] = {}  # group of a parted bucket -> its record
        self._first = KeptClusters(settings)
        of = RecordOf(buckets.held, buckets.bucket_of, self._parted_of)
        self._first_of, self._thing_of = of, ThingOf(self._first, of)
        self._spread = SpreadOf(self._first, buckets.held, buckets.bucket_of, buckets.groups)
        self._signs: dict[BucketKey, list[tuple[object, ...]]] = {}
        self._parts: dict[BucketKey, tuple[tuple[Bucket, ...], list[Bucket]]] = {}  # doubtful ones as they were divided
        self._split: dict[BucketKey, tuple[Record | None, dict[Bucket, Record]]] = {}  # with the record of the whole
        self._part_of: dict[str, str] = {}  # group of a split bucket -> its record
        self._last = KeptClusters(settings)
        self._last_of = RecordOf(buckets.held, buckets.bucket_of, self._part_of)
        self._made: dict[tuple[str, ...], tuple[tuple[Record, ...], Entity]] = {}
        self._known: dict[str, Known] = {}  # record id -> its entity

    @property
    def pages(self) -> dict[str, Page]:
        """The documents."""
        return self._buckets.pages

    # --------------------------------------------------------------------------------------------------------- changing

    def update(
        self, gone: Iterable[str], content: LedgerContent, decisions: tuple[MatchDecision, ...]
    ) -> tuple[set[str], set[str]]:
        """Take documents out and put those of `content` in; return the documents, and the entities, that it touched.

        Touched are documents of which a mention has another entity, or one of another type or name.
        """
        touched = self._buckets.update(gone, content, decisions)
        things = {id for id in touched.things if id in self._buckets.bucket_of}
        buckets = touched.buckets | {self._buckets.bucket_of[id] for id in things}
        self._part(buckets)
        first = self._first.update(
            {_name(key): self._undivided(key) for key in buckets},
            {self._first_of[id] for id in things},
            self._connections(self._first_of),
        )
        divided = self._divide(buckets, self._stirred(buckets, first) | touched.documents) | buckets
        records = self._divided(divided)
        before = {bucket: self._last.sharing(bucket) for bucket in records}
        last = self._last.update(records, {self._last_of[id] for id in things}, self._connections(self._last_of))
        known, entities = self._make_entities(last)
        for bucket in {*records, *(self._last.records[id].bucket for members in last.come for id in members)}:
            now = self._last.sharing(bucket)
            touched.documents.update(self._moved(before.get(bucket, now), now, known))
        return touched.documents, entities

    def _connections(self, record_of: RecordOf) -> Connections:
        records, neighbours = (
            (self._first if record_of is self._first_of else self._last).records,
            self._buckets.neighbours,
        )

        def related(left: str, right: str) -> bool:
            one, other = sorted((records[left], records[right]), key=lambda record: len(record.groups))
            return any(record_of[near] == other.id for id in one.groups for near in neighbours.get(id, ()))

        buckets = self._buckets
        return Connections(buckets.evidence, buckets.bonds, buckets.described.thing_of, record_of, related)

    # ------------------------------------------------------------------------------------------------ records of registers

    def _part(self, keys: Iterable[BucketKey]) -> None:
        """Part those of these buckets in which records of several things share a name."""
        thing_of = self._buckets.described.thing_of
        before: dict[BucketKey, Parted] = {}
        now: dict[BucketKey, tuple[Bucket, ...]] = {}
        for key in keys:
            if key in self._parted:
                before[key] = self._parted.pop(key)
                for id in (id for part in before[key].parts for id in part.groups):
                    self._parted_of.pop(id, None)
            held = self._buckets.held.get(key)
            if held is None or held.bucket is None:
                continue
            if len({thing_of[id] for id in held.bucket.groups if id in thing_of}) > 1:
                now[key] = tuple(part_records([held.bucket], thing_of))
        standing = {
            key: before[key]
            for key, parts in now.items()
            if key in before and before[key].whole is self._buckets.held[key].record and before[key].parts == parts
        }
        made = self._records_of([part for key, parts in now.items() if key not in standing for part in parts], {})
        for key, parts in now.items():
            whole = self._buckets.held[key].record
            assert whole is not None
            one = standing.get(key) or Parted(whole, parts, tuple(made[part] for part in parts))
            self._parted[key] = one
            self._parted_of.update({id: record.id for record in one.records for id in record.groups})

    def _records_of(self, parts: Sequence[Bucket], known: Mapping[Bucket, Record]) -> dict[Bucket, Record]:
        """Return the records of parts of buckets; those that are `known` are not made again."""
        new = [part for part in parts if part not in known]
        ties = RareTies(self._buckets.about(new), self._buckets.spread).of(new) if new else {}
        return make_records(parts, self._buckets.evidence, ties, known)

    def _whole(self, key: BucketKey) -> Record | None:
        held = self._buckets.held.get(key)
        return None if held is None else held.record

    def _undivided(self, key: BucketKey) -> tuple[Record, ...]:
        """Return the records of a bucket before namesakes are divided."""
        parted, whole = self._parted.get(key), self._whole(key)
        return parted.records if parted is not None else () if whole is None else (whole,)

    # -------------------------------------------------------------------------------------------------------- namesakes

    def _stirred(self, keys: Iterable[BucketKey], changed: Reclustered) -> set[str]:
        """Return the documents that name a thing which is another than before, or rare where it was not."""
        self._spread.forget(id for members in (*changed.gone, *changed.come) for id in members)
        few, bucket_of = self._buckets.evidence.few, self._buckets.bucket_of
        records = [self._first.records[id] for members in changed.come for id in members]
        stirred: set[str] = set()
        for key in {*keys, *(bucket_of[record.groups[0]] for record in records)}:
            before, whole = self._signs.pop(key, None), self._whole(key)
            if whole is None:
                continue
            sign: list[tuple[object, ...]] = []
            for record in self._undivided(key):
                thing = self._first.root(record.id)
                rare = self._spread(thing, False) <= few, 1 < self._spread(thing, True) <= few
                sign.append((thing, *rare) if record is whole else (thing, *rare, record.groups))
            self._signs[key] = sign
            if before != sign:
                stirred |= whole.documents
        return stirred

    def _divide(self, changed: Iterable[BucketKey], stirred: Iterable[str]) -> set[BucketKey]:
        """Find the parts of buckets that hold several things; return the buckets of which the parts may be others now.

        A bucket is divided anew where one of its documents changed, or what that names or how rare it is.
        """
        buckets = self._buckets
        anew = {key for document in stirred for key in buckets.pages[document].bucket.values()}
        decided = {buckets.bucket_of[id] for pair in buckets.evidence.verdicts.different for id in pair}
        doubtful: dict[BucketKey, tuple[Bucket, ...]] = {}
        settled: set[BucketKey] = set()
        for key in {*changed, *anew}:
            wholes = self._wholes(key, decided)
            known = self._parts.get(key)
            if wholes is None:
                if known is not None:
                    del self._parts[key]
                    settled.add(key)
            elif key in anew or known is None or not _are(known[0], wholes):
                doubtful[key] = wholes
        if doubtful:
            asked = [bucket for several in doubtful.values() for bucket in several]
            documents = [page.document for page in buckets.pages_of(asked) if page.document is not None]
            threshold, described = self._settings.namesake_threshold, buckets.described.thing_of
            found = divide(asked, buckets.about(asked), self._thing_of, documents, threshold, described, self._spread)
            parts: defaultdict[BucketKey, list[Bucket]] = defaultdict(list)
            for part in found:
                parts[buckets.bucket_of[part.groups[0]]].append(part)
            self._parts.update({key: (wholes, parts[key]) for key, wholes in doubtful.items()})
        return settled | doubtful.keys()

    def _wholes(self, key: BucketKey, decided: Container[BucketKey]) -> tuple[Bucket, ...] | None:
        """Return what is to be divided of a bucket; `None` where nothing in it can be two things."""
        held, parted = self._buckets.held.get(key), self._parted.get(key)
        if held is None or held.bucket is None:
            return None
        if parted is not None:
            return parted.parts
        telling = held.telling > 1 and (key[2] == "Person" or held.several)
        return (held.bucket,) if telling or key in decided else None

    def _divided(self, keys: Iterable[BucketKey]) -> dict[str, tuple[Record, ...]]:
        """Return the records of these buckets, by the bucket's name, as namesakes are divided."""
        asked = ((key, self._parts[key][1]) for key in keys if key in self._parts)
        parts = {key: several for key, several in asked if len(several) > 1}
        known: dict[Bucket, Record] = {}
        for key in parts:
            whole, records = self._split.get(key, (None, {}))
            if whole is self._whole(key):  # nothing that the bucket holds has changed
                known.update(records)
            if (parted := self._parted.get(key)) is not None:
                known.update(zip(parted.parts, parted.records, strict=True))
        made = self._records_of([part for several in parts.values() for part in several], known)
        for key in keys:
            for record in self._split.pop(key, (None, {}))[1].values():
                for id in record.groups:
                    self._part_of.pop(id, None)
        found: dict[str, tuple[Record, ...]] = {}
        for key in keys:
            whole = self._whole(key)
            found[_name(key)] = () if whole is None else (whole,)
        for key, several in parts.items():
            own = {part: made[part] for part in several}
            self._split[key] = (self._whole(key), own)
            self._part_of.update({id: record.id for record in own.values() for id in record.groups})
            found[_name(key)] = tuple(own.values())
        return found

    # ---------------------------------------------------------------------------------------------------------- outcome

    def _make_entities(self, changed: Reclustered) -> tuple[dict[str, Known], set[str]]:
        """Make the entities that are new; return what records were known as before, and the ids of entities that changed."""
        records, was = self._last.records, {members: self._made.pop(members) for members in changed.gone}
        known = {id: self._known.pop(id) for members in changed.gone for id in members}
        for _, entity in was.values():
            del self.names[entity.id], self.types[entity.id]
        now: set[Known] = set()
        for members in changed.come:
            own = tuple(records[id] for id in members)
            made = was.get(members)
            if made is None or not _are(made[0], own):
                groups = [self._buckets.groups[id] for record in own for id in record.groups]
                made = (own, make_entity(groups, self._buckets.evidence, self._ontology))
            self._made[members] = made
            entity = made[1]
            self.names[entity.id], self.types[entity.id] = entity.name, entity.type
            now.add((entity.id, entity.type, entity.name))
            self._known.update(dict.fromkeys(members, (entity.id, entity.type, entity.name)))
        return known, {one[0] for one in now ^ set(known.values())}

    def _moved(self, before: Iterable[Record], now: Sequence[Record], known: Mapping[str, Known]) -> Iterable[str]:
        """Return the documents in which a group of a bucket is known as something else than before.

        Those of groups that were not in the bucket are known to have changed.
        """
        was = {record.id: known.get(record.id, self._known.get(record.id)) for record in before}
        if len(was) == len(now) == 1:
            return () if [self._known[record.id] for record in now] == [*was.values()] else now[0].documents
        were = {id: was[record.id] for record in before for id in record.groups}
        moved = (id for record in now for id in record.groups if were.get(id) != self._known[record.id])
        return {self._buckets.groups[id].document_id for id in moved}

    def known(self, group: str) -> Known:
        """Return id, type and name of the entity that a mention group names."""
        return self._known[self._last_of[group]]

    def entities(self) -> list[Entity]:
        """Return all entities, in order of id."""
        return sorted((entity for _, entity in self._made.values()), key=lambda entity: entity.id)

    def groups(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        """Yield the mention group of every mention, in order."""
        for document in sorted(self.pages):
            for (surface, kind), id in self.pages[document].index.items():
                yield (document, surface, kind), id


def _name(key: BucketKey) -> str:
    return make_bucket(key, ()).name


def _are(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether these are those very objects."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))
