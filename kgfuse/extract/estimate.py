"""What asking a language model about a document would cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from kgfuse.extract.llm import system_prompt, user_prompt
from kgfuse.llm.tokens import estimate_tokens
from kgfuse.model import Chunk, Document
from kgfuse.ontology import Ontology
from kgfuse.protocols import Usage

_REPLY_TOKENS_PER_WORD = 10.0
"""GPT-3.5 finds about eleven triples in a hundred words of an encyclopedia; one takes some 90 tokens in our schema."""


def estimate(documents: Sequence[tuple[Document, Sequence[Chunk]]], ontology: Ontology) -> Usage:
    """Return the requests and tokens that extracting these chunks takes when no reply is in the cache: one per chunk."""
    system = estimate_tokens(system_prompt(ontology))
    requests = prompt_tokens = words = 0
    for document, chunks in documents:
        requests += len(chunks)
        prompt_tokens += sum(system + estimate_tokens(user_prompt(document, chunk)) for chunk in chunks)
        words += sum(len(chunk.text.split()) for chunk in chunks)
    return Usage(requests, 0, prompt_tokens, round(words * _REPLY_TOKENS_PER_WORD))
