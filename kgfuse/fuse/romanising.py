"""The spellings in which a person's name comes into Latin letters: 'Sergei', 'Sergey' and 'Sergej' are one from Cyrillic.

Two spellings are alike when they have a reading in common. A reading is no spelling: it keeps what the customs of English,
French and German agree on. They read 'ch' differently ('Gorbachev', 'Michail'), so that a word may have two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kgfuse.fuse.normalise import Name
from kgfuse.fuse.person_names import PersonName, read_person

_LETTERS = {
    "schtsch": "S",  # Khrushchev, Khrouchtchev, Chruschtschow
    "chtch": "S",
    "shch": "S",
    "tsch": "C",  # Gorbatchev, Gorbatschow
    "tch": "C",
    "sch": "S",
    "sh": "S",
    "kh": "h",
    "ts": "H",
    "tz": "H",
    "ck": "k",
    "c": "k",
    "x": "ks",
    "w": "v",
    "ph": "f",
    "th": "t",
}
"""Letters that are written for one sound, and what stands for it here; 'ch' is what customs differ about."""

_WRITTEN = re.compile("|".join(sorted((*_LETTERS, "ch"), key=len, reverse=True)))
_CONSONANT = "[b-df-hj-np-tv-zCHS]"
_STEPS = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        ("ff$", "v"),
        ("ander$", "andr"),
        (rf"({_CONSONANT})\1", r"\1"),
        ("[ijy]+", "i"),  # Sergei, Sergey, Sergej; Navalny, Navalnyi; Yulia, Julia, Yuliya
        ("ie", "e"),  # Yeltsin; Dostoyevsky
        (f"(?<={_CONSONANT})io(?={_CONSONANT})", "e"),  # Fyodor, Solovyov
        ("(?<=[CS])ov", "ev"),  # Gorbatschow
    )
)

_GIVEN = (
    "aleksandr aleksei anatoli andrei arkadi artem bogdan dmitri evgeni ekaterina fedor gennadi grigori igor ilia "
    "iosif iuri ksenia leonid liudmila mikhail mikola nadezhda nikita nikolai oleg oleksandr petr serhi sergei stanislav "
    "stepan svetlana tatiana timofei vasili vasil viacheslav vitali vladimir vladislav volodimir iaroslav"
)
"""Given names that come from Cyrillic and have no other form in Latin letters."""

_FAMILY = re.compile(r"..(?:[oe]va?|sk(?:[iyj]+|a[iyj]a)|enko|chuk|[oe]vich)$")
"""How family names from Cyrillic end."""


@lru_cache(maxsize=100_000)
def readings(word: str, transliterated: bool = False) -> frozenset[str]:
    """Return the readings of a folded word; `transliterated`: it was folded from Cyrillic or Greek, where 'ch' is plain."""
    return frozenset(_reading(word, ch) for ch in _customs(word, transliterated))


def _customs(letters: str, transliterated: bool) -> str:
    """What 'ch' may stand for in these letters."""
    return "Ch" if "ch" in letters and not transliterated else "C"


def _reading(word: str, ch: str) -> str:
    word = _WRITTEN.sub(lambda letters: _LETTERS.get(letters[0], ch), word)
    for pattern, written in _STEPS:
        word = pattern.sub(written, word)
    return word


def reading_keys(person: PersonName, transliterated: bool) -> list[str]:
    """Return keys of which two persons share one if their family names and initials are alike."""
    customs = _customs("".join(person.family), transliterated)  # one writer has one
    families = {tuple(_reading(word, ch) for word in person.family) for ch in customs}
    initials = {reading[:1] for reading in readings(person.given[0], transliterated)}
    return sorted(f"{' '.join(family)}, {initial}" for family in families for initial in initials)


def looks_romanised(person: PersonName) -> bool:
    """Whether a person's name in Latin letters is plainly one from Cyrillic."""
    given = person.given[0] if person.given else ""
    return not readings(given).isdisjoint(_given_names()) or _FAMILY.search(person.family[-1]) is not None


@lru_cache(maxsize=1)
def _given_names() -> frozenset[str]:
    return frozenset(_reading(name, "C") for name in _GIVEN.split())


def respelled(name: Name, model: Name) -> PersonName:
    """Read a person's name with the words that are alike in `model` spelled as they are there, if the families are alike.

    Between two names in Latin letters only where one is plainly from another script: Meier is not Meyer.
    """
    person, other = (read_person(each.turned or each.key, each.surface) for each in (name, model))
    if not person.family or len(person.family) != len(other.family):
        return person
    if person.given == other.given and person.family == other.family:
        return person
    if name.transliterated == model.transliterated and not (looks_romanised(person) or looks_romanised(other)):
        return person

    def spelled(words: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
        pairs = zip(words, others, strict=False)
        alike = tuple(there if _alike(word, name, there, model) else word for word, there in pairs)
        return alike + words[len(others) :]

    family = spelled(person.family, other.family)
    return PersonName(spelled(person.given, other.given), family, person.suffix) if family == other.family else person


def _alike(word: str, name: Name, there: str, model: Name) -> bool:
    if 1 in (len(word), len(there)):
        return False
    return not readings(word, name.transliterated).isdisjoint(readings(there, model.transliterated))
