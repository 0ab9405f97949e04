"""How well two records agree: what their names say, and what their neighbours add.

A comparison names its rule, so that every merge can be explained. Scores are probabilities set by hand after looking at
merges on real extractions; `FuseSettings.match_threshold` decides. Where one name is a short form of the other (initials,
an acronym, a firm's everyday name) the comparison says so: such a link counts only while nothing else could be meant,
which is for the caller to find out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from rapidfuzz.distance import OSA

from kgfuse.frozen import quickly_made
from kgfuse.fuse.named_regions import NamedRegions, names_region
from kgfuse.fuse.normalise import DESCRIPTORS, LINES_OF_BUSINESS, PART_WORDS, WORKS, Name, same_jurisdiction
from kgfuse.fuse.person_names import PersonName, full_given, looks_like_a_person, read_person
from kgfuse.fuse.romanising import respelled
from kgfuse.regions import are_apart, lies_in, regions_of

_SPELLED = frozenset({"Person", "Organization", "Group", "Place", "Event", "Product", "Project"})
"""Kinds of things whose names may hold a slip of the pen; in chemistry and genetics one letter is another substance."""

_NAMED = frozenset({"Person", "Organization", "Group", "Place"})
"""Kinds of things that bear names: 'Halden energy' is one when it is known to be a firm."""

_CONCEPTS = frozenset({"Concept", None})
"""Kinds of things whose names are common nouns, in the singular or the plural."""

_WEAK_FORMS = frozenset({"co", "as", "se", "sa", "spa", "ag", "ab", "hf", "ev", "cv", "lp", "pvt", "kg", "pte"})
"""Legal forms that are also ordinary words or abbreviations: believed of organisations only."""

_RARE_DOCUMENTS = 2

SUFFIX = "suffix"
"""The rule by which 'Tom Poe' may be 'Tom Poe Jr.'."""

CROSSED = "crossed initials"
"""The rule by which each of two names says something that the other leaves out."""

LEADING = "leading word"
"""The rule by which the first word of a firm's name stands for it."""


@quickly_made
@dataclass(frozen=True, slots=True)
class Record:
    """What is compared: the mention groups of one name that are taken for one thing.

    `bucket` is the name they share (two records of one bucket are namesakes), `short_names` the folded names by which its
    own documents call it too, `ties` the rare things it is linked with, `kind` its coarse type.
    """

    id: str
    bucket: str
    name: Name
    kind: str | None
    groups: tuple[str, ...]
    documents: frozenset[str]
    ties: frozenset[str] = frozenset()
    short_names: frozenset[str] = frozenset()

    @property
    def is_name(self) -> bool:
        """Whether it is called by a name, not by a common noun phrase."""
        return self.name.proper or (self.kind in _NAMED and self.name.surface != self.name.surface.lower())


@dataclass(frozen=True, slots=True)
class Comparison:
    """How well two records agree; `brief` is the id of the one whose name is a short form of the other's.

    `supported`: something beside the names speaks for it.
    """

    score: float
    rule: str
    brief: str | None = None
    supported: bool = False


A = TypeVar("A")

_REGIONS = ("regions", "")


class Answer(NamedTuple):
    """What was asked of surroundings, and what the answer was; `about` is what must change for it to change."""

    question: str
    asked: tuple[Any, ...]
    answer: Any
    about: tuple[str, str]


