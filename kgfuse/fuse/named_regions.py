"""Which countries, and parts of countries, the documents name: what tells where a place of a bare name may lie."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from kgfuse.fuse.normalise import Name
from kgfuse.regions import are_apart, regions_of


class NamedRegions:
    """The regions that each document names, by themselves ('Norway') or behind a place ('Oslo, Norway').

    Linear in the documents that name any, once; what is asked then costs no more than the documents asked about.
    """

    def __init__(self, named: Iterable[tuple[Name, frozenset[str]]]) -> None:
        """Take in names and the documents that hold them."""
        self._in: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
        for name, documents in named:
            codes = _regions_in(name)
            for document in documents if codes else ():
                self._in[document].add(codes)
        self._documents = Counter(code for held in self._in.values() for code in frozenset[str]().union(*held))

    def mostly(self, region: str) -> bool:
        """Whether half of the documents that name any region, or more, name this one."""
        most = max((self._documents[code] for code in regions_of(region)), default=0)
        return most > 0 and 2 * most >= len(self._in)

    def another(self, region: str, documents: Iterable[str]) -> bool:
        """Whether these documents name a region in which nothing lies that lies in `region`."""
        own = regions_of(region)
        return any(are_apart(own, codes) for document in documents for codes in self._in.get(document, ()))


def names_region(name: Name) -> bool:
    """Whether a name is that of a country or a part of one, or tells in which a place lies."""
    return bool(_regions_in(name))


def _regions_in(name: Name) -> frozenset[str]:
    return regions_of(name.key) or (regions_of(name.qualifier[1]) if name.qualifier else frozenset())
