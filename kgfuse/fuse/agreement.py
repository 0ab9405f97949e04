"""Comparison levels: how far two records agree in a field, from equal down to different.

Long values (names, titles, descriptions) are compared by their words, rare words counting most (TF-IDF with slips of the
pen forgiven: SoftTFIDF, Cohen, Ravikumar and Fienberg 2003); short ones (dates, numbers, codes, towns) as wholes. What is
equal by chance in many records says less than what is found in a few, so equality has levels of its own for both. What the
levels are worth is fitted (`kgfuse.fuse.weights`).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from scipy.sparse import csr_matrix

from kgfuse.fuse.profiles import NAME, Profile

CODE = "code"
TEXT = "text"
VALUE = "value"

MISSING = -1
"""The level where one record says nothing in a field."""

_RARE, _SEMI_RARE = 8, 64
"""What so many records hold is rare (all records of one thing may hold it), or not yet common."""

_OVERLAPS = (0.85, 0.7, 0.55, 0.4, 0.25, 0.12)
_EQUAL = 0.999
_LONG = 2.2
"""Words that the values of a field have on average from which on they are texts."""

LEVELS = {TEXT: 3 + len(_OVERLAPS) + 1, VALUE: 6, CODE: 4}
"""Number of levels by comparison."""

_AT_ONCE = 200_000
"""Pairs compared in one go: bounds the memory."""

_CLOSE_NUMBERS = 0.1
_ALIKE = 0.88
_SLIP_SHARE = 0.9
"""What a word found with a slip of the pen counts for."""

_CODE = re.compile(r"[A-Za-z0-9]+(?:[-/.][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the records of a kind; `frequency` counts the records that hold a word or a value (absent: one)."""

    name: str
    comparison: str
    frequency: Mapping[str, int]
    records: int

    def rarity(self, word: str) -> float:
        """Return the weight of a word: the logarithm of how few records hold it (idf)."""
        return math.log((self.records + 1) / self.frequency.get(word, 1))