class Surroundings:
    """What stands beside a name: in how many documents a word occurs, and what else a record's documents name.

    `answers` keeps what was asked: a comparison stays what it was while the answers do.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._holding: dict[str, dict[str, Record]] = {}
        self._called: dict[str, dict[str, Record]] = {}
        self._places: Counter[str] = Counter()
        self.answers: list[Answer] = []
        for record in records:
            self._put(record)

    def _put(self, record: Record) -> None:
        for word in record.name.core:
            self._holding.setdefault(word, {})[record.id] = record
        self._called.setdefault(record.name.key, {})[record.id] = record
        if record.kind == "Place":
            self._places.update(set(record.name.tokens))

    def add(self, record: Record) -> set[tuple[str, str]]:
        """Take in a record; return about what answers may be others now (`Answer.about`)."""
        self._put(record)
        return self._touched(record)

    def remove(self, record: Record) -> set[tuple[str, str]]:
        """Let a record go; return what `add` does."""
        for words, word in (
            *((self._holding, word) for word in set(record.name.core)),
            (self._called, record.name.key),
        ):
            del words[word][record.id]
            if not words[word]:
                del words[word]
        if record.kind == "Place":
            self._places.subtract(set(record.name.tokens))
        return self._touched(record)

    def _touched(self, record: Record) -> set[tuple[str, str]]:
        touched = {("documents", word) for word in record.name.core} | {("named", record.name.key)}
        if record.kind == "Place":
            touched |= {("place", word) for word in record.name.tokens}
        if names_region(record.name):
            self.__dict__.pop("_regions", None)
            touched.add(_REGIONS)
        return touched

    def documents(self, word: str) -> int:
        """Return the number of documents with a name that holds this word."""
        found = len(frozenset().union(*(record.documents for record in self._holding.get(word, {}).values())))
        return self._answered("documents", (word,), found, ("documents", word))

    def is_of_a_place(self, word: str) -> bool:
        """Whether the name of a place holds this word."""
        return self._answered("is_of_a_place", (word,), self._places[word] > 0, ("place", word))

    def named_beside(self, key: str, record: Record) -> float:
        """Return the share of a record's documents that name something else, too."""
        others = self._called.get(key, {}).values()
        shared = frozenset().union(*(other.documents & record.documents for other in others))
        return self._answered("named_beside", (key, record), len(shared) / len(record.documents), ("named", key))

    def other_region_beside(self, region: str, record: Record) -> bool:
        """Whether a record's documents name a country, or a part of one, that nothing in `region` lies in."""
        found = self._regions.another(region, record.documents)
        return self._answered("other_region_beside", (region, record), found, _REGIONS)

    def mostly_in(self, region: str) -> bool:
        """Whether half of the documents that name any country, or a part of one, name this one."""
        return self._answered("mostly_in", (region,), self._regions.mostly(region), _REGIONS)

    @cached_property
    def _regions(self) -> NamedRegions:
        named = (record for records in self._called.values() for record in records.values())
        return NamedRegions((record.name, record.documents) for record in named)

    def _answered(self, question: str, asked: tuple[Any, ...], answer: A, about: tuple[str, str]) -> A:
        self.answers.append(Answer(question, asked, answer, about))
        return answer

    def still(self, answers: Iterable[Answer]) -> bool:
        """Whether these questions still have these answers."""
        return all(bool(getattr(self, one.question)(*one.asked) == one.answer) for one in answers)


def kinds_agree(left: Record, right: Record) -> bool:
    """Whether nothing is known against their being of one kind."""
    return left.kind is None or right.kind is None or left.kind == right.kind


def _same_kind(left: Record, right: Record, kind: str | None = None) -> bool:
    return left.kind is not None and left.kind == right.kind and kind in (None, left.kind)


def are_different(left: Record, right: Record) -> bool:
    """Whether the names, kinds or contexts rule out that the two are one thing, whatever joins them."""
    if left.bucket == right.bucket or not kinds_agree(left, right):
        return True
    if "Person" in (left.kind, right.kind):
        return not _same_spelled_out(left.name, right.name) and _different_persons(left.name, right.name)
    return _different_numbers(left.name, right.name) or _different_places(left.name, right.name)


def _different_places(left: Name, right: Name) -> bool:
    """Whether both are called alike and lie where nothing lies in both: 'Paris, Texas' and 'Paris, France'."""
    one, other = left.qualifier, right.qualifier
    if one is None or other is None or one[0] != other[0]:
        return False
    return are_apart(regions_of(one[1]), regions_of(other[1]))


def _different_numbers(left: Name, right: Name) -> bool:
    """Whether the names are alike but for their numbers."""
    if left.numbers == right.numbers or not left.numbers or not right.numbers:
        return False
    words = [{word for word in name.core if word not in name.numbers} for name in (left, right)]
    return bool(words[0] & words[1])


# -------------------------------------------------------------------------------------------------------------- comparing


