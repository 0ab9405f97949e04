"""An answer written by an LLM from numbered evidence, every sentence checked for its citations."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.errors import ReplyUnusable
from kgfuse.model import Answer, Chunk, Citation, Fact, Hit
from kgfuse.prompts import load_prompt
from kgfuse.protocols import GraphReader, LanguageModel
from kgfuse.wording import fact_words


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
    """Ask the model; sentences that cite no evidence are dropped, and without any left the answer is an abstention.

    The confidence is that of the weakest fact cited, one half where passages alone are. Raises leaves of
    LanguageModelError.
    """
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
    kept = [
        (sentence.text.strip(), valid)
        for sentence in written.sentences
        if (valid := [number for number in sentence.citations if 1 <= number <= len(hits)]) and sentence.text.strip()
    ]
    if written.abstain or not kept:
        return Answer("The documents do not say.", (), 0.0, True, tuple(hits))
    used = [hits[number - 1].item for number in dict.fromkeys(number for _, valid in kept for number in valid)]
    citations = tuple(dict.fromkeys(citation for item in used for citation in cite(item)))
    confidence = min((item.confidence for item in used if isinstance(item, Fact)), default=0.5)
    return Answer(" ".join(text for text, _ in kept), citations, confidence, False, tuple(hits))


def _time(interval: tuple[datetime, datetime] | None) -> str:
    if interval is None:
        return "the present, unless the question says otherwise"
    start, end = (when.date().isoformat() for when in interval)
    return start if start == end else f"{start} to {end}"


def _numbered(hits: Sequence[Hit], store: GraphReader) -> tuple[str, str]:
    """The facts and the passages as numbered lines; numbers run through both in the order of the hits."""
    ids: set[str] = set()
    for hit in hits:
        if isinstance(hit.item, Fact):
            ids.update(end for end in (hit.item.subject, hit.item.object) if isinstance(end, str))
    names = {entity.id: entity.name for entity in store.entities(sorted(ids))}
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
