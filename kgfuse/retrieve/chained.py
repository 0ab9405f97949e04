"""Questions of two steps from one name: 'Where was the founder of Acme born?' asks who founded it, and where she was born.

The words of the first step are read as a question of their own; where it has one answer, that takes their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kgfuse.model import Entity
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.described import select_described
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.question import Question, read_question
from kgfuse.retrieve.selection import Outcome, Selection
from kgfuse.retrieve.words import is_content

_JOINS = frozenset(("of", "at", "for"))
_ARTICLES = frozenset(("the", "a", "an"))
_ASKING = "Who is "


def select_chained(
    question: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Selection | None:
    """Return the facts of both steps, the first step's first; `None` unless each step is surely answered."""
    if len(links) != 1 or question.wh in ("", "truth", "why") or len(question.names) != 1:
        return None
    for start, end in _noun_phrases(question, links[0]):
        first = _first_step(question, start, end, links[0], ontology)
        if first is None:
            continue
        reached = select_described(*first, store, ontology, filter)
        entity = _only_answer(reached, links[0], store)
        if reached is None or entity is None:
            return None
        second = _second_step(question, start, end, entity, ontology)
        found = select_described(*second, store, ontology, filter)
        if found is None or found.outcome is not Outcome.FOUND or not second[0].relations:
            return None
        return Selection(
            Outcome.FOUND,
            tuple(dict.fromkeys((*reached.facts, *found.facts))),
            tuple(dict.fromkeys((*reached.against, *found.against))),
            reached.trust * found.trust,
        )
    return None


def _noun_phrases(question: Question, name: Link) -> Iterator[tuple[int, int]]:
    """The places of what may be the first step: 'chief executive of NAME', or what follows "NAME's", the longest first."""
    words = question.words
    inside = [at for at, word in enumerate(words) if name.start <= word.start and word.end <= name.end]
    if not inside:
        return
    first, last = inside[0], inside[-1]
    if words[last].possessive:
        stop = last + 1
        while (
            stop < len(words) and is_content(words[stop].text) and (stop == last + 1 or not words[stop - 1].possessive)
        ):
            stop += 1
        for after in range(stop - 1, last, -1):
            yield name.start, words[after].end
        return
    at = first - 1
    while at >= 0 and words[at].text.lower() in _ARTICLES:
        at -= 1
    if at > 0 and words[at].text.lower() in _JOINS:
        begin = at
        while begin > 0 and is_content(words[begin - 1].text):
            begin -= 1
        if begin < at:
            yield words[begin].start, name.end


def _first_step(
    question: Question, start: int, end: int, name: Link, ontology: Ontology
) -> tuple[Question, tuple[Link]] | None:
    """The question for a noun phrase and where it names what; `None` where no relation says all of it."""
    text = f"{_ASKING}{question.text[start:end]}?"
    here = replace(name, start=name.start - start + len(_ASKING), end=name.end - start + len(_ASKING))
    read = read_question(text, ontology, [(here.start, here.end)])
    if not read.relations or read.unexplained:
        return None
    return replace(read, time=question.time), (here,)


def _second_step(
    question: Question, start: int, end: int, entity: Entity, ontology: Ontology
) -> tuple[Question, tuple[Link]]:
    """The question with an entity in the place of a noun phrase."""
    text = f"{question.text[:start]}{entity.name}{question.text[end:]}"
    here = Link(start, start + len(entity.name), (entity,), 1.0)
    return replace(read_question(text, ontology, [(here.start, here.end)]), time=question.time), (here,)


def _only_answer(found: Selection | None, name: Link, store: GraphReader) -> Entity | None:
    if found is None or found.outcome is not Outcome.FOUND:
        return None
    asked = {entity.id for entity in name.entities}
    ends = {end for fact in found.facts for end in (fact.subject, fact.object) if isinstance(end, str)}
    if not ends & asked:  # who came before or after: a fact of the neighbour alone
        ends = {fact.subject for fact in found.facts}
    answers = list(store.entities(sorted(ends - asked)))
    return answers[0] if len(answers) == 1 else None
