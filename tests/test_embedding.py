"""The embedder: what it gives, and that it refuses a model that is not the published one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kgfuse.config import EmbeddingSettings
from kgfuse.embedding import BUNDLED, MiniLM, SentenceTransformerEmbedder, bundled_folder, check_files
from kgfuse.errors import ModelError

TEXTS = [
    "Who leads Acme?",
    "Jane Roe is the chief executive of Acme.",
    "The soup needs salt.",
    "",
    "Überraschung – 日本語 " + "word " * 400,
]


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(EmbeddingSettings())


def test_vectors_are_unit_float32_one_per_text(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_like_meanings_are_near(embedder: SentenceTransformerEmbedder) -> None:
    question, answer, other = embedder.embed(TEXTS[:3])
    assert question @ answer > question @ other + 0.3


def test_a_few_texts_get_the_same_vectors_without_torch(embedder: SentenceTransformerEmbedder) -> None:
    many = embedder.embed(TEXTS)
    few = MiniLM(bundled_folder()).embed(TEXTS)
    assert few.dtype == np.float32
    assert np.abs(many - few).max() < 1e-5


def test_a_question_does_not_wait_for_torch() -> None:
    code = (
        "import sys\nfrom kgfuse.config import EmbeddingSettings\n"
        "from kgfuse.embedding import SentenceTransformerEmbedder\n"
        "vectors = SentenceTransformerEmbedder(EmbeddingSettings()).embed(['Who leads Acme?'])\n"
        "sys.exit(vectors.shape != (1, 384) or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_text_is_no_vector(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_the_model_reports_its_own_length() -> None:
    embedder = SentenceTransformerEmbedder(EmbeddingSettings(model=str(bundled_folder())))
    assert embedder.dimensions == 384
    assert embedder.name != BUNDLED


def test_a_changed_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"weights")
    check_files(tmp_path, {"model.bin": _digest(b"weights")})
    with pytest.raises(ModelError, match=r"model\.bin .* is not the file that was published"):
        check_files(tmp_path, {"model.bin": _digest(b"other")})
    with pytest.raises(ModelError, match=r"lacks vocab\.txt"):
        check_files(tmp_path, {"vocab.txt": _digest(b"")})


def _digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def test_an_unknown_model_is_named(tmp_path: Path) -> None:
    embedder = SentenceTransformerEmbedder(EmbeddingSettings(model=str(tmp_path / "nothing")))
    with pytest.raises(ModelError, match="nothing") as caught:
        embedder.embed(["text"])
    assert BUNDLED in caught.value.hint


def test_importing_the_module_is_light() -> None:
    code = "import sys, kgfuse.embedding; sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'transformers')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
