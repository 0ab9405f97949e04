"""What a pronoun, a last name or 'the company' stands for: conservative rules, recency with agreement in type and gender.

A statement whose pronoun has no clear antecedent is dropped: a wrong subject does more harm than a missing one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kgfuse.extract.arguments import Argument
from kgfuse.extract.lexicon import FEMALE_WORDS, MALE_WORDS

_HE = frozenset({"he", "him", "his"})
_SHE = frozenset({"she", "her", "hers"})
_IT = frozenset({"it", "its", "they", "their", "them"})
_FIRST = frozenset({"i", "me", "my"})
_WINDOW = 3  # sentences that a pronoun looks back


@dataclass(frozen=True, slots=True)
class NamedMention:
    """A name read in sentence number `sentence` at `start`; `subject` says that it was the subject of its clause."""

    name: str
    type: str | None
    sentence: int
    start: int
    subject: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What a document's names are called in full, and the gender of its people where the text shows it."""

    full: dict[str, str]
    gender: dict[str, str]
    types: dict[str, str]


def survey(mentions: Iterable[tuple[str, str | None, str]]) -> Names:
    """Return the full names of a document from ``(name, type, word before it)``.

    A single last (or first) name stands for a person's full name when exactly one person of the document has it. The
    majority of types wins.
    """
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    gender: dict[str, str] = {}
    before: dict[str, str] = {}
    for name, kind, word in mentions:
        if kind is not None:
            votes[name][kind] += 1
        word = word.lower().rstrip(".")
        if word in FEMALE_WORDS | MALE_WORDS:
            before[name] = "f" if word in FEMALE_WORDS else "m"
    types = {name: max(sorted(counts), key=lambda k: (counts[k], k)) for name, counts in votes.items()}
    people = [name for name, kind in types.items() if kind == "Person" and len(name.split()) > 1]
    owners: dict[str, set[str]] = defaultdict(set)
    for person in people:
        owners[person.split()[-1]].add(person)
        owners[person.split()[0]].add(person)
    full = {
        part: next(iter(found))
        for part, found in owners.items()
        if len(found) == 1 and types.get(part) in {None, "Person"}
    }
    for name, sex in before.items():
        gender[full.get(name, name)] = sex
    return Names(full, gender, types)


class Antecedents:
    """The names read so far, for the pronouns to come. Sentences are numbered; a new section forgets what was before."""

    def __init__(self, names: Names, topic: str | None, author: str | None) -> None:
        self._names = names
        self._topic = topic
        self._author = author
        self._seen: list[NamedMention] = []

    def new_section(self) -> None:
        """Forget the names: a pronoun does not look across a heading or into another chunk."""
        self._seen = []

    def read(self, mention: NamedMention) -> None:
        """Remember a name."""
        self._seen.append(replace(mention, name=self._names.full.get(mention.name, mention.name)))

    def resolve(self, argument: Argument, sentence: int) -> tuple[Argument, bool] | None:
        """Return the argument under its full name and whether that was inferred; `None` when nothing fits clearly."""
        if argument.kind == "name":
            full = self._names.full.get(argument.text)
            if full is not None and argument.type in {None, "Person"}:
                return replace(argument, text=full, type="Person"), False
            return argument, False
        if argument.kind == "noun":
            return argument, False
        found = self._antecedent(argument, sentence)
        return None if found is None else (replace(argument, text=found[0], type=found[1], kind="name"), True)

    def _antecedent(self, argument: Argument, sentence: int) -> tuple[str, str | None] | None:
        word = argument.text.lower()
        if argument.kind == "pronoun" and word in _FIRST:
            return (self._author, "Person") if self._author else None
        if argument.kind == "pronoun" and word in _HE | _SHE:
            return self._person("f" if word in _SHE else "m", sentence, argument.start)
        if argument.kind == "pronoun" and word in _IT:
            return self._thing({"Organization"}, sentence, argument.start, lenient=word in {"it", "its"})
        if argument.kind in {"definite", "implied"}:
            return self._thing({argument.type or "Organization"}, sentence, argument.start or 10**6, lenient=False)
        return None

    def _before(self, sentence: int, start: int, window: int) -> list[NamedMention]:
        return [m for m in self._seen if sentence - window <= m.sentence and (m.sentence, m.start) < (sentence, start)]

    def _person(self, sex: str, sentence: int, start: int) -> tuple[str, str | None] | None:
        people = [
            m for m in self._before(sentence, start, _WINDOW)
            if m.type == "Person" and self._names.gender.get(m.name, sex) == sex
        ]  # fmt: skip
        return self._nearest(people, "Person")

    def _thing(self, types: set[str], sentence: int, start: int, *, lenient: bool) -> tuple[str, str | None] | None:
        things = [
            m
            for m in self._before(sentence, start, _WINDOW)
            if m.type in types or (lenient and m.type is None and m.subject)
        ]
        found = self._nearest(things, next(iter(types)))
        if found is None and not things and self._topic and types == {"Organization"}:
            return self._topic, "Organization"
        return found

    def _nearest(self, candidates: list[NamedMention], kind: str) -> tuple[str, str | None] | None:
        """Return the only candidate, or the subject of the nearest sentence that has one; otherwise nothing is clear."""
        if not candidates:
            return None
        names = {m.name for m in candidates}
        if len(names) == 1:
            return candidates[-1].name, candidates[-1].type or kind
        last = max(m.sentence for m in candidates)
        nearest = [m for m in candidates if m.sentence == last]
        if len({m.name for m in nearest}) == 1:
            return nearest[0].name, nearest[0].type or kind
        subjects = [m for m in nearest if m.subject]
        if len({m.name for m in subjects}) == 1:
            return subjects[0].name, subjects[0].type or kind
        return None
