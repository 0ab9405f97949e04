"""Joining records into clusters without chain merges.

Links are taken best first; a link is refused when it would bring two members together whose pair is judged different.
That is agglomerative clustering under must-link and cannot-link constraints (Davidson and Ravi 2005), with every order
fixed by the scores and the ids, so that the result depends on the set of links alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two records are one thing; `score` is a probability, `rule` says what it rests on."""

    left: str
    right: str
    score: float
    rule: str = ""


class Clusters:
    """A partition under construction (union-find) that keeps different things apart.

    `differ` judges a pair of nodes; a pair in `different` is apart whatever else is said. A `join` that would bring such a
    pair into one cluster is refused and returns `False`. With `binding`, only `different` can refuse.
    """

    def __init__(
        self,
        nodes: Iterable[str],
        different: Iterable[tuple[str, str]] = (),
        differ: Callable[[str, str], bool] = lambda _left, _right: False,
    ) -> None:
        self._parent = {node: node for node in nodes}
        self._members = {node: [node] for node in self._parent}
        self._apart: dict[str, set[str]] = {}
        self._differ = differ
        self._excused: set[tuple[str, str]] = set()
        for left, right in different:
            self.separate(left, right)

    def root(self, node: str) -> str:
        """Return the node that stands for the cluster of `node`."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def members(self, node: str) -> list[str]:
        """Return the nodes in the cluster of `node`."""
        return self._members[self.root(node)]

    def __iter__(self) -> Iterator[list[str]]:
        """Iterate over the clusters, each sorted, in order of their least member."""
        yield from sorted(sorted(members) for members in self._members.values())

    def separate(self, left: str, right: str) -> bool:
        """Keep two nodes apart from now on; `False` where they are together already."""
        left, right = self.root(left), self.root(right)
        if left == right:
            return False
        self._apart.setdefault(left, set()).add(right)
        self._apart.setdefault(right, set()).add(left)
        return True

    def excuse(self, left: str, right: str) -> None:
        """Let `differ` say nothing against this very pair: better evidence has spoken."""
        self._excused.add((left, right) if left < right else (right, left))

    def together(self, left: str, right: str) -> bool:
        """Whether two nodes are in one cluster."""
        return self.root(left) == self.root(right)

    def may_join(self, left: str, right: str, binding: bool = False) -> bool:
        """Whether the clusters of two nodes can become one."""
        left, right = self.root(left), self.root(right)
        if left == right:
            return True
        if right in self._apart.get(left, ()):
            return False
        if binding:
            return True
        return not any(
            self._differ(a, b)
            for a in self._members[left]
            for b in self._members[right]
            if ((a, b) if a < b else (b, a)) not in self._excused
        )

    def join(self, left: str, right: str, binding: bool = False) -> bool:
        """Join the clusters of two nodes, unless that is refused; say whether they are together now."""
        if not self.may_join(left, right, binding):
            return False
        left, right = self.root(left), self.root(right)
        if left == right:
            return True
        if (len(self._members[left]), right) < (len(self._members[right]), left):
            left, right = right, left
        self._parent[right] = left
        self._members[left].extend(self._members.pop(right))
        for other in self._apart.pop(right, set()):
            self._apart[other].discard(right)
            self._apart[other].add(left)
            self._apart.setdefault(left, set()).add(other)
        return True


def cluster(
    nodes: Iterable[str],
    links: Iterable[Link],
    different: Iterable[tuple[str, str]] = (),
    differ: Callable[[str, str], bool] = lambda _left, _right: False,
) -> list[list[str]]:
    """Return the clusters of `nodes`, each sorted, in order of their least member.

    Without `different` and `differ` these are the connected components of the links.
    """
    clusters = Clusters(nodes, different, differ)
    for link in ordered(links):
        clusters.join(link.left, link.right)
    return list(clusters)


def ordered(links: Iterable[Link]) -> list[Link]:
    """Return the links best first; ties in order of their ids."""
    return sorted(
        links, key=lambda link: (-link.score, min(link.left, link.right), max(link.left, link.right), link.rule)
    )
