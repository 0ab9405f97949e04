"""Records as sources give them: things that a source describes one like the other, by the same attributes.

A row of a table, an entry of a catalogue, a card of a register: the source names thing after thing and states of most of
them the same relation with a literal. Running text does not; there names are matched by what they say
(`kgfuse.fuse.matching`), here by all that is stated, with fitted weights (`kgfuse.fuse.weights`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kgfuse.fuse.kinds import Kinds
from kgfuse.fuse.mentions import MentionGroup, Statement
from kgfuse.fuse.normalise import fold
from kgfuse.model import Document, Literal, Mention

NAME = "name"
"""The field that holds a record's name."""

_LEAST_RECORDS = 20
_REGULAR = 3
"""A source describes things of a kind when it states one relation of at least a third of them."""

_SAME_NAME = 3
"""Records of one source have names of their own: not more than this many of a name on average."""

_SURE = 0.5


@dataclass(frozen=True, slots=True)
class Profile:
    """What a source states of one thing: `values` maps a field to folded values, sorted; the name is one of the fields.

    `surface` is the name as it is written. A field that says nothing is absent.
    """

    id: str
    kind: str
    source: str
    surface: str
    values: Mapping[str, tuple[str, ...]]

    @property
    def content(self) -> str:
        """Everything it says, in one string: equal for copies of one record."""
        rows = (f"{field}\x1e" + "\x1e".join(values) for field, values in sorted(self.values.items()))
        return "\x1f".join(rows)


Described = tuple[tuple[str, str], ...]
"""The ``(kind, source)`` pairs of which there are records, sorted."""


def kind_of(group: MentionGroup, kinds: Kinds) -> str:
    """Return what kind of thing a group is for the comparison of records: its coarse type, else the type it was given."""
    known = kinds[group.id]
    if known is not None:
        return known
    return min(group.types, key=lambda row: (-row[1], row[0]))[0] if group.types else ""


def described_kinds(
    groups: Mapping[str, MentionGroup],
    statements: Iterable[Statement],
    kinds: Kinds,
    documents: Mapping[str, Document],
    clean: Container[str] = (),
) -> Described:
    """Return of which kinds of things which sources hold records; all that `clean` sources name are records."""
    literal: defaultdict[str, set[str]] = defaultdict(set)
    for statement in statements:
        if isinstance(statement.object, Literal) and _counts(statement):
            literal[statement.subject].add(statement.relation.name)
    members: defaultdict[tuple[str, str], list[MentionGroup]] = defaultdict(list)
    for group in groups.values():
        document = documents.get(group.document_id)
        if document is not None and not group.name.anaphoric:
            members[kind_of(group, kinds), document.source].append(group)
    return tuple(sorted(key for key, found in members.items() if key[1] in clean or _regular(found, literal)))


def _counts(statement: Statement) -> bool:
    return not statement.triple.negated and statement.triple.confidence >= _SURE and not statement.relation.identity


def _regular(groups: Sequence[MentionGroup], literal: Mapping[str, set[str]]) -> bool:
    if len(groups) < _LEAST_RECORDS or len(groups) > _SAME_NAME * len({group.name.key for group in groups}):
        return False
    counts = Counter(name for group in groups for name in literal.get(group.id, ()))
    return max(counts.values(), default=0) * _REGULAR >= len(groups)


def read_profiles(
    groups: Mapping[str, MentionGroup],
    statements: Iterable[Statement],
    kinds: Kinds,
    documents: Mapping[str, Document],
    described: Described,
) -> dict[str, list[Profile]]:
    """Return the records by kind, each list in order of the mention groups' ids."""
    wanted = frozenset(described)
    sources = {source for _, source in wanted}
    chosen: dict[str, tuple[str, str]] = {}
    for id, group in groups.items():
        document = documents.get(group.document_id)
        if document is not None and document.source in sources:
            key = (kind_of(group, kinds), document.source)
            if key in wanted:
                chosen[id] = key
    chosen = {id: chosen[id] for id in sorted(chosen)}
    values = _values(statements, chosen)
    profiles: defaultdict[str, list[Profile]] = defaultdict(list)
    for id, (kind, source) in chosen.items():
        found = {field: tuple(sorted(said)) for field, said in sorted(values[id].items())}
        name = groups[id].name
        profiles[kind].append(Profile(id, kind, source, name.surface, {**found, NAME: (name.key,)}))
    return dict(sorted(profiles.items()))


def _values(statements: Iterable[Statement], chosen: Container[str]) -> Mapping[str, Mapping[str, set[str]]]:
    """Collect what is stated of some mention groups, in both directions: ``^relation`` is what they are the object of."""
    values: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for statement in statements:
        subject, object, triple = statement.subject, statement.object, statement.triple
        if subject not in chosen and (isinstance(object, Literal) or object not in chosen):
            continue
        if not _counts(statement):
            continue
        if isinstance(object, Literal):
            said = [(subject, statement.relation.name, object.value)]
        else:
            forward = statement.spoken[0] == subject
            names = (triple.subject, triple.object) if forward else (triple.object, triple.subject)
            one, other = (argument.surface if isinstance(argument, Mention) else "" for argument in names)
            said = [(subject, statement.relation.name, other), (object, "^" + statement.relation.name, one)]
        for id, field, value in said:
            if id in chosen and (folded := fold(value)):
                values[id][field].add(folded)
    return values
