"""Countries, and the parts of some: what 'Texas' and 'France' in 'Paris, Texas' and 'Paris, France' say about each other.

The names stand in ``regions.yaml``; a region's code is that of ISO 3166 ('NO', 'US-TX'). A name may be that of several
('Georgia').
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def regions_of(name: str) -> frozenset[str]:
    """Return the codes of the regions that are called so, whatever its case and dots; none of most names."""
    return all_regions().get(_folded(name), frozenset())


def country_of(name: str) -> str | None:
    """Return the code of the country that is meant wherever this name stands; `None` for 'Georgia' and 'America', too."""
    codes = regions_of(name)
    if len(codes) != 1 or _folded(name) in _loose():
        return None
    (code,) = codes
    return None if "-" in code else code


def lies_in(inner: frozenset[str], outer: frozenset[str]) -> bool:
    """Whether one region may be a part of another: Texas of the United States."""
    return any(one.startswith(f"{other}-") for one in inner for other in outer)


def are_apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether nothing can lie in both regions; of unknown ones nobody can tell."""
    return bool(one and other) and not (one & other or lies_in(one, other) or lies_in(other, one))


@cache
def all_regions() -> Mapping[str, frozenset[str]]:
    """Return the codes by name, in lower case and without dots."""
    found: dict[str, set[str]] = {}
    for code, names in _listed():
        for name in names:
            found.setdefault(_folded(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace(".", "").split()).removeprefix("the ")


@cache
def _loose() -> frozenset[str]:
    return frozenset(map(_folded, _known()["loose"]))


def _known() -> dict[str, Any]:
    import yaml

    known: dict[str, Any] = yaml.safe_load((files("kgfuse") / "regions.yaml").read_text("utf-8"))
    return known


def _listed() -> Iterator[tuple[str, list[str]]]:
    known = _known()
    yield from known["countries"].items()
    for country, parts in known["parts"].items():
        yield from ((f"{country}-{code}", names) for code, names in parts.items())
