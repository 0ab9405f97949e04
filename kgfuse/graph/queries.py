"""From a question and a filter to SQL with bound values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgfuse.folding import unaccented
from kgfuse.graph.rows import instant
from kgfuse.model import FactStatus
from kgfuse.protocols import FactFilter
from kgfuse.sqlite import placeholders

_WORD = re.compile(r"\w+")
_STOP = frozenset(
    "a an and any are as at be been before but by can did do does for from had has have he her him his how i in into is "
    "it its me my of on or our she that the their them there these they this to was we were what when where which who "
    "whom whose why will with would you your".split()
)


def fold(name: str) -> str:
    """Return a name without case, accents, punctuation and surplus spaces, for exact lookups."""
    return " ".join(_WORD.findall(unaccented(name)))


def full_text(query: str) -> str | None:
    """Turn any text into an FTS5 query: its words quoted, any of them; `None` when it holds no word.

    Stop words are left out unless there is nothing else, for they match everything and cost most.
    """
    return " OR ".join(f'"{word}"' for word in words_of_query(query)) or None


def words_of_query(query: str) -> list[str]:
    """Return the words that a full-text search looks for: each once, at most 64, stop words only if nothing else is."""
    words = [word.lower() for word in _WORD.findall(query)]
    telling = list(dict.fromkeys(word for word in words if word not in _STOP)) or list(dict.fromkeys(words))
    return telling[:64]


def conditions(filter: FactFilter) -> tuple[str, list[object]]:
    """Return a WHERE expression over ``fact_versions`` and its values."""
    parts: list[str] = []
    values: list[object] = []

    def add(part: str, *bound: object) -> None:
        parts.append(part)
        values.extend(bound)

    if filter.known_at is not None:
        known = instant(filter.known_at)
        add("recorded_at <= ? AND (retracted_at IS NULL OR retracted_at > ?)", known, known)
    elif FactStatus.RETRACTED in filter.statuses:
        add(
            "(retracted_at IS NULL OR version = (SELECT max(version) FROM fact_versions AS other "
            "WHERE other.id = fact_versions.id))"
        )
    else:
        add("retracted_at IS NULL")
    if filter.statuses:
        marks = ", ".join("?" * len(filter.statuses))
        retracted = "retracted_at IS NOT NULL OR " if FactStatus.RETRACTED in filter.statuses else ""
        add(f"({retracted}status IN ({marks}))", *(status.value for status in filter.statuses))
    if filter.as_of is not None:
        when = instant(filter.as_of)
        add("(valid_from_at IS NULL OR valid_from_at <= ?) AND (valid_to_at IS NULL OR valid_to_at > ?)", when, when)
    if filter.valid_during is not None:
        start, end = filter.valid_during
        add(
            "(valid_from_at IS NULL OR valid_from_at < ?) AND (valid_to_at IS NULL OR valid_to_at > ?)",
            instant(end),
            instant(start),
        )
    if filter.minimum_confidence > 0:
        add("confidence >= ?", filter.minimum_confidence)
    if filter.relation is not None:
        add("relation = ?", filter.relation)
    if filter.sources:
        where, bound = _of_sources(filter.sources)
        add(
            "EXISTS (SELECT 1 FROM json_each(fact_versions.supported_by) AS claim "
            f"JOIN triples ON triples.id = claim.value WHERE triples.document_id IN ({where}))",
            *bound,
        )
    if filter.types:
        marks = placeholders(len(filter.types))
        typed = [
            f"SELECT 1 FROM entities WHERE id IN (fact_versions.subject, fact_versions.object) AND type IN ({marks})"
        ]
        if filter.past:
            typed = [
                "SELECT 1 FROM entity_members JOIN entities ON entities.id = entity_id "
                f"WHERE member_id IN (fact_versions.subject, fact_versions.object) AND type IN ({marks})",
                "SELECT 1 FROM former_entities "
                f"WHERE id IN (fact_versions.subject, fact_versions.object) AND type IN ({marks})",
            ]
        add(f"({' OR '.join(f'EXISTS ({sql})' for sql in typed)})", *(filter.types * len(typed)))
    return " AND ".join(parts), values


def chunk_conditions(filter: FactFilter) -> tuple[str, list[object]]:
    """Return a WHERE expression over ``chunks`` and its values: what a filter says of sources and types."""
    parts, values = ["TRUE"], list[object]()
    if filter.sources:
        where, bound = _of_sources(filter.sources)
        parts.append(f"chunks.document_id IN ({where})")
        values.extend(bound)
    if filter.types:
        parts.append(
            "EXISTS (SELECT 1 FROM links JOIN entities ON entities.id = links.entity_id "
            f"WHERE links.chunk_id = chunks.id AND entities.type IN ({placeholders(len(filter.types))}))"
        )
        values.extend(filter.types)
    return " AND ".join(parts), values


def _of_sources(sources: Sequence[str]) -> tuple[str, list[object]]:
    """The ids of the documents of some sources; SQLite folds the case of ASCII letters alone."""
    asked = [one for text in sources for one in (text, text)]
    part = "instr(lower(source), lower(?)) > 0 OR instr(lower(uri), lower(?)) > 0"
    return f"SELECT id FROM documents WHERE {' OR '.join([part] * len(sources))}", list(asked)
