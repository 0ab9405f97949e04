"""From mention groups to the records that are compared: which names a document connects, and what one name stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
from kgfuse.fuse.decisions import Verdicts, ordered_pair, read_verdicts
from kgfuse.fuse.kinds import Kinds, settle_kinds
from kgfuse.fuse.matching import CROSSED, LEADING, SUFFIX, Record, Surroundings, compare
from kgfuse.fuse.mentions import MentionGroup, Statement
from kgfuse.fuse.normalise import Name, read_name
from kgfuse.fuse.person_names import is_particle, person_key, read_person
from kgfuse.model import Literal, MatchDecision
from kgfuse.ontology import Ontology

_IDENTITY_CONFIDENCE = 0.5
"""A claim that two names are one thing counts from this extraction confidence on: hedged sentences are below it."""


_OF_ANOTHER = re.compile(r"\bthe names?\b", re.IGNORECASE)
"""In a phrase of identity: whoever changed *the* name to another changed that of something else."""

_NAMED_AFTER = re.compile(r"\bnam(?:ed|e) (?:after|for|in (?:honou?r|memory) of)\b", re.IGNORECASE)
"""A phrase that joins two things that share a name, and are not one."""

_LONGEST_NAME = 10
_PREPOSITIONS = frozenset("by in on at for from to of as after before because when with during since until".split())

# ------------------------------------------------------------------------------------------------- what documents connect


def identity_claims(
    statements: Iterable[Statement], groups: Mapping[str, MentionGroup], kinds: Kinds
) -> dict[tuple[str, str], float]:
    """Return, for pairs of mention groups that a source calls one thing, how sure it is; negative where it denies it."""
    claims: defaultdict[tuple[str, str], float] = defaultdict(float)
    for statement in statements:
        subject, object, triple = statement.subject, statement.object, statement.triple
        if not statement.relation.identity or isinstance(object, Literal) or subject == object:
            continue
        if _OF_ANOTHER.search(statement.phrase):
            continue
        if triple.confidence >= _IDENTITY_CONFIDENCE and _may_be_one(groups[subject], groups[object], kinds):
            claims[ordered_pair(subject, object)] += -triple.confidence if triple.negated else triple.confidence
    return dict(claims)


def _may_be_one(one: MentionGroup, other: MentionGroup, kinds: Kinds) -> bool:
    if not (_carries_a_name(one) and _carries_a_name(other)):
        return False
    left, right = kinds[one.id], kinds[other.id]
    if left is not None and right is not None:
        return left == right
    if one.name.proper == other.name.proper:
        return True
    return (one.name.acronym or "") in other.name.initials or (other.name.acronym or "") in one.name.initials


def _carries_a_name(group: MentionGroup) -> bool:
    """Whether an argument is a name and not the rest of a sentence: 'renamed by an act of Congress'."""
    name = group.name
    first = name.tokens[0] if name.tokens else "by"
    if name.anaphoric or len(name.tokens) > _LONGEST_NAME or first in _PREPOSITIONS:
        return False
    return not name.proper or not _begins_in_lower_case(name.surface)


def _begins_in_lower_case(surface: str) -> bool:
    """Whether several words with capitals among them begin with a common one: 'mark the Jubilee', 'voice of Roe'."""
    words = [word for word in surface.split() if word.lower() not in ("the", "a", "an")]
    first = words[0] if words else ""
    return len(words) > 1 and first.isalpha() and first.islower() and not is_particle(first)


def related_pairs(statements: Iterable[Statement], identities: Mapping[tuple[str, str], float]) -> set[tuple[str, str]]:
    """Return the pairs of mention groups that a relation of the ontology holds between: nothing is its own subsidiary."""
    pairs = set()
    for statement in statements:
        if not isinstance(statement.object, str) or statement.relation.identity:
            continue
        if statement.known or ("nam" in statement.phrase and _NAMED_AFTER.search(statement.phrase)):
            pairs.add(ordered_pair(statement.subject, statement.object))
    pairs |= {pair for pair, confidence in identities.items() if confidence < 0}
    return {pair for pair in pairs if identities.get(pair, 0.0) <= 0 and pair[0] != pair[1]}


# ------------------------------------------------------------------------------------------------------------------ homes


def full_names(
    groups: Mapping[str, MentionGroup], kinds: Kinds, verdicts: Verdicts, related: set[tuple[str, str]]
) -> dict[str, str]:
    """Map the mention groups that are a short form of another name in their document to that name's group.

    'Roe' beside 'Jane Roe', 'NNE' beside 'Northern Nordic Energy', 'Halden' beside 'Halden Energy AS': where the document
    holds exactly one name that the short one can stand for.
    """
    by_document: defaultdict[str, list[MentionGroup]] = defaultdict(list)
    for group in groups.values():
        by_document[group.document_id].append(group)
    homes: dict[str, str] = {}
    for members in by_document.values():
        homes.update(_homes_in_document(members, kinds, verdicts, related))
    return homes


def _homes_in_document(
    members: Sequence[MentionGroup], kinds: Kinds, verdicts: Verdicts, related: set[tuple[str, str]]
) -> dict[str, str]:
    members = [group for group in members if group.name.proper and not group.name.anaphoric]
    keys = {group.id: _short_form_keys(group.name.surface, kinds[group.id]) for group in members}
    if len(set().union(*keys.values())) == sum(map(len, keys.values())):
        return {}  # nobody shares a key with anybody, as in most documents
    records = {group.id: _alone(group, kinds[group.id]) for group in members}
    beside = Surroundings(records.values())
    first = {group.id: group.first for group in members}
    longer: defaultdict[str, set[str]] = defaultdict(set)
    for pair in candidate_pairs(keys):
        if verdicts.part(pair.left, pair.right) or (pair.left, pair.right) in related:
            continue
        left, right = records[pair.left], records[pair.right]
        found = compare(left, right, beside)
        if found is None or found.brief is None or found.rule in (SUFFIX, CROSSED):
            continue
        full = right.id if found.brief == left.id else left.id
        if found.rule != LEADING or first[full] <= first[found.brief]:
            longer[found.brief].add(full)
    return {id: home for id in sorted(longer) if (home := _only_home(id, longer)) is not None}


def _only_home(id: str, longer: Mapping[str, set[str]]) -> str | None:
    """Follow short forms to the fullest name; `None` where there are several."""
    seen, fullest, todo = {id}, set(), list(longer[id])
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if further := longer.get(current):
            todo.extend(further - seen)
        else:
            fullest.add(current)
    return next(iter(fullest)) if len(fullest) == 1 else None


def _alone(group: MentionGroup, kind: str | None) -> Record:
    return Record(group.id, group.id, group.name, kind, (group.id,), frozenset({group.document_id}))


@lru_cache(maxsize=400_000)
def _short_form_keys(surface: str, kind: str | None) -> frozenset[tuple[str, str]]:
    """Return the keys under which a name in a document meets its short forms."""
    name = read_name(surface)
    return frozenset((*blocking_keys(name, True), *_word_keys(name, kind)))


def _word_keys(name: Name, kind: str | None) -> list[tuple[str, str]]:
    if kind != "Person" and not (kind is None and len(name.tokens) == 1):
        return []
    person = read_person(name.key, name.surface)
    words = {*person.given[:1], *person.family[-1:]}
    return [("part of a name", word) for word in sorted(words) if len(word) > 1]


# --------------------------------------------------------------------------------------------------------------- evidence


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that is known before records are compared, by mention group; `groups` in order of their documents."""

    groups: Mapping[str, MentionGroup]
    statements: list[Statement]
    kinds: Kinds
    verdicts: Verdicts
    identities: Mapping[tuple[str, str], float]
    related: set[tuple[str, str]]
    homes: Mapping[str, str]
    few: int


