"""Clusters of records kept up to date: what a changed record can meet is clustered again, with the outcome of
`entities.cluster_records`.

Records meet where a decision, a claim of identity, a register or a comparison that can join them connects them. What is
connected, by whatever chain, is a component. Nothing in one component hangs on another, so that one of which no record, link
or verdict changed keeps its clusters.

    bucket    -> its records                where it changed
    component -> clusters of its records    where a record of it, or what connects it, changed
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kgfuse.config import FuseSettings
from kgfuse.fuse.decisions import Pair, Verdicts, ordered_pair
from kgfuse.fuse.entities import cluster_records, of_namesakes
from kgfuse.fuse.kept_comparisons import KeptComparisons
from kgfuse.fuse.matching import Comparison, Record
from kgfuse.fuse.records import Evidence


class Bonds:
    """Pairs of mention groups that something may join, each as often as something does."""

    def __init__(self) -> None:
        self._others: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def tie(self, left: str, right: str) -> None:
        """Note a reason to join two groups."""
        self._add(left, right, 1)

    def untie(self, left: str, right: str) -> None:
        """Take back a reason. Raises KeyError where there is none."""
        self._add(left, right, -1)

    def _add(self, left: str, right: str, count: int) -> None:
        for one, other in ((left, right), (right, left)):
            others = self._others[one]
            others[other] = (others[other] if count < 0 else others.get(other, 0)) + count
            if not others[other]:
                del others[other]
                if not others:
                    del self._others[one]

    def of(self, groups: Iterable[str]) -> Iterator[Pair]:
        """Yield the pairs that these groups are in, in no order, some of them twice."""
        for id in groups:
            for other in self._others.get(id, ()):
                yield id, other


@dataclass(frozen=True, slots=True)
class Connections:
    """What connects records beside their names, as things stand; `related` says whether a relation holds between two."""

    evidence: Evidence
    bonds: Bonds
    thing_of: Mapping[str, str]
    record_of: Mapping[str, str]
    related: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Reclustered:
    """What was clustered again: the clusters that went, and those that came, the same ones among them."""

    gone: tuple[tuple[str, ...], ...]
    come: tuple[tuple[str, ...], ...]


class KeptClusters:
    """The clusters of a set of records that changes."""

    def __init__(self, settings: FuseSettings) -> None:
        self._settings = settings
        self.records: dict[str, Record] = {}
        self._sharing: dict[str, tuple[Record, ...]] = {}  # by bucket
        self._judged: set[str] = set()
        self._compared = KeptComparisons()
        self._component: dict[str, frozenset[str]] = {}  # of more than one record
        self._members: dict[str, tuple[str, ...]] = {}  # by root
        self._root: dict[str, str] = {}

    def root(self, id: str) -> str:
        """Return the record that stands for the cluster of this one. Raises KeyError for an unknown one."""
        return self._root[id]

    def members(self, id: str) -> tuple[str, ...]:
        """Return the records in the cluster of this one, sorted. Raises KeyError for an unknown one."""
        return self._members[self._root[id]]

    def sharing(self, bucket: str) -> tuple[Record, ...]:
        """Return the records of a bucket."""
        return self._sharing.get(bucket, ())

    def update(
        self, buckets: Mapping[str, Sequence[Record]], doubted: Iterable[str], connections: Connections
    ) -> Reclustered:
        """Let these buckets hold these records, in place of those they held, and cluster again what that touches.

        `doubted` are records that are the same but judged otherwise than before.
        """
        gone: list[Record] = []
        new: list[Record] = []
        dirty = set(doubted)
        for bucket, now in buckets.items():
            was = self._sharing.pop(bucket, ())
            gone += [record for record in was if not any(record is one for one in now)]
            new += [record for record in now if not any(record is one for one in was)]
            if now:
                self._sharing[bucket] = tuple(now)
            if (len(was) > 1) != (len(now) > 1):
                dirty.update(record.id for record in now)
        for record in gone:
            del self.records[record.id]
        self.records.update((record.id, record) for record in new)
        dirty.update(record.id for record in (*gone, *new))
        freed = self._judge(dirty, connections.thing_of)
        dirty |= self._compared.update(gone, new, self._judged, freed)
        return self._recluster(dirty, connections)

    def _judge(self, ids: Iterable[str], thing_of: Mapping[str, str]) -> set[str]:
        """Find out which of these records are judged by what is stated of them; return those that no longer are."""
        freed: set[str] = set()
        for id in ids:
            if id in self.records and any(group in thing_of for group in self.records[id].groups):
                self._judged.add(id)
            elif id in self._judged:
                self._judged.discard(id)
                freed.add(id)
        return freed

    # ------------------------------------------------------------------------------------------------------- components

    def _recluster(self, dirty: Iterable[str], connections: Connections) -> Reclustered:
        """Cluster the components that hold these records, or held them, again."""
        met: set[str] = set()
        held: list[str] = []
        components: list[frozenset[str]] = []
        surest: dict[str, float] = {}
        todo = list(dirty)
        while todo:
            id = todo.pop()
            if id in met:
                continue
            component = frozenset((id,))
            if id in self.records:
                component = self._connected(id, connections, surest)
                components.append(component)
                held += component
            met |= component
            former = {self._component.pop(one) for one in component if one in self._component}
            todo += [one for ones in former for one in ones]
        for component in components:
            if len(component) > 1:
                self._component.update(dict.fromkeys(component, component))
        roots = {self._root.pop(id) for id in met if id in self._root}
        gone = tuple(self._members.pop(root) for root in sorted(roots))
        return Reclustered(gone, tuple(self._cluster({id: self.records[id] for id in sorted(held)}, connections)))

    def _connected(self, id: str, connections: Connections, surest: dict[str, float]) -> frozenset[str]:
        """Return the component of a record; `surest` remembers what was asked about short forms."""
        found, todo = {id}, [id]
        while todo:
            here = todo.pop()
            pairs = connections.bonds.of(self.records[here].groups)
            beside = {connections.record_of[group] for _, group in pairs}
            beside.update(other for other, one in self._comparisons(here) if self._may_join(one, surest))
            todo += beside - found
            found |= beside
        return frozenset(found)

    def _may_join(self, found: Comparison, surest: dict[str, float]) -> bool:
        """Whether a comparison can join anything.

        Of a short form none can as long as all are below the threshold: it is joined, if at all, by the surest of some.
        """
        short = found.brief
        if short is None:
            return found.score >= self._settings.match_threshold
        if short not in surest:
            surest[short] = max(one.score for _, one in self._comparisons(short) if one.brief == short)
        return surest[short] >= self._settings.match_threshold

    def _comparisons(self, id: str) -> Iterator[tuple[str, Comparison]]:
        """Yield the comparisons of a record that count, each with the other record."""
        for other, found in self._compared.of(id):
            if not (id in self._judged and other in self._judged):
                pair = ordered_pair(id, other)
                yield other, of_namesakes(pair, found, self._is_shared)

    def _is_shared(self, id: str) -> bool:
        return len(self._sharing[self.records[id].bucket]) > 1

    # --------------------------------------------------------------------------------------------------------- clusters

    def _cluster(self, records: Mapping[str, Record], connections: Connections) -> Iterator[tuple[str, ...]]:
        """Cluster the records of whole components; yield the clusters."""
        groups = [group for record in records.values() for group in record.groups]
        thing_of, record_of = connections.thing_of, connections.record_of
        compared = {
            ordered_pair(id, other): found
            for id in records
            for other, found in self._comparisons(id)
            if id < other and other in records
        }
        clusters = cluster_records(
            records,
            _evidence_of(groups, records, connections),
            self._settings,
            {group: thing_of[group] for group in groups if group in thing_of},
            record_of,
            connections.related,
            compared,
        )
        for members in map(tuple, clusters):
            root = clusters.root(members[0])
            self._members[root] = members
            self._root.update(dict.fromkeys(members, root))
            yield members


def _evidence_of(groups: Iterable[str], records: Container[str], connections: Connections) -> Evidence:
    """Return what is said about these groups, all that these records hold, being one or not."""
    evidence, record_of = connections.evidence, connections.record_of
    pairs = {ordered_pair(*pair) for pair in connections.bonds.of(groups)}
    different = (pair for pair in evidence.verdicts.different if all(record_of[id] in records for id in pair))
    return replace(
        evidence,
        identities={pair: evidence.identities[pair] for pair in pairs if pair in evidence.identities},
        verdicts=Verdicts(tuple(pair for pair in evidence.verdicts.same if pair in pairs), frozenset(different)),
    )