def choose_fields(profiles: Sequence[Profile], most: int = 16) -> list[Field]:
    """Return the fields worth comparing: the name, codes in the name, and what a twentieth of the records state."""
    stated = Counter(field for profile in profiles for field in profile.values)
    least = max(10, len(profiles) // 20)
    names = sorted((field for field in stated if stated[field] >= least), key=lambda f: (f != NAME, -stated[f], f))
    fields = [_field(name, profiles) for name in names[:most]]
    codes = [found for profile in profiles if (found := codes_of(profile.surface))]
    if len(codes) >= least:
        fields.append(Field(CODE, CODE, _frequent(codes), len(profiles)))
    return fields


def _field(name: str, profiles: Sequence[Profile]) -> Field:
    values = [profile.values[name] for profile in profiles if name in profile.values]
    words = sum(len(value.split()) for row in values for value in row) / len(values)
    if name == NAME or words > _LONG:
        return Field(name, TEXT, _frequent(_words(row) for row in values), len(profiles))
    return Field(name, VALUE, _frequent((" ".join(row),) for row in values), len(profiles))


def _frequent(rows: Iterable[Iterable[str]]) -> dict[str, int]:
    counts = Counter(word for row in rows for word in set(row))
    return {word: count for word, count in sorted(counts.items()) if count > 1}


def _words(values: Iterable[str]) -> set[str]:
    return {word for value in values for word in value.split()}


def codes_of(surface: str) -> frozenset[str]:
    """Return the model numbers and the like in a name: 'PSLX-350H' and 'MB943Z/A', in lower case without punctuation."""
    found = set()
    for match in _CODE.finditer(surface):
        code = re.sub(r"[-/.]", "", match[0]).lower()
        digits = sum(c.isdigit() for c in code)
        if len(code) >= 3 and digits and (digits < len(code) or len(code) >= 4):
            found.add(code)
    return frozenset(found)


# ------------------------------------------------------------------------------------------------------------ comparison

Rows = NDArray[np.int64]
"""Shape ``(pairs,)``: the positions of records."""

Levels = NDArray[np.int8]
"""Shape ``(pairs, fields)`` or ``(pairs,)``: comparison levels, `MISSING` where one record says nothing."""


class Column(Protocol):
    """What all records say in one field, ready for comparison."""

    @property
    def said(self) -> Sequence[Collection[str]]:
        """The words, the value or the codes of each record; empty where it says nothing."""
        ...

    def levels(self, left: Rows, right: Rows) -> Levels:
        """Return the comparison levels of the pairs of records that both say something."""
        ...


class Comparator:
    """Compares records of one kind, field by field."""

    def __init__(self, fields: Sequence[Field], profiles: Sequence[Profile]) -> None:
        self.fields = fields
        self.columns = [_column(field, profiles) for field in fields]
        self._speaks = [np.array([bool(said) for said in column.said], dtype=bool) for column in self.columns]

    def levels(self, left: Rows, right: Rows) -> Levels:
        """Return the comparison levels of pairs of records, shape ``(pairs, fields)``."""
        table = np.full((len(left), len(self.fields)), MISSING, dtype=np.int8)
        for number, (column, speaks) in enumerate(zip(self.columns, self._speaks, strict=True)):
            both = np.flatnonzero(speaks[left] & speaks[right])
            for start in range(0, len(both), _AT_ONCE):
                rows = both[start : start + _AT_ONCE]
                table[rows, number] = column.levels(left[rows], right[rows])
        return table


def _column(field: Field, profiles: Sequence[Profile]) -> Column:
    if field.comparison == CODE:
        return CodeColumn([sorted(codes_of(profile.surface)) for profile in profiles], field)
    values = [profile.values.get(field.name, ()) for profile in profiles]
    if field.comparison == TEXT:
        return TextColumn([sorted(_words(row)) for row in values], field)
    return ValueColumn([[" ".join(row)] if row else [] for row in values], field)


def _rarity_levels(counts: NDArray[np.int64]) -> Levels:
    return ((counts > _RARE).astype(np.int8) + (counts > _SEMI_RARE)).astype(np.int8)


class TextColumn:
    """Texts as vectors of unit length, one dimension a word; a misspelt word counts nine tenths of the word."""

    def __init__(self, said: Sequence[list[str]], field: Field) -> None:
        self.said = said
        at = {word: number for number, word in enumerate(sorted({word for row in said for word in row}))}
        weights = [[field.rarity(word) for word in row] for row in said]
        lengths = [math.sqrt(math.fsum(weight * weight for weight in row)) or 1.0 for row in weights]
        data = [weight / length for row, length in zip(weights, lengths, strict=True) for weight in row]
        columns = [at[word] for row in said for word in row]
        starts = np.cumsum([0, *map(len, said)])
        self._texts = csr_matrix((data, columns, starts), shape=(len(said), len(at)))
        near = [(at[word], at[slip]) for word, others in slips(at).items() for slip in others]
        ends = np.array(near, dtype=np.int64).reshape(-1, 2).T
        slipped = csr_matrix((np.full(len(near), _SLIP_SHARE), (ends[0], ends[1])), shape=(len(at), len(at)))
        self._misspelt = (self._texts @ slipped).tocsr()
        rarest = [min((field.frequency.get(word, 1) for word in row), default=1) for row in said]
        self._rarest = np.array(rarest, dtype=np.int64)

    def overlaps(self, left: Rows, right: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the cosine of each pair's texts, by their words as they are and with slips of the pen forgiven."""
        exact = _products(self._texts, self._texts, left, right)
        return exact, np.minimum(1.0, exact + _products(self._texts, self._misspelt, left, right))

    def levels(self, left: Rows, right: Rows) -> Levels:
        """Equal and rare, less rare, common; then by how much of the two texts is shared."""
        exact, forgiving = self.overlaps(left, right)
        bounds = np.array([-least for least in _OVERLAPS])
        shared = 3 + np.searchsorted(bounds, -forgiving, side="left")
        return np.where(exact >= _EQUAL, _rarity_levels(self._rarest[left]), shared).astype(np.int8)


def _products(one: csr_matrix, other: csr_matrix, left: Rows, right: Rows) -> NDArray[np.float64]:
    products = np.asarray(one[left].multiply(other[right]).sum(axis=1), dtype=np.float64).ravel()
    return np.round(products, 9)


class ValueColumn:
    """Short values, compared as wholes."""

    def __init__(self, said: Sequence[list[str]], field: Field) -> None:
        self.said = said
        self._values = sorted({value for row in said for value in row})
        at = {value: number for number, value in enumerate(self._values)}
        self._at = np.array([at[row[0]] if row else -1 for row in said], dtype=np.int64)
        self._numbers = np.array([_number(value) for value in self._values], dtype=np.float64)
        self._counts = np.array([field.frequency.get(value, 1) for value in self._values], dtype=np.int64)

    def levels(self, left: Rows, right: Rows) -> Levels:
        """Equal and rare, less rare, common; a slip of the pen; close; different."""
        one, other = self._at[left], self._at[right]
        equal = (one == other) | (self._numbers[one] == self._numbers[other])
        found = _rarity_levels(np.maximum(self._counts[one], self._counts[other]))
        rest = np.flatnonzero(~equal)
        lower, upper = np.minimum(one, other)[rest], np.maximum(one, other)[rest]
        pairs, place = np.unique(lower * len(self._values) + upper, return_inverse=True)
        unlike = [self._unlike(*divmod(int(pair), len(self._values))) for pair in pairs]
        found[rest] = np.array(unlike, dtype=np.int8)[place.ravel()] if unlike else 0
        return found

    def _unlike(self, one: int, other: int) -> int:
        return unlike_level(self._values[one], self._values[other], self._numbers[one], self._numbers[other])


def _number(value: str) -> float:
    try:
        return float(value) if value[:1].isdigit() else math.nan
    except ValueError:
        return math.nan


def unlike_level(one: str, other: str, number: float, other_number: float) -> int:
    """Compare two values that are not equal (`nan`: no number): a slip of the pen, close, or different."""
    shortest = min(len(one), len(other))
    allowed = 0 if shortest < 3 else 1 if shortest < 8 else 2
    if allowed and abs(len(one) - len(other)) <= allowed >= OSA.distance(one, other, score_cutoff=allowed):
        return 3
    if not math.isnan(number) and not math.isnan(other_number):
        return 4 if abs(number - other_number) <= _CLOSE_NUMBERS * max(abs(number), abs(other_number)) else 5
    if JaroWinkler.similarity(one, other, score_cutoff=_ALIKE) or one.replace(" ", "") == other.replace(" ", ""):
        return 4
    return 5


class CodeColumn:
    """Model numbers and the like."""

    def __init__(self, said: Sequence[list[str]], field: Field) -> None:
        self.said = said
        self._rare = [frozenset(c for c in codes if field.frequency.get(c, 1) <= _RARE) for codes in said]
        self._all = [frozenset(codes) for codes in said]

    def levels(self, left: Rows, right: Rows) -> Levels:
        """A rare one shared, a common one shared, one goes on where the other ends, different."""
        pairs = zip(left.tolist(), right.tolist(), strict=True)
        return np.array([self._level(one, other) for one, other in pairs], dtype=np.int8)

    def _level(self, one: int, other: int) -> int:
        if not self._rare[one].isdisjoint(self._rare[other]):
            return 0
        if not self._all[one].isdisjoint(self._all[other]):
            return 1
        return 2 if any(_goes_on(a, b) for a in self.said[one] for b in self.said[other]) else 3


def _goes_on(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and (long.startswith(short) or long.endswith(short))


def slips(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return, for each word of four letters or more, the others that one letter changed, added, lost or swapped makes.

    Words that hold a digit are exact. Found by the words with one letter deleted, so the time is linear in the words
    (symmetric deletes: Garbe 2012).
    """
    by_rest: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        if len(word) >= 4 and not any(c.isdigit() for c in word):
            for rest in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                by_rest[rest].append(word)
    near: defaultdict[str, set[str]] = defaultdict(set)
    for found in by_rest.values():
        for position, one in enumerate(found):
            for other in found[position + 1 :]:
                if other not in near[one] and OSA.distance(one, other, score_cutoff=1) == 1:
                    near[one].add(other)
                    near[other].add(one)
    return {word: tuple(sorted(others)) for word, others in sorted(near.items()) if others}
