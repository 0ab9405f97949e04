"""From mention groups to the records that are compared: what kind of thing a name names, and by which name its document
calls it in full."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kgfuse.fuse.blocking import blocking_keys, candidate_pairs
from kgfuse.fuse.decisions import Verdicts, ordered_pair
from kgfuse.fuse.matching import Rarity, Record, compare
from kgfuse.fuse.mentions import MentionGroup, Statement, coarse_type, most_frequent
from kgfuse.fuse.normalise import read_person
from kgfuse.model import Literal
from kgfuse.ontology import Ontology

Kinds = dict[str, str | None]
"""Mention group id -> the coarse type of what it names, as far as known."""

_CONFUSED = frozenset({"Organization", "Group", "Place", "Product", "Project"})
"""Kinds that recognisers of names mistake for each other: 'Halden' the town, the firm, the plant."""

_IDENTITY_CONFIDENCE = 0.5
"""A claim that two names are one thing counts from this extraction confidence on: hedged sentences are below it."""


# ------------------------------------------------------------------------------------------------------------------ kinds


def settle_kinds(groups: Mapping[str, MentionGroup], statements: Iterable[Statement], ontology: Ontology) -> Kinds:
    """Decide for every mention group what kind of thing it names.

    The documents vote by name. Kinds that recognisers confuse go to the majority; a kind that is not so easily confused
    (a person and a firm) yields only in a name of several words and to twice its number. An untyped mention is what the
    name mostly is; a name without any type is what the relations it stands in ask for.
    """
    by_name: defaultdict[tuple[str, bool], list[MentionGroup]] = defaultdict(list)
    for group in groups.values():
        by_name[group.name.key, group.name.common].append(group)
    hints = _hints(groups, statements, ontology)
    kinds: Kinds = {}
    for (key, common), members in by_name.items():
        votes: Counter[str] = Counter()
        mentions: Counter[str] = Counter()
        for group in members:
            if group.coarse is not None:
                votes[group.coarse] += 1
                mentions[group.coarse] += group.weight
        first = min(votes, key=lambda kind: (-votes[kind], -mentions[kind], kind), default=hints.get((key, common)))
        for group in members:
            yields = group.coarse is None or _yields(group.coarse, first, votes, " " in key)
            kinds[group.id] = first if yields else group.coarse
    return kinds


def _yields(kind: str, first: str | None, votes: Counter[str], several_words: bool) -> bool:
    if first is None or kind == first:
        return True
    if {kind, first} <= _CONFUSED:
        return True
    return several_words and votes[first] >= 2 * votes[kind]


def _hints(
    groups: Mapping[str, MentionGroup], statements: Iterable[Statement], ontology: Ontology
) -> dict[tuple[str, bool], str]:
    votes: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    for statement in statements:
        for side, names in (
            (statement.subject, statement.relation.domain),
            (statement.object, statement.relation.range),
        ):
            asked = {coarse_type(name, ontology) for name in names}
            if isinstance(side, str) and len(asked) == 1 and (kind := next(iter(asked))) is not None:
                name = groups[side].name
                if name.proper:
                    votes[name.key, name.common][kind] += 1
    found = {}
    for key, counts in votes.items():
        kind = most_frequent(counts)
        if kind is not None and 3 * counts[kind] >= 2 * counts.total():
            found[key] = kind
    return found


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
        if triple.confidence >= _IDENTITY_CONFIDENCE and _may_be_one(groups[subject], groups[object], kinds):
            claims[ordered_pair(subject, object)] += -triple.confidence if triple.negated else triple.confidence
    return dict(claims)


def _may_be_one(one: MentionGroup, other: MentionGroup, kinds: Kinds) -> bool:
    if one.name.anaphoric or other.name.anaphoric:
        return False
    left, right = kinds[one.id], kinds[other.id]
    if left is not None and right is not None:
        return left == right
    if one.name.proper == other.name.proper:
        return True
    return (one.name.acronym or "") in other.name.initials or (other.name.acronym or "") in one.name.initials


def related_pairs(statements: Iterable[Statement], identities: Mapping[tuple[str, str], float]) -> set[tuple[str, str]]:
    """Return the pairs of mention groups that a relation of the ontology holds between: nothing is its own subsidiary."""
    pairs = set()
    for statement in statements:
        if statement.known and not statement.relation.identity and isinstance(statement.object, str):
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
    records = {g.id: _alone(g, kinds[g.id]) for g in members if g.name.proper and not g.name.anaphoric}
    keys = {id: [*blocking_keys(record.name, True), *_word_keys(record)] for id, record in records.items()}
    rarity = Rarity(())
    longer: defaultdict[str, set[str]] = defaultdict(set)
    for pair in candidate_pairs(keys):
        if verdicts.part(pair.left, pair.right) or (pair.left, pair.right) in related:
            continue
        left, right = records[pair.left], records[pair.right]
        found = compare(left, right, rarity)
        if found is not None and found.brief is not None and found.rule not in ("suffix", "qualified name"):
            longer[found.brief].add(right.id if found.brief == left.id else left.id)
    return {id: home for id in sorted(longer) if (home := _only_home(id, longer)) is not None}


def _only_home(id: str, longer: Mapping[str, set[str]]) -> str | None:
    """Follow short forms to the fullest name; `None` where there are several."""
    seen, fullest, todo = {id}, set(), list(longer[id])
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        further = longer.get(current, set()) - seen
        if further:
            todo.extend(further)
        else:
            fullest.add(current)
    return next(iter(fullest)) if len(fullest) == 1 else None


def _alone(group: MentionGroup, kind: str | None) -> Record:
    return Record(group.id, group.id, group.name, kind, (group.id,), frozenset({group.document_id}))


def _word_keys(record: Record) -> list[tuple[str, str]]:
    if record.kind == "Person" or (record.kind is None and len(record.name.tokens) == 1):
        person = read_person(record.name.key, record.name.surface)
        word = person.family[-1] if person.family else person.given[0] if person.given else ""
        return [("family name", word)] if word else []
    return []
