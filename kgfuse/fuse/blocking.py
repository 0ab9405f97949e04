"""Which records are worth comparing: keys that depend on the record alone, so that no order of insertion matters.

Records that share a key are candidates. A key that too many records share says nothing and is dropped as a whole (a rule
about the size of the block, not about who came first), which keeps the number of pairs linear in the number of records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from kgfuse.fuse.agreement import CODE, Field
from kgfuse.fuse.normalise import DESCRIPTORS, Name
from kgfuse.fuse.person_names import full_given, read_person
from kgfuse.fuse.romanising import reading_keys
from kgfuse.model import CandidatePair

LARGEST_BLOCK = 40
_LONG_WORD = 9
_LONG_NAME = 10

_COMBINED = 8
"""Of the words and values of a record, that many, the rarest, are also combined in pairs."""

COMBINED = "\x1d"
"""What the key of a combination starts with."""

NEIGHBOURS = 5
_CODE_PART = 5


def blocking_keys(name: Name, person: bool) -> Iterator[tuple[str, str]]:
    """Yield ``(blocking rule, key)`` for a name; `person`: it may be a person's."""
    yield "same name", name.squashed
    if "".join(name.expanded) != name.squashed:
        yield "same name", "".join(name.expanded)
    if name.anaphoric:
        return
    if name.singular is not None:
        yield "plural", name.singular
    if country := name.country:
        yield "country", country
    if name.acronym:
        yield "acronym", name.acronym
    for initials in name.initials:
        yield "acronym", initials
    if name.qualifier:
        yield "qualified", name.qualifier[0]
    yield "qualified", name.key
    shortest = _without_descriptors(name.core)
    if shortest:
        yield "short form", " ".join(shortest)
    yield "leading word", name.core[0] if name.core else ""
    yield from _spelling_keys(name.core)
    if person:
        yield from _person_keys(name)


def _without_descriptors(core: tuple[str, ...]) -> tuple[str, ...]:
    end = len(core)
    while end > 1 and core[end - 1] in DESCRIPTORS:
        end -= 1
    return core[:end]


def _spelling_keys(core: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the name with one word cut to its first letter: a slip of the pen leaves the others, and mostly that, alone."""
    if len(core) == 1 and len(core[0]) >= _LONG_WORD:
        yield "spelling", core[0][:4] + "*"
        yield "spelling", "*" + core[0][-4:]
    elif sum(map(len, core)) >= _LONG_NAME:
        for position, word in enumerate(core):
            if len(word) >= 6:
                yield "spelling", " ".join((*core[:position], word[0] + "*", *core[position + 1 :]))


def _person_keys(name: Name) -> Iterator[tuple[str, str]]:
    for key in filter(None, (name.key, name.turned)):
        person = read_person(key, name.surface)
        if person.family and person.given:
            family = " ".join(person.family)
            for given in {person.given[0], full_given(person.given[0])}:
                yield "person", f"{family}, {given[0]}"
            for reading in reading_keys(person, name.transliterated):
                yield "romanised", reading


def record_keys(said: Sequence[Iterable[str]], fields: Sequence[Field]) -> Iterator[str]:
    """Yield the keys of a record: its rare words and values, parts of its codes, and pairs of its rarest words and values.

    `said` holds its words, value or codes in each of the fields. What no other record holds brings no one together and is
    left out. Keys of two values start with `COMBINED`.
    """
    shared: list[tuple[int, str]] = []
    for field, words in zip(fields, said, strict=True):
        for word in words:
            count = field.frequency.get(word, 1)
            key = f"{field.name}\x1f{word}"
            if count > 1:
                shared.append((count, key))
            if 1 < count <= LARGEST_BLOCK:
                yield key
            if field.comparison == CODE:
                yield f"{CODE}\x1f{word[:_CODE_PART]}*"
                yield f"{CODE}\x1f*{word[-_CODE_PART:]}"
    rarest = sorted(key for _, key in sorted(shared)[:_COMBINED])
    for one, other in combinations(rarest, 2):
        yield f"{COMBINED}{one}\x1e{other}"


def block_pairs(
    keys: Sequence[Iterable[str]], contents: Sequence[str], largest_block: int = LARGEST_BLOCK
) -> NDArray[np.int64]:
    """Return the pairs of records that share a key, shape ``(pairs, 2)``, sorted, least position first.

    `keys` holds those of each record. In a block of more than `largest_block` records that share two values, each is paired
    with the `NEIGHBOURS` that follow it in order of `contents` (sorted neighbourhood: Hernandez and Stolfo 1995), so that a
    thing with a hundred records is found; larger blocks of a single value say nothing and are dropped.
    """
    numbers: dict[str, int] = {}
    held = [(numbers.setdefault(key, len(numbers)), record) for record, own in enumerate(keys) for key in set(own)]
    rows = np.array(held, dtype=np.int64).reshape(-1, 2)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    sizes = np.diff(np.append(starts, len(rows)))
    found = [np.empty(0, dtype=np.int64)]
    for size in range(2, largest_block + 1):
        blocks = rows[starts[sizes == size][:, None] + np.arange(size), 1]
        one, other = np.triu_indices(size, 1)
        found.append(blocks[:, one].ravel() * len(keys) + blocks[:, other].ravel())
    combined = np.array([key.startswith(COMBINED) for key in numbers], dtype=bool)
    place = np.empty(len(keys), dtype=np.int64)
    place[np.array(sorted(range(len(keys)), key=lambda record: (contents[record], record)), dtype=np.int64)] = (
        np.arange(len(keys))
    )
    for start, size in zip(starts[sizes > largest_block], sizes[sizes > largest_block], strict=True):
        if combined[rows[start, 0]]:
            block = rows[start : start + size, 1]
            block = block[np.argsort(place[block])]
            for step in range(1, NEIGHBOURS + 1):
                one, other = block[:-step], block[step:]
                found.append(np.minimum(one, other) * len(keys) + np.maximum(one, other))
    pairs = np.unique(np.concatenate(found))
    return np.column_stack(np.divmod(pairs, max(1, len(keys))))


def candidate_pairs(
    names: Mapping[str, Iterable[tuple[str, str]]], largest_block: int = LARGEST_BLOCK
) -> list[CandidatePair]:
    """Return the pairs of records that share a key, sorted; a pair is listed once, under its first rule in order.

    `names` maps a record's id to its keys. The number of pairs is at most ``largest_block / 2`` per record and key.
    """
    blocks: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for id, keys in names.items():
        for key in set(keys):
            blocks[key].append(id)
    rules: dict[tuple[str, str], str] = {}
    for (rule, _), members in blocks.items():
        if 1 < len(members) <= largest_block:
            for pair in combinations(sorted(members), 2):
                rules[pair] = min(rule, rules.get(pair, rule))
    return [CandidatePair(left, right, rule) for (left, right), rule in sorted(rules.items())]


Keys = Callable[[Name, bool], Iterator[tuple[str, str]]]
