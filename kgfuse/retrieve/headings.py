"""What a passage is about, by the heading above it: an entity whose name is the heading, or a name in the question."""

from __future__ import annotations

import re
from functools import lru_cache

from kgfuse.graph.queries import fold
from kgfuse.model import Chunk, Entity
from kgfuse.retrieve.words import is_content, words_of

_ASIDE = re.compile(r"\s*\([^()]*\)")


def heading_of(chunk: Chunk) -> str:
    """Return the nearest heading above a passage, folded and without what stands in brackets: 'Mercury (planet)'."""
    return _without_aside(chunk.heading_path[-1]) if chunk.heading_path else ""


def is_headed(chunk: Chunk, entity: Entity) -> bool:
    """Whether the heading is the entity's name or an alias."""
    heading = heading_of(chunk)
    return bool(heading) and any(_without_aside(name) == heading for name in (entity.name, *entity.aliases))


@lru_cache(1 << 14)
def _without_aside(name: str) -> str:
    return fold(_ASIDE.sub("", name))


class NamedHeadings:
    """Which headings a question names: they stand in it word for word, each word that counts with a capital letter.

    'results' in a question does not name the section 'Results', 'Grand Canal' names the page.
    """

    def __init__(self, question: str) -> None:
        words = words_of(question)
        self._folded = f" {' '.join(fold(word.text) for word in words)} "
        lower = (word.text for word in words if not (word.text[:1].isupper() or word.text[:1].isdigit()))
        self._plain = {fold(word) for word in lower if is_content(word)}

    def names(self, chunk: Chunk) -> bool:
        """Whether the question names the heading of a passage."""
        heading = heading_of(chunk)
        return len(heading) > 2 and f" {heading} " in self._folded and not self._plain.intersection(heading.split())
