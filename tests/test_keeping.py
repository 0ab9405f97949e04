"""Parameters stand until a ledger has grown, and a process that refreshes more than once keeps its fusion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.config import FuseSettings
from kgfuse.graph.export import canonical_lines
from kgfuse.keeping import Keeper

TEXTS = [
    "Acme AS is headquartered in Oslo. Jane Roe is the chief executive of Acme AS.",
    "Jane Roe works for Acme AS. Acme AS acquired Beta AS in 2019.",
    "Tom Poe is the chief executive of Beta AS. Beta AS is headquartered in Bergen.",
    "Acme AS is headquartered in Bergen. Tom Poe works for Beta AS.",
    "Gamma AS was founded in 1999. Ann Moe is the chief executive of Gamma AS.",
]


def settings(path: Path, **fuse: int) -> Settings:
    return Settings(kb=path, jobs=1, fuse=FuseSettings(**fuse))


def write(folder: Path, numbers: range) -> list[Path]:
    paths = []
    for number in numbers:
        path = folder / f"{number}.txt"
        path.write_text(TEXTS[number], "utf-8")
        paths.append(path)
    return paths


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    frozen = settings(tmp_path / "kb.db", refit_from=0, refit_growth=1000)
    with KnowledgeBase.open(frozen.kb, settings=frozen) as opened:
        yield opened


def test_parameters_stand_until_refit(base: KnowledgeBase, tmp_path: Path) -> None:
    base.ingest(write(tmp_path, range(1)))
    fitted = base.ledger.parameters()
    base.ingest(write(tmp_path, range(1, 4)))
    assert fitted is not None
    assert base.ledger.parameters() == fitted
    base.refit()
    assert base.ledger.parameters() != fitted


def test_what_is_kept_equals_what_is_fused_from_scratch(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        base.ingest(write(tmp_path, range(number, number + 1)))
    assert base._keeper._kept is not None
    write(tmp_path, range(2, 3))[0].write_text("Tom Poe left Beta AS in 2021.", "utf-8")
    base.ingest(tmp_path / "2.txt")
    kept = list(canonical_lines(base.graph))
    base.ledger.mark_fused("")
    base._keeper.drop()
    base.refresh()
    assert list(canonical_lines(base.graph)) == kept


def test_after_a_refit_the_way_there_does_not_matter(base: KnowledgeBase, tmp_path: Path) -> None:
    for number in (3, 0, 4, 2, 1):
        base.ingest(write(tmp_path, range(number, number + 1)))
    base.refit()
    other = settings(tmp_path / "other.db")
    with KnowledgeBase.open(other.kb, settings=other) as at_once:
        at_once.ingest(write(tmp_path, range(5)))
        assert list(canonical_lines(at_once.graph)) == list(canonical_lines(base.graph))


def test_small_ledgers_are_always_fitted_anew(tmp_path: Path) -> None:
    plain = settings(tmp_path / "kb.db")
    with KnowledgeBase.open(plain.kb, settings=plain) as opened:
        opened.ingest(write(tmp_path, range(2)))
        first = opened.ledger.parameters()
        opened.ingest(write(tmp_path, range(2, 4)))
        assert opened.ledger.parameters() != first


def test_nothing_is_kept_of_the_first_refresh(base: KnowledgeBase, tmp_path: Path) -> None:
    base.ingest(write(tmp_path, range(2)))
    assert isinstance(base._keeper, Keeper)
    assert base._keeper._kept is None
