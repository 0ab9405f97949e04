"""Which files are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgfuse.errors import PathMissing
from kgfuse.ingest import discover


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", ".git/x.txt", "~$a.docx", "kgfuse.db", "kgfuse.db-wal"):
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text", encoding="utf-8")
    return tmp_path / "docs"


def _names(folder: Path, *paths: Path | str) -> list[str]:
    return [str(path.relative_to(folder)) for path, _ in discover(paths).files]


def test_a_folder_is_walked_without_litter(folder: Path) -> None:
    assert _names(folder, folder) == ["a.md", "b.txt", "sub/c.txt"]


def test_a_file_reached_twice_counts_once(folder: Path) -> None:
    assert _names(folder, folder / "b.txt", folder, str(folder / "*.txt")) == ["a.md", "b.txt", "sub/c.txt"]


def test_a_glob_reaches_into_folders(folder: Path) -> None:
    assert _names(folder, str(folder / "**" / "*.txt")) == ["b.txt", "sub/c.txt"]


def test_a_link_that_leaves_the_folder_is_not_followed(folder: Path) -> None:
    outside = folder.parent / "secret"
    outside.mkdir()
    (outside / "key.txt").write_text("secret", encoding="utf-8")
    (folder / "out").symlink_to(outside)
    (folder / "round").symlink_to(folder)
    assert _names(folder, folder) == ["a.md", "b.txt", "sub/c.txt"]


def test_an_empty_folder_is_no_error_and_a_missing_path_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert discover([tmp_path / "empty"]).files == ()
    for missing in (tmp_path / "none", str(tmp_path / "*.pdf")):
        with pytest.raises(PathMissing, match="no such file"):
            discover([missing])
