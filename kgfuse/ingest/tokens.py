"""How many tokens a text is to an embedding model, counted by the model's own tokenizer without loading the model."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgfuse.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LETTERS_PER_TOKEN = 16
"""What no tokenizer knows (a word of over a hundred letters is one unknown token to BERT) counts by its length."""


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens. `window` is how many of a text's tokens the model reads (its marks not counted); `None`: not known."""

    name: str
    window: int | None
    _tokenizer: Tokenizer

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, marks like [CLS] not counted; linear in their length."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [max(len(one), len(text) // _LETTERS_PER_TOKEN) for text, one in zip(texts, encoded, strict=True)]


@lru_cache(maxsize=4)
def token_counter(model: str) -> TokenCounter:
    """Return the counter of a model: the bundled one, a folder, or a name. Raises ModelError when it cannot be had."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several processes count already
    try:
        tokenizer, about = _load(model)
    except ModelError:
        raise
    except Exception as error:  # the package raises bare exceptions, and the hub many kinds
        raise ModelError(
            f"the tokenizer of the embedding model {model!r} cannot be loaded: {str(error)[:200]}",
            hint="Chunks are measured in the model's tokens. Set KGFUSE_EMBEDDING__MODEL to a model that is on this "
            "machine or can be downloaded, or leave it out.",
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    reads = about.get("max_seq_length")
    marks = tokenizer.num_special_tokens_to_add(False)
    return TokenCounter(model, reads - marks if isinstance(reads, int) and reads > marks else None, tokenizer)


def _load(model: str) -> tuple[Tokenizer, dict[str, Any]]:
    from tokenizers import Tokenizer

    from kgfuse.embedding import BUNDLED, bundled_file

    if model == BUNDLED:
        file, about = bundled_file("tokenizer.json"), bundled_file("sentence_bert_config.json")
        return Tokenizer.from_file(str(file)), json.loads(about.read_text())
    if Path(model).is_dir():
        about = Path(model) / "sentence_bert_config.json"
        told = json.loads(about.read_text()) if about.is_file() else {}
        file = Path(model) / "tokenizer.json"
        return (Tokenizer.from_file(str(file)) if file.is_file() else _converted(model)), told
    # the short names of sentence-transformers stand for repositories of its own
    name = model if "/" in model else f"sentence-transformers/{model}"
    return _converted(name), _about(name)


def _converted(model: str) -> Tokenizer:
    """A tokenizer that is kept in an older form, or is downloaded."""
    from transformers import AutoTokenizer

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(model, use_fast=True).backend_tokenizer
    return tokenizer


def _about(name: str) -> dict[str, Any]:
    from huggingface_hub import hf_hub_download

    try:
        told: dict[str, Any] = json.loads(Path(hf_hub_download(name, "sentence_bert_config.json")).read_text())
    except Exception:  # noqa: BLE001 - not every model has one
        return {}
    return told
