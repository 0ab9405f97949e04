"""What kind of thing a name names: recognisers of names err, so the documents vote."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from kgfuse.fuse.mentions import MentionGroup, Statement, coarse_type, most_frequent
from kgfuse.fuse.normalise import looks_like_a_person
from kgfuse.ontology import Ontology

Kinds = dict[str, str | None]
"""Mention group id -> the coarse type of what it names, as far as known."""

_CONFUSED = frozenset({"Organization", "Group", "Place", "Product", "Project"})
"""Kinds that recognisers of names mistake for each other: 'Halden' the town, the firm, the plant."""


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
                if name.proper and (kind != "Person" or looks_like_a_person(name)):
                    votes[name.key, name.common][kind] += 1
    found = {}
    for key, counts in votes.items():
        kind = most_frequent(counts)
        if kind is not None and 3 * counts[kind] >= 2 * counts.total():
            found[key] = kind
    return found
