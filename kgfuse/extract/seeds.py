"""Seed entities: names to look out for, chosen from topics and by the user; they steer prompts and mark what is salient."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kgfuse.errors import UsageError
from kgfuse.extract.topics import Topic
from kgfuse.extract.versions import seeded_version
from kgfuse.model import Chunk, Document, Mention
from kgfuse.ontology import Ontology
from kgfuse.protocols import Extraction, Extractor

PER_TOPIC = 8
"""Terms of a topic that become seeds."""

_LONGEST_NAME = 100
_WORD = re.compile(r"\w+(?:[-\u2010\u2011'\u2019.&/]\w+)*")


def choose_seeds(topics: Sequence[Topic], given: Iterable[str] = (), limit: int = 400) -> tuple[str, ...]:
    """Return the user's names, then the best terms of each topic in turn; of variants of one name the first.

    At most `limit` terms come from topics: the first of every topic before the second of any.
    """
    chosen = {key_of(name): name for name in reversed(list(given)) if key_of(name)}
    seeds = dict(sorted(chosen.items(), key=lambda item: item[1]))
    room = limit
    for rank in range(PER_TOPIC):
        for topic in topics:
            if rank < len(topic.terms) and room > 0:
                name = topic.terms[rank][0]
                if _telling(name) and key_of(name) not in seeds:
                    seeds[key_of(name)] = name
                    room -= 1
    return tuple(seeds.values())


def _telling(name: str) -> bool:
    """Whether a term names something by itself: a lone common noun ('group', 'report') does not."""
    return " " in name or "-" in name or not name.islower()


def read_seeds(path: Path) -> tuple[str, ...]:
    """Read names, one a line; empty lines and those that begin with ``#`` are left out. Raises UsageError."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: cannot be read: {error}", hint="Give a text file in UTF-8, a name a line."
        ) from error
    names = [" ".join(line.split()) for line in lines]
    for name in names:
        if len(name) > _LONGEST_NAME:
            raise UsageError(f"{path}: a name is longer than {_LONGEST_NAME} characters: {name[:40]}…")
    return tuple(dict.fromkeys(name for name in names if name and not name.startswith("#")))


def key_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, hyphens taken apart, the last without a plural s: what variants share."""
    words = [part for word in _WORD.findall(name) for part in re.split(r"[-\u2010\u2011]", word.lower())]
    return (*words[:-1], _singular(words[-1])) if words else ()


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a seed stands in a text: offsets in characters."""

    seed: str
    start: int
    end: int


class SeedFinder:
    """Finds seeds in texts, whole words, in any case, singular or plural. Linear in the text, whatever the seeds."""

    def __init__(self, seeds: Sequence[str]) -> None:
        self._seeds: dict[tuple[str, ...], str] = {}
        for seed in seeds:
            self._seeds.setdefault(key_of(seed), seed)
        self._seeds.pop((), None)
        self._longest = max(map(len, self._seeds), default=0)
        self._first = {key[0] if len(key) > 1 else None for key in self._seeds}

    def find(self, text: str) -> list[Occurrence]:
        """Return the occurrences in the text's order, longest first at each place, none within another."""
        words = [
            (part.group().lower(), word.start() + part.start(), word.start() + part.end())
            for word in _WORD.finditer(text)
            for part in re.finditer(r"[^-\u2010\u2011]+", word.group())
        ]
        found, at = [], 0
        while at < len(words):
            length = self._at([word for word, _, _ in words[at : at + self._longest]])
            if length:
                start, end = words[at][1], words[at + length - 1][2]
                found.append(Occurrence(self._seeds[_ended([w for w, _, _ in words[at : at + length]])], start, end))
            at += length or 1
        return found

    def names_in(self, *texts: str) -> tuple[str, ...]:
        """Return the seeds that occur in the texts, each once, in order of their first occurrence."""
        return tuple(dict.fromkeys(one.seed for text in texts for one in self.find(text)))

    def _at(self, words: list[str]) -> int:
        """The number of words, from the first on, that make the longest seed here; 0 for none."""
        for length in range(len(words), 0, -1):
            if (length == 1 or words[0] in self._first) and _ended(words[:length]) in self._seeds:
                return length
        return 0


def _ended(words: list[str]) -> tuple[str, ...]:
    return (*words[:-1], _singular(words[-1]))


class SeededExtractor:
    """An `Extractor` that adds a mention wherever a seed stands and the extractor beneath saw nothing."""

    def __init__(self, extractor: Extractor, seeds: Sequence[str], ontology: Ontology) -> None:
        self._extractor = extractor
        self._finder = SeedFinder(seeds)
        self._concept = "Concept" if "Concept" in ontology.types else None
        self._seeds = tuple(seeds)

    @property
    def version(self) -> str:
        """The version of the extractor beneath, and what it is seeded with."""
        return seeded_version(self._extractor.version, self._seeds)

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction:
        """Extract, then mark the seeds: a term in lower case is a concept, a name may be anything."""
        extraction = self._extractor.extract(document, chunks)
        return mark(extraction, chunks, self._finder, self._concept)


def mark(extraction: Extraction, chunks: Sequence[Chunk], finder: SeedFinder, concept: str | None) -> Extraction:
    """Return the extraction with a mention at every seed that no mention or argument covers yet."""
    known = [*extraction.mentions]
    known += [end for one in extraction.triples for end in (one.subject, one.object) if isinstance(end, Mention)]
    covered = sorted((mention.start, mention.end) for mention in known)
    types: dict[str, str | None] = {mention.surface: mention.entity_type for mention in known if mention.entity_type}
    added = []
    for chunk in chunks:
        for one in finder.find(chunk.text):
            start, end = chunk.start + one.start, chunk.start + one.end
            if not _overlaps(covered, start, end):
                surface = " ".join(chunk.text[one.start : one.end].split())
                added.append(Mention(surface, start, end, types.get(surface, concept if surface.islower() else None)))
    if not added:
        return extraction
    mentions = sorted({*extraction.mentions, *added}, key=lambda m: (m.start, m.end, m.surface, m.entity_type or ""))
    return replace(extraction, mentions=tuple(mentions))


def _overlaps(covered: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a span of the sorted `covered` meets ``[start, end)``."""
    at = bisect_left(covered, (end, -1))
    return any(other_end > start for _, other_end in covered[max(0, at - 8) : at])
