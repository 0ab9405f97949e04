"""Entities kept up to date: what changed documents touch is resolved again, with the outcome of `entities.resolve`.

    document -> its mention groups and statements          once
    name     -> kind of each group                         where a document names it
    document -> short forms, buckets, what it links        where it, or the kind of a group in it, changed
    document -> records of registers                       likewise; which are one thing, by kind where one changed
    bucket   -> record                                     where a group, or whether a link of it is rare, changed
    records  -> clusters, namesakes                        all of them: linear in the names, not in what is said of them
    cluster  -> entity                                     where a record of it changed

What is rare is measured by `Parameters.documents`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from kgfuse.config import FuseSettings
from kgfuse.fuse.clustering import Clusters
from kgfuse.fuse.decisions import Verdicts, read_verdicts
from kgfuse.fuse.entities import cluster_records, make_entity
from kgfuse.fuse.kept_comparisons import KeptComparisons
from kgfuse.fuse.kept_pages import Held, Itself, Name, Page, Parted, RecordOf, SpreadOf, ThingOf
from kgfuse.fuse.kept_records import KeptRecords
from kgfuse.fuse.kinds import Kinds, hints_of, kinds_of_name
from kgfuse.fuse.matching import Record
from kgfuse.fuse.mentions import MentionGroup, Statement, group_mentions, read_statements
from kgfuse.fuse.namesakes import divide, is_proper, read_traits
from kgfuse.fuse.records import (
    Bucket,
    BucketKey,
    Evidence,
    RareTies,
    bucket_key,
    few_documents,
    full_names,
    identity_claims,
    literal_key,
    make_bucket,
    make_records,
    part_records,
    related_pairs,
)
from kgfuse.model import Entity, Literal, MatchDecision
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import LedgerContent

T = TypeVar("T")

Known = tuple[str, str | None, str]
"""What the claims of a mention take from its entity: id, type and name."""


class KeptEntities:
    """The entities of a ledger that changes."""

    def __init__(self, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> None:
        self._ontology, self._settings = ontology, settings
        self.pages: dict[str, Page] = {}
        self._groups: dict[str, MentionGroup] = {}
        self._kinds: Kinds = {}
        self._named: defaultdict[Name, set[str]] = defaultdict(set)
        self._hints: defaultdict[Name, Counter[str]] = defaultdict(Counter)
        self._buckets: dict[BucketKey, Held] = {}
        self._bucket_of: dict[str, BucketKey] = {}
        self._spread: Counter[str] = Counter()
        self._linked: defaultdict[str, Counter[BucketKey]] = defaultdict(Counter)
        self._neighbours: defaultdict[str, list[str]] = defaultdict(list)
        none = Verdicts((), frozenset())
        few = few_documents(parameters.documents)
        self._evidence = Evidence(self._groups, [], self._kinds, none, {}, set(), {}, few)
        self._made: dict[tuple[str, ...], tuple[tuple[Record, ...], Entity]] = {}
        self._compared = KeptComparisons()  # of the records as they are
        self._compared_parts = KeptComparisons()  # of those of namesakes that were parted
        self._part_records: dict[Bucket, tuple[Record | None, Record]] = {}  # with the record of the whole bucket
        self._described = KeptRecords(parameters.matching or (), settings)
        self._parted: dict[BucketKey, Parted] = {}
        self._parts: dict[BucketKey, tuple[tuple[Bucket, ...], list[Bucket]]] = {}  # doubtful ones as they were divided
        self._signs: dict[BucketKey, list[tuple[object, ...]]] = {}
        self._part_of: dict[str, str] = {}
        self._split: set[BucketKey] = set()
        self._known: dict[str, Known] = {}  # record id -> its entity
        self._dirty: set[BucketKey] = set()
        self._was_rare: dict[str, bool] = {}

    # --------------------------------------------------------------------------------------------------------- changing

    def update(
        self, gone: Iterable[str], content: LedgerContent, decisions: tuple[MatchDecision, ...]
    ) -> tuple[set[str], set[str]]:
        """Take documents out and put those of `content` in; return the documents, and the entities, that it touched.

        Touched are documents of which a mention has another entity, or one of another type or name.
        """
        known, part_of, divided = self._known, self._part_of, self._split
        records = {key: held.record for key, held in self._buckets.items()}
        stale = set(gone) | {document.id for document in content.documents if document.id in self.pages}
        names = self._take_out(stale)
        new = self._put_in(content)
        names |= {self._name(id) for document in new for id in self.pages[document].groups}
        names |= {name for document in new for name in self.pages[document].hints}
        changed = self._settle_kinds(names) | new | self._judge(decisions)
        for document in sorted(changed):
            self._withdraw(self.pages[document])
        for document in sorted(changed):
            self._contribute(self.pages[document])
        self._described.judge(self._evidence)
        self._make_records()
        self._part()
        self._join(changed)
        for key, held in self._buckets.items():
            then, now = records.get(key), held.record
            if then is None or now is None:
                continue  # all its groups are new here, and their documents are among those that changed
            if key in divided or key in self._split:
                moved = [id for id in held.groups if known.get(part_of.get(id, then.id)) != self.known(id)]
                changed.update(self._groups[id].document_id for id in moved)
            elif known[then.id] != self._known[now.id]:
                changed.update(now.documents)
        return changed, {known[0] for known in set(known.values()) ^ set(self._known.values())}

    def _take_out(self, documents: Iterable[str]) -> set[Name]:
        names: set[Name] = set()
        for document in sorted(documents):
            page = self.pages.pop(document, None)
            if page is None:
                continue
            self._withdraw(page)
            for id in page.groups:
                names.add(self._name(id))
                self._named[self._name(id)].discard(id)
                del self._groups[id], self._kinds[id]
            for name, counts in page.hints.items():
                names.add(name)
                self._hints[name].subtract(counts)
        return names

    def _put_in(self, content: LedgerContent) -> set[str]:
        groups, index = group_mentions(content, self._ontology)
        statements = read_statements(content, self._ontology, groups, index)
        documents = {document.id: document for document in content.documents}
        ids: defaultdict[str, list[str]] = defaultdict(list)
        said: defaultdict[str, list[Statement]] = defaultdict(list)
        keys: defaultdict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        for id, group in groups.items():
            ids[group.document_id].append(id)
            self._named[group.name.key, group.name.common].add(id)
        for statement in statements:
            said[statement.triple.evidence.document_id].append(statement)
        for (document, surface, kind), id in index.items():
            keys[document][surface, kind] = id
        self._groups.update(groups)
        new = {*ids, *documents}
        for document in new:
            hints = hints_of(groups, said[document], self._ontology)
            self.pages[document] = Page(
                documents.get(document), tuple(ids[document]), keys[document], said[document], hints
            )
            for name, counts in hints.items():
                self._hints[name].update(counts)
        return new

    def _name(self, id: str) -> Name:
        name = self._groups[id].name
        return (name.key, name.common)

    def _settle_kinds(self, names: Iterable[Name]) -> set[str]:
        """Decide anew what names name; return the documents where that changed something."""
        changed = set()
        for name in names:
            members = self._named.get(name)
            if not members:
                self._named.pop(name, None)
                continue
            asked = Counter({kind: count for kind, count in self._hints[name].items() if count > 0})
            for id, kind in kinds_of_name((self._groups[id] for id in members), asked, " " in name[0]).items():
                if id not in self._kinds or self._kinds[id] != kind:
                    self._kinds[id] = kind
                    changed.add(self._groups[id].document_id)
        return changed

    def _judge(self, decisions: tuple[MatchDecision, ...]) -> set[str]:
        """Read the decisions anew; return the documents whose groups they are about, where they changed anything."""
        before = self._evidence.verdicts
        after = read_verdicts(decisions, self._groups) if decisions else Verdicts((), frozenset())
        if before == after:
            return set()
        self._evidence = replace(self._evidence, verdicts=after)
        self._described.doubt()
        pairs = {*before.same, *before.different, *after.same, *after.different}
        return {self._groups[id].document_id for pair in pairs for id in pair if id in self._groups}

    # ------------------------------------------------------------------------------------------------------------ pages

    def _withdraw(self, page: Page) -> None:
        """Take back what a document contributed."""
        evidence = self._evidence
        for id, link in page.links:
            _subtract(self._buckets[page.bucket[id]].links, link)
            _subtract(self._linked[link], page.bucket[id])
        for name in page.names:
            self._note_rarity(name)
            self._spread[name] -= 1
        for id, key in page.bucket.items():
            held = self._buckets[key]
            held.groups.discard(id)
            held.telling -= id in page.telling
            held.several -= page.telling.get(id, False)
            held.improper -= not is_proper(self._groups[id])
            del self._bucket_of[id]
            self._dirty.add(key)
        for pair in page.identities:
            evidence.identities.pop(pair)  # type: ignore[attr-defined]
        for left, right in page.related:
            evidence.related.discard((left, right))
            self._neighbours[left].remove(right)
            self._neighbours[right].remove(left)
        for id in page.homes:
            evidence.homes.pop(id)  # type: ignore[attr-defined]
        self._described.remove(page.profiles)
        page.homes, page.identities, page.related, page.bucket = {}, {}, set(), {}
        page.links, page.names, page.telling, page.profiles = [], set(), {}, []

    def _contribute(self, page: Page) -> None:
        """Read what a document contributes, as the kinds of things are."""
        groups = {id: self._groups[id] for id in page.groups}
        evidence = self._evidence
        page.identities = identity_claims(page.statements, groups, self._kinds)
        page.related = related_pairs(page.statements, page.identities)
        page.homes = full_names(groups, self._kinds, evidence.verdicts, page.related)
        evidence.identities.update(page.identities)  # type: ignore[attr-defined]
        evidence.homes.update(page.homes)  # type: ignore[attr-defined]
        for left, right in page.related:
            evidence.related.add((left, right))
            self._neighbours[left].append(right)
            self._neighbours[right].append(left)
        mine = replace(evidence, groups=groups, statements=page.statements)
        documents = {} if page.document is None else {page.document.id: page.document}
        traits = read_traits(mine, Itself(), documents)
        page.telling = {id: len(said.values) > 1 for id, said in traits.items() if said.telling}
        for id in page.groups:
            key = page.bucket[id] = self._bucket_of[id] = bucket_key(id, mine)
            held = self._buckets.setdefault(key, Held())
            held.groups.add(id)
            held.telling += id in page.telling
            held.several += page.telling.get(id, False)
            held.improper += not is_proper(groups[id])
            self._dirty.add(key)
        page.names = {groups[page.homes.get(id, id)].name.key for id in page.groups}
        page.names |= {literal_key(said) for said in page.statements if isinstance(said.object, Literal)}
        for name in page.names:
            self._note_rarity(name)
            self._spread[name] += 1
        page.links = list(RareTies(mine, self._spread).links())
        for id, link in page.links:
            self._buckets[page.bucket[id]].links[link] += 1
            self._linked[link][page.bucket[id]] += 1
        page.profiles = self._described.read(groups, page.statements, self._kinds, page.document)
        self._described.add(page.profiles)

    def _note_rarity(self, name: str) -> None:
        self._was_rare.setdefault(name, self._spread[name] <= self._evidence.few)

    # ---------------------------------------------------------------------------------------------------------- records

    def _make_records(self) -> None:
        for name, was_rare in self._was_rare.items():
            if was_rare != (self._spread[name] <= self._evidence.few):
                self._dirty.update(self._linked[name])
            if not self._spread[name]:
                del self._spread[name]
            if not self._linked[name]:
                self._linked.pop(name)
        for key in self._dirty:
            held = self._buckets[key]
            if not held.groups:
                del self._buckets[key]
                continue
            held.bucket = make_bucket(key, sorted(held.groups))
            ties = [link for link in held.links if self._spread[link] <= self._evidence.few]
            held.record = make_records([held.bucket], self._evidence, {held.bucket.groups[0]: ties})[held.bucket]
        self._dirty, self._was_rare = set(), {}

    def _part(self) -> None:
        """Part the buckets in which records of several things share a name."""
        things: defaultdict[BucketKey, set[str]] = defaultdict(set)
        for id, thing in self._described.thing_of.items():
            things[self._bucket_of[id]].add(thing)
        before, self._parted = self._parted, {}
        anew: dict[BucketKey, tuple[Bucket, ...]] = {}
        for key, several in things.items():
            held = self._buckets[key]
            if len(several) < 2 or held.bucket is None:
                continue
            parts = tuple(part_records([held.bucket], self._described.thing_of))
            known = before.get(key)
            if known is not None and known.whole is held.record and known.parts == parts:
                self._parted[key] = known
            else:
                anew[key] = parts
        if anew:
            made = self._records_of([part for parts in anew.values() for part in parts], {})
            for key, parts in anew.items():
                whole = self._buckets[key].record
                assert whole is not None
                self._parted[key] = Parted(whole, parts, tuple(made[part] for part in parts))

    def _records_of(self, parts: Sequence[Bucket], known: Mapping[Bucket, Record]) -> dict[Bucket, Record]:
        """Return the records of parts of buckets; those that are `known` are not made again."""
        new = [part for part in parts if part not in known]
        ties = RareTies(self._about(new), self._spread).of(new)
        return make_records(parts, self._evidence, ties, known)

    def _join(self, changed: Iterable[str]) -> None:
        """Cluster the records, divide namesakes, cluster again, and make the entities that are new."""
        parted = {
            part: record for one in self._parted.values() for part, record in zip(one.parts, one.records, strict=True)
        }
        records = {record.id: record for record in (*self._undivided(self._parted), *parted.values())}
        whole = RecordOf(
            self._buckets, self._bucket_of, {id: record.id for record in parted.values() for id in record.groups}
        )
        clusters = self._clusters(records, whole, self._compared)
        parts = self._divided(clusters, records, whole, changed)
        self._part_of = {id: min(part.groups) for part in parts for id in part.groups}
        self._split = {self._bucket_of[part.groups[0]] for part in parts}
        if len(parts) > len(parted):
            new = self._records_of(parts, {**self._standing(parts), **parted})
            self._part_records = {part: (self._whole(part), record) for part, record in new.items()}
            records = {record.id: record for record in (*self._undivided(self._split), *new.values())}
            whole = RecordOf(self._buckets, self._bucket_of, self._part_of)
            clusters = self._clusters(records, whole, self._compared_parts)
        made: dict[tuple[str, ...], tuple[tuple[Record, ...], Entity]] = {}
        self._known = {}
        for members in clusters:
            ids, own = tuple(members), tuple(records[id] for id in members)
            known = self._made.get(ids)
            if known is None or any(one is not other for one, other in zip(known[0], own, strict=True)):
                groups = [self._groups[id] for record in own for id in record.groups]
                known = (own, make_entity(groups, self._evidence, self._ontology))
            made[ids] = known
            entity = known[1]
            self._known.update(dict.fromkeys(ids, (entity.id, entity.type, entity.name)))
        self._made = made

    def _whole(self, part: Bucket) -> Record | None:
        return self._buckets[self._bucket_of[part.groups[0]]].record

    def _standing(self, parts: Iterable[Bucket]) -> dict[Bucket, Record]:
        """The records of parts that were made before, where nothing that the whole bucket holds has changed since."""
        made = ((part, self._part_records.get(part)) for part in parts)
        return {part: known[1] for part, known in made if known is not None and known[0] is self._whole(part)}

    def _undivided(self, divided: Container[BucketKey]) -> Iterator[Record]:
        """Yield the records of the buckets that are whole."""
        return (held.record for key, held in self._buckets.items() if held.record is not None and key not in divided)

    def _clusters(self, records: Mapping[str, Record], record_of: RecordOf, compared: KeptComparisons) -> Clusters:
        def related(left: str, right: str) -> bool:
            one, other = sorted((records[left], records[right]), key=lambda record: len(record.groups))
            return any(record_of[near] == other.id for id in one.groups for near in self._neighbours.get(id, ()))

        described = self._described.thing_of
        return cluster_records(records, self._evidence, self._settings, described, record_of, related, compared.update)

    def _divided(
        self, clusters: Clusters, records: Mapping[str, Record], record_of: RecordOf, changed: Iterable[str]
    ) -> list[Bucket]:
        """Return the parts of the buckets that hold several things.

        A bucket is divided anew where one of its documents changed, or what that names or how rare it is.
        """
        improper = {held.record.id: held.improper for held in self._buckets.values() if held.record is not None}
        for record in (record for one in self._parted.values() for record in one.records):
            improper[record.id] = sum(not is_proper(self._groups[id]) for id in record.groups)
        spread = SpreadOf(clusters, records, improper, self._groups)
        stirred = self._stirred(clusters, spread) | set(changed)
        anew = {key for document in stirred for key in self.pages[document].bucket.values()}
        decided = {self._bucket_of[id] for pair in self._evidence.verdicts.different for id in pair}
        known, self._parts = self._parts, {}
        doubtful: dict[BucketKey, tuple[Bucket, ...]] = {}
        for key, held in self._buckets.items():
            if held.bucket is None:
                continue
            parted = self._parted.get(key)
            telling = held.telling > 1 and (key[2] == "Person" or held.several)
            if parted is None and key not in decided and not telling:
                continue
            wholes = parted.parts if parted is not None else (held.bucket,)
            if key not in anew and key in known and _are(known[key][0], wholes):
                self._parts[key] = known[key]
            else:
                doubtful[key] = wholes
        if doubtful:
            buckets = [bucket for wholes in doubtful.values() for bucket in wholes]
            documents = [page.document for page in self._pages_of(buckets) if page.document is not None]
            threshold = self._settings.namesake_threshold
            thing_of, described = ThingOf(clusters, record_of), self._described.thing_of
            found = divide(buckets, self._about(buckets), thing_of, documents, threshold, described, spread)
            parts: defaultdict[BucketKey, list[Bucket]] = defaultdict(list)
            for part in found:
                parts[self._bucket_of[part.groups[0]]].append(part)
            self._parts.update({key: (wholes, parts[key]) for key, wholes in doubtful.items()})
        return [part for _, parts in self._parts.values() if len(parts) > 1 for part in parts]

    def _stirred(self, clusters: Clusters, spread: SpreadOf) -> set[str]:
        """Return the documents that name a thing which is another than before, or rare where it was not."""
        few, before = self._evidence.few, self._signs
        self._signs = {}
        stirred: set[str] = set()
        for key, held in self._buckets.items():
            if held.record is None:
                continue
            parted = self._parted.get(key)
            sign: list[tuple[object, ...]] = []
            for record in parted.records if parted is not None else (held.record,):
                thing = clusters.root(record.id)
                rare = spread(thing, False) <= few, 1 < spread(thing, True) <= few
                sign.append((thing, *rare) if parted is None else (thing, *rare, record.groups))
            self._signs[key] = sign
            if before.get(key) != sign:
                stirred |= held.record.documents
        return stirred

    def _pages_of(self, buckets: Iterable[Bucket]) -> list[Page]:
        return [self.pages[id] for id in sorted({self._groups[id].document_id for b in buckets for id in b.groups})]

    def _about(self, buckets: Iterable[Bucket]) -> Evidence:
        """Return the evidence of the documents that name something in these buckets."""
        pages = self._pages_of(buckets)
        groups = {id: self._groups[id] for page in pages for id in page.groups}
        return replace(self._evidence, groups=groups, statements=[s for page in pages for s in page.statements])

    # ---------------------------------------------------------------------------------------------------------- outcome

    def known(self, group: str) -> Known:
        """Return id, type and name of the entity that a mention group names."""
        record = self._part_of.get(group)
        if record is None:
            found = self._buckets[self._bucket_of[group]].record
            assert found is not None
            record = found.id
        return self._known[record]

    def entities(self) -> list[Entity]:
        """Return all entities, in order of id."""
        return sorted((entity for _, entity in self._made.values()), key=lambda entity: entity.id)

    def groups(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        """Yield the mention group of every mention, in order."""
        for document in sorted(self.pages):
            for (surface, kind), id in self.pages[document].index.items():
                yield (document, surface, kind), id


def _are(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether these are those very objects."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def _subtract(counts: Counter[T], key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
