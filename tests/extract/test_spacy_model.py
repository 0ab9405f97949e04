"""The language model is the published one, or it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgfuse.errors import ModelError
from kgfuse.extract.spacy_model import folder_hash, load_model, verify


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"one")
    published = folder_hash(tmp_path)
    verify(tmp_path, published)
    (tmp_path / "weights").write_bytes(b"two")
    with pytest.raises(ModelError, match="not the published one"):
        verify(tmp_path, published)


def test_a_renamed_file_changes_the_hash(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    before = folder_hash(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert folder_hash(tmp_path) != before


def test_a_missing_model_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="no_such_model"):
        load_model("no_such_model")
