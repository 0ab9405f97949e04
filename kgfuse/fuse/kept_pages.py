"""What kept resolution holds: pages of documents, buckets, and what is looked up in them by mention group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kgfuse.fuse.kept_clusters import KeptClusters
from kgfuse.fuse.matching import Record
from kgfuse.fuse.mentions import MentionGroup, Statement
from kgfuse.fuse.namesakes import is_proper
from kgfuse.fuse.profiles import Profile
from kgfuse.fuse.records import Bucket, BucketKey
from kgfuse.model import Document

Name = tuple[str, bool]
"""A folded name, and whether it is a common noun."""


@dataclass(slots=True)
class Page:
    """What a document holds (`groups`, `index`, `statements`), and what it contributes as things stand."""

    document: Document | None
    groups: tuple[str, ...]
    index: dict[tuple[str, str], str]
    statements: list[Statement]
    hints: dict[Name, Counter[str]]
    homes: dict[str, str] = field(default_factory=dict)
    identities: dict[tuple[str, str], float] = field(default_factory=dict)
    related: set[tuple[str, str]] = field(default_factory=set)
    bucket: dict[str, BucketKey] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    telling: dict[str, bool] = field(default_factory=dict)
    profiles: list[Profile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parted:
    """A bucket in which records of several things share a name: its record as a whole, and the parts with theirs."""

    whole: Record
    parts: tuple[Bucket, ...]
    records: tuple[Record, ...]


@dataclass(slots=True)
class Held:
    """A bucket: its groups, how often each thing is linked with it, and how much is said that could contradict."""

    groups: set[str] = field(default_factory=set)
    links: Counter[str] = field(default_factory=Counter)
    telling: int = 0
    several: int = 0
    improper: int = 0
    bucket: Bucket | None = None
    record: Record | None = None


class Itself(Mapping[str, str]):
    """Every thing stands for itself."""

    def __getitem__(self, key: str) -> str:
        return key

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class RecordOf(Mapping[str, str]):
    """Mention group -> its record."""

    buckets: Mapping[BucketKey, Held]
    bucket_of: Mapping[str, BucketKey]
    part_of: Mapping[str, str]

    def __getitem__(self, id: str) -> str:
        part = self.part_of.get(id)
        if part is not None:
            return part
        record = self.buckets[self.bucket_of[id]].record
        assert record is not None
        return record.id

    def __iter__(self) -> Iterator[str]:
        return iter(self.bucket_of)

    def __len__(self) -> int:
        return len(self.bucket_of)


@dataclass(frozen=True, slots=True)
class ThingOf(Mapping[str, str]):
    """Mention group -> the record that stands for its cluster."""

    clusters: KeptClusters
    record_of: RecordOf

    def __getitem__(self, id: str) -> str:
        return self.clusters.root(self.record_of[id])

    def __iter__(self) -> Iterator[str]:
        return iter(self.record_of)

    def __len__(self) -> int:
        return len(self.record_of)


@dataclass(frozen=True, slots=True)
class SpreadOf:
    """In how many documents a cluster of records is named; counted once, until it is forgotten."""

    clusters: KeptClusters
    buckets: Mapping[BucketKey, Held]
    bucket_of: Mapping[str, BucketKey]
    groups: Mapping[str, MentionGroup]
    _counted: dict[tuple[str, bool], int] = field(default_factory=dict)

    def __call__(self, thing: str, properly: bool) -> int:
        known = self._counted.get((thing, properly))
        if known is None:
            known = self._counted[thing, properly] = self._count(thing, properly)
        return known

    def forget(self, things: Iterable[str]) -> None:
        """Count these anew the next time: their clusters changed."""
        for thing in things:
            self._counted.pop((thing, False), None)
            self._counted.pop((thing, True), None)

    def _count(self, thing: str, properly: bool) -> int:
        members = [self.clusters.records[id] for id in self.clusters.members(thing)]
        whole = [record.documents for record in members if not (properly and self._is_improper(record))]
        if len(whole) == len(members) == 1:
            return len(whole[0])
        documents: set[str] = set().union(*whole)
        for record in members if len(whole) < len(members) else ():
            documents.update(self.groups[id].document_id for id in record.groups if is_proper(self.groups[id]))
        return len(documents)

    def _is_improper(self, record: Record) -> bool:
        held = self.buckets[self.bucket_of[record.groups[0]]]
        if held.record is record:
            return held.improper > 0
        return not all(is_proper(self.groups[id]) for id in record.groups)
