"""Words of a question that describe what it names or asks for: 'Which institute does the chemist Jane Roe work for?'

What stands right before a name describes it, tells it from namesakes, and is explained once a sentence or a fact about the
thing says the same. The noun after 'which' is the kind of the answer: explained once an answer is called so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader
from kgfuse.retrieve.called import is_called
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.selection import Selection, select
from kgfuse.retrieve.words import content_stems, is_content


def select_described(
    question: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Selection | None:
    """Do what `select` does, with the descriptions in the question understood as far as the graph bears them out."""
    if not question.unexplained:
        return select(question, links, store, ontology, filter)
    question, links = _told_apart(question, links, store, filter)
    kind = _kind(question)
    if kind is not None:
        found = select(question.without({kind}), links, store, ontology, filter)
        named = _of_kind(found, kind, links, store) if found else None
        if named is not None:
            return named
    return select(question, links, store, ontology, filter)


def _told_apart(
    question: Question, links: Sequence[Link], store: GraphReader, filter: FactFilter
) -> tuple[Question, tuple[Link, ...]]:
    """Leave of namesakes those that are what the question calls them; the words that say so are explained then."""
    kept: list[Link] = []
    for one in links:
        called = _called(question, one)
        fitting = tuple(e for e in one.entities if is_called(e, called, store, filter)) if called else ()
        if fitting:
            question = question.without(called)
        kept.append(replace(one, entities=fitting) if fitting else one)
    return question, tuple(kept)


def _called(question: Question, one: Link) -> frozenset[str]:
    """The stems of the words right before a name that nothing else explains."""
    stems: set[str] = set()
    before = [word for word in question.words if word.end <= one.start]
    for word in reversed(before):
        if not is_content(word.text) or word.stem not in question.unexplained:
            break
        stems.add(word.stem)
    return frozenset(stems)


def _kind(question: Question) -> str | None:
    """The noun after 'which' or 'what', when it is none of the types that are known by name."""
    for word, noun in zip(question.words, question.words[1:], strict=False):
        if word.text.lower() in ("which", "what") and noun.stem in question.unexplained:
            return noun.stem
    return None


def _of_kind(found: Selection, kind: str, links: Sequence[Link], store: GraphReader) -> Selection | None:
    """The facts whose answer is called by the kind that is asked for: 'Which institute …' -> '… Institute'."""
    asked = {entity.id for one in links for entity in one.entities}
    called = {
        one.id
        for one in store.entities(ends_of_facts(found.facts))
        if one.id not in asked and kind in content_stems(" ".join((one.name, one.type or "", *one.aliases)))
    }
    facts = tuple(fact for fact in found.facts if fact.subject in called or fact.object in called)
    return replace(found, facts=facts) if facts else None
