"""What an extraction with a language model will cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgfuse.config import LanguageModelSettings
from kgfuse.extract.llm_prompts import system_prompt, user_prompt, windows
from kgfuse.extract.llm_reply import REPLY_SCHEMA
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.model import Chunk, Document
from kgfuse.ontology import Ontology
from kgfuse.protocols import Usage

_REPLY_PER_PASSAGE = 4.0
"""Reply tokens per token of passage: about one statement in fifteen words, each a JSON object of some eighty tokens.
A guess from the shape of the reply, to be replaced by a measurement over paid replies."""


def estimate(
    documents: Iterable[tuple[Document, Sequence[Chunk]]], ontology: Ontology, settings: LanguageModelSettings
) -> Usage:
    """Estimate the requests and tokens of extracting these documents; replies already kept are not subtracted."""
    fixed = estimate_tokens(system_prompt(ontology)) + estimate_tokens(str(REPLY_SCHEMA))
    apart = settings.samples if settings.sample_separately else 1
    requests = prompt = completion = 0
    for document, chunks in documents:
        for window in (window for chunk in chunks for window in windows(document, chunk)[0]):
            asked = fixed + estimate_tokens(user_prompt(document, window))
            reply = round(_REPLY_PER_PASSAGE * estimate_tokens(window.text))
            requests += apart + settings.gleaning
            prompt += apart * asked + settings.gleaning * (asked + reply)
            completion += settings.samples * reply + settings.gleaning * reply // 4
    return Usage(requests=requests, prompt_tokens=prompt, completion_tokens=completion)
