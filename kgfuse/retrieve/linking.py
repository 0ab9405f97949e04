"""From the names in a question to entities of the graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgfuse.folding import unaccented
from kgfuse.model import Entity
from kgfuse.protocols import GraphReader
from kgfuse.retrieve.words import Word, is_content, words_of

_LONGEST_NAME = 8
_FOUND, _FOUND_OF_NAME = 40, 10
"""Entities that a whole text may name, and a part of it that looks like a name."""

LONGEST_QUESTION = 2000
"""Characters that are looked at; what follows in a longer text is no question but a document."""

LEGAL_FORMS = frozenset(
    "inc incorporated ltd limited as asa ab oy a/s gmbh ag se sa s.a spa nv bv llc llp plc corp corporation co company "
    "group holding holdings the".split()
)
"""Words of a name that people leave out: legal forms and the like."""

_ARTICLES = frozenset({"the", "a", "an"})

_PARTNERS = re.compile(r"[^\W\d_]{3,} & [^\W\d_]{3,}")
"""Two names that make one of a firm: 'Roe & Moe', and not 'R&D'."""

_FIRMS = frozenset({"Organization", "Company"})
_OTHER_KINDS = frozenset(
    "bank foundation trust university school college hospital museum institute union club pension wireless".split()
)
"""What makes of a firm's name that of another thing."""


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a text, ``[start, end)``, and the entities it may name (several: namesakes); `score` in (0, 1]."""

    start: int
    end: int
    entities: tuple[Entity, ...]
    score: float


def link(text: str, store: GraphReader, *, past: bool = False) -> tuple[Link, ...]:
    """Find the entities that a text names, longest names first, no two overlapping; returned in order of place.

    A name matches when it is the entity's name or alias save for case, accents, punctuation and legal form; a single
    surname or given name matches the only person that bears it, and 'Roe & Moe' the only firm that begins so. A name in a
    longer name ('Acme' in 'Acme Bank') is another name and does not match. With `past`, former entities are found as well:
    what is called as one may be it.
    """
    text = text[:LONGEST_QUESTION]
    words = words_of(text)
    known = _Known()
    known.add(entity for entity, _ in store.find_entities(text, _FOUND, past=past))
    links: list[Link] = []
    for first, last in _spans(words):
        start, end = words[first].start, words[last].end
        if any(start < other.end and other.start < end for other in links):
            continue
        if _inside_longer_name(text, words, first, last):
            continue
        surface = text[start:end]
        if _capitalised(words[first].text):
            key = _key(surface)
            known.add(entity for entity, _ in store.find_entities(surface, _FOUND_OF_NAME, key, past=past))
        matches, score = known.matches(surface)
        if matches:
            links.append(Link(start, end, matches, min(score, 1.0)))
    return tuple(sorted(links, key=lambda item: item.start))


class _Known:
    """Entities that a text may name, by their names."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._by_key: dict[tuple[str, ...], list[Entity]] = {}
        self._people: dict[str, dict[str, Entity]] = {}

    def add(self, entities: Iterable[Entity]) -> None:
        """Take in entities; those that are known already stay."""
        for entity in entities:
            if entity.id in self._ids:
                continue
            self._ids.add(entity.id)
            for key in {_key(name) for name in (entity.name, *entity.aliases)} - {()}:
                self._by_key.setdefault(key, []).append(entity)
                if entity.type == "Person":
                    for word in (key[0], key[-1]):
                        self._people.setdefault(word, {})[entity.id] = entity

    def matches(self, surface: str) -> tuple[tuple[Entity, ...], float]:
        """Return the entities that a part of a text may name, and how surely."""
        key = _key(surface)
        if not key:
            return (), 0.0
        if exact := self._by_key.get(key):
            return _ranked(exact), 1.0
        if _PARTNERS.search(surface) and (firm := self._begun_with(key)):
            return firm, 0.8
        if _capitalised(surface) and len(key) == 1:
            people = self._people.get(key[0], {})
            if len({_key(one.name) for one in people.values()}) == 1:
                return _ranked(list(people.values())), 0.8
        return (), 0.0

    def _begun_with(self, key: tuple[str, ...]) -> tuple[Entity, ...]:
        """The only organisation whose name begins so, if what follows makes it no other one: 'Marks & Spencer Bank'."""
        longer = [(known, of) for known, of in self._by_key.items() if known[: len(key)] == key]
        firms = {entity.id: entity for _, of in longer for entity in of}
        if len(firms) != 1 or any(not _OTHER_KINDS.isdisjoint(known) for known, _ in longer):
            return ()
        (firm,) = firms.values()
        return (firm,) if firm.type in _FIRMS else ()


def _spans(words: tuple[Word, ...]) -> Iterator[tuple[int, int]]:
    """Runs of words that could be a name: longest first, then from the left; the article before a name is none of it."""
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            last = first + length - 1
            begins = is_content(words[first].text) or (length > 1 and words[first].text not in _ARTICLES)
            if begins and is_content(words[last].text):
                yield first, last


def _ranked(entities: list[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda entity: (-entity.mention_count, entity.id)))


def _key(name: str) -> tuple[str, ...]:
    """The words of a name that count, folded."""
    words = re.findall(r"[\w/]+", unaccented(name))
    telling = tuple(word for word in words if word not in LEGAL_FORMS)
    return telling or tuple(words)


def _capitalised(word: str) -> bool:
    return word[:1].isupper() or word[:1].isdigit()


def _inside_longer_name(text: str, words: tuple[Word, ...], first: int, last: int) -> bool:
    """Whether a capitalised word that is no acronym and no legal form touches the span: it is part of a longer name."""
    if not _capitalised(words[first].text):
        return False
    before, after = words[first - 1] if first else None, words[last + 1] if last + 1 < len(words) else None
    return (before is not None and first > 1 and _joins(text, before, words[first]) and not before.possessive) or (
        after is not None and not words[last].possessive and _joins(text, words[last], after)
    )


def _joins(text: str, left: Word, right: Word) -> bool:
    both = _capitalised(left.text) and _capitalised(right.text) and text[left.end : right.start] == " "
    return both and not any(
        (word.text.isupper() and word.text.isalpha()) or word.text.lower() in LEGAL_FORMS or not is_content(word.text)
        for word in (left, right)
    )