def compare(left: Record, right: Record, beside: Surroundings) -> Comparison | None:
    """Compare two records by name and neighbours; `None` when nothing speaks for their being one thing."""
    if left.id == right.id or left.name.anaphoric or right.name.anaphoric or are_different(left, right):
        return None
    tied = bool(left.ties & right.ties)
    named = left.name.key in right.short_names or right.name.key in left.short_names
    supported = tied or named
    found = _compare_names(left, right, supported) or _compare_plural(left, right, supported)
    if found is None and left.is_name and right.is_name:
        if "Person" in (left.kind, right.kind):
            return _compare_persons(left, right, supported, beside)
        found = _compare_countries(left, right) or _compare_acronym(left, right, supported)
        found = found or _compare_acronym(right, left, supported)
        found = found or _compare_short_form(left, right, tied, named) or _compare_short_form(right, left, tied, named)
        found = found or _compare_leading(left, right, named, beside) or _compare_leading(right, left, named, beside)
        found = found or _compare_works(left, right) or _compare_works(right, left)
        found = found or _compare_qualified(left, right, beside) or _compare_qualified(right, left, beside)
        found = found or _compare_regions(left, right)
        found = found or _compare_spelling(left, right, tied, beside)
    return found


def _compare_names(left: Record, right: Record, supported: bool) -> Comparison | None:
    one, other = left.name, right.name
    if one.key == other.key:  # a common noun and a name: 'apple' and 'Apple'
        return Comparison(0.95, "same name", supported=supported) if _same_kind(left, right) else None
    if one.squashed != other.squashed and not _same_spelled_out(one, other):
        return None
    if not (left.is_name and right.is_name) or one.numbers != other.numbers:
        return None
    if one.forms == other.forms:
        return Comparison(0.96, "same name", supported=supported)
    organisation = "Organization" in (left.kind, right.kind)
    if not organisation and (left.kind or right.kind or (one.forms ^ other.forms) <= _WEAK_FORMS):
        return None
    if one.forms and other.forms and not one.forms & other.forms:
        changed = same_jurisdiction(one.forms, other.forms) and not left.documents & right.documents
        return Comparison(0.92 if supported or changed else 0.8, "another legal form", supported=supported)
    brief = left.id if len(one.forms) < len(other.forms) else right.id
    return Comparison(0.96, "legal form", brief, supported)


def _compare_plural(left: Record, right: Record, supported: bool) -> Comparison | None:
    """Compare 'memory network' with 'memory networks': of concepts one of which is written as a common noun."""
    if {left.kind, right.kind} - _CONCEPTS or (left.name.proper and right.name.proper):
        return None
    if left.name.singular is None or left.name.singular != right.name.singular or left.name.key == right.name.key:
        return None
    if left.name.squashed == right.name.squashed or left.name.numbers != right.name.numbers:
        return None
    return Comparison(0.9, "plural", supported=supported)


def _same_spelled_out(one: Name, other: Name) -> bool:
    return one.expanded == other.core or other.expanded == one.core


def _compare_acronym(short: Record, full: Record, supported: bool) -> Comparison | None:
    acronym = short.name.acronym
    if acronym is None or acronym not in full.name.initials or acronym in full.name.tokens:
        return None
    if short.kind in (None, "Place") and short.name.country:
        return None  # 'US' is a country beside any Union Station
    sure = len(acronym) >= 3 and _same_kind(short, full)
    return Comparison(0.95 if supported else 0.87 if sure else 0.5, "acronym", short.id, supported)


def _compare_short_form(short: Record, full: Record, tied: bool, named: bool) -> Comparison | None:
    """Compare 'Halden' with 'Halden Group', and with 'Halden Energy', which may be a firm beside a Halden that owns it.

    Mother and daughter share what they are linked with: of a line of business only a document that uses both can tell. A
    name with a legal form is whole, so that the other should have that form, too.
    """
    brief, whole = short.name.core, full.name.core
    further = set(whole[len(brief) :])
    if len(brief) >= len(whole) or whole[: len(brief)] != brief or not further <= DESCRIPTORS:
        return None
    if "Organization" not in (short.kind, full.kind) or len(short.name.squashed) < 3:
        return None
    if further & LINES_OF_BUSINESS:
        return None if short.name.forms else Comparison(0.93 if named else 0.5, "line of business", short.id, named)
    if short.name.forms - full.name.forms:
        return None
    sure = _same_kind(short, full) and not short.name.forms
    return Comparison(0.93 if tied or named else 0.86 if sure else 0.5, "short form", short.id, tied or named)


def _compare_leading(short: Record, full: Record, named: bool, beside: Surroundings) -> Comparison | None:
    """Compare 'Vestfjord' with 'Vestfjord Energy Storage': only a document that uses both so can tell."""
    brief, whole = short.name.core, full.name.core
    if not _same_kind(short, full, "Organization") or short.name.forms or short.name.acronym or not brief:
        return None
    further = whole[len(brief) :]
    if len(brief) >= len(whole) or whole[: len(brief)] != brief or len(short.name.squashed) < 4 or full.name.numbers:
        return None
    if set(further) & (PART_WORDS | {"of", "for", "and", "in"}) or any(map(beside.is_of_a_place, further)):
        return None
    return Comparison(0.9 if named else 0.3, LEADING, short.id, named)


