"""What stands in Neo4j as values: one `Element` is a node or a relationship with everything it holds.

Its `checksum` (31 bits of a hash of the rest) tells whether it changed; sums of checksums tell whether two sets are equal.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from kgfuse.graph.neo4j import schema
from kgfuse.sqlite import encoder

Property = str | int | float | bool | list[str]
Key = tuple[str, ...]
"""What names an element: ``(label, id)`` for a node, ``(type, id)`` for a version of a fact, ``(type, start, end)`` else."""

ENDS: Mapping[str, tuple[str, str]] = {
    schema.HAS_SECTION: ("", schema.SECTION),
    schema.HAS_CHUNK: ("", schema.CHUNK),
    schema.NEXT: (schema.CHUNK, schema.CHUNK),
    schema.HAS_PART: ("", ""),
    schema.CAPTION_OF: (schema.CHUNK, ""),
    schema.HAS_ATTACHMENT: (schema.DOCUMENT, schema.DOCUMENT),
    schema.REPLIES_TO: (schema.DOCUMENT, schema.DOCUMENT),
    schema.SAME_AS: (schema.DOCUMENT, schema.DOCUMENT),
    schema.MENTIONS: (schema.CHUNK, schema.ENTITY),
    schema.READ_IN: (schema.CLAIM, schema.CHUNK),
    schema.SUPPORTED_BY: (schema.FACT, schema.CLAIM),
    schema.OPPOSED_BY: (schema.FACT, schema.CLAIM),
}
"""The labels at both ends of a layout relationship; empty: what its id says, by `_LABELLED`."""

_LABELLED: Mapping[str, str] = {
    "section": schema.SECTION,
    "page": schema.PAGE,
    "table": schema.TABLE,
    "figure": schema.FIGURE,
    "chunk": schema.CHUNK,
}
"""What an id begins with, and the label of its node; any other is a document's."""

_encode = encoder(sort_keys=True)


@dataclass(frozen=True, slots=True)
class Element:
    """A node, or (with `ends`) a relationship.

    `label` is a node's second label. `ends` holds label and id of the start, label and id of the end. `embedding` holds
    little-endian 32-bit floats. `properties` are without ``kb``, ``checksum``, ``embedding``; none is null or an empty list.
    """

    key: Key
    properties: Mapping[str, Property]
    label: str | None = None
    ends: tuple[str, str, str, str] | None = None
    embedding: bytes | None = None

    checksum: int = field(init=False)
    """31 bits of the hash of all it holds."""
    size: int = field(init=False)
    """About how many bytes a message needs for it."""

    def __post_init__(self) -> None:
        held = _encode([self.key, self.label, self.ends, self.properties]).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(held, digest_size=4)
        vector = self.embedding
        if vector is not None:
            digest.update(vector)
        object.__setattr__(self, "checksum", int.from_bytes(digest.digest(), "big") >> 1)
        object.__setattr__(self, "size", len(held) + (9 * len(vector) // 4 if vector else 0))

    @property
    def name(self) -> str:
        """The label or type that it is counted under."""
        return self.key[0]

    def state(self) -> tuple[Any, ...]:
        """Return all it holds, its checksum among it, as plain values."""
        return (self.key, self.properties, self.label, self.ends, self.embedding, self.checksum, self.size)

    @classmethod
    def of_state(cls, state: tuple[Any, ...]) -> Self:
        """Return the element with this `state`, without reckoning its checksum again."""
        made, put = object.__new__(cls), object.__setattr__
        for name, value in zip(_FIELDS, state, strict=True):
            put(made, name, value)
        return made

    def row(self, kb: str) -> dict[str, object]:
        """Return what a query is given for it: the properties, and for a relationship the ids of its ends."""
        held: dict[str, object] = {**self.properties, "kb": kb, "checksum": self.checksum}
        if self.embedding is not None:
            held["embedding"] = array("f", self.embedding).tolist()
        if self.ends is None:
            return {"id": self.key[1], "held": held}
        return {"start": self.ends[1], "end": self.ends[3], "id": self.key[1], "held": held}


_FIELDS = tuple(one.name for one in fields(Element))


def node(
    label: str,
    id: str,
    properties: Mapping[str, object],
    *,
    second: str | None = None,
    embedding: bytes | None = None,
) -> Element:
    """Return a node; empty properties are left out."""
    return Element((label, id), _held(properties, id), second, None, embedding)


def layout(type: str, start: str, end: str, **properties: object) -> Element:
    """Return a relationship of the layout or of provenance."""
    return Element((type, start, end), _held(properties), None, layout_ends(type, start, end))


def layout_ends(type: str, start: str, end: str) -> tuple[str, str, str, str]:
    """Return the labels and ids at both ends of a layout relationship."""
    first, last = ENDS[type]
    return (first or _label_of(start), start, last or _label_of(end), end)


def _label_of(id: str) -> str:
    return _LABELLED.get(id.split(":", 1)[0], schema.DOCUMENT)


def version(
    type: str, id: str, subject: str, object: str, object_label: str, properties: Mapping[str, object]
) -> Element:
    """Return the relationship of one version of a fact."""
    ends = (schema.ENTITY, subject, object_label, object)
    return Element((type, id), _held(properties, id), None, ends)


def _held(properties: Mapping[str, object], id: str | None = None) -> dict[str, Property]:
    held: dict[str, Any] = {} if id is None else {"id": id}
    for name, value in properties.items():
        if value or (value is not None and value != []):  # most are true, which is told at once
            held[name] = value
    return held
