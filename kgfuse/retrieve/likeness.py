"""The asked relation by meaning, when no word of the question names it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kgfuse.ontology import Ontology
from kgfuse.protocols import Embedder, FactFilter, GraphReader
from kgfuse.retrieve.asked_relation import AskedRelation
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import content_stems
from kgfuse.wording import relation_words

_ALIKE = 0.48
"""Least cosine similarity of the question's words and a relation's. With the bundled model, phrases that mean a
relation ('top executive', 'workforce size', 'goods made') reach 0.49 to 0.67, and what means none of ten relations
('janitor', 'share price', 'manager') stays below 0.35; 'income' and 'revenue', near but not the same, lie at 0.46."""


def with_likely_relation(
    question: Question,
    links: Sequence[Link],
    store: GraphReader,
    ontology: Ontology,
    filter: FactFilter,
    embedder: Callable[[], Embedder],
) -> Question:
    """Return the question with the relation of the named entities' facts that is most like its unexplained words.

    Only relations that these entities have facts of are compared, so that a likeness cannot invent one.
    """
    spans = (*question.names, *question.time.spans)
    rest = [
        word
        for word in question.words
        if word.stem in question.unexplained and not any(a <= word.start and word.end <= b for a, b in spans)
    ]
    ids = {entity.id for one in links for entity in one.entities}
    facts = store.facts_of(sorted(ids), filter)
    sides = sorted({(fact.relation, fact.subject in ids) for fact in facts})
    if not rest or not sides:
        return question
    names = sorted({relation for relation, _ in sides})
    texts = [" ".join(word.text for word in rest), *(_described(name, ontology) for name in names)]
    vectors = embedder().embed(texts)
    alike = sorted(((float(vector @ vectors[0]), name) for name, vector in zip(names, vectors[1:], strict=True)))
    score, best = alike[-1]
    if score < _ALIKE:
        return question
    used = tuple(at for at, word in enumerate(question.words) if word in rest)
    same_verb = set(content_stems(relation_words(best))) <= {question.words[at].stem for at in used}
    asked = AskedRelation(best, False, score, used, best.endswith("_of"), not same_verb, relation_words(best))
    return replace(question, relations=(asked,))


def _described(name: str, ontology: Ontology) -> str:
    return ", ".join((relation_words(name), *ontology.relation(name).aliases[:3]))