def _compare_works(short: Record, full: Record) -> Comparison | None:
    """Compare 'Kalvneset' with 'Kalvneset plant': what they both are said to have or to be tells the plant from the town."""
    brief, whole = short.name.core, full.name.core
    if len(whole) != len(brief) + 1 or whole[:-1] != brief or whole[-1] not in WORKS or full.kind != "Place":
        return None
    tied = bool(short.ties & full.ties)
    return Comparison(0.93 if tied else 0.5, "word for what it is", short.id, tied)


def _compare_qualified(short: Record, full: Record, beside: Surroundings) -> Comparison | None:
    """Compare 'Oslo' with 'Oslo, Norway': the documents of the one should mostly speak of the other's country.

    Where they speak of none, it is the one that is known, if most of what lies anywhere lies there.
    """
    qualifier = full.name.qualifier
    if qualifier is None or qualifier[0] != short.name.key or {short.kind, full.kind} - {None, "Place"}:
        return None
    region = qualifier[1]
    if region in short.ties or beside.named_beside(region, short) >= 0.5:
        return Comparison(0.92, "qualified name", short.id, supported=True)
    known = beside.mostly_in(region) and not beside.other_region_beside(region, short)
    return Comparison(0.87 if known else 0.6, "qualified name", short.id)


def _compare_regions(left: Record, right: Record) -> Comparison | None:
    """Compare 'Paris, Texas' with 'Paris, TX', 'Paris, Texas, USA' and 'Paris, USA', which says less."""
    one, other = left.name.qualifier, right.name.qualifier
    if one is None or other is None or one[0] != other[0] or {left.kind, right.kind} - {None, "Place"}:
        return None
    inner, outer = regions_of(one[1]), regions_of(other[1])
    if one[1] == other[1] or inner & outer:
        return Comparison(0.95, "same region")
    if lies_in(inner, outer):
        return Comparison(0.9, "larger region", right.id)
    return Comparison(0.9, "larger region", left.id) if lies_in(outer, inner) else None


def _compare_countries(left: Record, right: Record) -> Comparison | None:
    """Compare 'USA' with 'United States': two names of one country."""
    if {left.kind, right.kind} - {None, "Place"} or left.name.country is None:
        return None
    return Comparison(0.95, "same region") if left.name.country == right.name.country else None


def _compare_spelling(left: Record, right: Record, tied: bool, beside: Surroundings) -> Comparison | None:
    one, other = left.name.core, right.name.core
    differing = [(a, b) for a, b in zip(one, other, strict=False) if a != b]
    if len(one) != len(other) or len(differing) != 1 or left.name.forms != right.name.forms:
        return None
    if not {left.kind, right.kind} <= _SPELLED | {None} or not _slip(*differing[0], left, right, beside):
        return None
    maybe_persons = None in (left.kind, right.kind) and looks_like_a_person(left.name)
    plain = len(one) > 1 and len(left.name.squashed) >= 10 and not maybe_persons
    return Comparison(0.92 if tied else 0.87 if plain else 0.7, "spelling", supported=tied)


def _slip(one: str, other: str, left: Record, right: Record, beside: Surroundings) -> bool:
    """Whether two words are one, misspelt: one letter changed, added, lost or swapped in a long word that is rare.

    A slip keeps the first letter, is found in few documents, and not beside the right spelling. A word that merely goes
    on ('Georgia', 'Georgian') is another word.
    """
    if min(len(one), len(other)) < 6 or one[0] != other[0] or OSA.distance(one, other, score_cutoff=1) != 1:
        return False
    if one.startswith(other) or other.startswith(one) or any(c.isdigit() for c in one + other):
        return False
    if left.documents & right.documents:
        return False
    return min(beside.documents(one), beside.documents(other)) <= _RARE_DOCUMENTS


# ---------------------------------------------------------------------------------------------------------------- persons


def _person(name: Name) -> PersonName:
    return read_person(name.turned or name.key, name.surface)


def _different_persons(left: Name, right: Name) -> bool:
    """Whether two persons of one family bear different given names, or differ in what tells father from son."""
    one, other = _person(left), respelled(right, left)
    if one.family != other.family:
        return False
    if not one.family:
        return one.given == other.given and one.suffix != other.suffix
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return True
    return any(not _given_agree(a, b) for a, b in zip(one.given, other.given, strict=False))