def gather_evidence(
    groups: Mapping[str, MentionGroup],
    statements: list[Statement],
    decisions: Iterable[MatchDecision],
    ontology: Ontology,
    documents: int = 0,
) -> Evidence:
    """Read off the mention groups and statements what is known before records are compared.

    `documents` is how many documents the ledger had when the parameters were fitted; 0: those that name anything are
    counted.
    """
    kinds = settle_kinds(groups, statements, ontology)
    verdicts = read_verdicts(decisions, groups)
    identities = identity_claims(statements, groups, kinds)
    related = related_pairs(statements, identities)
    homes = full_names(groups, kinds, verdicts, related)
    few = few_documents(documents or len({group.document_id for group in groups.values()}))
    return Evidence(groups, statements, kinds, verdicts, identities, related, homes, few)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The mention groups of one full name and kind, sorted: one thing, unless they are namesakes."""

    name: str
    kind: str | None
    groups: tuple[str, ...]


def fill_buckets(evidence: Evidence) -> list[Bucket]:
    """Put the mention groups of one full name and kind together; what is anaphoric stays within its document."""
    buckets: defaultdict[BucketKey, list[str]] = defaultdict(list)
    for id in sorted(evidence.groups):
        buckets[bucket_key(id, evidence)].append(id)
    return [make_bucket(key, ids) for key, ids in sorted(buckets.items())]


BucketKey = tuple[str, str, str, str]
"""Name, whether it is a common noun, kind, and the document of what only documents tell apart."""


def bucket_key(id: str, evidence: Evidence) -> BucketKey:
    """Return which bucket a mention group belongs to: that of its full name."""
    home = evidence.groups[evidence.homes.get(id, id)]
    kind = evidence.kinds[home.id] or ""
    name = person_key(home.name) if kind == "Person" else home.name.key
    return (name, "common" if home.name.common else "name", kind, home.document_id if home.name.anaphoric else "")


def make_bucket(key: BucketKey, ids: Iterable[str]) -> Bucket:
    """Return the bucket of these mention groups (sorted)."""
    return Bucket("\x1f".join(key), key[2] or None, tuple(ids))


def part_records(buckets: Iterable[Bucket], described: Mapping[str, str]) -> list[Bucket]:
    """Part the buckets in which records of several things share a name; `described` says which thing a record is.

    Where all records of a name are one thing, other mentions of the name are taken for it, too; else they stay apart.
    """
    parts: list[Bucket] = []
    for bucket in buckets:
        things = sorted({described[id] for id in bucket.groups if id in described})
        if len(things) < 2:
            parts.append(bucket)
            continue
        for thing in (*things, None):
            members = tuple(id for id in bucket.groups if described.get(id) == thing)
            if members:
                parts.append(Bucket(bucket.name, bucket.kind, members))
    return parts


# ---------------------------------------------------------------------------------------------------------------- records


def make_records(
    buckets: Iterable[Bucket],
    evidence: Evidence,
    ties: Mapping[str, Collection[str]],
    known: Mapping[Bucket, Record] | None = None,
) -> dict[Bucket, Record]:
    """Return a record for each bucket, or part of one; `ties` are those of `RareTies`, `known` need not be made again."""
    known = known or {}
    return {bucket: known.get(bucket) or _record(bucket, evidence, ties) for bucket in buckets}


def _record(bucket: Bucket, evidence: Evidence, ties: Mapping[str, Collection[str]]) -> Record:
    groups = [evidence.groups[id] for id in bucket.groups]
    full = [group for group in groups if group.id not in evidence.homes] or groups
    names = {group.name.surface: group.name for group in full}
    id = min(bucket.groups)
    return Record(
        id=id,
        bucket=bucket.name,
        name=min(names.values(), key=_least_telling_last),
        kind=bucket.kind,
        groups=bucket.groups,
        documents=frozenset(group.document_id for group in groups),
        ties=frozenset(ties.get(id, ())),
        short_names=frozenset(group.name.key for group in groups if group.id in evidence.homes),
    )


def _least_telling_last(name: Name) -> tuple[bool, int, bool, bool, str]:
    """Order names that fold to one: of 'Zurich' and 'Zürich' the second, which tells that it may be written 'Zuerich'."""
    return (not name.proper, len(name.tokens), not name.transliterated, name.expanded == name.core, name.surface)


class RareTies:
    """What mention groups are linked with by a statement, where few documents name that."""

    def __init__(self, evidence: Evidence, spread: Mapping[str, int] | None = None) -> None:
        """Take what is rare from `spread` (thing -> in how many documents), or count it."""
        self._evidence = evidence
        self._spread = spread or self._counted()
        self._rare = _RareNames(evidence, self._spread)

    def _counted(self) -> Mapping[str, int]:
        groups = self._evidence.groups
        homes = self._evidence.homes
        full = ((groups[homes[id]] if id in homes else group, group) for id, group in groups.items())
        counts = count_documents((home.name.key, group.document_id) for home, group in full)
        stating: defaultdict[str, set[str]] = defaultdict(set)
        for statement in self._evidence.statements:
            if isinstance(statement.object, Literal):
                stating[literal_key(statement)].add(groups[statement.subject].document_id)
        counts.update({key: len(documents) for key, documents in stating.items()})
        return counts

    def of(self, buckets: Iterable[Bucket]) -> dict[str, set[str]]:
        """Return the ties of all groups of each of these buckets together, by its least group."""
        bucket_of = {id: bucket.groups[0] for bucket in buckets for id in bucket.groups}
        ties: defaultdict[str, set[str]] = defaultdict(set)
        rare, spread, few = self._rare, self._spread, self._evidence.few
        for statement in self._evidence.statements if bucket_of else ():
            subject, object = statement.subject, statement.object
            about = bucket_of.get(subject)
            if isinstance(object, Literal):
                if about is not None and spread[key := literal_key(statement)] <= few:
                    ties[about].add(key)
                continue
            if about is not None and (named := rare[object]) is not None:
                ties[about].add(named)
            if (about := bucket_of.get(object)) is not None and (named := rare[subject]) is not None:
                ties[about].add(named)
        return ties

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield each mention group with what a statement links it with, rare or not."""
        groups = self._evidence.groups
        for statement in self._evidence.statements:
            subject, object = statement.subject, statement.object
            if isinstance(object, Literal):
                yield subject, literal_key(statement)
                continue
            for one, other in ((subject, object), (object, subject)):
                if _names(groups[other]):
                    yield one, _full_key(other, self._evidence)


