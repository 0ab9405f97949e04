"""How a fact is told: in a sentence that is made of it or, where that would be no English, in the one it was read in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kgfuse.graph.queries import fold
from kgfuse.model import Entity, Fact, Literal
from kgfuse.ontology import Cardinality, Ontology
from kgfuse.protocols import GraphReader
from kgfuse.retrieve.cells import shortened, told_below_heads
from kgfuse.retrieve.parts import Cite, ends_of_facts
from kgfuse.retrieve.passages import sentences_of
from kgfuse.retrieve.sentences import fact_sentence, is_event, is_wordable, value_text
from kgfuse.retrieve.words import content_stems, stem
from kgfuse.wording import relation_words

_LAUNCHED = "launched_on"

_LONGEST = 300
"""Characters of a quote that still is a sentence. Set by judgement: few sentences are longer."""

_HEADER = re.compile(r"^[>\s]*[A-Z][A-Za-z-]*:[ \t].*$", re.MULTILINE)
_FEWEST_HEADERS = 2
"""A mail has several header lines; a line alone ('Chair: Ann Moe') may well say something."""


def told(fact: Fact, ontology: Ontology, entities: Mapping[str, Entity], cite: Cite) -> str | None:
    """Return a fact as a sentence; `None` where none can be made of it and none that it was read in names an end of it.

    'She resigned from the company.' tells who reads it alone nothing, nor does a question. Where a sentence names one end
    ('It is maintained by Balfour.'), the other is put before it. `entities` are those that the fact is about, by id.
    """
    made: str | None = None
    if is_wordable(fact, ontology):
        relation = ontology.relation(_worded_as(fact, ontology, cite))
        made = fact_sentence(
            replace(fact, relation=relation.name), relation, {id: one.name for id, one in entities.items()}
        )
        if all(_is_name(id, entities) for id in (fact.subject, fact.object)) and not _is_loose(fact, ontology, cite):
            return made
    return _quoted(fact, entities, cite, halves=made is None) or made


def _worded_as(fact: Fact, ontology: Ontology, cite: Cite) -> str:
    """The relation whose words tell a fact: a date of launch is told by the verb that it was read in ('opened')."""
    relation = ontology.relation(fact.relation)
    if fact.relation != _LAUNCHED:
        return fact.relation
    said = {word for place in cite(fact) for word in content_stems(place.quote)}
    verbs = (phrase.split()[0] for phrase in relation.aliases if phrase.endswith(" on"))
    return next((f"{verb}_on" for verb in verbs if verb.endswith("ed") and stem(verb) in said), fact.relation)


def _is_loose(fact: Fact, ontology: Ontology, cite: Cite) -> bool:
    """Whether a fact says more loosely what it was read in: 'has produced since 1987' of 'was built in 1987'."""
    relation = ontology.relation(fact.relation)
    if relation.cardinality is not Cardinality.MANY or fact.validity.valid_to is not None or is_event(relation):
        return False
    if fact.validity.valid_from is None:
        return False
    wanted = set(content_stems(relation.name.replace("_", " ")))
    return not any(wanted <= set(content_stems(place.quote)) for place in cite(fact))


def _is_name(end: str | Literal, entities: Mapping[str, Entity]) -> bool:
    """Whether one end of a fact needs no article in a sentence: a name or a value, and no common noun."""
    return not isinstance(end, str) or end not in entities or not entities[end].name.islower()


def _quoted(fact: Fact, entities: Mapping[str, Entity], cite: Cite, *, halves: bool) -> str | None:
    """The sentence that a fact was read in which names both of its ends, or with `halves` one of them; `None`: none does."""
    ends = _ends(fact, entities)
    half: str | None = None
    for place in cite(fact):
        for sentence in _sentences(place.quote):
            within = f" {fold(sentence)} "
            lacking = [names for names in ends if not any(f" {fold(name)} " in within for name in names)]
            if sentence.endswith("?"):
                continue
            if not lacking:
                return _told_in(fact, ends, sentence)
            of_thing = lacking[0] is ends[0] or isinstance(fact.object, str)
            if halves and half is None and len(lacking) == 1 and of_thing and lacking[0]:
                half = f"Of {lacking[0][0]}: “{sentence}”"
    return half


def _told_in(fact: Fact, ends: tuple[Iterable[str], Iterable[str]], sentence: str) -> str:
    """A sentence, quoted; where it is a row of a table, the cells that tell the fact."""
    relation, (subject, object) = set(content_stems(relation_words(fact.relation))), ends

    def holds(value: str, names: Iterable[str]) -> bool:
        return any(f" {fold(name)} " in f" {fold(value)} " for name in names)

    def is_told(head: str, value: str) -> bool:
        return holds(value, object) and (not relation or not relation.isdisjoint(content_stems(head)))

    def is_one(cell: str, names: Iterable[str]) -> bool:
        return any(fold(name) == fold(cell) for name in names)

    words = relation_words(fact.relation)
    row = told_below_heads(sentence, lambda cell: is_one(cell, subject), lambda cell: is_one(cell, object), words)
    return row or f"“{shortened(sentence, lambda value: holds(value, subject), is_told)}”"


def entities_of(facts: Iterable[Fact], store: GraphReader) -> dict[str, Entity]:
    """Return what the facts are about, by id."""
    return {entity.id: entity for entity in store.entities(ends_of_facts(facts))}


def _ends(fact: Fact, entities: Mapping[str, Entity]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What each end of a fact may be called in a text."""
    if isinstance(fact.object, str):
        return _called(fact.subject, entities), _called(fact.object, entities)
    value = fact.object
    return _called(fact.subject, entities), (value.lexical, value.value, value_text(value))


def _called(id: str, entities: Mapping[str, Entity]) -> tuple[str, ...]:
    return (entities[id].name, *entities[id].aliases) if id in entities else ()


def _sentences(quote: str) -> Iterator[str]:
    """The quote, or where it is long or has the headers of a mail in it, its sentences outside of them."""
    headers = len(_HEADER.findall(quote)) >= _FEWEST_HEADERS
    for block in _HEADER.split(quote) if headers else [quote]:
        text = " ".join(block.split())
        if len(text) <= _LONGEST:
            yield text
        else:
            yield from (sentence for _, sentence in sentences_of(text) if len(sentence) <= _LONGEST)
