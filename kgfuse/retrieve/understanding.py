"""Which things a question names, and what it asks: its words against the graph and the ontology."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kgfuse.ontology import Ontology
from kgfuse.protocols import EVERYTHING, FactFilter, GraphReader
from kgfuse.retrieve.linking import Link, link
from kgfuse.retrieve.open_relation import names_open_relation
from kgfuse.retrieve.question import Question, read_question
from kgfuse.retrieve.words import content_stems

_LIES = re.compile(r" in (?:the )?|, ")
"""What stands between a place and the one that it lies in."""

_OF = re.compile(r"(?P<said>.+?) (?:of|at|for) (?:the )?(?P<name>.+)")
_NOUN = re.compile(r"[\w&/-]+(?: [a-z-]+){1,3}(?= (?:of|at|for)\b)")
"""A noun that begins with a capital, up to the preposition that leads to what it is of."""

_HAS = re.compile(r"(?P<name>.+)['’]s? (?P<said>.+)")


def things_named(
    question: str, store: GraphReader, ontology: Ontology, filter: FactFilter = EVERYTHING
) -> tuple[Link, ...]:
    """Return the things that a question names; with a filter on the past, former entities as well.

    What the graph knows by the same words but the question does not mean, its relation and its time, is left out.
    """
    links = tuple(_whole(question, one, store, ontology) for one in link(question, store, past=filter.past))
    times = read_question(question, ontology).time.spans
    named = any(not _is_common(question[one.start : one.end], one) for one in links)
    things = tuple(
        one
        for one in links
        if not _is_relation(question[one.start : one.end], one, ontology)
        and not (named and _words_a_relation(question[one.start : one.end], one, ontology))
        and not any(start < one.end and one.start < end for start, end in times)
        and not _is_open_relation(question, one, links, store, filter)
    )
    return _located(question, things, store)


def _whole(question: str, one: Link, store: GraphReader, ontology: Ontology) -> Link:
    """Take 'revenue of Acme', where a text made a thing of it, for Acme, if Acme has a fact that says its revenue."""
    split = _OF.fullmatch(question, one.start, one.end) or _HAS.fullmatch(question, one.start, one.end)
    if split is None or any(entity.type is not None for entity in one.entities):
        return one
    relations = {name for phrase in (split["said"], f"{split['said']} of") for name, _ in ontology.lookup(phrase)}
    for inner in link(split["name"], store) if relations else ():
        ids = [entity.id for entity in inner.entities]
        if inner.end - inner.start == len(split["name"]) and any(
            store.facts_of(ids, FactFilter(relation=relation)) for relation in sorted(relations)
        ):
            return replace(inner, start=split.start("name"), end=split.end("name"))
    return one


def _located(question: str, links: Sequence[Link], store: GraphReader) -> tuple[Link, ...]:
    """Take 'Springfield in Oregon' for one name where several things are called Springfield and some of them lie there."""
    found: list[Link] = []
    for one in links:
        before = found[-1] if found else None
        if before is not None and len(before.entities) > 1 and _LIES.fullmatch(question[before.end : one.start]):
            around = {entity.id for entity in one.entities}
            inside = store.facts_of([entity.id for entity in before.entities], FactFilter(relation="located_in"))
            lying = {fact.subject for fact in inside if fact.object in around}
            fitting = tuple(entity for entity in before.entities if entity.id in lying)
            if 0 < len(fitting) < len(before.entities):
                found[-1] = Link(before.start, one.end, fitting, before.score)
                continue
        found.append(one)
    return tuple(found)


def _is_relation(words: str, found: Link, ontology: Ontology) -> bool:
    """Whether a common noun or an office's abbreviation that the graph knows as a thing asks for a relation here."""
    if words.isupper() and ontology.lookup(words):
        return True
    common = all(entity.type is None and entity.name[:1].islower() for entity in found.entities) or words.islower()
    return common and bool(ontology.lookup(words) or ontology.lookup(f"{words} of"))


def _is_open_relation(question: str, one: Link, links: Sequence[Link], store: GraphReader, filter: FactFilter) -> bool:
    """Whether an untyped thing is what facts about the other names call somebody: 'the HR director of Acme'."""
    untyped = all(entity.type in (None, "Role") for entity in one.entities)
    others = [other for other in links if other is not one]
    return untyped and bool(others) and names_open_relation(question[one.start : one.end], others, store, filter)


def _is_common(words: str, found: Link) -> bool:
    return words.islower() and all(entity.type is None for entity in found.entities)


def _words_a_relation(words: str, found: Link, ontology: Ontology) -> bool:
    """Whether a common noun beside a name is part of how relations are called: 'chaired the board of Acme'."""
    return _is_common(words, found) and set(content_stems(words)) <= _relation_stems(ontology)


def _relation_stems(ontology: Ontology) -> frozenset[str]:
    phrases = (p for relation in ontology.relations.values() for p in (*relation.aliases, *relation.inverse_aliases))
    return frozenset(stem for phrase in phrases for stem in content_stems(phrase))


def read_with(
    question: str, ontology: Ontology, links: Sequence[Link], store: GraphReader, filter: FactFilter = EVERYTHING
) -> Question:
    """Read a question with the names that the graph knows and the capitalised ones that it does not.

    The capital of what facts call somebody ('the HR director of Acme') makes no name.
    """
    guessed = read_question(question, ontology).names
    known = [(one.start, one.end) for one in links]
    unknown = [
        (a, b)
        for a, b in guessed
        if not any(start < b and a < end for start, end in known)
        and not ((noun := _NOUN.match(question, a)) and names_open_relation(noun[0], links, store, filter))
    ]
    return read_question(question, ontology, sorted([*known, *unknown])) if links else read_question(question, ontology)