class _RareNames(dict[str, str | None]):
    """The name of each mention group as a tie, `None` where it is none or not rare; worked out when it is asked for."""

    def __init__(self, evidence: Evidence, spread: Mapping[str, int]) -> None:
        super().__init__()
        self._evidence, self._spread = evidence, spread

    def __missing__(self, id: str) -> str | None:
        key = _full_key(id, self._evidence) if _names(self._evidence.groups[id]) else None
        found = self[id] = key if key is not None and self._spread[key] <= self._evidence.few else None
        return found


def _full_key(id: str, evidence: Evidence) -> str:
    return evidence.groups[evidence.homes.get(id, id)].name.key


def literal_key(statement: Statement) -> str:
    """Return what stands for a stated literal beside the names of things."""
    assert isinstance(statement.object, Literal)
    return "\x1f".join(("=", statement.relation.name, *statement.object.key))


def count_documents(named: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Count the documents that name each thing; `named` holds ``(thing, document)`` in order of documents."""
    last: dict[str, str] = {}
    counts: dict[str, int] = {}
    for thing, document in named:
        if last.get(thing) != document:
            last[thing] = document
            counts[thing] = counts.get(thing, 0) + 1
    return counts


def few_documents(documents: int) -> int:
    """Return how many of so many documents may name a thing that is still rare: a tenth of all, three at least."""
    return max(3, documents // 10)


def _names(group: MentionGroup) -> bool:
    return group.name.proper and not group.name.anaphoric
