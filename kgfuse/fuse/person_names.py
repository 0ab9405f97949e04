"""Names of persons: titles off, given and family names apart, initials, nicknames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kgfuse.fuse.normalise import DESCRIPTORS, GENERIC_WORDS, ROMAN, SUFFIXES, Name

_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame rev reverend fr hon capt captain col gen lt sgt herr frau mme mlle".split()
)

_PARTICLES = frozenset("van von der den de da di del della dos du la le al el bin ibn ben ter ten af av zu zur".split())

_NICKNAMES = {
    short: full
    for full, shorts in (
        ("robert", "bob rob bobby robbie"),
        ("william", "bill will billy"),
        ("richard", "dick rick"),
        ("james", "jim jimmy"),
        ("john", "jack johnny"),
        ("thomas", "tom tommy"),
        ("michael", "mike mick"),
        ("edward", "ed eddie ted"),
        ("charles", "charlie chuck"),
        ("joseph", "joe"),
        ("david", "dave"),
        ("daniel", "dan danny"),
        ("anthony", "tony"),
        ("stephen", "steve"),
        ("christopher", "chris"),
        ("matthew", "matt"),
        ("andrew", "andy drew"),
        ("kenneth", "ken"),
        ("ronald", "ron"),
        ("donald", "don"),
        ("samuel", "sam"),
        ("benjamin", "ben"),
        ("gregory", "greg"),
        ("timothy", "tim"),
        ("nicholas", "nick"),
        ("alexander", "alex sasha"),
        ("elizabeth", "liz beth betty lizzie"),
        ("margaret", "maggie peggy meg"),
        ("katherine", "kate kathy katie"),
        ("catherine", "cathy"),
        ("jennifer", "jenny jen"),
        ("susan", "sue"),
        ("patricia", "pat patty"),
        ("deborah", "debbie deb"),
        ("rebecca", "becky"),
        ("barbara", "barb"),
        ("victoria", "vicky"),
    )
    for short in shorts.split()
}


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name in the order given names, family name; titles are gone, `suffix` keeps 'jr', 'iii'.

    A given name of one letter is an initial. `family` is empty for a name of one word, which stands in `given`.
    """

    given: tuple[str, ...]
    family: tuple[str, ...]
    suffix: str = ""


def is_particle(word: str) -> bool:
    """Whether a word in lower case may begin a name: 'van der Poe'."""
    return word in _PARTICLES


@lru_cache(maxsize=200_000)
def read_person(key: str, surface: str = "") -> PersonName:
    """Read a folded name (or its turned form) as a person's; `surface` tells 'JK Rowling' from 'Al Roe'."""
    words = key.split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    suffix = ""
    while len(words) > 1 and (words[-1] in SUFFIXES or words[-1] in ROMAN):
        suffix = words[-1] if words[-1] in ("jr", "sr") or words[-1] in ROMAN else suffix
        words = words[:-1]
    if len(words) < 2:
        return PersonName(tuple(words), (), suffix)
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    given = [part for word in words[:start] for part in _as_initials(word, surface)]
    return PersonName(tuple(given), tuple(words[start:]), suffix)


def person_key(name: Name) -> str:
    """Return a person's name without titles and in its natural order: equal for 'Dr. Jane Roe' and 'Roe, Jane'."""
    person = read_person(name.turned or name.key, name.surface)
    return " ".join((*person.given, *person.family, person.suffix)).strip() or name.key


def _as_initials(word: str, surface: str) -> list[str]:
    """Split 'jk' into its letters where the surface writes 'JK' or 'J.K.'."""
    if 2 <= len(word) <= 4 and re.search(r"\b" + r"\.?\s?".join(map(re.escape, word.upper())) + r"\b", surface):
        return list(word)
    return [word]


def full_given(name: str) -> str:
    """Return the full form of a nickname ('bob' -> 'robert'), or the name itself."""
    return _NICKNAMES.get(name, name)


def looks_like_a_person(name: Name) -> bool:
    """Whether an untyped name has the form of a person's: two to four capitalised words, none of them a common noun."""
    words = [word for word in re.findall(r"[^\W_]+", name.surface) if word not in _PARTICLES]
    return (
        2 <= len(words) <= 4
        and all(word[0].isupper() and word.isalpha() for word in words)
        and not any(word in GENERIC_WORDS or word in DESCRIPTORS for word in name.tokens)
    )
