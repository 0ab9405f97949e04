"""The wiring of proposals: promising pairs -> prompts -> what the model concludes -> the ledger."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgfuse.extract.grounding import Grade, find_all, find_quote
from kgfuse.fuse.normalise import read_name
from kgfuse.fuse.pairs import PromisingPair, promising_pairs
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import Chunk, Entity, Evidence, Fact, FactStatus, Proposal, content_id, proposal_id
from kgfuse.ontology import Ontology
from kgfuse.prompts import load_prompt
from kgfuse.protocols import LanguageModel, SamplingModel
from kgfuse.wording import fact_words

MOST_PASSAGES = 4
"""Passages shown about a pair, those that name the fewest other things first."""

MOST_KNOWN = 12
"""Facts shown about a pair: those with what both are linked to."""


class _Quote(BaseModel):
    model_config = ConfigDict(extra="forbid")

    passage: int
    text: str


class _Relation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    relation: str
    subject: Literal["left", "right"]
    quotes: list[_Quote]
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    relations: list[_Relation]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a pair: the whole input of the model, and the passages by their numbers."""

    left: Entity
    right: Entity
    system: str
    user: str
    passages: tuple[Chunk, ...]

    def key(self, model: str) -> str:
        """The content hash of everything that determines the answer."""
        return content_id("asked", model, self.system, self.user)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What came of asking: pairs asked about, proposals new to the ledger, and what was refused, by reason."""

    asked: int
    new: int
    refused: tuple[tuple[str, int], ...]


def questions(graph: EmbeddedGraphStore, ontology: Ontology, limit: int) -> list[Question]:
    """Return what would be asked about the most promising pairs, best first."""
    facts = list(graph.facts())
    entities = {entity.id: entity for entity in graph.entities()}
    pairs = promising_pairs(facts, entities.values(), graph.chunks_of(sorted(entities)), 4 * limit)
    found = (_question(pair, facts, entities, graph, ontology) for pair in pairs)
    return [question for question in found if question is not None][:limit]


def _question(
    pair: PromisingPair,
    facts: Sequence[Fact],
    entities: Mapping[str, Entity],
    graph: EmbeddedGraphStore,
    ontology: Ontology,
) -> Question | None:
    left, right = entities[pair.left], entities[pair.right]
    relations = _admissible(left, right, ontology)
    chunks = graph.chunks(pair.chunks)
    passages = tuple(chunks[id] for id in pair.chunks if id in chunks)[:MOST_PASSAGES]
    if not relations or not passages:
        return None
    both = {left.id, right.id}
    joints = set(pair.neighbours)
    known = [
        fact
        for fact in facts
        if fact.status in (FactStatus.ACCEPTED, FactStatus.SUPERSEDED)
        and ((fact.subject in both and fact.object in joints) or (fact.object in both and fact.subject in joints))
    ][:MOST_KNOWN]
    names = {id: entity.name for id, entity in entities.items()}
    user = load_prompt("propose_user").render(
        left=_described(left),
        right=_described(right),
        known="\n".join(f"- {fact_words(fact, names)}" for fact in known) or "nothing",
        passages="\n\n".join(f"[{number}] {chunk.text}" for number, chunk in enumerate(passages, 1)),
    )
    return Question(left, right, load_prompt("propose_system").render(relations="\n".join(relations)), user, passages)


def _described(entity: Entity) -> str:
    return f"{entity.name} ({entity.type})" if entity.type else entity.name


def _admissible(left: Entity, right: Entity, ontology: Ontology) -> list[str]:
    """Return the relations that the types of the pair admit in either direction, a line each."""
    lines = []
    for name, relation in sorted(ontology.relations.items()):
        fits = ontology.admits(name, left.type, right.type) or ontology.admits(name, right.type, left.type)
        if relation.literal is None and not relation.identity and (relation.domain or relation.range) and fits:
            domain, range = ("|".join(types) or "any" for types in (relation.domain, relation.range))
            lines.append(f"{name} ({domain} -> {range}): {relation.description}")
    return lines


def propose(ledger: Ledger, asked: Sequence[Question], ontology: Ontology, model: LanguageModel) -> Proposed:
    """Ask the model, check its quotes against the passages, and record what stands. Raises leaves of LanguageModelError.

    What was asked before costs nothing: replies are kept by the hash of the question, and so are proposals. After a failure
    everything answered until then is in the ledger.
    """
    refused: Counter[str] = Counter()
    new = 0
    for question, text in _answers(asked, model):
        new += ledger.propose(read_reply(question, text, ontology, model.name, refused))
    return Proposed(len(asked), new, tuple(sorted(refused.items())))


def _answers(asked: Iterable[Question], model: LanguageModel) -> Iterator[tuple[Question, str]]:
    schema = _Reply.model_json_schema()
    if not isinstance(model, SamplingModel):
        for question in asked:
            yield question, model.complete(question.system, question.user, schema)
        return
    waiting = [
        (question, model.submit((("system", question.system), ("user", question.user)), schema)) for question in asked
    ]
    for question, future in waiting:
        yield question, future.result()[0].text


def read_reply(
    question: Question, text: str, ontology: Ontology, model: str, refused: Counter[str] | None = None
) -> list[Proposal]:
    """Return the proposals of a reply whose relation fits and whose quotes stand in the passages and name both things."""
    refused = Counter() if refused is None else refused
    try:
        reply = _Reply.model_validate(json.loads(text))
    except (ValueError, ValidationError):
        refused["no reply of the form asked for"] += 1
        return []
    found = []
    for said in reply.relations:
        subject, object = question.left, question.right
        if said.subject == "right":
            subject, object = object, subject
        quotes = [_grounded(quote, question.passages) for quote in said.quotes]
        relation = ontology.relations.get(said.relation)
        places = tuple(quote for quote in quotes if quote is not None)
        if relation is None or relation.literal is not None or relation.identity:
            refused["relation not among those offered"] += 1
        elif not ontology.admits(said.relation, subject.type, object.type):
            refused["types do not fit"] += 1
        elif not places or len(places) < len(quotes):
            refused["quote not in the passage"] += 1
        elif not all(_named(entity, places) for entity in (subject, object)):
            refused["quotes do not name both"] += 1
        else:
            found.append(_proposal(question, said, subject, object, places, model))
    return found


def _grounded(quote: _Quote, passages: Sequence[Chunk]) -> Evidence | None:
    if not 1 <= quote.passage <= len(passages) or not quote.text.strip():
        return None
    chunk = passages[quote.passage - 1]
    places = [place for place in find_quote(quote.text, chunk.text) if place.grade is not Grade.NEARLY]
    if not places:
        return None
    start, end = places[0].start, places[0].end
    said = chunk.text[start:end]
    return Evidence(chunk.document_id, chunk.id, chunk.start + start, chunk.start + end, said, chunk.page)


def _named(entity: Entity, quotes: Sequence[Evidence]) -> bool:
    names = (entity.name, *entity.aliases)
    return any(find_all(name, quote.quote, whole_words=True) for name in names for quote in quotes)


def _proposal(
    question: Question, said: _Relation, subject: Entity, object: Entity, quotes: tuple[Evidence, ...], model: str
) -> Proposal:
    document = quotes[0].document_id
    left, right = (_group(entity, document) for entity in (subject, object))
    key = question.key(model)
    id = proposal_id(key, left, said.relation, right)
    return Proposal(id, key, left, said.relation, right, said.confidence, quotes, f"llm:{model}", datetime.now(UTC))


def _group(entity: Entity, document_id: str) -> str:
    """Return the entity's mention group in a document, else its own id: what is said of a group survives a split."""
    for surface in (entity.name, *entity.aliases):
        name = read_name(surface)
        group = content_id("entity", document_id, name.key, "common" if name.common else "name")
        if group in entity.members:
            return group
    return entity.id
