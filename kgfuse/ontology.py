"""Types and relations, and what fusion may conclude from them; YAML in and out.

A relation's *data item* is what can have only one value (at a time): the pair of the relation and the entity on its `per`
side. 'Chief executive of' is ``one_at_a_time`` per ``object``: an organisation has one chief executive at a time, while a
person may lead two firms; 'born on' is ``one`` per ``subject``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgfuse.errors import OntologyError

_RELATION_NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
_TYPE_NAME = r"^[A-Z][A-Za-z0-9]*$"


class Cardinality(StrEnum):
    """How many values a data item can have."""

    MANY = "many"
    ONE = "one"
    ONE_AT_A_TIME = "one_at_a_time"


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation. `domain` and `range` hold names of types (a subtype fits too); empty: anything.

    `literal` names the datatype of a literal object (`None`: the object is an entity). `aliases` are lemmatised phrases
    that mean this relation in its own direction, `inverse_aliases` those that mean it with subject and object swapped.
    `capacity` is how many values a data item can have at the same time (two co-presidents: 2). `identity` says that the
    relation joins names of one thing ('also known as') and is used to merge entities. `inverse`, `opposite`: names of
    relations. `broader` names the relation that this one is a case of: a claim of the broader one ('Roe leads Acme') is
    read as this one where a source says so of the same pair ('Roe, chief executive of Acme'). `full_time`: it takes a
    person's whole time, so that whoever takes up an office of this kind leaves what he or she held before. `event`: it
    happens, and is not undone: whoever denies it later says that it never happened.
    """

    name: str
    description: str = ""
    cardinality: Cardinality = Cardinality.MANY
    per: str = "subject"
    capacity: int = 1
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    literal: str | None = None
    inverse: str | None = None
    opposite: str | None = None
    broader: str | None = None
    symmetric: bool = False
    transitive: bool = False
    identity: bool = False
    full_time: bool = False
    event: bool = False
    aliases: tuple[str, ...] = ()
    inverse_aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ontology:
    """A set of types (name -> parent) and relations (name -> relation)."""

    name: str
    types: Mapping[str, str | None]
    relations: Mapping[str, Relation]
    _alias: Mapping[str, tuple[tuple[str, bool], ...]] = field(default_factory=dict, repr=False, compare=False)

    def relation(self, name: str) -> Relation:
        """Return the relation called `name`; a name that the ontology lacks is an open relation of cardinality many."""
        return self.relations.get(name) or Relation(name)

    def lookup(self, phrase: str) -> tuple[tuple[str, bool], ...]:
        """Return ``(relation, inverted)`` for every relation that calls itself `phrase`, in order of name."""
        return self._alias.get(normalise_phrase(phrase), ())

    def is_a(self, type_name: str | None, expected: str) -> bool:
        """Whether `type_name` is `expected` or one of its subtypes; an unknown type (`None`) may be anything."""
        if type_name is None or type_name not in self.types:
            return True
        current: str | None = type_name
        while current is not None:
            if current == expected:
                return True
            current = self.types.get(current)
        return False

    def admits(self, relation: str, subject_type: str | None, object_type: str | None) -> bool:
        """Whether the types fit the relation's domain and range."""
        known = self.relation(relation)
        return (not known.domain or any(self.is_a(subject_type, name) for name in known.domain)) and (
            not known.range or any(self.is_a(object_type, name) for name in known.range)
        )


def normalise_phrase(phrase: str) -> str:
    """Fold case, underscores, punctuation, articles, a leading 'be' and white space, so that phrases can be compared."""
    words = [word for word in re.sub(r"[\W_]+", " ", phrase.lower()).split() if word not in _EMPTY_WORDS]
    while len(words) > 1 and (words[0] in _BE or (words[0] in _HAVE and words[1] in _BE)):
        words = words[1:]
    return " ".join(words)


_EMPTY_WORDS = frozenset({"a", "an", "the", "its", "their", "his", "her", "s"})
_BE = frozenset({"be", "is", "are", "was", "were", "been", "being"})
_HAVE = frozenset({"have", "has", "had"})


# --------------------------------------------------------------------------------------------------------------- YAML


