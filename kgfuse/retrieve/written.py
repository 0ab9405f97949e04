"""An answer written by an LLM from numbered evidence, every sentence checked against the evidence that it cites."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.errors import ReplyUnusable
from kgfuse.model import Answer, Chunk, Citation, Fact, Hit
from kgfuse.prompts import load_prompt
from kgfuse.protocols import GraphReader, LanguageModel
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.sentences import names_of, value_text, when_words
from kgfuse.retrieve.support import unsupported
from kgfuse.wording import fact_words

_CONTEXT_CHARACTERS = 24_000
"""The most evidence that is sent, about 6,000 tokens: small models have no more room."""


class AnswerSentence(BaseModel):
    """A sentence and the numbers of the evidence that carries it."""

    model_config = ConfigDict(extra="forbid")

    text: str
    citations: list[int]


class WrittenAnswer(BaseModel):
    """What the LLM replies."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[AnswerSentence]
    abstain: bool


def write_answer(
    question: str,
    interval: tuple[datetime, datetime] | None,
    hits: Sequence[Hit],
    store: GraphReader,
    model: LanguageModel,
    cite: Callable[[Fact | Chunk], Sequence[Citation]],
) -> Answer:
    """Ask the model; a sentence is dropped that cites no evidence or holds what its evidence lacks (`unsupported`).

    `Answer.dropped` tells which. Without any left the answer is an abstention. The confidence is that of the weakest fact
    cited, one half where passages alone are. Raises leaves of LanguageModelError.
    """
    hits = _within_budget(hits)
    if not hits:
        return Answer("The documents do not say.", (), 0.0, True)
    facts, passages = _numbered(hits, store)
    user = load_prompt("answer_user").render(
        question=question, as_of=_time(interval), facts=facts or "none", passages=passages or "none"
    )
    reply = model.complete(load_prompt("answer_system").render(), user, WrittenAnswer.model_json_schema())
    try:
        written = WrittenAnswer.model_validate(json.loads(reply))
    except (ValidationError, ValueError) as error:
        raise ReplyUnusable(f"the answer of {model.name} does not fit its schema: {error}") from error
    texts: dict[int, list[str]] = {}
    kept: list[tuple[str, list[int]]] = []
    dropped: list[str] = []
    for sentence in written.sentences:
        text = sentence.text.strip()
        valid = [number for number in dict.fromkeys(sentence.citations) if 1 <= number <= len(hits)]
        for number in valid:
            if number not in texts:
                texts[number] = _texts_of(hits[number - 1].item, store, cite)
        carried = valid and not unsupported(text, (one for number in valid for one in texts[number]), question)
        if text and carried:
            kept.append((text, valid))
        elif text:
            dropped.append(text)
    if written.abstain or not kept:
        return Answer("The documents do not say.", (), 0.0, True, tuple(hits), tuple(dropped))
    used = [hits[number - 1].item for number in dict.fromkeys(number for _, valid in kept for number in valid)]
    citations = tuple(dict.fromkeys(citation for item in used for citation in cite(item)))
    confidence = min((item.confidence for item in used if isinstance(item, Fact)), default=0.5)
    text = " ".join(text for text, _ in kept)
    return Answer(text, citations, confidence, False, tuple(hits), tuple(dropped))


def _within_budget(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits, best first, for which there is room; a passage that does not fit makes room for shorter ones after it."""
    room, kept = _CONTEXT_CHARACTERS, []
    for hit in hits:
        size = len(hit.item.text) if isinstance(hit.item, Chunk) else 150
        if size <= room:
            kept.append(hit)
            room -= size
    return tuple(kept)


def _texts_of(item: Fact | Chunk, store: GraphReader, cite: Callable[[Fact | Chunk], Sequence[Citation]]) -> list[str]:
    """What a piece of evidence says, in all the forms that a sentence may repeat: names with aliases, dates in words."""
    if isinstance(item, Chunk):
        return [*item.heading_path, item.text]
    entities = list(store.entities(ends_of_facts([item])))
    texts = [fact_words(item, {entity.id: entity.name for entity in entities}), when_words(item.validity)]
    texts += [alias for entity in entities for alias in entity.aliases]
    texts += [f"{name}: {value}" for name, value in item.qualifiers]
    if not isinstance(item.object, str):
        texts += [item.object.lexical, value_text(item.object)]
    return [*texts, *(citation.quote for citation in cite(item))]


def _time(interval: tuple[datetime, datetime] | None) -> str:
    if interval is None:
        return "the present, unless the question says otherwise"
    start, end = (when.date().isoformat() for when in interval)
    return start if start == end else f"{start} to {end}"


def _numbered(hits: Sequence[Hit], store: GraphReader) -> tuple[str, str]:
    """The facts and the passages as numbered lines; numbers run through both in the order of the hits."""
    names = names_of([hit.item for hit in hits if isinstance(hit.item, Fact)], store)
    facts, passages = [], []
    for number, hit in enumerate(hits, 1):
        if isinstance(hit.item, Fact):
            fact = hit.item
            facts.append(
                f"[{number}] {fact_words(fact, names)} | {fact.status.value}, confidence {fact.confidence:.2f}"
            )
        else:
            above = " > ".join(hit.item.heading_path)
            passages.append(f"[{number}] {above + ': ' if above else ''}{hit.item.text}")
    return "\n".join(facts), "\n\n".join(passages)
