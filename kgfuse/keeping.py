"""When the parameters of fusion are fitted anew, and what a process keeps from one refresh to the next.

Parameters are fitted on the whole ledger and used frozen until it has grown by a set share; why so stands in
docs/decisions/0009-incremental.md.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.config import FuseSettings
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.ledger import Ledger
from kgfuse.model import FusedGraph
from kgfuse.near_duplicates import families_of, with_families
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import Embedder

if TYPE_CHECKING:
    from kgfuse.fuse.kept import Kept


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the search for circular garbage: fusion makes millions of values and no circles, and it looks at all of them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def standing_parameters(ledger: Ledger, settings: FuseSettings, basis: str) -> Parameters | None:
    """Return the parameters that are still good: fitted on this basis, on a ledger of nearly this size; else `None`.

    `basis` names everything beside the ledger that determines them. Small ledgers are always fitted anew.
    """
    size, fitted = ledger.size, ledger.fitted
    if fitted is None or fitted[0] != basis or size <= settings.refit_from:
        return None
    return ledger.parameters() if abs(size - fitted[1]) <= settings.refit_growth * fitted[1] else None


class Keeper:
    """Keeps a fusion in memory, for processes that refresh a graph more than once with the same parameters."""

    def __init__(self, store: EmbeddedGraphStore) -> None:
        self._store = store
        self._basis = ""
        self._position = -1
        self._kept: Kept | None = None
        self._families: dict[str, str] = {}

    def drop(self) -> None:
        """Keep nothing: parameters were fitted anew."""
        self._basis, self._kept = "", None

    def fused(
        self, ledger: Ledger, ontology: Ontology, settings: FuseSettings, parameters: Parameters, basis: str
    ) -> FusedGraph:
        """Return what `fuse` gives for the ledger and these parameters.

        The first time everything is fused and nothing kept, since most processes ask once; from the second time on, a
        fusion is kept, and what changed documents touch is fused again.
        """
        from kgfuse.fuse import fuse
        from kgfuse.fuse.kept import Kept

        known, kept = basis + parameters.version, self._kept
        families = families_of(ledger)
        if self._basis != known:
            self._basis, self._kept = known, None
            return fuse(with_families(ledger.content(), families), ontology, settings, parameters)
        changed, position = self._store.documents_changed(self._position if kept else -1)
        if kept:
            moved = {id for id, _ in self._families.items() ^ families.items()}
            changed = sorted({*changed, *moved})
        content = with_families(ledger.content_of(changed) if kept else ledger.content(), families)
        self._kept = None  # should anything go wrong from here on, everything is fused the next time
        if not Kept.applies(content):
            whole = with_families(ledger.content(), families) if kept else content
            return fuse(whole, ontology, settings, parameters)
        kept = kept or Kept(ontology, settings, parameters)
        kept.update(set(changed) - {document.id for document in content.documents}, content)
        self._kept, self._position, self._families = kept, position, families
        return kept.graph()


@dataclass(frozen=True, slots=True)
class Fitting:
    """How a refresh comes by parameters: `anew` in any case; `keeper` remembers what this process has fused.

    With an `embedder`, what open phrases mean is learned with its help.
    """

    embedder: Callable[[], Embedder] | None = None
    keeper: Keeper | None = None
    anew: bool = False


PLAIN = Fitting()
"""Standing parameters while they are good, nothing kept."""
