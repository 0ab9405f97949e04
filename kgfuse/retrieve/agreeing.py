"""Whether an answer that a language model wrote names what the graph knows to be asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kgfuse.folding import unaccented
from kgfuse.model import Datatype, Entity, Fact, Literal
from kgfuse.protocols import GraphReader
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.support import unsupported
from kgfuse.retrieve.words import content_stems

_WORD = re.compile(r"[^\W_]+")


def names_a_value(text: str, facts: Sequence[Fact], links: Sequence[Link], store: GraphReader) -> bool:
    """Whether a text names one of the values that these facts answer with: their ends that the question does not name.

    True where they have none, as when the question asks for a time, or whether something holds.
    """
    named = {entity.id for one in links for entity in one.entities}
    entities = {entity.id: entity for entity in store.entities(ends_of_facts(facts))}
    values = list(_values(facts, named, entities))
    return not values or any(_is_named(value, text) for value in values)


def _values(facts: Iterable[Fact], named: set[str], entities: dict[str, Entity]) -> Iterator[Entity | Literal]:
    for fact in facts:
        for end in (fact.subject, fact.object):
            if isinstance(end, Literal):
                yield end
            elif end in entities and end not in named:
                yield entities[end]


def _is_named(value: Entity | Literal, text: str) -> bool:
    words = {unaccented(word) for word in _WORD.findall(text)}
    if isinstance(value, Entity):
        return any(_is_called(value, name, words) for name in (value.name, *value.aliases))
    if value.datatype is Datatype.BOOLEAN:
        return True
    if value.datatype is Datatype.STRING:
        return bool(set(content_stems(value.value)) & set(content_stems(text)))
    year = [value.value[:4]] if value.datatype is Datatype.DATE else []
    return any(not unsupported(f"It is {form}.", [text]) for form in (value.lexical, value.value, *year))


def _is_called(entity: Entity, name: str, words: set[str]) -> bool:
    """Whether most words of a name are among these; of a person's, the surname will do."""
    called = [unaccented(word) for word in _WORD.findall(name)]
    if entity.type == "Person" and called and called[-1] in words:
        return True
    return sum(word in words for word in called) * 2 > len(called)
