"""An answer written by an LLM from numbered evidence, every sentence checked against the evidence that it cites."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.errors import ReplyUnusable
from kgfuse.model import Answer, Chunk, Citation, Fact, Hit
from kgfuse.prompts import load_prompt
from kgfuse.protocols import GraphReader, LanguageModel
from kgfuse.retrieve.parts import ends_of_facts
from kgfuse.retrieve.sentences import Bound, end_of, names_of, start_of, value_text, when_words
from kgfuse.retrieve.support import carriers
from kgfuse.wording import fact_words


@dataclass(frozen=True, slots=True)
class Room:
    """The most evidence that is sent, in the tokens that `count` counts of each text."""

    tokens: int
    count: Callable[[Sequence[str]], Sequence[int]]


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
    room: Room | None = None,
) -> Answer:
    """Ask the model; a sentence is dropped that cites no evidence or holds what its evidence lacks (`carriers`).

    It is cited with what carries it alone, whatever else the model named. `room` limits the evidence that is sent.
    `Answer.dropped` tells what is dropped; without any left the answer is an abstention. The confidence is that of the
    weakest fact cited, one half where passages alone are. Raises leaves of LanguageModelError.
    """
    shown = _within(room, list(zip(hits, _lines(hits, store), strict=True)))
    if not shown:
        return Answer("The documents do not say.", (), 0.0, True)
    hits = [hit for hit, _ in shown]
    facts, passages = _numbered(shown)
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
        carrying = carriers(text, {number: texts[number] for number in valid}, question)
        if text and carrying:
            kept.append((text, carrying))
        elif text:
            dropped.append(text)
    if written.abstain or not kept:
        return Answer("The documents do not say.", (), 0.0, True, tuple(hits), tuple(dropped))
    used = [hits[number - 1].item for number in dict.fromkeys(number for _, carrying in kept for number in carrying)]
    citations = tuple(dict.fromkeys(citation for item in used for citation in cite(item)))
    confidence = min((item.confidence for item in used if isinstance(item, Fact)), default=0.5)
    text = " ".join(text for text, _ in kept)
    return Answer(text, citations, confidence, False, tuple(hits), tuple(dropped))


def _within(room: Room | None, shown: Sequence[tuple[Hit, str]]) -> Sequence[tuple[Hit, str]]:
    """The evidence, best first, for which there is room; what does not fit makes room for shorter ones after it."""
    if room is None:
        return shown
    left, kept = room.tokens, []
    for one, size in zip(shown, room.count([line for _, line in shown]), strict=True):
        if size <= left:
            kept.append(one)
            left -= size
    return kept


def _texts_of(item: Fact | Chunk, store: GraphReader, cite: Callable[[Fact | Chunk], Sequence[Citation]]) -> list[str]:
    """What a piece of evidence says, in all the forms that a sentence may repeat: names with aliases, dates in words."""
    if isinstance(item, Chunk):
        return [*item.heading_path, item.text]
    entities = list(store.entities(ends_of_facts([item])))
    texts = [fact_words(item, {entity.id: entity.name for entity in entities}), when_words(item)]
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


def _lines(hits: Sequence[Hit], store: GraphReader) -> list[str]:
    """Each piece of evidence as the model reads it."""
    names = names_of([hit.item for hit in hits if isinstance(hit.item, Fact)], store)
    lines = []
    for item in (hit.item for hit in hits):
        if isinstance(item, Fact):
            known = [f", {end} {how.value}" for end, how in _unstated(item)]
            status = f"{item.status.value}, confidence {item.confidence:.2f}{''.join(known)}"
            lines.append(f"{fact_words(item, names)} | {status}")
        else:
            above = " > ".join(item.heading_path)
            lines.append(f"{above + ': ' if above else ''}{item.text}")
    return lines


def _unstated(fact: Fact) -> list[tuple[str, Bound]]:
    """The boundaries in time that no source states."""
    validity = fact.validity
    known = ((validity.valid_from, "start", start_of(fact)), (validity.valid_to, "end", end_of(fact)))
    return [(end, how) for moment, end, how in known if moment is not None and how is not Bound.STATED]


def _numbered(shown: Sequence[tuple[Hit, str]]) -> tuple[str, str]:
    """The facts and the passages as numbered lines; numbers run through both in the order of the hits."""
    facts = [f"[{n}] {line}" for n, (hit, line) in enumerate(shown, 1) if isinstance(hit.item, Fact)]
    passages = [f"[{n}] {line}" for n, (hit, line) in enumerate(shown, 1) if isinstance(hit.item, Chunk)]
    return "\n".join(facts), "\n\n".join(passages)
