"""Buckets kept up to date: the mention groups of one name and kind, and the record they make, as documents come and go.

    document -> its mention groups and statements          once
    name     -> kind of each group                         where a document names it
    document -> short forms, buckets, what it links        where it, or the kind of a group in it, changed
    document -> records of registers                       likewise; which are one thing, by kind where one changed
    bucket   -> record                                     where a group, or whether a link of it is rare, changed

What is rare is measured by `Parameters.documents`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kgfuse.config import FuseSettings
from kgfuse.fuse.decisions import Verdicts, read_verdicts
from kgfuse.fuse.kept_clusters import Bonds
from kgfuse.fuse.kept_pages import Held, Itself, Name, Page
from kgfuse.fuse.kept_records import KeptRecords
from kgfuse.fuse.kinds import Kinds, hints_of, kinds_of_name
from kgfuse.fuse.matching import Record
from kgfuse.fuse.mentions import MentionGroup, Statement, group_mentions, read_statements
from kgfuse.fuse.namesakes import is_proper, read_traits
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
    related_pairs,
)
from kgfuse.model import Literal, MatchDecision
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import LedgerContent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Touched:
    """What an update touched: documents, the buckets that were made anew or are gone, and groups that are another thing."""

    documents: set[str]
    buckets: set[BucketKey]
    things: set[str]


class KeptBuckets:
    """The documents of a ledger that changes, and the buckets that their mention groups fill."""

    def __init__(self, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> None:
        self._ontology = ontology
        self.pages: dict[str, Page] = {}
        self.groups: dict[str, MentionGroup] = {}
        self.held: dict[BucketKey, Held] = {}
        self.bucket_of: dict[str, BucketKey] = {}
        self.spread: Counter[str] = Counter()
        self.neighbours: defaultdict[str, list[str]] = defaultdict(
            list
        )  # group -> groups of its document, by a relation
        self.bonds = Bonds()
        self.described = KeptRecords(parameters.matching or (), settings)
        self._kinds: Kinds = {}
        self._named: defaultdict[Name, set[str]] = defaultdict(set)
        self._hints: defaultdict[Name, Counter[str]] = defaultdict(Counter)
        self._linked: defaultdict[str, Counter[BucketKey]] = defaultdict(Counter)
        none = Verdicts((), frozenset())
        self.evidence = Evidence(self.groups, [], self._kinds, none, {}, set(), {}, few_documents(parameters.documents))
        self._dirty: set[BucketKey] = set()
        self._was_rare: dict[str, bool] = {}

    def update(self, gone: Iterable[str], content: LedgerContent, decisions: tuple[MatchDecision, ...]) -> Touched:
        """Take documents out and put those of `content` in."""
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
        things = self._bind(self.described.judge(self.evidence))
        return Touched(changed, self._make_records(), things)

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
                del self.groups[id], self._kinds[id]
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
        self.groups.update(groups)
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
        name = self.groups[id].name
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
            for id, kind in kinds_of_name((self.groups[id] for id in members), asked, " " in name[0]).items():
                if id not in self._kinds or self._kinds[id] != kind:
                    self._kinds[id] = kind
                    changed.add(self.groups[id].document_id)
        return changed

    def _judge(self, decisions: tuple[MatchDecision, ...]) -> set[str]:
        """Read the decisions anew; return the documents whose groups they are about, where they changed anything."""
        before = self.evidence.verdicts
        after = read_verdicts(decisions, self.groups) if decisions else Verdicts((), frozenset())
        if before == after:
            return set()
        for pair in before.same:
            self.bonds.untie(*pair)
        for pair in after.same:
            self.bonds.tie(*pair)
        self.evidence = replace(self.evidence, verdicts=after)
        self.described.doubt()
        pairs = {*before.same} ^ {*after.same} | (before.different ^ after.different)
        standing = [[pair for pair in one.same if pair not in pairs] for one in (before, after)]
        if standing[0] != standing[1]:  # they come in another order
            pairs.update(standing[0])
        return {self.groups[id].document_id for pair in pairs for id in pair if id in self.groups}

    # ------------------------------------------------------------------------------------------------------------ pages

    def _withdraw(self, page: Page) -> None:
        """Take back what a document contributed."""
        evidence = self.evidence
        for id, link in page.links:
            _subtract(self.held[page.bucket[id]].links, link)
            _subtract(self._linked[link], page.bucket[id])
        for name in page.names:
            self._note_rarity(name)
            self.spread[name] -= 1
        for id, key in page.bucket.items():
            held = self.held[key]
            held.groups.discard(id)
            held.telling -= id in page.telling
            held.several -= page.telling.get(id, False)
            held.improper -= not is_proper(self.groups[id])
            del self.bucket_of[id]
            self._dirty.add(key)
        for pair in page.identities:
            evidence.identities.pop(pair)  # type: ignore[attr-defined]
            self.bonds.untie(*pair)
        for left, right in page.related:
            evidence.related.discard((left, right))
            self.neighbours[left].remove(right)
            self.neighbours[right].remove(left)
        for id in page.homes:
            evidence.homes.pop(id)  # type: ignore[attr-defined]
        self.described.remove(page.profiles)
        page.homes, page.identities, page.related, page.bucket = {}, {}, set(), {}
        page.links, page.names, page.telling, page.profiles = [], set(), {}, []

    def _contribute(self, page: Page) -> None:
        """Read what a document contributes, as the kinds of things are."""
        groups = {id: self.groups[id] for id in page.groups}
        evidence = self.evidence
        page.identities = identity_claims(page.statements, groups, self._kinds)
        page.related = related_pairs(page.statements, page.identities)
        page.homes = full_names(groups, self._kinds, evidence.verdicts, page.related)
        evidence.identities.update(page.identities)  # type: ignore[attr-defined]
        evidence.homes.update(page.homes)  # type: ignore[attr-defined]
        for pair in page.identities:
            self.bonds.tie(*pair)
        for left, right in page.related:
            evidence.related.add((left, right))
            self.neighbours[left].append(right)
            self.neighbours[right].append(left)
        mine = replace(evidence, groups=groups, statements=page.statements)
        documents = {} if page.document is None else {page.document.id: page.document}
        traits = read_traits(mine, Itself(), documents)
        page.telling = {id: len(said.values) > 1 for id, said in traits.items() if said.telling}
        for id in page.groups:
            key = page.bucket[id] = self.bucket_of[id] = bucket_key(id, mine)
            held = self.held.setdefault(key, Held())
            held.groups.add(id)
            held.telling += id in page.telling
            held.several += page.telling.get(id, False)
            held.improper += not is_proper(groups[id])
            self._dirty.add(key)
        page.names = {groups[page.homes.get(id, id)].name.key for id in page.groups}
        page.names |= {literal_key(said) for said in page.statements if isinstance(said.object, Literal)}
        for name in page.names:
            self._note_rarity(name)
            self.spread[name] += 1
        page.links = list(RareTies(mine, self.spread).links())
        for id, link in page.links:
            self.held[page.bucket[id]].links[link] += 1
            self._linked[link][page.bucket[id]] += 1
        page.profiles = self.described.read(groups, page.statements, self._kinds, page.document)
        self.described.add(page.profiles)

    def _note_rarity(self, name: str) -> None:
        self._was_rare.setdefault(name, self.spread[name] <= self.evidence.few)

    # ---------------------------------------------------------------------------------------------------------- records

    def _make_records(self) -> set[BucketKey]:
        """Make the records of the buckets that changed; return these buckets."""
        for name, was_rare in self._was_rare.items():
            if was_rare != (self.spread[name] <= self.evidence.few):
                self._dirty.update(self._linked[name])
            if not self.spread[name]:
                del self.spread[name]
            if not self._linked[name]:
                self._linked.pop(name)
        for key in self._dirty:
            held = self.held[key]
            if not held.groups:
                del self.held[key]
                continue
            held.bucket = make_bucket(key, sorted(held.groups))
            ties = [link for link in held.links if self.spread[link] <= self.evidence.few]
            held.record = make_records([held.bucket], self.evidence, {held.bucket.groups[0]: ties})[held.bucket]
        made, self._dirty, self._was_rare = self._dirty, set(), {}
        return made

    def _bind(self, judged: Mapping[str, tuple[str | None, str | None]]) -> set[str]:
        """Connect records of registers with the first of their thing; return those of which that is another now."""
        for id, (before, now) in judged.items():
            if before is not None and before != id:
                self.bonds.untie(id, before)
            if now is not None and now != id:
                self.bonds.tie(id, now)
        return set(judged)

    # ---------------------------------------------------------------------------------------------------------- looking up

    def record_of(self, group: str) -> Record:
        """Return the record of the bucket that a mention group is in. Raises KeyError for an unknown one."""
        found = self.held[self.bucket_of[group]].record
        assert found is not None
        return found

    def pages_of(self, buckets: Iterable[Bucket]) -> list[Page]:
        """Return the documents that name something in these buckets, in order of id."""
        return [self.pages[id] for id in sorted({self.groups[id].document_id for b in buckets for id in b.groups})]

    def about(self, buckets: Sequence[Bucket]) -> Evidence:
        """Return the evidence of the documents that name something in these buckets; of statements, what is said of that."""
        pages, asked = self.pages_of(buckets), {id for bucket in buckets for id in bucket.groups}
        groups = {id: self.groups[id] for page in pages for id in page.groups}
        said = (one for page in pages for one in page.statements)
        kept = [one for one in said if one.subject in asked or (isinstance(one.object, str) and one.object in asked)]
        return replace(self.evidence, groups=groups, statements=kept)


def _subtract(counts: Counter[T], key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
