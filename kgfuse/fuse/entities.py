"""Which mentions are the same thing.

    mention -> mention group (a name in a document) -> record (a name in the documents that mean one thing by it) -> entity

Equal names are one thing unless their kinds or contexts disagree. Different names are one thing when a source says so, or
when the names match and nothing else could be meant. Decisions outrank all of it. The result depends on the set of
records alone: not on their order, and not on how they were batched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from kgfuse.config import FuseSettings
from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
from kgfuse.fuse.clustering import Clusters, Link, ordered
from kgfuse.fuse.decisions import ordered_pair
from kgfuse.fuse.described import judge_records
from kgfuse.fuse.matching import Comparison, Record, Surroundings, are_different, compare
from kgfuse.fuse.mentions import MentionGroup, coarse_type, group_mentions, most_frequent, read_statements
from kgfuse.fuse.namesakes import divide
from kgfuse.fuse.normalise import read_name
from kgfuse.fuse.records import Evidence, RareTies, fill_buckets, gather_evidence, make_records, part_records
from kgfuse.model import Entity, Mention
from kgfuse.ontology import Ontology
from kgfuse.parameters import MatchWeights
from kgfuse.protocols import LedgerContent

Pair = tuple[str, str]

_LONGEST_ACRONYM = 6


@dataclass(frozen=True, slots=True)
class Resolution:
    """The entities, in order of id, and how mentions find theirs.

    `groups` maps ``(document id, surface, entity type or "")`` of every mention and of every triple argument that is a
    mention to its mention group; `entity_of` maps a mention group to its entity. `matching` are the weights by which records
    were matched.
    """

    entities: tuple[Entity, ...]
    groups: Mapping[tuple[str, str, str], str]
    entity_of: Mapping[str, str]
    types: Mapping[str, str | None]
    matching: tuple[MatchWeights, ...] = ()

    def entity_id(self, document_id: str, mention: Mention) -> str:
        """Return the id of the entity that a mention in a document names. Raises KeyError for an unknown mention."""
        return self.entity_of[self.groups[document_id, mention.surface, mention.entity_type or ""]]

    def type_of(self, entity_id: str) -> str | None:
        """Return the type of an entity. Raises KeyError for an unknown id."""
        return self.types[entity_id]


def resolve(
    content: LedgerContent,
    ontology: Ontology,
    settings: FuseSettings,
    matching: tuple[MatchWeights, ...] | None = None,
    documents: int = 0,
) -> Resolution:
    """Resolve all mentions into entities; near-linear in the number of mentions and triples.

    `matching` are the fitted weights of records (`Parameters.matching`); `None`: they are fitted on this very content.
    `documents` is `Parameters.documents`.
    """
    groups, index = group_mentions(content, ontology)
    statements = read_statements(content, ontology, groups, index)
    evidence = gather_evidence(groups, statements, content.decisions, ontology, documents)
    judged = judge_records(evidence, content.documents, settings, matching)
    described = judged.thing_of
    buckets = part_records(fill_buckets(evidence), described)
    ties = RareTies(evidence)
    known = make_records(buckets, evidence, ties.of(buckets))
    records = {record.id: record for record in known.values()}
    clusters = cluster_records(records, evidence, settings, described)
    thing_of = {id: clusters.root(record.id) for record in records.values() for id in record.groups}
    parts = divide(buckets, evidence, thing_of, content.documents, settings.namesake_threshold, described)
    if len(parts) > len(buckets):
        new = ties.of(part for part in parts if part not in known)
        records = {record.id: record for record in make_records(parts, evidence, new, known).values()}
        clusters = cluster_records(records, evidence, settings, described)
    del thing_of, known
    entities = []
    entity_of = {}
    for members in clusters:
        entity = make_entity([groups[id] for record in members for id in records[record].groups], evidence, ontology)
        entities.append(entity)
        entity_of.update(dict.fromkeys(entity.members, entity.id))
    entities.sort(key=lambda entity: entity.id)
    return Resolution(
        tuple(entities), index, entity_of, {entity.id: entity.type for entity in entities}, judged.matching
    )


# --------------------------------------------------------------------------------------------------------------- clusters


def cluster_records(
    records: Mapping[str, Record],
    evidence: Evidence,
    settings: FuseSettings,
    described: Mapping[str, str],
    record_of: Mapping[str, str] | None = None,
    related: Callable[[str, str], bool] | None = None,
    compared: Mapping[Pair, Comparison] | None = None,
) -> Clusters:
    """Join the records (by id) that are one thing.

    `record_of` maps a mention group to its record, `related` says whether a relation holds between two records, and
    `compared` are their comparisons, with what `of_namesakes` makes of them; all of it is worked out where it is not given.
    """
    if record_of is None:
        record_of = {id: record.id for record in records.values() for id in record.groups}
    of = record_of
    are_related = related or _related_records(evidence, of)

    def lifted(pairs: Iterable[Pair]) -> set[Pair]:
        return {ordered_pair(of[a], of[b]) for a, b in pairs if of[a] != of[b]}

    judged = {record_of[id]: thing for id, thing in sorted(described.items())}

    def differ(left: str, right: str) -> bool:
        if left in judged and right in judged:
            return judged[left] != judged[right]
        return are_related(left, right) or are_different(records[left], records[right])

    clusters = Clusters(records, lifted(evidence.verdicts.different), differ)
    for left, right in evidence.verdicts.same:
        clusters.join(record_of[left], record_of[right], binding=True)
    for record, thing in judged.items():
        clusters.join(record, record_of[thing], binding=True)
    links = _identity_links(evidence, record_of)
    for link in links:
        clusters.excuse(link.left, link.right)
    comparisons = _compared(records, judged.keys()) if compared is None else compared
    for pair, found in comparisons.items():
        if found.brief is None and found.score >= settings.match_threshold:
            links.append(Link(*pair, found.score, found.rule))
    for link in ordered(links):
        clusters.join(link.left, link.right)
    _join_short_forms(clusters, records, comparisons, settings.match_threshold)
    return clusters


def _related_records(evidence: Evidence, of: Mapping[str, str]) -> Callable[[str, str], bool]:
    lifted = ((of[a], of[b]) for a, b in evidence.related)
    pairs = {(left, right) if left < right else (right, left) for left, right in lifted}
    return lambda left, right: ordered_pair(left, right) in pairs


def _identity_links(evidence: Evidence, record_of: Mapping[str, str]) -> list[Link]:
    totals: defaultdict[Pair, float] = defaultdict(float)
    for (left, right), confidence in sorted(evidence.identities.items()):
        if record_of[left] != record_of[right]:
            totals[ordered_pair(record_of[left], record_of[right])] += confidence
    return [Link(*pair, 0.97, "said to be one") for pair, total in totals.items() if total > 0]


def compare_records(records: Mapping[str, Record], judged: Collection[str]) -> dict[Pair, Comparison]:
    """Compare records by name; return what says anything. Two that are `judged` by what is stated of them are not."""
    beside = Surroundings(records.values())
    found = {}
    for pair in candidate_pairs({id: keys_of(record) for id, record in records.items()}):
        if pair.left in judged and pair.right in judged:
            continue
        comparison = compare(records[pair.left], records[pair.right], beside)
        if comparison is not None:
            found[pair.left, pair.right] = comparison
    return found


def keys_of(record: Record) -> tuple[tuple[str, str], ...]:
    """Return the blocking keys of a record."""
    return _keys_of(record.name.surface, record.kind in (None, "Person"))


@lru_cache(maxsize=400_000)
def _keys_of(surface: str, person: bool) -> tuple[tuple[str, str], ...]:
    return tuple(blocking_keys(read_name(surface), person))


def _compared(records: Mapping[str, Record], judged: Collection[str]) -> dict[Pair, Comparison]:
    sharing = Counter(record.bucket for record in records.values())

    def is_shared(id: str) -> bool:
        return sharing[records[id].bucket] > 1

    return {pair: of_namesakes(pair, found, is_shared) for pair, found in compare_records(records, judged).items()}


def of_namesakes(pair: Pair, found: Comparison, is_shared: Callable[[str], bool]) -> Comparison:
    """Return what a comparison comes to.

    Where a name is that of several things (`is_shared`, by the record's id), a variant of it stands for one of them at most,
    as a short form does.
    """
    left, right = pair
    if found.brief is None and (is_shared(left) or is_shared(right)):
        return replace(found, brief=right if is_shared(left) else left)
    return found


def _join_short_forms(
    clusters: Clusters, records: Mapping[str, Record], comparisons: Mapping[Pair, Comparison], threshold: float
) -> None:
    """Join short names to the full name they stand for, longest first, where only one can be meant."""
    longer: defaultdict[str, list[tuple[str, Comparison]]] = defaultdict(list)
    for (left, right), found in comparisons.items():
        if found.brief is not None:
            longer[found.brief].append((right if found.brief == left else left, found))
    for id in sorted(longer, key=lambda brief: (-len(records[brief].name.squashed), brief)):
        meant = [(other, found) for other, found in longer[id] if clusters.may_join(id, other)]
        choices = {clusters.root(other) for other, _ in meant}
        if len(choices) > 1:
            choices = {clusters.root(other) for other, found in meant if found.supported}
        if len(choices) != 1:
            continue
        (choice,) = choices
        best = max((found.score, other) for other, found in meant if clusters.root(other) == choice)
        if best[0] >= threshold:
            clusters.join(id, best[1])


# --------------------------------------------------------------------------------------------------------------- entities


def make_entity(groups: list[MentionGroup], evidence: Evidence, ontology: Ontology) -> Entity:
    """Return the entity that these mention groups name."""
    surfaces: Counter[str] = Counter()
    types: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for group in groups:
        for surface, count in group.surfaces:
            surfaces[surface] += count
        for given, count in group.types:
            types[given] += count
        if (kind := evidence.kinds[group.id]) is not None:
            kinds[kind] += 1
    name = _best_name(groups, surfaces, evidence)
    members = tuple(sorted(group.id for group in groups))
    type_name = _best_type(types, most_frequent(kinds), ontology)
    aliases = tuple(sorted(set(surfaces) - {name}))
    return Entity(members[0], name, type_name, aliases, surfaces.total(), members)


def _best_name(groups: list[MentionGroup], surfaces: Counter[str], evidence: Evidence) -> str:
    """Return the surface with most evidence, then the longest, then the first in order.

    A short form counts for the name that its document gives in full, and a person is not called by one word where a
    whole name is known.
    """
    counts = surfaces.copy()
    for group in groups:
        home = evidence.groups[evidence.homes[group.id]] if group.id in evidence.homes else group
        if home.name.core != group.name.core:  # another name, not the same with or without its legal form
            counts.subtract(dict(group.surfaces))
            counts[_most_read(home)] += group.weight
    counts = +counts
    whole = {surface for surface in counts if len(read_name(surface).tokens) > 1}
    if whole and any(evidence.kinds[group.id] == "Person" for group in groups):
        counts = Counter({surface: counts[surface] for surface in whole})
    return min(counts, key=lambda surface: (-counts[surface], -len(surface), _shouts(surface), surface))


def _shouts(surface: str) -> bool:
    """Whether a name is in capitals and too long for an acronym: 'PORTLAND'."""
    return surface.isupper() and len(surface) > _LONGEST_ACRONYM


def _most_read(group: MentionGroup) -> str:
    return min(group.surfaces, key=lambda row: (-row[1], -len(row[0]), row[0]))[0]


def _best_type(types: Counter[str], kind: str | None, ontology: Ontology) -> str | None:
    """Return the most frequent type of the entity's kind, the more special one of several; else the kind itself."""
    fitting = {name: count for name, count in types.items() if coarse_type(name, ontology) == kind}
    if not fitting:
        return kind

    def depth(name: str) -> int:
        parent = ontology.types.get(name)
        return 0 if parent is None else 1 + depth(parent)

    return min(fitting, key=lambda name: (-fitting[name], -depth(name), name))