def _given_agree(one: str, other: str) -> bool:
    if 1 in (len(one), len(other)):
        return one[0] == other[0] or full_given(one)[0] == full_given(other)[0]
    return one == other or full_given(one) == full_given(other)


def _compare_persons(left: Record, right: Record, supported: bool, beside: Surroundings) -> Comparison | None:
    one, other, spelled = _person(left.name), _person(right.name), respelled(right.name, left.name)
    if not one.family or not other.family:
        return _compare_part(left, right, supported)
    if one.family != spelled.family:
        return _compare_family_spelling(left, right, beside)
    found = _compare_given(left, right, one, spelled, supported)
    if found is None or spelled == other:
        return found
    across = left.name.transliterated != right.name.transliterated
    rule = found.rule if found.brief else "transliteration" if across else "romanisation"
    if across:
        return replace(found, rule=rule)
    beside_it = left.documents & right.documents  # a document spells a name in one way
    return replace(found, score=min(found.score, 0.9 if supported and not beside_it else 0.7), rule=rule)


def _compare_given(
    left: Record, right: Record, one: PersonName, other: PersonName, supported: bool
) -> Comparison | None:
    """Compare two persons of one family by what stands before and behind its name."""
    if any(not _given_agree(a, b) for a, b in zip(one.given, other.given, strict=False)):
        return None
    both = _same_kind(left, right)
    if one.given == other.given:
        if one.suffix == other.suffix:  # a title, or 'Roe, Jane'
            return Comparison(0.95, "same person's name", supported=supported)
        brief = left.id if other.suffix else right.id
        return Comparison(0.6, SUFFIX, brief, supported)  # father and son share their neighbours, too
    brief, short, full = (left.id, one, other) if _fullness(one) < _fullness(other) else (right.id, other, one)
    if _nicknamed(one, other):
        return Comparison(0.9 if supported else 0.6, "nickname", brief, supported)
    if _nicknamed_by_initial(one, other):  # what is only guessed should not stand in the way of what is read
        return Comparison(0.9, "nickname", brief, True) if supported else Comparison(0.6, "nickname")
    if len(short.given) > len(full.given):
        return Comparison(0.6, CROSSED, brief, supported)  # 'T. J. Poe' and 'Tim Poe' meet in one film
    plain = both and all(len(name) == 1 for name in full.given[len(short.given) :])
    return Comparison(0.95 if supported else 0.88 if plain else 0.6, "initials", brief, supported)


def _fullness(person: PersonName) -> tuple[int, int]:
    return sum(len(name) > 1 for name in person.given), len("".join(person.given))


def _nicknamed(one: PersonName, other: PersonName) -> bool:
    return any(a != b and 1 not in (len(a), len(b)) for a, b in zip(one.given, other.given, strict=False))


def _nicknamed_by_initial(one: PersonName, other: PersonName) -> bool:
    """Whether an initial is that of what a nickname stands for: 'R. Poe' and 'Bob Poe'."""
    return any(a[0] != b[0] for a, b in zip(one.given, other.given, strict=False) if 1 in (len(a), len(b)))


def _compare_part(left: Record, right: Record, supported: bool) -> Comparison | None:
    """Compare a name of one word with a whole one: 'Roe' or 'Jane' with 'Jane Roe'."""
    short, full = (left, right) if not _person(left.name).family else (right, left)
    brief, whole = _person(short.name), _person(full.name)
    if not whole.family or not brief.given or brief.suffix or len(brief.given[0]) == 1:
        return None
    first = short.kind == full.kind == "Person" and brief.given[0] == whole.given[0]
    if not first and brief.given[0] != whole.family[-1]:
        return None
    return Comparison(0.9 if supported else 0.4, "part of a name", short.id, supported)


def _compare_family_spelling(left: Record, right: Record, beside: Surroundings) -> Comparison | None:
    one, other = _person(left.name), _person(right.name)
    if one.given != other.given or len(one.given[0]) == 1 or one.suffix != other.suffix:
        return None
    if one.family[:-1] != other.family[:-1] or not _slip(one.family[-1], other.family[-1], left, right, beside):
        return None
    tied = bool(left.ties & right.ties)
    return Comparison(0.9 if tied else 0.7, "spelling", supported=tied)
