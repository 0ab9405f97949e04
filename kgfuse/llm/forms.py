"""Chat completions as they go out and come back: the body of a request, what a reply holds, what the cache keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgfuse.config import LanguageModelSettings
from kgfuse.llm.abilities import FORMATS, LIMITS, Abilities, Asked
from kgfuse.llm.replies import read_object, well_formed
from kgfuse.llm.schemas import strict_form, violation
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.model import content_id
from kgfuse.protocols import Sample, Turns

_TOOL = "reply"


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that determines a reply save the server and the model."""

    turns: Turns
    schema: Mapping[str, Any] | None = None
    samples: int = 1
    temperature: float = 0.0
    logprobs: bool = False
    limit: int | None = None
    number: int = 0
    """Which of several equal questions, where a server gives one reply a request."""

    @property
    def asked(self) -> Asked:
        """What it asks for beyond a reply."""
        return Asked(self.schema is not None, self.samples > 1, self.logprobs, self.limit is not None)

    def key(self, base_url: str, model: str) -> str:
        """Return the hash under which its reply is kept."""
        turns = json.dumps(self.turns, ensure_ascii=False)
        form = json.dumps(self.schema, sort_keys=True) if self.schema is not None else None
        numbers = (self.samples, self.temperature, str(self.logprobs), self.limit, self.number)
        return content_id("reply", base_url, model, turns, form, *numbers)

    def text(self) -> str:
        """Return it as JSON, for the record."""
        return json.dumps({"messages": self.turns, "schema": self.schema}, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """One reply of a completion."""

    sample: Sample
    finished: str = ""
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a server answered, and what it counted; `known_tokens` of the prompt it knew from earlier requests."""

    choices: tuple[Choice, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    known_tokens: int = 0

    @property
    def all_thought(self) -> bool:
        """Whether every reply was cut off at the bound before its first word."""
        return all(one.finished == "length" and not one.sample.text.strip() for one in self.choices)


def sampling_question(
    turns: Turns, schema: Mapping[str, Any], samples: int, settings: LanguageModelSettings
) -> Question:
    """Return the question for `samples` replies to a conversation under the settings."""
    temperature = settings.sampling_temperature if samples > 1 else settings.temperature
    limit = settings.max_reply_tokens or _likely_limit(turns)
    return Question(well_formed_turns(turns), schema, samples, temperature, settings.logprobs, limit)


_LEAST_REPLY = 512
_REPLY_PER_TOKEN = 6
"""Facts with their quotes take about five times the tokens of the passage that states them, in the densest passages."""


def _likely_limit(turns: Turns) -> int:
    """Return a bound that no honest reply reaches: small models that run on for ever would else be waited for."""
    return _LEAST_REPLY + _REPLY_PER_TOKEN * estimate_tokens(turns[1][1] if len(turns) > 1 else turns[-1][1])


def well_formed_turns(turns: Turns) -> Turns:
    """Return a conversation that can be sent as UTF-8."""
    return tuple((role, well_formed(text)) for role, text in turns)


def body_of(question: Question, model: str, abilities: Abilities) -> dict[str, Any]:
    """Return the body of a request, in the way that the server is known to take."""
    messages = [{"role": role, "content": text} for role, text in question.turns]
    body: dict[str, Any] = {"model": model, "messages": messages}
    if abilities.temperature:
        body["temperature"] = question.temperature
    if question.samples > 1 and abilities.several:
        body["n"] = question.samples
    if question.logprobs and abilities.logprobs:
        body["logprobs"] = True
    if question.limit is not None and LIMITS[abilities.limit]:
        body[LIMITS[abilities.limit]] = question.limit
    if question.schema is not None:
        _ask_for_json(body, question.schema, FORMATS[abilities.format])
    return body


def _ask_for_json(body: dict[str, Any], schema: Mapping[str, Any], format: str) -> None:
    """Add to a request that the reply must fit `schema`, in the way that `format` names."""
    strict = strict_form(schema)
    if format == "json_schema":
        form = {"name": _TOOL, "strict": strict is not None, "schema": dict(schema) if strict is None else strict}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
        return
    if format == "json_object":
        body["response_format"] = {"type": "json_object"}
    if format == "tool":
        function = {"name": _TOOL, "description": "Gives the reply.", "parameters": strict or dict(schema)}
        body["tools"] = [{"type": "function", "function": function}]
        body["tool_choice"] = {"type": "function", "function": {"name": _TOOL}}
    # Said in the prompt as well, also beside a tool: servers without tools ignore them without a word.
    system, *rest = body["messages"]
    wanted = f"Answer with one JSON object that fits this JSON schema, and nothing else:\n{json.dumps(schema)}"
    body["messages"] = [{**system, "content": f"{system['content']}\n\n{wanted}"}, *rest]


def read_completion(text: str) -> Completion:
    """Read the body of a chat completion. Raises ValueError when it is none."""
    try:
        body = json.loads(text)
        choices = tuple(_choice(choice) for choice in body["choices"])
        spent = body.get("usage") or {}
        details = spent.get("prompt_tokens_details") or {}
        said = (spent.get("prompt_tokens"), spent.get("completion_tokens"), details.get("cached_tokens"))
        prompt, reply, known = (max(0, int(number or 0)) for number in said)
    except (LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"no chat completion: {error}") from None
    if not choices:
        raise ValueError("a chat completion without choices")
    return Completion(choices, prompt, reply, min(known, prompt))


def _choice(choice: Mapping[str, Any]) -> Choice:
    message = choice["message"]
    content, refusal = message.get("content"), message.get("refusal")
    calls = message.get("tool_calls")
    if calls and not content:
        content = calls[0]["function"]["arguments"]
    text = well_formed(content) if isinstance(content, str) else ""
    tokens = _tokens(choice.get("logprobs"))
    sample = _aligned(text, tokens)
    return Choice(sample, str(choice.get("finish_reason") or ""), str(refusal) if refusal else None)


def _aligned(text: str, tokens: tuple[tuple[str, float], ...]) -> Sample:
    """Return a reply whose tokens make up its text: servers trim the text alone, and list special tokens beside it."""
    joined, core = "".join(token for token, _ in tokens), text.strip()
    if not tokens or joined == text:
        return Sample(text, tokens)
    start = joined.find(core)
    if not core or start < 0:
        return Sample(text)
    kept, at = [], 0
    for token, value in tokens:
        if at < start + len(core) and at + len(token) > start:
            kept.append((token, value))
        at += len(token)
    whole = "".join(token for token, _ in kept)
    return Sample(whole, tuple(kept)) if whole.strip() == core else Sample(text)


def _tokens(logprobs: Any) -> tuple[tuple[str, float], ...]:
    """Read token log-probabilities; anything unexpected means that there are none."""
    if not isinstance(logprobs, Mapping) or not isinstance(logprobs.get("content"), list):
        return ()
    try:
        return tuple(
            (well_formed(str(item["token"])), round(min(0.0, float(item["logprob"])), 4))
            for item in logprobs["content"]
        )
    except (LookupError, TypeError, ValueError):
        return ()


def judge(choice: Choice, schema: Mapping[str, Any] | None) -> tuple[Sample, str | None]:
    """Return what is usable of a reply (JSON alone, where a schema is given), and what is wrong with it."""
    if choice.refusal is not None:
        return Sample(""), f"the model refuses: {choice.refusal[:200]}"
    usable, wrong = fit(choice.sample, schema)
    if wrong is not None and choice.finished == "length":
        wrong = "it was cut off at the length limit; be briefer, keep the most important parts"
    return usable, wrong


def fit(sample: Sample, schema: Mapping[str, Any] | None) -> tuple[Sample, str | None]:
    """Return a reply as JSON that fits the schema, and what is wrong with it; without a schema it must not be empty."""
    if schema is None:
        return sample, None if sample.text.strip() else "the reply is empty"
    try:
        value = read_object(sample.text)
    except ValueError as error:
        return Sample(""), str(error)
    text = sample.text.strip()
    if sample.tokens and text[:1] == "{" and text[-1:] == "}" and value == _loaded(text):
        return sample, violation(value, schema)  # as it came: its tokens speak of this text
    return Sample(well_formed(json.dumps(value, ensure_ascii=False))), violation(value, schema)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def kept_form(samples: Sequence[Sample]) -> str:
    """Return replies as the cache keeps them."""
    return json.dumps(
        [[sample.text, [list(token) for token in sample.tokens]] for sample in samples], ensure_ascii=False
    )


def read_kept(text: str) -> tuple[Sample, ...]:
    """Read what `kept_form` wrote; nothing where it is something else."""
    try:
        return tuple(
            Sample(str(reply), tuple((str(token), float(value)) for token, value in tokens))
            for reply, tokens in json.loads(text)
        )
    except (ValueError, TypeError):
        return ()
