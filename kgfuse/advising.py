"""A language model asked about the grey zone of entities and about conflicts; what it says is kept, and asked for once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal as OneOf
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from kgfuse.deciding import Question, Side
from kgfuse.errors import ReplyUnusable
from kgfuse.fuse.decisions import ADVISER
from kgfuse.model import Advice, Fact, Judgement, content_id
from kgfuse.prompts import load_prompt
from kgfuse.protocols import LanguageModel, Notebook
from kgfuse.wording import validity_words, value_words

_AT_ONCE = 8
"""Pairs, or conflicts, per request."""

_LONGEST = 300
_CLAIMS = 5

Shape = TypeVar("Shape", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PairVerdict(_Strict):
    """What the model says of one pair."""

    number: int
    verdict: OneOf["same", "different", "unsure"]
    why: str


class PairVerdicts(_Strict):
    """What it replies about pairs."""

    verdicts: list[PairVerdict]


class ConflictVerdict(_Strict):
    """What the model says of one conflict."""

    number: int
    best: str | None
    why: str


class ConflictVerdicts(_Strict):
    """What it replies about conflicts."""

    verdicts: list[ConflictVerdict]


def _ask(model: LanguageModel, prompt: str, shape: type[Shape], **inputs: str) -> Shape:
    user = load_prompt(f"{prompt}_user").render(**inputs)
    reply = model.complete(load_prompt(f"{prompt}_system").render(), user, shape.model_json_schema())
    try:
        return shape.model_validate(json.loads(reply))
    except (ValidationError, ValueError) as error:
        raise ReplyUnusable(f"the reply of {model.name} does not fit its schema: {error}") from error


def _line(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= _LONGEST else folded[: _LONGEST - 1] + "…"


def _key(kind: str, model: LanguageModel, text: str) -> str:
    return content_id(kind, model.name, load_prompt(f"{kind}_system").version, text)


# ----------------------------------------------------------------------------------------------------------------- pairs


@dataclass(frozen=True, slots=True)
class PairAdvice:
    """What a model said of a pair, and why."""

    question: Question
    judgement: Judgement
    why: str


def advise_pairs(
    questions: Sequence[Question], model: LanguageModel, notebook: Notebook | None = None
) -> list[PairAdvice]:
    """Ask about the pairs that were not asked about before, some at a time. Raises leaves of LanguageModelError.

    With a `notebook` what was asked is noted there by the hash of all that the model was shown, and not asked again.
    """
    texts = {question.id: _described(question) for question in questions}
    keys = {id: _key("entities", model, text) for id, text in texts.items()}
    new = [q for q in questions if notebook is None or notebook.note(keys[q.id]) is None]
    found: list[PairAdvice] = []
    for start in range(0, len(new), _AT_ONCE):
        asked = new[start : start + _AT_ONCE]
        pairs = "\n".join(f"Pair {number}\n{texts[q.id]}" for number, q in enumerate(asked, start=1))
        said = {one.number: one for one in _ask(model, "entities", PairVerdicts, pairs=pairs).verdicts}
        for number, question in enumerate(asked, start=1):
            one = said.get(number)
            if one is None:
                continue  # what the model left out is asked again another time
            found.append(PairAdvice(question, Judgement(one.verdict), _line(one.why)))
            if notebook is not None:
                notebook.set_note(keys[question.id], one.verdict)
    return found


def as_shown(question: Question) -> Question:
    """Return the question about nothing but the mention groups whose sentences the model was shown."""
    left, right = (
        replace(side, groups=tuple(sorted({quote.group for quote in side.quotes})) or side.groups[:1])
        for side in (question.left, question.right)
    )
    return replace(question, left=left, right=right)


def adviser(model: LanguageModel) -> str:
    """Return what the ledger calls a model that advised."""
    return ADVISER + model.name


def _described(question: Question) -> str:
    return "\n".join(f"{title}: {_side(side)}" for title, side in (("A", question.left), ("B", question.right)))


def _side(side: Side) -> str:
    names = "; ".join(map(_line, side.names))
    quotes = [f"  - {_line(quote.text)} ({quote.document.published_at or 'undated'})" for quote in side.quotes]
    return "\n".join([f"{_line(side.name)} | type: {side.type or 'unknown'} | names: {names}", *quotes])


# ------------------------------------------------------------------------------------------------------------- conflicts


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the readings of a conflict: the fact, and its claims as ``(source, date, confidence, sentence)``."""

    fact: Fact
    claims: tuple[tuple[str, str, float, str], ...]


def advise_conflicts(
    conflicts: Sequence[Sequence[Reading]], names: Mapping[str, str], model: LanguageModel, known: Sequence[Advice] = ()
) -> list[Advice]:
    """Ask about the conflicts that there is no advice on, some at a time. Raises leaves of LanguageModelError."""
    texts = [_conflict(readings, names) for readings in conflicts]
    have = {advice.id for advice in known}
    new = [
        at
        for at, text in enumerate(texts)
        if _key("conflicts", model, text).replace("conflicts:", "advice:") not in have
    ]
    found: list[Advice] = []
    for start in range(0, len(new), _AT_ONCE):
        asked = new[start : start + _AT_ONCE]
        block = "\n".join(f"Conflict {number}\n{texts[at]}" for number, at in enumerate(asked, start=1))
        said = {one.number: one for one in _ask(model, "conflicts", ConflictVerdicts, conflicts=block).verdicts}
        for number, at in enumerate(asked, start=1):
            if number in said:
                found.append(_advice(conflicts[at], said[number], _key("conflicts", model, texts[at]), model))
    return found


def _advice(readings: Sequence[Reading], said: ConflictVerdict, key: str, model: LanguageModel) -> Advice:
    letters = {_letter(number): reading for number, reading in enumerate(readings)}
    best = letters.get((said.best or "").strip().upper())
    preferred = frozenset(best.fact.supported_by if best else ())
    others = {triple for reading in readings if best and reading is not best for triple in reading.fact.supported_by}
    asked = sorted({triple for reading in readings for triple in reading.fact.supported_by})
    return Advice(
        key.replace("conflicts:", "advice:"),
        tuple(asked),
        tuple(sorted(preferred - others)),
        tuple(sorted(others - preferred)),
        _line(said.why),
        adviser(model),
        datetime.now(UTC),
    )


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number}"


def _conflict(readings: Sequence[Reading], names: Mapping[str, str]) -> str:
    lines = []
    for number, reading in enumerate(readings):
        fact = reading.fact
        value = value_words(fact.object, dict(names))
        when = validity_words(fact.validity)
        said = f"{names.get(fact.subject, fact.subject)} — {fact.relation} — {value}{f' [{when}]' if when else ''}"
        lines.append(f"{_letter(number)}: {_line(said)}")
        for source, date, confidence, sentence in reading.claims[:_CLAIMS]:
            lines.append(f"  - {_line(source)}, {date}, confidence {confidence:.2f}: {_line(sentence)}")
    return "\n".join(lines)
