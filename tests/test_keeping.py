"""Parameters stand until a ledger has grown, and a process that refreshes more than once keeps its fusion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.made_ledger import World, documents
from kgfuse.config import FuseSettings, Settings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import canonical_lines
from kgfuse.keeping import Fitting, Keeper
from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import Chunk
from kgfuse.ontology import builtin_ontology
from kgfuse.parameters import Parameters
from kgfuse.pipeline import refresh
from kgfuse.protocols import Extraction

MADE = list(islice(documents(World.of(400)), 40))


@dataclass
class Base:
    """A ledger with its graph, and what a process keeps."""

    ledger: Ledger
    store: EmbeddedGraphStore
    settings: Settings
    keeper: Keeper

    def tell(self, numbers: range, part: slice = slice(None)) -> None:
        """Store made-up documents and refresh; `part` of what each says."""
        for document, said, quoted in MADE[numbers.start : numbers.stop]:
            chunk = Chunk(said[0].evidence.chunk_id, document.id, 0, 1, "x", quoted=quoted)
            state = FileState(document.uri, 1, 1, str(part), "made")
            self.ledger.store(state, [DocumentRecord(document, (chunk,), Extraction(tuple(said[part])))])
        self.refresh()

    def refresh(self, *, anew: bool = False) -> None:
        refresh(self.ledger, self.store, self.settings, builtin_ontology(), fitting=Fitting(None, self.keeper, anew))

    def dump(self) -> list[str]:
        return list(canonical_lines(self.store))

    @property
    def parameters(self) -> Parameters | None:
        return self.ledger.parameters()


def opened(path: Path, **fuse: float) -> Iterator[Base]:
    with Ledger.open(path) as ledger, EmbeddedGraphStore.open(path) as store:
        yield Base(ledger, store, Settings(kb=path, fuse=FuseSettings.model_validate(fuse)), Keeper(store))


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Base]:
    """A base whose parameters stand, however much it grows."""
    yield from opened(tmp_path / "kb.db", refit_from=0, refit_growth=1000)


def test_parameters_stand_until_a_refit(base: Base) -> None:
    base.tell(range(5))
    fitted = base.parameters
    base.tell(range(5, 20))
    assert base.parameters == fitted
    base.refresh(anew=True)
    assert base.parameters != fitted


def test_growth_brings_a_refit(tmp_path: Path) -> None:
    for base in opened(tmp_path / "kb.db", refit_from=0, refit_growth=0.5):
        base.tell(range(10))
        fitted = base.parameters
        base.tell(range(10, 12))
        assert base.parameters == fitted
        base.tell(range(12, 30))
        assert base.parameters != fitted


def test_small_ledgers_are_always_fitted_anew(tmp_path: Path) -> None:
    for base in opened(tmp_path / "kb.db"):
        base.tell(range(10))
        fitted = base.parameters
        base.tell(range(10, 12))
        assert base.parameters != fitted


def test_what_is_kept_is_what_is_fused_from_scratch(base: Base) -> None:
    for number in range(4):
        base.tell(range(5 * number, 5 * number + 5))
    base.tell(range(3, 6), slice(0, 3))  # read again, they say less
    base.ledger.forget(MADE[7][0].id)
    base.refresh()
    assert base.keeper._kept is not None
    kept = base.dump()
    base.keeper.drop()
    base.ledger.mark_fused("")
    base.refresh()
    assert base.keeper._kept is None
    assert base.dump() == kept


def test_after_a_refit_the_way_there_does_not_matter(base: Base, tmp_path: Path) -> None:
    for start in (30, 0, 10, 20):
        base.tell(range(start, start + 10))
    base.refresh(anew=True)
    for other in opened(tmp_path / "other.db"):
        other.tell(range(40))
        assert other.dump() == base.dump()
