"""What an extraction with a language model will cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kgfuse.config import LanguageModelSettings
from kgfuse.extract.llm import system_prompt, user_prompt
from kgfuse.extract.llm_reply import REPLY_SCHEMA
from kgfuse.llm.tokens import estimate_cost, estimate_tokens
from kgfuse.model import Chunk, Document
from kgfuse.ontology import Ontology

_REPLY_PER_PASSAGE = 4.0
"""Reply tokens per token of passage: about one statement in fifteen words, each a JSON object of some eighty tokens."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Requests and tokens to expect; `price` is `None` when the model's prices are not set."""

    requests: int
    prompt_tokens: int
    completion_tokens: int
    price: float | None
    currency: str


def estimate_extraction(
    documents: Iterable[tuple[Document, Sequence[Chunk]]], ontology: Ontology, settings: LanguageModelSettings
) -> Estimate:
    """Estimate the requests, tokens and price of extracting these documents; replies already kept are not subtracted."""
    fixed = estimate_tokens(system_prompt(ontology)) + estimate_tokens(str(REPLY_SCHEMA))
    requests = prompt = completion = 0
    for document, chunks in documents:
        for chunk in chunks:
            requests += 1
            prompt += fixed + estimate_tokens(user_prompt(document, chunk))
            completion += round(_REPLY_PER_PASSAGE * estimate_tokens(chunk.text))
    return Estimate(requests, prompt, completion, estimate_cost(prompt, completion, settings), settings.currency)