class _RelationEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    description: str = ""
    cardinality: Cardinality = Cardinality.MANY
    per: Literal["subject", "object"] = "subject"
    capacity: int = Field(1, ge=1)
    domain: list[str] = []
    range: list[str] = []
    literal: Literal["string", "number", "quantity", "date", "boolean"] | None = None
    inverse: str | None = None
    opposite: str | None = None
    broader: str | None = None
    symmetric: bool = False
    transitive: bool = False
    identity: bool = False
    full_time: bool = False
    event: bool = False
    aliases: list[str] = []
    inverse_aliases: list[str] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = "custom"
    extends: Literal["builtin"] | None = None
    types: dict[Annotated[str, Field(pattern=_TYPE_NAME)], str | None] = {}
    relations: dict[Annotated[str, Field(pattern=_RELATION_NAME)], _RelationEntry] = {}


def parse_ontology(text: str, origin: str = "ontology") -> Ontology:
    """Read an ontology from YAML; ``extends: builtin`` adds to the built-in one, else the file stands alone.

    Raises OntologyError, naming the field that is wrong.
    """
    try:
        data: Any = yaml.safe_load(text)
        parsed = _File.model_validate(data if data is not None else {})
    except yaml.YAMLError as error:
        raise OntologyError(f"{origin}: not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise OntologyError(f"{origin}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    relations = {name: _relation(name, entry) for name, entry in parsed.relations.items()}
    types = dict(parsed.types)
    if parsed.extends:
        base = builtin_ontology()
        types = {**base.types, **types}
        relations = {**base.relations, **relations}
    return build_ontology(parsed.name, types, relations.values(), origin)


def _relation(name: str, entry: _RelationEntry) -> Relation:
    values: dict[str, Any] = entry.model_dump()
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Relation(name, **{**values, **lists})


def build_ontology(
    name: str, types: Mapping[str, str | None], relations: Iterable[Relation], origin: str = "ontology"
) -> Ontology:
    """Check references between types and relations and index the aliases. Raises OntologyError."""
    by_name = {relation.name: relation for relation in relations}
    for type_name in types:
        _check_parents(type_name, types, origin)
    for relation in by_name.values():
        for key in ("inverse", "opposite", "broader"):
            other = getattr(relation, key)
            if other is not None and other not in by_name:
                raise OntologyError(f"{origin}: relations.{relation.name}.{key}: no relation is called {other!r}")
        for type_name in (*relation.domain, *relation.range):
            if type_name not in types:
                raise OntologyError(f"{origin}: relations.{relation.name}: no type is called {type_name!r}")
    return Ontology(name, dict(types), by_name, _index(by_name.values()))


def _check_parents(type_name: str, types: Mapping[str, str | None], origin: str) -> None:
    seen = {type_name}
    parent = types[type_name]
    while parent is not None:
        if parent not in types:
            raise OntologyError(f"{origin}: types.{type_name}: no type is called {parent!r}")
        if parent in seen:
            raise OntologyError(f"{origin}: types.{type_name}: its parents go round in a circle")
        seen.add(parent)
        parent = types[parent]


def _index(relations: Iterable[Relation]) -> dict[str, tuple[tuple[str, bool], ...]]:
    found: dict[str, set[tuple[str, bool]]] = {}
    for relation in relations:
        for phrase in (relation.name, *relation.aliases):
            found.setdefault(normalise_phrase(phrase), set()).add((relation.name, False))
        for phrase in relation.inverse_aliases:
            found.setdefault(normalise_phrase(phrase), set()).add((relation.name, True))
    return {phrase: tuple(sorted(names)) for phrase, names in found.items()}


def dump_ontology(ontology: Ontology) -> str:
    """Write an ontology as YAML that `parse_ontology` reads back to an equal value."""
    default = Relation("default")
    entries: dict[str, dict[str, Any]] = {}
    for name, relation in ontology.relations.items():
        entry: dict[str, Any] = {}
        for key in _RelationEntry.model_fields:
            value = getattr(relation, key)
            if value != getattr(default, key):
                entry[key] = (
                    list(value) if isinstance(value, tuple) else str(value) if isinstance(value, StrEnum) else value
                )
        entries[name] = entry
    content = {"name": ontology.name, "types": dict(ontology.types), "relations": entries}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


@cache
def builtin_ontology() -> Ontology:
    """Return the ontology that kgfuse ships: everyday business, science, news and medicine."""
    return parse_ontology((files("kgfuse") / "ontology.yaml").read_text("utf-8"), "built-in ontology")


def load_ontology(path: Path | None) -> Ontology:
    """Return the ontology at `path`, or the built-in one. Raises OntologyError."""
    if path is None:
        return builtin_ontology()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path}: cannot be read: {error}") from error
    return parse_ontology(text, str(path))
