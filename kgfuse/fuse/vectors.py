"""How near phrases are to each other and to those of the ontology: vectors come in, rounded similarities go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kgfuse.ontology import Ontology, normalise_phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECIMALS = 2
"""Vectors and similarities are cut to so many decimals, so that the last bits of a model's arithmetic decide nothing."""

_RIVALS = 12
"""How many of the nearest phrases of the ontology are looked at."""


def ontology_phrases(ontology: Ontology) -> tuple[str, ...]:
    """Return the phrases by which the relations of an ontology are known, as they are embedded, sorted."""
    return tuple(sorted({phrase for phrase, _, _ in _aliases(ontology)}))


def _aliases(ontology: Ontology) -> list[tuple[str, str, bool]]:
    """List ``(phrase, relation, inverted)``."""
    rows = []
    for name, relation in sorted(ontology.relations.items()):
        for phrase in (name, *relation.aliases):
            rows.append((normalise_phrase(phrase), name, False))
        for phrase in relation.inverse_aliases:
            rows.append((normalise_phrase(phrase), name, True))
    return [row for row in rows if row[0]]


@dataclass(frozen=True, slots=True)
class Near:
    """A relation of the ontology that a phrase is near to, by which of its phrases; `similarity` is a cosine."""

    relation: str
    inverted: bool
    phrase: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Nearness:
    """Vectors of phrases, shape ``(phrases, dimensions)``; empty where no model is used."""

    places: Mapping[str, int]
    matrix: NDArray[np.float64]
    aliases: tuple[tuple[str, str, bool], ...]
    of_ontology: NDArray[np.int64]

    @classmethod
    def of(cls, vectors: Mapping[str, Sequence[float]], ontology: Ontology) -> Nearness:
        """Take vectors by phrase (`normalise_phrase`), of any but one length; they are brought to unit length."""
        names = sorted(vectors)
        places = {name: at for at, name in enumerate(names)}
        matrix = np.array([vectors[name] for name in names], dtype=np.float64) if names else np.zeros((0, 1))
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        matrix = matrix / np.where(lengths > 0, lengths, 1.0)
        aliases = tuple(row for row in _aliases(ontology) if row[0] in places)
        return cls(places, matrix, aliases, np.array([places[row[0]] for row in aliases], dtype=np.int64))

    def between(self, left: str, right: str) -> float | None:
        """Return the cosine of two phrases, `None` where a vector is missing."""
        one, other = (self.places.get(normalise_phrase(phrase)) for phrase in (left, right))
        return None if one is None or other is None else round(float(self.matrix[one] @ self.matrix[other]), DECIMALS)

    def nearest(self, phrase: str) -> list[Near]:
        """Return the nearest phrases of the ontology, the best of each relation and direction, best first."""
        at = self.places.get(normalise_phrase(phrase))
        if at is None or not self.aliases:
            return []
        cosines = np.round(self.matrix[self.of_ontology] @ self.matrix[at], DECIMALS)
        best: dict[tuple[str, bool], Near] = {}
        for row in np.argsort(-cosines, kind="stable")[: 4 * _RIVALS]:
            alias, relation, inverted = self.aliases[int(row)]
            best.setdefault((relation, inverted), Near(relation, inverted, alias, float(cosines[row])))
        return sorted(best.values(), key=lambda near: (-near.similarity, near.relation, near.inverted))[:_RIVALS]
