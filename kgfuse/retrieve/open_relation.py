"""The relations of the graph that the ontology does not know, asked for by their own words.

'Who maintains the bridge?' asks for `maintain`, 'What is it written in?' for `written_in`, where texts said so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kgfuse.ontology import Ontology
from kgfuse.protocols import Edge, FactFilter, GraphReader
from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import PREPOSITIONS, content_stems, words_of
from kgfuse.wording import relation_words

_WORKS = "works_for"
_JOB = re.compile(r"(?:er|or|ist|ant|ent|ian|head|chief|fellow|intern|chair|dean|associate|nurse|clerk|captain)_at$")
"""What somebody is 'at' an organisation is where he or she works: 'senior lecturer at'."""

_LEADS = PREPOSITIONS | {"by"}

_MOST = 1000
"""Facts on each side of a thing whose relations are looked at, the surest first."""

_NOUN_ENDINGS = ("_of", "_at", "_for")


def with_open_relations(
    question: Question, links: Sequence[Link], store: GraphReader, ontology: Ontology, filter: FactFilter
) -> Question | None:
    """Return the question with the open relations of what it names whose words it has, those with most words first.

    `None` where there is none. Words of names and times count for none; where a fact has a name on its other side as well
    ('Did Acme praise Beta?'), its relation comes first.
    """
    free = [at for at in question.telling if question.words[at].stem]
    works = next((asked.used for asked in question.relations if asked.relation == _WORKS), ())
    ids = {entity.id for one in links for entity in one.entities}
    wide = replace(filter, as_of=None, valid_during=None)
    found: dict[str, tuple[bool, AskedRelation]] = {}
    for edge in store.edges_of(sorted(ids), _MOST, wide):
        if edge.relation in ontology.relations:
            continue
        used = _said_by(edge, question, free) or (works if edge.subject in ids and _JOB.search(edge.relation) else ())
        if used:
            between = edge.entity and {edge.subject, edge.object} <= ids
            asked = _asked(edge.relation, used)
            known = found.get(edge.relation, (False, asked))
            found[edge.relation] = (between or known[0], max(known[1], asked, key=lambda one: one.score))
    if not found:
        return None
    ordered = sorted(found.values(), key=lambda one: (-one[0], -one[1].score, one[1].relation))
    return replace(question, relations=tuple(asked for _, asked in ordered))


def names_open_relation(words: str, others: Sequence[Link], store: GraphReader, filter: FactFilter) -> bool:
    """Whether a noun that the graph knows as a thing ('the HR director') is what facts call something of the other names."""
    noun = "_".join(word.text.lower() for word in words_of(words))
    ids = sorted({entity.id for one in others for entity in one.entities})
    wide = replace(filter, as_of=None, valid_during=None)
    return bool(noun and ids) and any(
        store.edges_of(ids, 1, replace(wide, relation=f"{noun}{ending}")) for ending in _NOUN_ENDINGS
    )


def _said_by(edge: Edge, question: Question, free: Sequence[int]) -> tuple[int, ...]:
    """The places in a question of a relation's words, none where one is lacking, and of the unit that the fact counts."""
    used: list[int] = []
    left, last = question.words[-1].text.lower(), edge.relation.rpartition("_")[2]
    if {left, last} <= _LEADS and left != last:
        return ()  # 'What did she die of?' asks for no `die_at`
    for wanted in content_stems(relation_words(edge.relation)):
        at = next((at for at in free if question.words[at].stem == wanted and at not in used), None)
        if at is None:
            return ()
        used.append(at)
    counted = content_stems(edge.object) if used and not edge.entity else ()
    return (*used, *(at for at in free if question.words[at].stem in counted and at not in used))


def _asked(relation: str, used: tuple[int, ...]) -> AskedRelation:
    first, *_ = relation.split("_")
    nominal = relation.endswith(_NOUN_ENDINGS) and not first.endswith(("ed", "s"))
    return AskedRelation(relation, False, float(len(used)), used, nominal, False, relation_words(relation))
