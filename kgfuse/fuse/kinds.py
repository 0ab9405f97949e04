"""What kind of thing a name names: recognisers of names err, so the documents vote."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from kgfuse.fuse.mentions import MentionGroup, Statement, coarse_type
from kgfuse.fuse.person_names import looks_like_a_person
from kgfuse.ontology import Ontology

_SURE = 0.5
"""Statements less sure than this say nothing about kinds."""

Kinds = dict[str, str | None]
"""Mention group id -> the coarse type of what it names, as far as known."""

_CONFUSED = frozenset({"Organization", "Group", "Place", "Product", "Project"})
"""Kinds that recognisers of names mistake for each other: 'Halden' the town, the firm, the plant."""


def settle_kinds(groups: Mapping[str, MentionGroup], statements: Iterable[Statement], ontology: Ontology) -> Kinds:
    """Decide for every mention group what kind of thing it names.

    The documents vote by name, and so do the relations it stands in: what has a chief executive is no person. Kinds that
    recognisers confuse go to the majority; a kind that is not so easily confused (a person and a firm) yields only in a
    name of several words, and to twice its number or to what relations ask for. An untyped mention is what the name
    mostly is.
    """
    by_name: defaultdict[tuple[str, bool], list[MentionGroup]] = defaultdict(list)
    for group in groups.values():
        by_name[group.name.key, group.name.common].append(group)
    hints = hints_of(groups, statements, ontology)
    kinds: Kinds = {}
    for name, members in by_name.items():
        kinds.update(kinds_of_name(members, hints.get(name, {}), " " in name[0]))
    return kinds


def kinds_of_name(members: Iterable[MentionGroup], asked: Mapping[str, int], several_words: bool) -> Kinds:
    """Decide for the mention groups of one name; `asked` counts the kinds that relations ask for."""
    members = list(members)
    votes: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    for group in members:
        if group.coarse is not None:
            votes[group.coarse] += 1
            mentions[group.coarse] += group.weight
    votes.update(asked)
    first = min(votes, key=lambda kind: (-votes[kind], -mentions[kind], kind), default=None)
    if several_words:
        first = next((kind for kind in sorted(asked) if _clearly(kind, asked)), first)
    kinds: Kinds = {}
    for group in members:
        yields = group.coarse is None or _yields(group.coarse, first, votes, asked, several_words)
        kinds[group.id] = first if yields else group.coarse
    return kinds


def _clearly(kind: str, asked: Mapping[str, int]) -> bool:
    """Whether several relations ask for this kind and hardly any for another."""
    return asked[kind] >= 2 and asked[kind] > 2 * sum(count for other, count in asked.items() if other != kind)


def _yields(
    kind: str, first: str | None, votes: Mapping[str, int], asked: Mapping[str, int], several_words: bool
) -> bool:
    """Whether a group that was read as `kind` is of the kind that the name has `first`."""
    if first is None or kind == first or {kind, first} <= _CONFUSED:
        return True
    told_apart = asked.get(first, 0) > 2 * asked.get(kind, 0)
    return several_words and (told_apart or votes[first] >= 2 * votes[kind])


def hints_of(
    groups: Mapping[str, MentionGroup], statements: Iterable[Statement], ontology: Ontology
) -> dict[tuple[str, bool], Counter[str]]:
    """Count, by name, the kinds that the relations it stands in ask for; a phrase that means two relations asks nothing."""
    votes: defaultdict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    asked_by: dict[str, tuple[str | None, str | None]] = {}
    for statement in statements:
        phrase = statement.phrase
        if phrase not in asked_by:
            asked_by[phrase] = _asked(phrase, ontology)
        asked = asked_by[phrase]
        if asked == (None, None) or statement.triple.confidence < _SURE:
            continue
        for id, kind in zip(statement.spoken, asked, strict=True):
            if kind is None or not isinstance(id, str):
                continue
            named = groups[id].name
            if named.proper and (kind != "Person" or looks_like_a_person(named)):
                votes[named.key, named.common][kind] += 1
    return dict(votes)


def _asked(phrase: str, ontology: Ontology) -> tuple[str | None, str | None]:
    """Return the one kind that a phrase asks for its subject, and for its object."""
    meant = ontology.lookup(phrase)
    if len(meant) != 1:
        return (None, None)
    name, inverted = meant[0]
    relation = ontology.relation(name)
    kinds = [{coarse_type(type_name, ontology) for type_name in types} for types in (relation.domain, relation.range)]
    subject, object = (next(iter(found)) if len(found) == 1 else None for found in kinds)
    return (object, subject) if inverted else (subject, object)
