"""How well a text answers a query, judged by a model that reads both together (sentence-transformers' CrossEncoder)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from kgfuse.embedding import quiet
from kgfuse.errors import ModelError


class CrossEncoderReranker:
    """A `Reranker`. The model is loaded at the first use and kept; a folder is read without a network."""

    def __init__(self, model: str) -> None:
        self._name = model

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return a score per text, higher is better; its scale is the model's own. Raises ModelError."""
        if not texts:
            return []
        found = self._model.predict([(query, text) for text in texts], show_progress_bar=False, convert_to_numpy=True)
        return [float(score) for score in found]

    @cached_property
    def _model(self) -> Any:
        with quiet():
            from sentence_transformers import CrossEncoder

            try:
                return CrossEncoder(self._name, num_labels=1)
            except (OSError, ValueError, KeyError, RuntimeError) as error:
                raise ModelError(
                    f"the cross-encoder {self._name!r} cannot be loaded: {error}",
                    hint="Set KGFUSE_RETRIEVE__CROSS_ENCODER to a folder that holds one, to the name of one that can be "
                    "downloaded (cross-encoder/ms-marco-MiniLM-L6-v2), or to nothing.",
                ) from error
