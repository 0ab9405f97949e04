"""What an extraction with a language model will cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgfuse.extract.llm import system_prompt, user_prompt
from kgfuse.extract.llm_reply import REPLY_SCHEMA
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.model import Chunk, Document
from kgfuse.ontology import Ontology
from kgfuse.protocols import Usage

_REPLY_PER_PASSAGE = 4.0
"""Reply tokens per token of passage: about one statement in fifteen words, each a JSON object of some eighty tokens.
A guess from the shape of the reply, to be replaced by a measurement over paid replies."""


def estimate(documents: Iterable[tuple[Document, Sequence[Chunk]]], ontology: Ontology) -> Usage:
    """Estimate the requests and tokens of extracting these documents; replies already kept are not subtracted."""
    fixed = estimate_tokens(system_prompt(ontology)) + estimate_tokens(str(REPLY_SCHEMA))
    requests = prompt = completion = 0
    for document, chunks in documents:
        for chunk in chunks:
            requests += 1
            prompt += fixed + estimate_tokens(user_prompt(document, chunk))
            completion += round(_REPLY_PER_PASSAGE * estimate_tokens(chunk.text))
    return Usage(requests=requests, prompt_tokens=prompt, completion_tokens=completion)
