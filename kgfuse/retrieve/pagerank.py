"""Personalised PageRank: how often a walk that starts at the seeds, and keeps going back to them, is where.

Page et al. 1999; for retrieval over entities and passages Gutiérrez et al. 2024 (HippoRAG) and 2025 (HippoRAG 2).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

import numpy as np

Node = TypeVar("Node", bound=Hashable)

DAMPING = 0.5
"""How likely the walk goes on rather than back to the seeds (HippoRAG's value): what is near counts most."""

_ROUNDS = 20
"""At this damping the rest is below a millionth of the whole after so many rounds."""


def personalised_pagerank(
    edges: Iterable[tuple[Node, Node, float]], seeds: Mapping[Node, float], damping: float = DAMPING
) -> dict[Node, float]:
    """Return the share of the walk at each node; the shares sum to 1, or there is none without a seed of weight.

    `edges` are undirected, each ``(one, other, weight > 0)``; parallel ones add up. A walk that can go nowhere goes back to
    the seeds. Linear in the number of edges.
    """
    from scipy.sparse import coo_matrix

    total = sum(seeds.values())
    if total <= 0:
        return {}
    place: dict[Node, int] = {node: at for at, node in enumerate(seeds)}
    edges = list(edges)
    one = np.array([place.setdefault(node, len(place)) for node, _, _ in edges], dtype=np.int32)
    other = np.array([place.setdefault(node, len(place)) for _, node, _ in edges], dtype=np.int32)
    weight = np.array([weight for _, _, weight in edges], dtype=np.float64)
    weight[one == other] = 0.0
    rows, columns, weights = np.append(one, other), np.append(other, one), np.append(weight, weight)
    size = len(place)
    matrix = coo_matrix((weights, (rows, columns)), shape=(size, size)).tocsr()
    leaving = np.asarray(matrix.sum(axis=0)).ravel()
    shares = np.divide(1.0, leaving, out=np.zeros(size), where=leaving > 0)
    home = np.zeros(size)
    home[: len(seeds)] = np.fromiter(seeds.values(), dtype=np.float64, count=len(seeds)) / total
    walk = home
    for _ in range(_ROUNDS if damping <= DAMPING else 10 * _ROUNDS):
        moved = matrix @ (walk * shares)
        walk = damping * moved + (1 - damping * moved.sum()) * home
    return dict(zip(place, walk.tolist(), strict=True))
