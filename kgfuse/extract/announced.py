"""An announcement tells the start of an office in one sentence and the office in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kgfuse.model import Literal, Mention, Moment, Triple, triple_id


def with_announced_starts(triples: Iterable[Triple], published_at: Moment | None) -> Iterator[Triple]:
    """Give undated statements of an office the future start that the same document states for it.

    'Acme has named Tom Poe chief executive. […] He will start on 1 March': the first sentence does not say that he holds
    the office on the day of the announcement.
    """
    triples = list(triples)
    starts: dict[tuple[str, str, str], Moment] = {}
    for triple in triples:
        start = triple.validity.valid_from
        if start is not None and published_at is not None and start.at > published_at.at and not triple.negated:
            starts.setdefault(_key(triple), start)
    for triple in triples:
        start = starts.get(_key(triple))
        if start is None or not triple.validity.unbounded or triple.negated:
            yield triple
            continue
        when = replace(triple.validity, valid_from=start)
        id = triple_id(
            triple.subject, triple.predicate, triple.object, triple.evidence, triple.negated, when, triple.extractor
        )
        yield replace(triple, id=id, validity=when)


def _key(triple: Triple) -> tuple[str, str, str]:
    object = triple.object
    said = str(object) if isinstance(object, Literal) else _first_word(object)
    return (triple.subject.surface, triple.predicate.replace(" officer", ""), said)


def _first_word(mention: Mention) -> str:
    """Firms are named in full once and shortly afterwards: their first word has to do."""
    return mention.surface.split()[0]
